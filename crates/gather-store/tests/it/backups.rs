//! Copies of the whole file: whole while it is written, put back only where nobody is at work.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use gather_records::{Record, Viewer};
use gather_store::{ErrorKind, Store, StoryQuery};

use crate::support::{Fixture, article, number};

fn told(fixture: &Fixture, from: usize, to: usize) {
    let records: Vec<Record> = (from..to)
        .map(|n| {
            Record::Article(article(
                &n.to_string(),
                "t",
                &format!("https://n.example/{n}"),
            ))
        })
        .collect();
    fixture.keep("news", 10, &records);
}

fn articles(path: &Path) -> i64 {
    number(path, "SELECT count(*) FROM articles")
}

#[test]
fn a_backup_is_whole_and_of_one_moment_while_others_write() {
    let fixture = Fixture::new();
    told(&fixture, 0, 100);
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 1..30 {
                told(&fixture, n * 100, n * 100 + 100);
            }
        });
        for n in 0..3 {
            let copy = folder.path().join(format!("copy{n}.db"));
            let bytes = fixture.store.backup(&copy).unwrap();
            assert_eq!(bytes, fs::metadata(&copy).unwrap().len());
            assert_eq!(
                fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
                0o600
            );
            let copied = Store::open(&copy).unwrap();
            copied.check().unwrap();
            assert_eq!(
                articles(&copy) % 100,
                0,
                "a page is there as a whole or not at all"
            );
        }
        writer.join().unwrap();
    });
    let copy = folder.path().join("copy0.db");
    let error = fixture.store.backup(&copy).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileExists, "{error}");
    let nowhere = folder.path().join("no/such/folder.db");
    assert!(fixture.store.backup(nowhere).is_err());
}

#[test]
fn a_backup_is_put_back_and_what_was_there_is_kept() {
    let fixture = Fixture::new();
    told(&fixture, 0, 3);
    let folder = tempfile::tempdir().unwrap();
    let (copy, place) = (
        folder.path().join("copy.db"),
        folder.path().join("gather.db"),
    );
    fixture.store.backup(&copy).unwrap();

    assert_eq!(Store::restore(&copy, &place).unwrap(), None);
    assert_eq!(articles(&place), 3);
    let store = Store::open(&place).unwrap();
    let error = Store::restore(&copy, &place).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InUse, "{error}");
    let query = StoryQuery::default();
    assert_eq!(store.stories(&Viewer::Operator, &query).unwrap().len(), 3);
    drop(store);
    let kept = Store::restore(&copy, &place).unwrap().unwrap();
    assert_eq!(articles(&kept), 3);
    let again = Store::restore(&copy, &place).unwrap().unwrap();
    assert_ne!(again, kept, "nothing that was kept is overwritten");
    assert!(copy.exists());
    Store::open(&place).unwrap().check().unwrap();
}

#[test]
fn what_is_no_sound_database_of_gather_is_not_put_anywhere() {
    let fixture = Fixture::new();
    told(&fixture, 0, 500);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let place = file("gather.db");
    fixture.store.backup(&place).unwrap();
    fs::write(
        file("text.db"),
        "no database at all, whatever its name says",
    )
    .unwrap();
    let other = rusqlite::Connection::open(file("other.db")).unwrap();
    other.execute_batch("CREATE TABLE t (x)").unwrap();
    drop(other);
    fs::write(file("empty.db"), "").unwrap();
    let mut torn = fs::read(&place).unwrap();
    let middle = torn.len() / 2;
    torn[middle..middle + 8192].fill(0x5a);
    fs::write(file("torn.db"), torn).unwrap();
    for (name, kinds) in [
        ("missing.db", &[ErrorKind::NoAccess][..]),
        ("text.db", &[ErrorKind::NotADatabase]),
        ("other.db", &[ErrorKind::OtherProgram]),
        ("empty.db", &[ErrorKind::OtherProgram]),
        ("torn.db", &[ErrorKind::Corrupt]),
    ] {
        let error = Store::restore(file(name), &place).unwrap_err();
        assert!(
            kinds.contains(&error.kind()),
            "{name}: {:?} {error}",
            error.kind()
        );
        assert_eq!(articles(&place), 500, "{name}");
        assert!(!file("missing.db").exists());
    }
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_anybody_writes() {
    let fixture = Fixture::new();
    fixture.store.check_writable().unwrap();
    let runs = fixture.number("SELECT count(*) FROM runs");
    fixture.store.check_writable().unwrap();
    assert_eq!(fixture.number("SELECT count(*) FROM runs"), runs);
}
