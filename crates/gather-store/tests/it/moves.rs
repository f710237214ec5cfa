//! Addresses that moved for good, and addresses that are gone.

use gather_records::Record;
use gather_store::{ADOPTED_AFTER, RunId};

use crate::support::{Fixture, article, at, shared};

const OLD: &str = "https://old.example/feed";
const NEW: &str = "https://new.example/feed";

fn run(fixture: &Fixture, second: i64) -> RunId {
    fixture.store.begin_run(at(second), &[]).unwrap()
}

fn led(fixture: &Fixture, second: i64, from: &str, to: Option<&str>) -> u32 {
    let run = run(fixture, second);
    fixture
        .store
        .redirected(run, shared("lwn"), from, to, at(second))
        .unwrap()
}

fn adopted(fixture: &Fixture) -> Vec<(String, String)> {
    let moves = fixture.store.moves(shared("lwn")).unwrap();
    moves
        .into_iter()
        .filter(|it| it.adopted_at.is_some())
        .map(|it| (it.from, it.to))
        .collect()
}

#[test]
fn case_29_a_permanent_redirect_is_adopted_after_three_runs_and_the_articles_keep_their_ids() {
    let fixture = Fixture::new();
    let items = ["1", "2"].map(|id| Record::Article(article(id, id, "")));
    fixture.keep("lwn", 0, &items);
    for (second, runs) in (1..).zip(1..=5_u32) {
        assert_eq!(led(&fixture, second, OLD, Some(NEW)), runs);
        assert_eq!(!adopted(&fixture).is_empty(), runs >= ADOPTED_AFTER);
        let kept = fixture.keep("lwn", second, &items);
        assert_eq!((kept.new, kept.unchanged), (0, 2));
    }
    let moves = fixture.store.moves(shared("lwn")).unwrap();
    assert_eq!(moves.len(), 1);
    assert_eq!((moves[0].from.as_str(), moves[0].to.as_str()), (OLD, NEW));
    assert_eq!(
        (moves[0].first_at, moves[0].adopted_at, moves[0].last_at),
        (at(1), Some(at(3)), at(5)),
        "adopted once"
    );
    assert!(fixture.store.moves(shared("other")).unwrap().is_empty());
}

#[test]
fn case_29_a_temporary_redirect_or_an_answer_of_its_own_begins_the_count_anew() {
    let fixture = Fixture::new();
    assert_eq!(led(&fixture, 1, OLD, None), 0);
    assert_eq!(led(&fixture, 2, OLD, Some(NEW)), 1);
    assert_eq!(led(&fixture, 3, OLD, Some(NEW)), 2);
    assert_eq!(led(&fixture, 4, OLD, None), 0);
    assert_eq!(led(&fixture, 5, OLD, Some(NEW)), 1);
    assert_eq!(led(&fixture, 6, OLD, Some(NEW)), 2);
    assert_eq!(led(&fixture, 7, OLD, Some("https://third.example/")), 1);
    assert_eq!(led(&fixture, 8, OLD, Some(OLD)), 0, "to itself is no move");
    assert!(adopted(&fixture).is_empty());
}

#[test]
fn a_run_counts_once_however_often_it_asks() {
    let fixture = Fixture::new();
    let run = run(&fixture, 1);
    for _ in 0..5 {
        let runs = fixture
            .store
            .redirected(run, shared("lwn"), OLD, Some(NEW), at(1))
            .unwrap();
        assert_eq!(runs, 1);
    }
}

#[test]
fn adopted_moves_lead_to_the_end_of_the_chain_and_a_move_back_ends_them() {
    let fixture = Fixture::new();
    let last = "https://last.example/feed";
    let mut second = 0;
    let mut three_runs = |from, to| {
        for _ in 0..ADOPTED_AFTER {
            second += 1;
            led(&fixture, second, from, Some(to));
        }
    };
    three_runs(OLD, NEW);
    three_runs(NEW, last);
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(adopted(&fixture), [pair(NEW, last), pair(OLD, last)]);
    three_runs(last, OLD);
    assert_eq!(
        adopted(&fixture),
        [pair(last, OLD), pair(NEW, OLD)],
        "the old address is asked as it stands again, and there is no circle"
    );
}

#[test]
fn an_address_that_is_gone_is_remembered_until_it_is_asked_for_again() {
    let fixture = Fixture::new();
    let gone = || fixture.store.gone_addresses(shared("lwn")).unwrap();
    assert!(gone().is_empty());
    fixture.store.gone(shared("lwn"), OLD, at(1)).unwrap();
    fixture.store.gone(shared("lwn"), OLD, at(9)).unwrap();
    assert_eq!(gone().len(), 1);
    assert_eq!((gone()[0].url.as_str(), gone()[0].at), (OLD, at(1)));
    fixture.store.forget_gone(shared("lwn"), NEW).unwrap();
    assert_eq!(gone().len(), 1);
    fixture.store.forget_gone(shared("lwn"), OLD).unwrap();
    assert!(gone().is_empty());
}
