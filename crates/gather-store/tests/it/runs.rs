//! Runs and outcomes: kept as they go, honest about what died.

use std::{process::Stdio, time::Duration};

use gather_records::{Record, Viewer};
use gather_store::{
    Counts, ErrorKind, Held, Outcome, OutcomeState, Page, RunEnd, RunId, RunStatus, Store,
};

use crate::support::{DATABASE, Fixture, again, article, at, shared};

pub(crate) fn outcome(source: &str, state: OutcomeState) -> Outcome {
    Outcome {
        source: source.to_owned(),
        owner: None,
        state,
        reason: None,
        hint: None,
        until: None,
        stop: None,
        counts: Counts::default(),
        attempts: 1,
        waited: Duration::ZERO,
        took: Duration::from_millis(520),
        at: at(3),
    }
}

fn end(status: RunStatus) -> RunEnd {
    RunEnd {
        status,
        at: at(4),
        wall: Duration::from_millis(520),
        one_by_one: Duration::from_millis(2310),
        longest_chain: Duration::from_millis(500),
    }
}

#[test]
fn a_run_is_read_back_as_it_was_told() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let run = store
        .begin_run(at(1), &[shared("guardian"), shared("ecb")])
        .unwrap();
    let under_way = store.run(&Viewer::Operator, run).unwrap().unwrap();
    assert_eq!(under_way.status, RunStatus::Running);
    assert_eq!(under_way.outcomes.len(), 2);
    assert!(
        under_way
            .outcomes
            .iter()
            .all(|outcome| outcome.state.is_none())
    );

    let limited = Outcome {
        reason: Some("asked to wait 120 s (429)".to_owned()),
        hint: Some("run again after 14:32".to_owned()),
        until: Some(at(120)),
        counts: Counts {
            rejected: 2,
            ..Counts::default()
        },
        attempts: 3,
        waited: Duration::from_secs(41),
        ..outcome("ecb", OutcomeState::Limited)
    };
    store.finish_source(run, &limited).unwrap();
    store
        .finish_source(run, &outcome("guardian", OutcomeState::Complete))
        .unwrap();
    store.finish_run(run, &end(RunStatus::Partial)).unwrap();

    let read = store.run(&Viewer::Operator, run).unwrap().unwrap();
    assert_eq!(
        (read.status, read.ended_at),
        (RunStatus::Partial, Some(at(4)))
    );
    assert_eq!(read.wall, Some(Duration::from_millis(520)));
    let ecb = &read.outcomes[0];
    assert_eq!(
        (ecb.source.as_str(), ecb.state),
        ("ecb", Some(OutcomeState::Limited))
    );
    assert_eq!(
        (ecb.until, ecb.attempts, ecb.counts.rejected),
        (Some(at(120)), 3, 2)
    );
    assert_eq!(ecb.reason.as_deref(), Some("asked to wait 120 s (429)"));
    assert_eq!(ecb.hint.as_deref(), Some("run again after 14:32"));
    let json = serde_json::to_value(&read).unwrap();
    assert_eq!(json["one_by_one_ms"], 2310);
    assert_eq!(json["outcomes"][0]["waited_ms"], 41_000);
    assert_eq!(json["outcomes"][0]["state"], "limited");
    assert_eq!(json["outcomes"][0]["rejected"], 2);

    let newest: Vec<_> = store
        .runs(&Viewer::Operator, 1)
        .unwrap()
        .iter()
        .map(|run| run.id)
        .collect();
    assert_eq!(newest, [run]);
}

#[test]
fn a_source_shows_its_last_outcome_and_when_its_data_was_good() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let keep = |run: RunId, seconds: i64| {
        let records = [Record::Article(article("1", "T", "https://a.example/1"))];
        store
            .keep(Page::new(run, shared("news"), &records, at(seconds)))
            .unwrap();
    };
    let good = store
        .begin_run(at(1), &[shared("news"), shared("new")])
        .unwrap();
    keep(good, 2);
    store
        .finish_source(good, &outcome("news", OutcomeState::Complete))
        .unwrap();
    let bad = store.begin_run(at(50), &[shared("news")]).unwrap();
    store
        .finish_source(
            bad,
            &Outcome {
                at: at(60),
                ..outcome("news", OutcomeState::Failed)
            },
        )
        .unwrap();
    let states = store.source_states(&Viewer::Operator).unwrap();
    let names: Vec<_> = states.iter().map(|state| state.source.as_str()).collect();
    assert_eq!(names, ["new", "news"]);
    assert_eq!((states[0].good_at, states[0].last_run), (None, None));
    let news = &states[1];
    assert_eq!(
        news.last.as_ref().unwrap().state,
        Some(OutcomeState::Failed)
    );
    assert_eq!(
        (news.last_run, news.good_at),
        (Some(bad), Some(at(3))),
        "failing is not good"
    );
    assert_eq!(news.held.articles, 1);
    let unchanged = Outcome {
        at: at(70),
        ..outcome("news", OutcomeState::Unchanged)
    };
    store.finish_source(bad, &unchanged).unwrap();
    assert_eq!(
        store.source_states(&Viewer::Operator).unwrap()[1].good_at,
        Some(at(70))
    );
}

