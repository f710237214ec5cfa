//! Fields that used to be filled and now are empty.

use gather_records::{Record, RecordKind};
use gather_store::{Error, ErrorKind, Filled, Kept, Page, RunId};

use crate::support::{Fixture, article, at, shared};

fn filled(rows: u64, titles: u64) -> [Filled<'static>; 1] {
    [Filled {
        kind: RecordKind::Article,
        field: "title",
        filled: titles,
        rows,
    }]
}

fn keep_in(
    fixture: &Fixture,
    run: RunId,
    declaration: &str,
    rows: u64,
    titles: u64,
) -> Result<Kept, Error> {
    let title = if titles == 0 { "" } else { "T" };
    let records: Vec<Record> = (0..rows)
        .map(|n| Record::Article(article(&n.to_string(), title, "")))
        .collect();
    fixture.store.keep(Page {
        declaration,
        filled: &filled(rows, titles),
        ..Page::new(run, shared("news"), &records, at(1))
    })
}

fn keep(fixture: &Fixture, rows: u64, titles: u64) -> Result<Kept, Error> {
    keep_in(fixture, fixture.run, "one", rows, titles)
}

#[test]
fn a_field_that_is_empty_in_a_whole_page_is_refused_before_anything_is_overwritten() {
    let fixture = Fixture::new();
    keep(&fixture, 30, 29).unwrap();
    let error = keep(&fixture, 7, 0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FieldFaded);
    assert!(
        error.to_string().contains(
            "source `news`: the shape of its answers has changed: `title` of article is empty in all 7 rows, \
             though 29 of 30 rows before had it"
        ),
        "{error}"
    );
    assert_eq!(
        fixture.number("SELECT count(*) FROM articles WHERE title = 'T'"),
        30
    );
    // It stays refused, as often as it comes.
    for _ in 0..40 {
        assert_eq!(
            keep(&fixture, 7, 0).unwrap_err().kind(),
            ErrorKind::FieldFaded
        );
    }
    keep(&fixture, 7, 1).unwrap();
}

#[test]
fn few_rows_little_history_and_fields_that_were_often_empty_are_no_sign() {
    for (before, had, now) in [(30, 30, 4), (19, 19, 50), (30, 26, 50)] {
        let fixture = Fixture::new();
        keep(&fixture, before, had).unwrap();
        keep(&fixture, now, 0).unwrap();
    }
    let fixture = Fixture::new();
    keep(&fixture, 20, 18).unwrap();
    keep(&fixture, 5, 0).unwrap_err();
}

#[test]
fn an_edited_declaration_starts_to_count_anew() {
    let fixture = Fixture::new();
    keep(&fixture, 30, 30).unwrap();
    keep_in(&fixture, fixture.run, "two", 30, 0).unwrap();
    assert_eq!(fixture.number("SELECT rows FROM filled"), 0);
    assert_eq!(fixture.number("SELECT run_rows FROM filled"), 30);
}

#[test]
fn answers_of_one_row_are_judged_over_their_run() {
    let fixture = Fixture::new();
    let faded = |run| fixture.store.faded(run, shared("news")).unwrap();
    for _ in 0..25 {
        keep(&fixture, 1, 1).unwrap();
    }
    assert!(faded(fixture.run).is_empty());
    // Every later run finds it, since a run in which it faded is not counted.
    for _ in 0..30 {
        let run = fixture.store.begin_run(at(2), &[]).unwrap();
        for _ in 0..4 {
            keep_in(&fixture, run, "one", 1, 0).unwrap();
        }
        assert!(faded(run).is_empty(), "four rows say nothing");
        keep_in(&fixture, run, "one", 1, 0).unwrap();
        let found = faded(run);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].to_string(),
            "`title` of article is empty in all 5 rows, though 25 of 25 rows before had it"
        );
        assert!(faded(fixture.run).is_empty(), "of that run only");
    }
    let run = fixture.store.begin_run(at(3), &[]).unwrap();
    for titles in [0, 0, 0, 0, 0, 1] {
        keep_in(&fixture, run, "one", 1, titles).unwrap();
    }
    assert!(faded(run).is_empty(), "one row has it again");
}

#[test]
fn what_was_long_ago_counts_less() {
    let fixture = Fixture::new();
    let mut next = fixture.run;
    // For ten thousand rows always there, then in every second row for as long as the memory is.
    for titles in [100, 50] {
        for _ in 0..100 {
            keep_in(&fixture, next, "one", 100, titles).unwrap();
            next = fixture.store.begin_run(at(2), &[]).unwrap();
        }
    }
    keep_in(&fixture, next, "one", 100, 0).unwrap();
    assert!(fixture.number("SELECT rows + run_rows FROM filled") <= 1100);
}
