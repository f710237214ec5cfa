//! Notes of answers: written and lost together with the rows they vouch for.

use gather_records::{Article, Record, Viewer};
use gather_store::{AnswerNote, Freshened, Kept, KeptAnswer, Page, StoryQuery};

use crate::support::{Fixture, account, article, at, budget, moved, rate, shared};

const NOTE: AnswerNote<'_> = AnswerNote {
    etag: Some(b"W/\"a,b\""),
    last_modified: Some(b"Fri, 20 Nov 2026 12:00:00 GMT"),
    fresh_until: None,
    stale_if_error_until: None,
    vary: None,
    follow: &[],
};

fn page<'a>(fixture: &Fixture, records: &'a [Record], answer: Option<AnswerNote<'a>>) -> Page<'a> {
    Page {
        declaration: "one",
        request: "list",
        answer,
        ..Page::new(fixture.run, shared("news"), records, at(1))
    }
}

fn notes(fixture: &Fixture) -> Vec<KeptAnswer> {
    fixture.store.answers(shared("news"), "one").unwrap()
}

fn two() -> Vec<Record> {
    vec![
        Record::Article(article("1", "One", "https://a.example/1")),
        Record::Article(article("2", "Two", "https://a.example/2")),
    ]
}

#[test]
fn a_note_comes_back_byte_for_byte() {
    let fixture = Fixture::new();
    let etag: Vec<u8> = (0..=255).collect();
    let follow = ["{\"step\":1}".to_owned(), "\u{0} \" \\ é".to_owned()];
    let note = AnswerNote {
        etag: Some(&etag),
        last_modified: Some(b"yesterday"),
        fresh_until: Some(at(60)),
        stale_if_error_until: Some(at(3600)),
        vary: Some("digest"),
        follow: &follow,
    };
    fixture
        .store
        .keep(page(&fixture, &two(), Some(note)))
        .unwrap();
    assert_eq!(
        notes(&fixture),
        [KeptAnswer {
            request: "list".to_owned(),
            etag: Some(etag),
            last_modified: Some(b"yesterday".to_vec()),
            fresh_until: Some(at(60)),
            stale_if_error_until: Some(at(3600)),
            vary: Some("digest".to_owned()),
            follow: follow.to_vec(),
            at: at(1),
        }]
    );
}

#[test]
fn case_33_what_deletes_rows_of_a_source_deletes_its_notes_and_no_others() {
    for table in ["articles", "accounts", "transactions", "budgets", "rates"] {
        let fixture = Fixture::new();
        let rows = [
            Record::Article(article("1", "One", "https://a.example/1")),
            account("a", "1 EUR"),
            Record::Transaction(moved("t", "-1 EUR", "2026-11-19", "")),
            budget("b", "1 EUR", None),
            rate("EUR", "USD", "2026-11-19", "1.1"),
        ];
        fixture
            .store
            .keep(page(&fixture, &rows, Some(NOTE)))
            .unwrap();
        let other = Page {
            source: "other",
            ..page(&fixture, &rows, Some(NOTE))
        };
        fixture.store.keep(other).unwrap();
        assert_eq!(notes(&fixture).len(), 1);
        rusqlite::Connection::open(fixture.path())
            .unwrap()
            .execute_batch(&format!(
                "PRAGMA foreign_keys = ON;
                 DELETE FROM {table} WHERE source_id = (SELECT id FROM sources WHERE name = 'news')"
            ))
            .unwrap();
        assert!(notes(&fixture).is_empty(), "{table}");
        let freshened = Freshened {
            etag: None,
            last_modified: None,
            fresh_until: None,
            stale_if_error_until: None,
            vary: None,
            at: at(2),
        };
        let stands = |source| {
            fixture
                .store
                .freshen(fixture.run, shared(source), "list", &freshened)
                .unwrap()
        };
        assert!(!stands("news"), "a 304 must not stand for missing {table}");
        assert!(stands("other"));
    }
}

