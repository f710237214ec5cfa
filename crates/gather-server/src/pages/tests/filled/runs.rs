//! Runs: the history and one run, as each user sees them.

use gather_store::{Outcome, OutcomeState, RunId, Snapshot};
use http::StatusCode;

use super::{Household, ago, hides, outcome, says};
use crate::pages::runs;

fn list(household: &Household, address: &str) -> String {
    household.page(|moment| runs::fill_list(&household.ann(address), moment))
}

fn one(household: &Household, name: &str, run: RunId) -> String {
    let reader = household.reader(name, &format!("/runs/{run}"));
    household.page(|moment| runs::fill_one(&reader, moment, run))
}

/// A run in which one source failed.
fn troubled(household: &Household, minutes: i64) -> RunId {
    let run = household.begin(minutes, &["lwn", "guardian-feed", "diary"]);
    household.end_source(
        run,
        &outcome("guardian-feed", OutcomeState::Complete, minutes),
    );
    household.end_source(run, &outcome("diary", OutcomeState::Complete, minutes));
    let failed = Outcome {
        reason: Some("no answer: timed out after 10 s".to_owned()),
        hint: Some("look at the network".to_owned()),
        until: Some(ago(-90)),
        took: std::time::Duration::from_secs(10),
        counts: gather_store::Counts::default(),
        ..outcome("lwn", OutcomeState::Failed, minutes)
    };
    household.end_source(run, &failed);
    household.end(run, minutes);
    run
}

#[test]
fn the_history_says_how_each_run_ended_and_what_it_saved() {
    let household = Household::filled();
    let run = troubled(&household, 1);
    let page = list(&household, "/runs");
    says(
        &page,
        &[
            "12:59",
            "1 of 2 sources",
            "lwn failed",
            "2 new",
            "0.52 s",
            "2.31 s",
            "4.4x",
        ],
    );
    assert!(page.contains(&format!("href=\"/runs/{run}\"")));
    hides(&page, &["diary"]);
    says(
        &list(&Household::new(), "/runs"),
        &["No run yet.", "gather run"],
    );
}

#[test]
fn a_run_says_where_its_time_went_and_why_something_is_missing() {
    let household = Household::filled();
    let run = troubled(&household, 1);
    let page = one(&household, "ann", run);
    says(
        &page,
        &[
            "1 of 2 sources gave all they had, 1 min ago",
            "0.52 s for 2.31 s of waiting, 4.4x",
            "Its timeline is not kept.",
            "no answer: timed out after 10 s",
            "look at the network",
            "it may be asked again at 14:30",
            "3 articles, 2 of them new",
            "Requests 6",
        ],
    );
    hides(&page, &["diary"]);
    // ben's own run of the same: his source is there, ann's are not.
    says(&one(&household, "ben", run), &["diary"]);
}

#[test]
fn a_run_of_anothers_sources_only_is_not_there() {
    let household = Household::new();
    let run = household.bring("diary", 5, &[]);
    let reader = household.ann(&format!("/runs/{run}"));
    let failed = household
        .store
        .snapshot(|moment: &Snapshot<'_>| runs::fill_one(&reader, moment, run))
        .unwrap_err();
    assert_eq!(failed.status, StatusCode::NOT_FOUND);
    says(&list(&household, "/runs"), &["No run yet."]);
}

#[test]
fn older_runs_follow_and_anothers_are_passed_over() {
    let household = Household::new();
    for at in 0..60 {
        household.bring(if at % 2 == 0 { "lwn" } else { "diary" }, 100 - at, &[]);
    }
    let page = list(&household, "/runs");
    assert_eq!(page.matches("<th scope=\"row\">").count(), 25);
    let (before, _) = page.split_once("\">Older runs<").unwrap();
    let (_, address) = before.rsplit_once("href=\"").unwrap();
    let page = list(&household, address);
    assert_eq!(page.matches("<th scope=\"row\">").count(), 5);
    hides(&page, &["Older runs"]);
    says(
        &list(&household, "/runs?before=1"),
        &["There is no older run."],
    );
    let page = list(&household, "/runs?before=x");
    assert!(page.contains("The place in the list could not be read"));
    // Beyond the newest there is only the newest.
    let page = list(&household, "/runs?before=9223372036854775807");
    assert_eq!(page.matches("<th scope=\"row\">").count(), 25);
}

#[test]
fn the_runs_before_and_after_are_those_of_the_reader() {
    let household = Household::new();
    let first = household.bring("lwn", 9, &[]);
    household.bring("diary", 8, &[]);
    let second = household.bring("lwn", 7, &[]);
    let page = one(&household, "ann", first);
    assert!(
        page.contains(&format!("rel=\"next\" href=\"/runs/{second}\"")),
        "{page}"
    );
    let page = one(&household, "ann", second);
    assert!(
        page.contains(&format!("rel=\"prev\" href=\"/runs/{first}\"")),
        "{page}"
    );
}

#[test]
fn a_run_under_way_says_how_far_it_is() {
    let household = Household::new();
    let run = household.begin(0, &["lwn", "guardian-feed"]);
    household.end_source(run, &outcome("lwn", OutcomeState::Complete, 0));
    let page = one(&household, "ann", run);
    says(&page, &["1 of 2 so far", "It is under way.", "being asked"]);
    says(&list(&household, "/runs"), &["1 of 2 so far"]);
}
