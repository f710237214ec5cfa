//! The quota ledger: places, slots, pauses, and clocks that jump.

use std::time::Duration;

use gather_store::{Claim, FullCause, QuotaPlace, Reserved, RunId, Settled, Store};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::{Fixture, at};

const IN_DOUBT: Duration = Duration::from_secs(40);

fn ms(millis: i64) -> Timestamp {
    at(0) + SignedDuration::from_millis(millis)
}

/// A quota of so many requests in so many milliseconds, held as long.
fn quota(key: &str, requests: u32, per: u64) -> QuotaPlace<'_> {
    QuotaPlace {
        key,
        requests,
        per: Duration::from_millis(per),
        hold: Duration::from_millis(per),
    }
}

fn claim<'a>(host: &'a str, in_flight: u32, places: &'a [QuotaPlace<'a>]) -> Claim<'a> {
    Claim {
        host,
        in_flight,
        places,
        run: None,
    }
}

fn new() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("gather.db")).unwrap();
    (folder, store)
}

fn reserve(
    store: &Store,
    claim: &Claim<'_>,
    now: Timestamp,
) -> Result<u64, (Timestamp, FullCause)> {
    match store.reserve(claim, now, IN_DOUBT).unwrap() {
        Reserved::Granted(id) => Ok(id),
        Reserved::Full { until, cause } => Err((until, cause)),
    }
}

/// Reserves and is answered in the same moment.
fn spend(store: &Store, claim: &Claim<'_>, now: Timestamp) -> Result<(), (Timestamp, FullCause)> {
    let id = reserve(store, claim, now)?;
    store.settle(id, Settled::Counted(now)).unwrap();
    Ok(())
}

#[test]
fn case_13_what_an_earlier_process_spent_today_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gather.db");
    let day = 24 * 3600 * 1000;
    let places = [quota("newsapi", 100, day)];
    let claim = claim("https://newsapi.example", 6, &places);
    let earlier = Store::open(&path).unwrap();
    for n in 0..95 {
        spend(&earlier, &claim, at(n)).unwrap();
    }
    drop(earlier);
    let (one, other) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
    let mut granted = 0;
    for n in 0..10 {
        let store = if n % 2 == 0 { &one } else { &other };
        granted += i64::from(spend(store, &claim, at(3600 + n)).is_ok());
    }
    assert_eq!(granted, 5, "together they stop at 100");
    let full = reserve(&one, &claim, at(4000)).unwrap_err();
    assert_eq!(full, (at(24 * 3600), FullCause::Quota));
    let quotas = one.quota_use(at(4000)).unwrap();
    assert_eq!((quotas[0].key.as_str(), quotas[0].taken), ("newsapi", 100));
    assert_eq!(quotas[0].free_at(), Some(at(24 * 3600)));
    assert_eq!(quotas[0].coming_free[0], (at(24 * 3600), 1));
    spend(&one, &claim, at(24 * 3600)).unwrap();
}

#[test]
fn a_claim_takes_everything_or_nothing() {
    let (_folder, store) = new();
    let both = [quota("wide", 5, 1000), quota("narrow", 1, 9000)];
    let wide = [quota("wide", 5, 1000)];
    spend(&store, &claim("h", 6, &both), ms(0)).unwrap();
    for _ in 0..20 {
        let full = reserve(&store, &claim("h", 6, &both), ms(1)).unwrap_err();
        assert_eq!(full, (ms(9000), FullCause::Quota), "the longest wait wins");
    }
    for _ in 0..4 {
        spend(&store, &claim("h", 6, &wide), ms(2)).unwrap();
    }
    let full = reserve(&store, &claim("h", 6, &wide), ms(3)).unwrap_err();
    assert_eq!(full, (ms(1000), FullCause::Quota));
}

