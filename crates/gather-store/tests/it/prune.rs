//! What is old goes; what is starred, of money, or says how a source stands stays.

use std::time::Duration;

use gather_records::{Record, Viewer};
use gather_store::{Mark, OutcomeState, Retention, RunEnd, RunStatus, SourceRef, StoryQuery};

use crate::support::{Fixture, account, article, at, moved};

const DAY: i64 = 86_400;

fn days(days: u64) -> Option<Duration> {
    Some(Duration::from_secs(days * 86_400))
}

#[test]
fn old_articles_go_but_for_starred_ones_and_money_stays() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let told = |id: &str| Record::Article(article(id, id, &format!("https://n.example/{id}")));
    let old = [
        told("old"),
        told("starred"),
        account("a", "1 EUR"),
        Record::Transaction(moved("t", "-1 EUR", "1970-01-02", "x")),
    ];
    fixture.keep("news", DAY, &old);
    fixture.keep("news", 30 * DAY, &[told("fresh")]);
    let ann = store.add_user("ann", None, at(1)).unwrap();
    let headlines = || -> Vec<(String, i64)> {
        let stories = store
            .stories(&Viewer::Operator, &StoryQuery::default())
            .unwrap();
        stories
            .into_iter()
            .map(|story| (story.headline, story.id))
            .collect()
    };
    let starred = headlines()
        .iter()
        .find(|(name, _)| name == "starred")
        .unwrap()
        .1;
    store
        .mark(&ann, &[starred], Mark::Starred(true), at(DAY))
        .unwrap();
    let keep = Retention {
        articles: days(10),
        runs: None,
    };
    assert_eq!(
        store
            .prune(&Retention::default(), at(40 * DAY))
            .unwrap()
            .articles,
        0
    );
    assert_eq!(store.prune(&keep, at(35 * DAY)).unwrap().articles, 1);
    let names: Vec<String> = headlines().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["fresh", "starred"]);
    assert_eq!(
        store.export_transactions(&Viewer::Operator).unwrap().len(),
        1
    );
    assert_eq!(fixture.number("SELECT count(*) FROM accounts"), 1);
    assert_eq!(fixture.number("SELECT count(*) FROM stories"), 2);
    // Not starred any more, it goes.
    store
        .mark(&ann, &[starred], Mark::Starred(false), at(DAY))
        .unwrap();
    assert_eq!(store.prune(&keep, at(35 * DAY)).unwrap().articles, 1);
    store.check().unwrap();
}

#[test]
fn of_each_source_the_latest_outcome_stays() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let source = |name| SourceRef { name, owner: None };
    let run = |day: i64, sources: &[SourceRef<'_>]| {
        let run = store.begin_run(at(day * DAY), sources).unwrap();
        for source in sources {
            let outcome = crate::runs::outcome(source.name, OutcomeState::Complete);
            store.finish_source(run, &outcome).unwrap();
        }
        let end = RunEnd {
            status: RunStatus::Complete,
            at: at(day * DAY + 1),
            wall: Duration::from_secs(1),
            one_by_one: Duration::from_secs(1),
            longest_chain: Duration::from_secs(1),
        };
        store.finish_run(run, &end).unwrap();
        store.keep_timeline(run, b"x").unwrap();
        run
    };
    let first = run(1, &[source("a"), source("b")]);
    let second = run(2, &[source("a")]);
    let third = run(3, &[source("a")]);
    let fresh = run(30, &[source("a")]);
    let keep = Retention {
        articles: None,
        runs: days(10),
    };
    // The fixture's own run is under way, and stays however old it is.
    assert_eq!(store.prune(&keep, at(31 * DAY)).unwrap().runs, 2);
    let left = |run| store.run(&Viewer::Operator, run).unwrap().is_some();
    assert!(left(first), "it holds the last outcome of b");
    assert!(!left(second) && !left(third));
    assert!(left(fresh));
    assert!(store.timeline(second).unwrap().is_none());
    assert_eq!(store.prune(&keep, at(31 * DAY)).unwrap().runs, 0);
}