#[test]
fn case_33_a_new_file_has_no_notes() {
    let fixture = Fixture::new();
    assert!(notes(&fixture).is_empty());
    fixture.keep("news", 1, &two());
    assert!(notes(&fixture).is_empty());
}

#[test]
fn case_36_the_same_answer_again_touches_nothing_but_its_note() {
    let fixture = Fixture::new();
    fixture
        .store
        .keep(page(&fixture, &two(), Some(NOTE)))
        .unwrap();
    let read = || {
        fixture
            .store
            .stories(&Viewer::Operator, &StoryQuery::default())
            .unwrap()
    };
    let before = read();
    let again = AnswerNote {
        etag: Some(b"\"other\""),
        ..NOTE
    };
    let kept = fixture
        .store
        .keep(Page {
            at: at(99),
            ..page(&fixture, &two(), Some(again))
        })
        .unwrap();
    assert_eq!((kept.new, kept.changed, kept.unchanged), (0, 0, 2));
    assert_eq!(read(), before, "`updated_at` is what it was");
    assert_eq!(notes(&fixture)[0].etag.as_deref(), Some(&b"\"other\""[..]));
    assert_eq!(notes(&fixture)[0].at, at(99));
}

#[test]
fn case_37_not_modified_freshens_the_note_and_leaves_the_rows() {
    let fixture = Fixture::new();
    let note = AnswerNote {
        fresh_until: Some(at(10)),
        stale_if_error_until: Some(at(20)),
        vary: Some("v"),
        follow: &["next".to_owned()],
        ..NOTE
    };
    fixture
        .store
        .keep(page(&fixture, &two(), Some(note)))
        .unwrap();
    let freshened = Freshened {
        etag: Some(b"\"new\""),
        last_modified: None,
        fresh_until: Some(at(500)),
        stale_if_error_until: None,
        vary: None,
        at: at(400),
    };
    let stands = fixture
        .store
        .freshen(fixture.run, shared("news"), "list", &freshened)
        .unwrap();
    assert!(stands);
    let notes = notes(&fixture);
    let note = &notes[0];
    assert_eq!(note.etag.as_deref(), Some(&b"\"new\""[..]));
    assert_eq!(
        note.last_modified.as_deref(),
        NOTE.last_modified,
        "what was not said again stays"
    );
    assert_eq!(note.fresh_until, Some(at(500)));
    assert_eq!(note.stale_if_error_until, None);
    assert_eq!(note.vary.as_deref(), Some("v"));
    assert_eq!(note.follow, ["next"]);
    assert_eq!(note.at, at(400));
    let states = fixture.store.source_states(&Viewer::Operator).unwrap();
    assert_eq!(states[0].good_at, Some(at(400)));
    assert_eq!(
        fixture.number("SELECT count(*) FROM articles WHERE updated_at <> first_seen"),
        0
    );
}

#[test]
fn case_39_of_an_answer_that_may_not_be_stored_nothing_is_written() {
    let fixture = Fixture::new();
    let secret = b"etag-of-a-bank-answer-7f3a";
    let rows = [account("checking", "2500.00 EUR")];
    fixture.store.keep(page(&fixture, &rows, None)).unwrap();
    let holds = |needle: &[u8]| {
        ["", "-wal"].iter().any(|suffix| {
            let mut name = fixture.path().into_os_string();
            name.push(suffix);
            std::fs::read(name)
                .is_ok_and(|bytes| bytes.windows(needle.len()).any(|found| found == needle))
        })
    };
    assert!(holds(b"checking"), "the look into the file works");
    assert!(notes(&fixture).is_empty());
    assert!(!holds(secret));

    // The same bytes with leave to store them are found, so the look would have seen them.
    let note = AnswerNote {
        etag: Some(secret),
        ..NOTE
    };
    fixture
        .store
        .keep(page(&fixture, &rows, Some(note)))
        .unwrap();
    assert!(holds(secret));
}