#[test]
fn a_place_is_taken_until_it_is_settled_and_then_for_its_hold() {
    let (_folder, store) = new();
    let places = [quota("q", 1, 1000)];
    let claim = claim("h", 6, &places);
    let id = reserve(&store, &claim, ms(0)).unwrap();
    let full = reserve(&store, &claim, ms(500)).unwrap_err();
    assert_eq!(
        full,
        (ms(1500), FullCause::Quota),
        "it may be counted just now"
    );
    store.settle(id, Settled::Counted(ms(700))).unwrap();
    assert_eq!(reserve(&store, &claim, ms(1699)).unwrap_err().0, ms(1700));

    let id = reserve(&store, &claim, ms(1700)).unwrap();
    store.settle(id, Settled::Free).unwrap();
    let lost = reserve(&store, &claim, ms(1701)).unwrap();
    // Nobody settles it: it is in doubt for 40 s and then held for its window.
    let free = 1701 + 40_000 + 1000;
    assert!(reserve(&store, &claim, ms(free - 1)).is_err());
    let next = reserve(&store, &claim, ms(free)).unwrap();
    // What is said of it now comes too late and concerns nobody else.
    store.settle(lost, Settled::Free).unwrap();
    assert!(reserve(&store, &claim, ms(free)).is_err());
    store.settle(next, Settled::Free).unwrap();
    store.settle(next, Settled::Counted(ms(free))).unwrap();
    reserve(&store, &claim, ms(free)).unwrap();
}

#[test]
fn slots_of_a_host_are_shared_and_a_lost_lease_ends() {
    let (_folder, store) = new();
    let two = claim("h", 2, &[]);
    let first = reserve(&store, &two, ms(0)).unwrap();
    reserve(&store, &two, ms(10)).unwrap();
    let (until, cause) = reserve(&store, &two, ms(20)).unwrap_err();
    assert_eq!(cause, FullCause::Slot);
    assert!(until > ms(20) && until <= ms(1020), "{until}");
    reserve(&store, &claim("other", 2, &[]), ms(20)).unwrap();
    store.settle(first, Settled::Free).unwrap();
    reserve(&store, &two, ms(30)).unwrap();
    assert!(reserve(&store, &two, ms(40_009)).is_err());
    reserve(&store, &two, ms(40_010)).unwrap();
}

#[test]
fn a_run_that_has_ended_holds_no_slot_but_its_places() {
    let fixture = Fixture::new();
    let places = [quota("q", 1, 1000)];
    let claimed = |run: Option<RunId>| Claim {
        run,
        ..claim("h", 1, &places)
    };
    let run = fixture.run;
    reserve(&fixture.store, &claimed(Some(run)), ms(0)).unwrap();
    let other = Store::open(fixture.path()).unwrap();
    let slot_only = claim("h", 1, &[]);
    assert_eq!(
        reserve(&other, &slot_only, ms(1)).unwrap_err().1,
        FullCause::Slot,
        "its process lives"
    );
    let end = gather_store::RunEnd {
        status: gather_store::RunStatus::Interrupted,
        at: at(1),
        wall: Duration::ZERO,
        one_by_one: Duration::ZERO,
        longest_chain: Duration::ZERO,
    };
    fixture.store.finish_run(run, &end).unwrap();
    assert_eq!(
        reserve(&other, &claimed(None), ms(2)).unwrap_err().1,
        FullCause::Quota,
        "the server may have counted it"
    );
    reserve(&other, &slot_only, ms(3)).unwrap();
}

#[test]
fn a_pause_is_for_every_process_and_is_never_shortened() {
    let fixture = Fixture::new();
    let other = Store::open(fixture.path()).unwrap();
    let h = claim("h", 6, &[]);
    fixture.store.cool("h", at(100), at(0)).unwrap();
    other.cool("h", at(50), at(1)).unwrap();
    let full = reserve(&other, &h, at(60)).unwrap_err();
    assert_eq!(full, (at(100), FullCause::Cooling));
    let cooling = other.cooling(at(60)).unwrap();
    assert_eq!((cooling[0].host.as_str(), cooling[0].until), ("h", at(100)));
    reserve(&other, &claim("else", 6, &[]), at(60)).unwrap();
    other.cool("h", at(150), at(61)).unwrap();
    assert_eq!(reserve(&fixture.store, &h, at(100)).unwrap_err().0, at(150));
    reserve(&fixture.store, &h, at(150)).unwrap();
    assert!(other.cooling(at(150)).unwrap().is_empty());
    // After its end a shorter one counts again, and none is for ever.
    other.cool("h", at(170), at(160)).unwrap();
    assert_eq!(reserve(&other, &h, at(161)).unwrap_err().0, at(170));
    other.cool("h", Timestamp::MAX, at(180)).unwrap();
    let day = 24 * 3600;
    assert_eq!(
        reserve(&other, &h, at(181)).unwrap_err().0,
        at(180 + 2 * day)
    );
}

