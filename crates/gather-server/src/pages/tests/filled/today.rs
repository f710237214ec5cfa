//! The front page: full, on a first visit, old, and without what is another's.

use gather_store::{Outcome, OutcomeState};

use super::{Household, ago, article, hides, now, outcome, says, text};
use crate::{
    pages::{answer::Failed, reader::Reader, standing::Due, today, view::Today},
    schedule::{Progress, UnderWay},
};

fn filled(household: &Household, reader: &Reader, due: &Due) -> String {
    household.page(|moment| -> Result<Today, Failed> { today::fill(reader, moment, due) })
}

fn plain(household: &Household) -> String {
    filled(household, &household.ann("/"), &Due::default())
}

#[test]
fn the_front_page_has_the_day_the_news_and_the_money() {
    let page = plain(&Household::filled());
    says(
        &page,
        &[
            "Friday, 20 November",
            "Ferry line adds night sailing",
            "harbour.example · guardian-feed, lwn (41 points) · 2 h",
            "Net worth 2,582.37 EUR",
            "not converted: 120.00 CHF (no rate is known)",
            "Checking",
            // Of this month, in the currency of the sums.
            "Home",
            "900.00",
            ">99 %",
            "Bakery 12",
            "−4.50",
            "+3,000.00",
            "day 20 of 30",
            "1 EUR = 1.0712 USD 0.8391 GBP ecb, 19 Nov",
        ],
    );
    says(&page, &["not in it: 20.00 USD"]);
    assert!(page.contains("0.52 s"), "{page}");
}

#[test]
fn nobody_sees_what_is_another_users() {
    let household = Household::filled();
    hides(&plain(&household), &["diary", "Dear"]);
    let ben = household.reader("ben", "/");
    let page = filled(&household, &ben, &Due::default());
    hides(
        &page,
        &["Bakery", "Checking", "2,482", "Salary", "sources/bank"],
    );
    says(&page, &["Dear diary", "No money here yet."]);
}

#[test]
fn a_first_visit_says_what_to_do() {
    let household = Household::of("");
    let page = plain(&household);
    says(
        &page,
        &[
            "Nothing has been gathered yet",
            "No source is declared yet.",
            "gather add lwn https://lwn.net/headlines/rss",
        ],
    );
    let page = plain(&Household::new());
    says(
        &page,
        &[
            "4 sources are declared and none was asked yet.",
            "gather run",
        ],
    );
}

fn under_way(household: &Household, done: &[&str], open: &[&str]) -> Reader {
    let mut reader = household.ann("/");
    let progress = |source: &&str, over: bool| Progress {
        source: (*source).to_owned(),
        owner: None,
        done: 3,
        known: 20,
        outcome: over.then(|| outcome(source, OutcomeState::Complete, 0)),
    };
    reader.under_way = vec![UnderWay {
        run: household.begin(0, &[]),
        started_at: now(),
        sources: done
            .iter()
            .map(|source| progress(source, true))
            .chain(open.iter().map(|source| progress(source, false)))
            .collect(),
    }];
    reader
}

#[test]
fn the_first_run_under_way_says_how_far_it_is_until_something_is_there() {
    let household = Household::new();
    let reader = under_way(&household, &["lwn"], &["guardian-feed"]);
    let page = filled(&household, &reader, &Due::default());
    says(
        &page,
        &[
            "The first run is under way",
            "1 of 2 sources have answered",
            "guardian-feed being asked 3 of 20",
        ],
    );
    household.bring(
        "lwn",
        0,
        &[article("1", "A ferry", "https://a.example/1", 1)],
    );
    let page = filled(&household, &reader, &Due::default());
    says(&page, &["A ferry"]);
    hides(&page, &["The first run"]);
}

#[test]
fn what_failed_is_told_though_nothing_ever_came() {
    let household = Household::new();
    let run = household.begin(3, &["lwn"]);
    let failed = Outcome {
        reason: Some("no answer: timed out after 10 s".to_owned()),
        ..outcome("lwn", OutcomeState::Failed, 3)
    };
    household.end_source(run, &failed);
    household.end(run, 3);
    let page = plain(&household);
    says(
        &page,
        &[
            "lwn failed no answer: timed out after 10 s",
            "No story yet: no source has brought any.",
            "No money here yet.",
        ],
    );
    hides(&page, &["Nothing has been gathered"]);
}

#[test]
fn what_is_old_says_how_old_it_is() {
    let household = Household::new();
    let day = 24 * 60;
    household.bring(
        "bank",
        2 * day,
        &[super::account("a", "Checking", "10 EUR")],
    );
    household.bring("lwn", 121, &[article("1", "A", "https://a.example/1", 130)]);
    household.bring(
        "guardian-feed",
        59,
        &[article("2", "B", "https://a.example/2", 60)],
    );
    let page = plain(&household);
    says(
        &page,
        &[
            "bank stale stale 2 d",
            // Every hour: two are borne, more are not.
            "lwn stale stale 2 h",
            "guardian-feed well 59 min",
            "as of 2 d ago",
            "oldest balance in it: 2 d ago",
            "newsapi key missing",
        ],
    );
    says(&page, &["1 well, 2 stale, 1 without its key"]);
}

#[test]
fn sources_that_need_somebody_come_first() {
    let household = Household::filled();
    let run = household.begin(1, &["lwn"]);
    let limited = Outcome {
        until: Some("2026-11-20T14:30:00Z".parse().unwrap()),
        ..outcome("lwn", OutcomeState::Limited, 1)
    };
    household.end_source(run, &limited);
    let mut due = Due::default();
    due.given_up.insert("guardian-feed".to_owned());
    let page = filled(&household, &household.ann("/"), &due);
    let text = text(&page);
    let place = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word}: {text}"));
    assert!(place("newsapi key missing") < place("guardian-feed given up"));
    assert!(place("guardian-feed given up") < place("lwn limited limited until 15:30"));
    assert!(place("lwn limited") < place("bank well"));
}

#[test]
fn a_story_whose_address_is_a_script_is_no_link_and_no_markup() {
    let household = Household::new();
    let mut record = article(
        "1",
        "<script>alert(1)</script> & \"more\"",
        "https://a.example/1",
        5,
    );
    if let gather_records::Record::Article(article) = &mut record {
        article.url = Some("javascript:alert(1)".parse().unwrap());
    }
    household.bring("lwn", 5, &[record]);
    let page = plain(&household);
    hides(&page, &["<script>", "javascript:"]);
    says(&page, &["<script>alert(1)</script> & \"more\""]);
    assert_eq!(ago(0), now());
}
