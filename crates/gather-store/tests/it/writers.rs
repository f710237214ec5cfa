//! Several writers at once: processes and handles take turns, and nobody is told that the database is locked.

use std::thread;

use gather_records::{Record, Viewer};
use gather_store::{Page, Store, StoryQuery};

use crate::support::{DATABASE, again, article, at, number, shared};

const PAGES: i64 = 40;

/// Keeps pages of a source of its own and of one that all writers share.
fn write(store: &Store, name: &str) {
    let run = store.begin_run(at(0), &[]).unwrap();
    for n in 0..PAGES {
        for (source, id) in [(name, format!("{name}-{n}")), ("common", n.to_string())] {
            let records = [Record::Article(article(
                &id,
                &id,
                &format!("https://a.example/{n}"),
            ))];
            store
                .keep(Page::new(run, shared(source), &records, at(n)))
                .unwrap();
        }
        store
            .stories(&Viewer::Operator, &StoryQuery::default())
            .unwrap();
    }
}

#[test]
fn case_46_two_processes_and_two_handles_write_and_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gather.db");
    // All of them find no file and make it at the same moment.
    let children = ["p1", "p2"].map(|name| {
        again("writers::child_writes", &path)
            .env("GATHER_STORE_TEST_NAME", name)
            .spawn()
            .unwrap()
    });
    thread::scope(|scope| {
        for name in ["h1", "h2"] {
            let path = &path;
            scope.spawn(move || write(&Store::open(path).unwrap(), name));
        }
        let store = Store::open(&path).unwrap();
        for name in ["c1", "c2", "c3", "c4", "c5", "c6"] {
            let clone = store.clone();
            scope.spawn(move || write(&clone, name));
        }
    });
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = Store::open(&path).unwrap();
    store.check().unwrap();
    assert_eq!(number(&path, "SELECT count(*) FROM articles"), 11 * PAGES);
    assert_eq!(number(&path, "SELECT count(*) FROM stories"), PAGES);
    assert_eq!(number(&path, "SELECT count(*) FROM sources"), 11);
    assert_eq!(
        number(&path, "SELECT sum(new) FROM outcomes"),
        11 * PAGES,
        "nothing counted twice"
    );
}

#[test]
#[ignore = "a part of another test, which starts it as a process of its own"]
fn child_writes() {
    let (Some(path), Ok(name)) = (
        std::env::var_os(DATABASE),
        std::env::var("GATHER_STORE_TEST_NAME"),
    ) else {
        return;
    };
    write(&Store::open(path).unwrap(), &name);
}