#[test]
fn case_12_a_clock_that_is_set_back_costs_at_most_one_window_more() {
    for back in [90, 3600, 400 * 24 * 3600] {
        let (_folder, store) = new();
        let places = [quota("q", 3, 1000), quota("day", 1000, 24 * 3600 * 1000)];
        let h = claim("h", 2, &places);
        for _ in 0..3 {
            spend(&store, &h, ms(0)).unwrap();
        }
        let in_flight = reserve(&store, &claim("h", 2, &[]), ms(0)).unwrap();
        store.cool("pausing", ms(5000), ms(0)).unwrap();

        let now = at(-back);
        let (until, _) = reserve(&store, &h, now).unwrap_err();
        assert!(
            until <= now + SignedDuration::from_millis(1100),
            "no stall: {until}"
        );
        let again = now + SignedDuration::from_millis(1100);
        for _ in 0..3 {
            spend(&store, &h, again).unwrap();
        }
        assert!(spend(&store, &h, again).is_err(), "no burst");
        let pausing = claim("pausing", 2, &[]);
        let (until, _) = reserve(&store, &pausing, again).unwrap_err();
        assert!(until <= again + SignedDuration::from_secs(5), "{until}");
        // What was in flight expires as if it had been sent now.
        let later = again + SignedDuration::from_secs(41);
        for _ in 0..2 {
            reserve(&store, &claim("h", 2, &[]), later).unwrap();
        }
        store.settle(in_flight, Settled::Free).unwrap();
        let day = store.quota_use(later).unwrap();
        assert_eq!(
            (day[0].key.as_str(), day[0].taken),
            ("day", 6),
            "none is lost"
        );
    }
}

#[test]
fn case_12_a_clock_that_is_set_forward_and_back_again_stalls_nothing_for_longer_than_a_window() {
    let (_folder, store) = new();
    let places = [quota("q", 2, 1000)];
    let h = claim("h", 6, &places);
    spend(&store, &h, ms(0)).unwrap();
    let day = 24 * 3600;
    spend(&store, &h, at(day)).unwrap();
    spend(&store, &h, at(day)).unwrap();
    let (until, _) = reserve(&store, &h, ms(10)).unwrap_err();
    assert!(until <= ms(1020), "{until}");
    spend(&store, &h, ms(1020)).unwrap();
}

#[test]
fn case_12_a_server_that_counts_before_it_was_asked_is_not_believed() {
    let (_folder, store) = new();
    let places = [quota("q", 1, 1000)];
    let id = reserve(&store, &claim("h", 6, &places), ms(0)).unwrap();
    // The clock was set back between sending and answering.
    store.settle(id, Settled::Counted(at(-3600))).unwrap();
    assert_eq!(
        reserve(&store, &claim("h", 6, &places), ms(10)).unwrap_err(),
        (ms(1000), FullCause::Quota)
    );
}