#[test]
fn a_page_counts_at_once_for_its_run() {
    let fixture = Fixture::new();
    fixture.keep("news", 1, &[Record::Article(article("1", "T", ""))]);
    fixture.keep(
        "news",
        2,
        &[
            Record::Article(article("1", "U", "")),
            Record::Article(article("2", "V", "")),
        ],
    );
    let run = fixture
        .store
        .run(&Viewer::Operator, fixture.run)
        .unwrap()
        .unwrap();
    assert_eq!(
        run.outcomes[0].counts,
        Counts {
            new: 2,
            changed: 1,
            kinds: Held {
                articles: 3,
                ..Held::default()
            },
            ..Counts::default()
        }
    );
    assert_eq!(run.outcomes[0].state, None);
}

#[test]
fn a_run_that_does_not_exist_is_an_error() {
    let fixture = Fixture::new();
    let nowhere: RunId = "77".parse().unwrap();
    assert_eq!(fixture.store.run(&Viewer::Operator, nowhere).unwrap(), None);
    let errors = [
        fixture
            .store
            .finish_run(nowhere, &end(RunStatus::Complete))
            .unwrap_err(),
        fixture
            .store
            .finish_source(nowhere, &outcome("a", OutcomeState::Complete))
            .unwrap_err(),
        fixture
            .store
            .keep(Page::new(nowhere, shared("a"), &[], at(1)))
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::UnknownRun);
        assert!(error.to_string().contains("no run 77"), "{error}");
    }
    assert_eq!(fixture.number("SELECT count(*) FROM sources"), 0);
}

#[test]
fn a_run_of_a_living_process_stays_and_one_of_a_dead_process_is_interrupted() {
    let fixture = Fixture::new();
    let path = fixture.path();
    // A second handle stands for a second process: it does not share the first one's locks.
    let other = Store::open(&path).unwrap();
    other.begin_run(at(5), &[]).unwrap();
    let status = |id: RunId| other.run(&Viewer::Operator, id).unwrap().unwrap().status;
    assert_eq!(status(fixture.run), RunStatus::Running);

    let dead = {
        let mut child = again("runs::child_begins_a_run_and_waits", &path)
            .stdout(Stdio::piped())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let id = crate::crash::read_number(&mut child, "run ");
        let id: RunId = id.to_string().parse().unwrap();
        assert_eq!(status(id), RunStatus::Running);
        other.begin_run(at(6), &[]).unwrap();
        assert_eq!(status(id), RunStatus::Running, "its process lives");
        child.kill().unwrap();
        child.wait().unwrap();
        id
    };
    other.begin_run(at(7), &[]).unwrap();
    assert_eq!(status(dead), RunStatus::Interrupted);
    assert_eq!(status(fixture.run), RunStatus::Running);

    let first = fixture.run;
    fixture
        .store
        .finish_run(first, &end(RunStatus::Complete))
        .unwrap();
    assert_eq!(status(first), RunStatus::Complete);
}

#[test]
fn a_run_left_by_a_closed_store_is_interrupted_when_the_file_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gather.db");
    let run = Store::open(&path)
        .unwrap()
        .begin_run(at(1), &[shared("a")])
        .unwrap();
    let store = Store::open(&path).unwrap();
    let read = store.run(&Viewer::Operator, run).unwrap().unwrap();
    assert_eq!((read.status, read.ended_at), (RunStatus::Interrupted, None));
    assert_eq!(read.outcomes[0].state, None);
    drop(store);
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["gather.db"], "no lock and no log stays behind");
}

#[test]
#[ignore = "a part of another test, which starts it as a process of its own"]
fn child_begins_a_run_and_waits() {
    let Some(path) = std::env::var_os(DATABASE) else {
        return;
    };
    let store = Store::open(path).unwrap();
    let run = store.begin_run(at(6), &[]).unwrap();
    println!("\nrun {run}");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}
