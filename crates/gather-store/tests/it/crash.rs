//! kill -9 at any moment: the file opens, each page is whole or absent, nothing is there twice.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use gather_records::{Record, Viewer};
use gather_store::{AnswerNote, Page, RunStatus, Store};

use crate::support::{DATABASE, again, article, at, moved, number, shared};

/// Records of each kind in a page.
const PER_PAGE: i64 = 40;
const KILLS: u64 = 20;

/// Page `n`: articles, of which two sources' worth share each address with the page before, and transactions.
fn page(n: i64) -> Vec<Record> {
    let articles = (0..PER_PAGE).map(|i| {
        let shared = (n / 2) * PER_PAGE + i;
        Record::Article(article(
            &format!("{n}-{i}"),
            &format!("story {i} of page {n}"),
            &format!("https://a.example/{shared}"),
        ))
    });
    let transactions = (0..PER_PAGE)
        .map(|i| Record::Transaction(moved(&format!("{n}-{i}"), "-1.00 EUR", "2026-11-19", "c")));
    articles.chain(transactions).collect()
}

#[test]
fn case_45_a_kill_at_any_moment_leaves_whole_pages_with_their_notes_and_no_duplicates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gather.db");
    let mut acknowledged = -1;
    for kill in 0..KILLS {
        let mut child = again("crash::child_keeps_pages_until_it_is_killed", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Some kills come while the file is being made or a run begun, most in the middle of a page.
        for _ in 0..kill % 5 {
            acknowledged = acknowledged.max(next_number(&mut lines, "kept ").unwrap());
        }
        thread::sleep(Duration::from_micros(kill * 733 % 5000));
        child.kill().unwrap();
        child.wait().unwrap();
        while let Some(kept) = next_number(&mut lines, "kept ") {
            acknowledged = acknowledged.max(kept);
        }
        whole_pages(&path, acknowledged);
    }
    assert!(
        acknowledged > 5,
        "the children came to keep pages at all: {acknowledged}"
    );
}

fn whole_pages(path: &Path, acknowledged: i64) {
    let store = Store::open(path).unwrap();
    store.check().unwrap();
    let pages = number(
        path,
        "SELECT count(DISTINCT substr(id, 1, instr(id, '-') - 1)) FROM articles",
    );
    assert!(
        pages > acknowledged,
        "{pages} pages there, page {acknowledged} was acknowledged"
    );
    for (what, sql) in [
        ("articles", "SELECT count(*) FROM articles"),
        ("transactions", "SELECT count(*) FROM transactions"),
        (
            "words",
            "SELECT count(*) FROM articles_text WHERE articles_text MATCH 'story'",
        ),
        ("counted", "SELECT ifnull(sum(new), 0) FROM outcomes"),
    ] {
        let per_page = if what == "counted" {
            2 * PER_PAGE
        } else {
            PER_PAGE
        };
        assert_eq!(
            number(path, sql),
            pages * per_page,
            "{what} of {pages} pages"
        );
    }
    let stories = number(path, "SELECT count(*) FROM stories");
    assert_eq!(
        stories,
        (pages + 1) / 2 * PER_PAGE,
        "stories of {pages} pages"
    );
    // A note stands for exactly the pages that are there, and says where to go on.
    let notes = store.answers(shared("a"), "d").unwrap();
    let mut noted: Vec<i64> = notes
        .iter()
        .map(|note| note.request.parse().unwrap())
        .collect();
    noted.sort_unstable();
    assert_eq!(
        noted,
        (0..pages).collect::<Vec<_>>(),
        "notes of {pages} pages"
    );
    for note in notes {
        let n: i64 = note.request.parse().unwrap();
        assert_eq!(note.follow, [format!("page {}", n + 1)]);
    }
    for run in store.runs(&Viewer::Operator, 1000).unwrap() {
        assert_eq!(run.status, RunStatus::Interrupted, "run {}", run.id);
    }
}

#[test]
#[ignore = "a part of another test, which starts it as a process of its own"]
fn child_keeps_pages_until_it_is_killed() {
    let Some(path) = std::env::var_os(DATABASE) else {
        return;
    };
    let store = Store::open(path).unwrap();
    let run = store.begin_run(at(0), &[shared("a")]).unwrap();
    // From the first page again: what is there already must be recognised.
    for n in 0.. {
        let records = page(n);
        let kept = store
            .keep(Page {
                declaration: "d",
                request: &n.to_string(),
                answer: Some(AnswerNote {
                    etag: Some(b"\"tag\""),
                    follow: &[format!("page {}", n + 1)],
                    ..AnswerNote::default()
                }),
                ..Page::new(run, shared("a"), &records, at(n))
            })
            .unwrap();
        let whole = u64::try_from(2 * PER_PAGE).unwrap();
        assert!(
            kept.new == whole || kept.unchanged == whole,
            "page {n}: {kept:?}"
        );
        if kept.new > 0 {
            println!("\nkept {n}");
            std::io::stdout().flush().unwrap();
        }
    }
}

/// The number after a word, on the next line of a child's output that has it; `None` at the end.
fn next_number(
    lines: &mut impl Iterator<Item = std::io::Result<String>>,
    word: &str,
) -> Option<i64> {
    lines.find_map(|line| line.unwrap().strip_prefix(word)?.parse().ok())
}

/// Reads a child's output up to a number after a word.
pub(crate) fn read_number(child: &mut Child, word: &str) -> i64 {
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    next_number(&mut lines, word).unwrap()
}