#[test]
fn a_million_a_month_is_about_a_thousand_rows_and_never_a_place_too_many() {
    let fixture = Fixture::new();
    let month = 30 * 24 * 3600;
    let places = [quota("big", 1_000_000, 1000 * month)];
    let h = claim("h", 6, &places);
    // 4000 requests spread over a month and a half.
    let step = i64::try_from(month).unwrap() * 3 / 2 / 4000;
    for n in 0..4000 {
        spend(&fixture.store, &h, at(n * step)).unwrap();
    }
    let rows = fixture.number("SELECT count(*) FROM quota_used");
    assert!((500..=1010).contains(&rows), "{rows} rows");
    // All that were counted in the last month are, and of older ones at most a bucket.
    let used = fixture.store.quota_use(at(3999 * step)).unwrap()[0].taken;
    assert!((2666..=2672).contains(&used), "{used}");
}

#[test]
fn a_quota_that_is_declared_smaller_waits_until_enough_is_free() {
    let (_folder, store) = new();
    let wide = [quota("q", 10, 1000)];
    for n in 0..10 {
        spend(&store, &claim("h", 6, &wide), ms(n)).unwrap();
    }
    let narrow = [quota("q", 3, 1000)];
    let (until, _) = reserve(&store, &claim("h", 6, &narrow), ms(20)).unwrap_err();
    assert_eq!(until, ms(1007), "the eighth of ten");
    spend(&store, &claim("h", 6, &narrow), until).unwrap();
    let quotas = store.quota_use(ms(1007)).unwrap();
    assert_eq!((quotas[0].requests, quotas[0].taken), (3, 3));
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    /// Counted so long after the reservation, told that much later.
    Answered(i64, i64),
    /// The process died, and the server may count as long as it is in doubt.
    Died(i64),
    Unsent(i64),
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        6 => (0..250_i64, 0..250_i64).prop_map(|(seen, later)| Ending::Answered(seen, later)),
        1 => (0..500_i64).prop_map(Ending::Died),
        1 => (0..500_i64).prop_map(Ending::Unsent),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn case_12_no_window_holds_more_than_the_quota_over_processes_that_come_and_die(
        asks in prop::collection::vec((0_i64..60, ending()), 1..120),
        // Above a thousand places they are in buckets.
        requests in prop_oneof![1_u32..10, Just(1001)],
        per in 50_i64..600,
    ) {
        let (_folder, store) = new();
        // A quota with buckets is filled up to its last few places first.
        let already = requests.saturating_sub(5) * u32::from(requests > 1000);
        let places = [quota("q", requests, u64::try_from(per).unwrap())];
        let h = claim("h", 1_000_000, &places);
        let in_doubt = Duration::from_millis(500);
        let mut seen: Vec<i64> = vec![0; already as usize];
        for _ in 0..already {
            let Reserved::Granted(id) = store.reserve(&h, ms(0), in_doubt).unwrap() else {
                panic!("there is room for the first ones");
            };
            store.settle(id, Settled::Counted(ms(0))).unwrap();
        }
        let mut now = 0;
        let mut endings: Vec<(i64, u64, Settled)> = Vec::new();
        for (pause, ending) in asks {
            now += pause;
            endings.sort_unstable_by_key(|(due, ..)| *due);
            while endings.first().is_some_and(|(due, ..)| *due <= now) {
                let (_, id, settled) = endings.remove(0);
                store.settle(id, settled).unwrap();
            }
            match store.reserve(&h, ms(now), in_doubt).unwrap() {
                Reserved::Full { until, cause } => {
                    prop_assert!(until > ms(now));
                    prop_assert_eq!(cause, FullCause::Quota);
                    let known = store.quota_use(ms(now)).unwrap()[0].free_at();
                    prop_assert!(known.is_some());
                }
                Reserved::Granted(id) => match ending {
                    Ending::Answered(after, later) => {
                        seen.push(now + after);
                        let told = now + after + later;
                        endings.push((told, id, Settled::Counted(ms(told))));
                    }
                    Ending::Died(after) => seen.push(now + after),
                    Ending::Unsent(after) => endings.push((now + after, id, Settled::Free)),
                },
            }
        }
        seen.sort_unstable();
        for (first, &from) in seen.iter().enumerate() {
            let window = seen[first..].iter().take_while(|&&at| at - from < per).count();
            prop_assert!(window <= requests as usize, "{} in one window", window);
        }
    }
}