#[test]
fn a_page_without_a_note_drops_the_older_note_of_its_request() {
    let fixture = Fixture::new();
    fixture
        .store
        .keep(page(&fixture, &two(), Some(NOTE)))
        .unwrap();
    let rows = two();
    let other = Page {
        request: "other",
        ..page(&fixture, &rows, None)
    };
    fixture.store.keep(other).unwrap();
    assert_eq!(notes(&fixture).len(), 1, "another request says nothing");
    fixture.store.keep(page(&fixture, &two(), None)).unwrap();
    assert!(notes(&fixture).is_empty());
}

#[test]
fn notes_of_another_declaration_are_not_given_and_go_with_the_next_page() {
    let fixture = Fixture::new();
    fixture
        .store
        .keep(page(&fixture, &two(), Some(NOTE)))
        .unwrap();
    let given = |declaration| {
        fixture
            .store
            .answers(shared("news"), declaration)
            .unwrap()
            .len()
    };
    assert_eq!((given("one"), given("two"), given("")), (1, 0, 0));
    let rows = two();
    let edited = Page {
        declaration: "two",
        request: "else",
        ..page(&fixture, &rows, Some(NOTE))
    };
    fixture.store.keep(edited).unwrap();
    assert_eq!((given("one"), given("two")), (0, 1));
    assert_eq!(fixture.number("SELECT count(*) FROM answers"), 1);
}

#[test]
fn a_page_that_is_refused_leaves_the_note_it_had() {
    let fixture = Fixture::new();
    fixture
        .store
        .keep(page(&fixture, &two(), Some(NOTE)))
        .unwrap();
    let before = notes(&fixture);
    let bad = [Record::Article(Article::new(""))];
    let refused = AnswerNote {
        etag: Some(b"\"bad\""),
        ..NOTE
    };
    fixture
        .store
        .keep(page(&fixture, &bad, Some(refused)))
        .unwrap_err();
    assert_eq!(notes(&fixture), before);
}

#[test]
fn a_note_is_forgotten_on_demand_and_when_nobody_uses_it() {
    let fixture = Fixture::new();
    fixture
        .store
        .keep(page(&fixture, &two(), Some(NOTE)))
        .unwrap();
    fixture.store.forget_answer(shared("news"), "none").unwrap();
    fixture
        .store
        .forget_answer(shared("unknown"), "list")
        .unwrap();
    assert_eq!(notes(&fixture).len(), 1);
    fixture.store.forget_answer(shared("news"), "list").unwrap();
    assert!(notes(&fixture).is_empty());

    fixture
        .store
        .keep(page(&fixture, &two(), Some(NOTE)))
        .unwrap();
    let day = 24 * 3600;
    fixture.store.begin_run(at(13 * day), &[]).unwrap();
    assert_eq!(notes(&fixture).len(), 1);
    fixture.store.begin_run(at(15 * day), &[]).unwrap();
    assert!(notes(&fixture).is_empty());
}

#[test]
fn case_49_items_that_an_offset_shows_twice_are_kept_once() {
    let fixture = Fixture::new();
    let item = |n: u32| Record::Article(article(&n.to_string(), &format!("Item {n}"), ""));
    // The list is 9, 8, .., 1 when page 1 is read; then 10 and 11 are put in front, and page 2 begins two too early.
    let first: Vec<Record> = (5..=9).rev().map(item).collect();
    let second: Vec<Record> = (2..=6).rev().map(item).collect();
    assert_eq!(fixture.keep("list", 1, &first).new, 5);
    let kept = fixture.keep("list", 2, &second);
    assert_eq!(
        kept,
        Kept {
            new: 3,
            unchanged: 2,
            kinds: kept.kinds,
            ..Kept::default()
        }
    );
    let next: Vec<Record> = (7..=11).rev().map(item).collect();
    assert_eq!(
        fixture.keep("list", 3, &next).new,
        2,
        "the next run has the rest"
    );
    assert_eq!(
        fixture.number("SELECT count(DISTINCT id) FROM articles"),
        fixture.number("SELECT count(*) FROM articles"),
    );
    assert_eq!(fixture.number("SELECT count(*) FROM articles"), 10);
}
