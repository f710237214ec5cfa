//! The ledger over processes: real ones, at once, on one file.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::Duration,
};

use gather_store::{Claim, FullCause, QuotaPlace, Reserved, Settled, Store};

use crate::support::{DATABASE, again, at, number};

const PROCESSES: usize = 4;
const QUOTA: u32 = 150;
const SLOTS: u32 = 3;

/// Both figures belong to this test alone, so the same claim is made in every process.
const PLACES: [QuotaPlace<'static>; 1] = [QuotaPlace {
    key: "q",
    requests: QUOTA,
    per: Duration::from_secs(3600),
    hold: Duration::from_secs(3600),
}];

const CLAIM: Claim<'static> = Claim {
    host: "h",
    in_flight: SLOTS,
    places: &PLACES,
    run: None,
};

#[test]
fn case_46_processes_at_once_never_spend_a_quota_twice_nor_share_a_slot() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gather.db");
    let children: Vec<_> = (0..PROCESSES)
        .map(|_| {
            again(
                "ledger_processes::child_spends_until_nothing_is_left",
                &path,
            )
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
        })
        .collect();
    let mut spent = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "no process is told that the file is locked"
        );
        let text = String::from_utf8(output.stdout).unwrap();
        let told = text.lines().find_map(|line| line.strip_prefix("spent "));
        spent += told.unwrap().parse::<u32>().unwrap();
    }
    assert_eq!(spent, QUOTA);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.quota_use(at(1)).unwrap()[0].taken, u64::from(QUOTA));
    assert_eq!(number(&path, "SELECT count(*) FROM reservations"), 0);
    // The children looked at it from inside each reservation: a trigger kept the highest number in flight.
    let peak = number(&path, "SELECT max(n) FROM peak");
    assert!((2..=i64::from(SLOTS)).contains(&peak), "{peak} in flight");
}

#[test]
#[ignore = "a part of another test, which starts it as a process of its own"]
fn child_spends_until_nothing_is_left() {
    let Some(path) = std::env::var_os(DATABASE) else {
        return;
    };
    let store = Store::open(&path).unwrap();
    let witness = rusqlite::Connection::open(&path).unwrap();
    witness.busy_timeout(Duration::from_secs(30)).unwrap();
    witness
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS peak (n INTEGER);
             CREATE TRIGGER IF NOT EXISTS witness AFTER INSERT ON reservations BEGIN
                 INSERT INTO peak SELECT count(*) FROM reservations WHERE leased = 1;
             END",
        )
        .unwrap();
    let mut spent = 0;
    let mut open = Vec::new();
    loop {
        match store
            .reserve(&CLAIM, at(0), Duration::from_secs(40))
            .unwrap()
        {
            Reserved::Granted(id) => {
                spent += 1;
                // Two at once, so that processes take each other's slots.
                open.push(id);
                if open.len() == 2 {
                    for id in open.drain(..) {
                        store.settle(id, Settled::Counted(at(0))).unwrap();
                    }
                }
            }
            Reserved::Full {
                cause: FullCause::Quota,
                ..
            } if open.is_empty() => break,
            Reserved::Full { .. } => {
                for id in open.drain(..) {
                    store.settle(id, Settled::Counted(at(0))).unwrap();
                }
                // As a client would: it is told to look again a moment later.
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
    println!("\nspent {spent}");
}

#[test]
fn the_slots_of_a_killed_process_are_free_and_its_places_stay_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gather.db");
    let store = Store::open(&path).unwrap();
    let mut child = again("ledger_processes::child_reserves_and_hangs", &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    assert!(out.lines().any(|line| line.unwrap() == "reserved"));
    let reserve = || {
        store
            .reserve(&CLAIM, at(1), Duration::from_secs(40))
            .unwrap()
    };
    let Reserved::Full { cause, .. } = reserve() else {
        panic!("the child holds all slots");
    };
    assert_eq!(cause, FullCause::Slot);
    child.kill().unwrap();
    child.wait().unwrap();
    for _ in 0..SLOTS {
        assert!(matches!(reserve(), Reserved::Granted(_)));
    }
    let taken = store.quota_use(at(1)).unwrap()[0].taken;
    assert_eq!(taken, u64::from(2 * SLOTS));
}

#[test]
#[ignore = "a part of another test, which starts it as a process of its own"]
fn child_reserves_and_hangs() {
    let Some(path) = std::env::var_os(DATABASE) else {
        return;
    };
    let store = Store::open(path).unwrap();
    let run = store.begin_run(at(0), &[]).unwrap();
    for _ in 0..SLOTS {
        let claim = Claim {
            run: Some(run),
            ..CLAIM
        };
        let reserved = store
            .reserve(&claim, at(0), Duration::from_secs(40))
            .unwrap();
        assert!(matches!(reserved, Reserved::Granted(_)));
    }
    println!("\nreserved");
    loop {
        std::thread::park();
    }
}
