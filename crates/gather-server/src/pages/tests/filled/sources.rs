//! Sources: how each stands and why, and whose nobody else's business is.

use askama::Template as _;
use gather_store::{Outcome, OutcomeState};
use http::StatusCode;

use super::{Household, ago, hides, now, outcome, says};
use crate::pages::{sources, standing::Due};

fn list(household: &Household, name: &str, due: &Due) -> String {
    let reader = household.reader(name, "/sources");
    let page = sources::fill_list(&reader, &household.store, due).unwrap();
    page.render().unwrap()
}

fn one(household: &Household, name: &str) -> String {
    let reader = household.ann(&format!("/sources/{name}"));
    let page = sources::fill_one(&reader, &household.store, &Due::default(), name).unwrap();
    page.render().unwrap()
}

fn failed(household: &Household, minutes: i64) {
    let run = household.begin(minutes, &["lwn"]);
    let failed = Outcome {
        reason: Some("no answer: timed out after 10 s".to_owned()),
        hint: Some("look at the network".to_owned()),
        ..outcome("lwn", OutcomeState::Failed, minutes)
    };
    household.end_source(run, &failed);
    household.end(run, minutes);
}

#[test]
fn each_source_says_how_it_stands_when_it_is_due_and_how_long_it_took() {
    let household = Household::filled();
    failed(&household, 1);
    let mut due = Due::default();
    due.next.insert("lwn".to_owned(), ago(-5));
    let page = list(&household, "ann", &due);
    says(
        &page,
        &[
            "4 sources: 2 well, 1 without its key, 1 failed",
            "no answer: timed out after 10 s",
            "look at the network",
            "in 5 min every 1 h",
            "every 30 min",
            "0.41 s",
            "bank yours",
            "`NEWSAPI_KEY`",
        ],
    );
    hides(&page, &["diary"]);
    says(&list(&household, "ben", &due), &["diary yours"]);
    says(
        &list(&Household::of(""), "ann", &due),
        &["No source is declared yet."],
    );
}

#[test]
fn a_source_says_why_with_what_it_asks_and_what_is_held() {
    let household = Household::filled();
    failed(&household, 2);
    failed(&household, 1);
    let page = one(&household, "lwn");
    says(
        &page,
        &[
            "failed 2 times in a row",
            "no answer: timed out after 10 s",
            "https://lwn.example/rss",
            "Every 1 h",
            "Holds 1 article",
            "Last good 2 min ago",
        ],
    );
    says(
        &one(&household, "bank"),
        &["3 accounts, 5 transactions", "well"],
    );
    assert!(now() > ago(1));
}

#[test]
fn a_source_of_another_user_is_not_there() {
    let household = Household::filled();
    for name in ["diary", "none", ""] {
        let reader = household.ann("/sources/x");
        let page = sources::fill_one(&reader, &household.store, &Due::default(), name);
        assert_eq!(page.unwrap_err().status, StatusCode::NOT_FOUND, "{name}");
    }
}

#[test]
fn what_is_declared_no_more_still_says_what_is_held() {
    let household = Household::filled();
    let page = one(&household, "ecb");
    says(
        &page,
        &["not declared", "What it brought stays.", "2 rates"],
    );
    hides(&page, &["Fetch now"]);
}
