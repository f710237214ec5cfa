//! The database of one measurement: made by gather's own store for both sides, looked at afterwards, removed.
//!
//! Both sides fill a file with the same schema. What they filled it with is compared table by table, whichever tables
//! the schema has, so that neither side can leave out work that the other does.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
};

use gather_store::{RunId, SourceRef, Store};
use jiff::Timestamp;
use rusqlite::{Connection, types::ValueRef};

use crate::Fault;

/// Tables of bookkeeping, which hold how often something was kept and not what.
const NOT_COMPARED: [&str; 6] = ["answers", "filled", "outcomes", "runs", "schema", "sources"];

/// A database file that is removed in the end.
#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
}

impl Database {
    /// Makes an empty store and begins a run in it.
    pub(crate) fn create(
        home: &Path,
        sources: &[SourceRef<'_>],
        at: Timestamp,
    ) -> Result<(Self, Store, RunId), Fault> {
        let path = home.join(format!("ingest-{}.db", std::process::id()));
        let database = Self { path };
        database.remove();
        let store = Store::open(&database.path)?;
        let run = store.begin_run(at, sources)?;
        Ok((database, store, run))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it: a count and a digest for each table, and whether the full-text index fits the articles.
    pub(super) fn contents(&self) -> Result<String, Fault> {
        let conn = Connection::open(&self.path)?;
        let names = "SELECT name FROM pragma_table_list
                      WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                      ORDER BY name";
        let names: Vec<String> = conn
            .prepare(names)?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut found = Vec::new();
        for name in names
            .iter()
            .filter(|name| !NOT_COMPARED.contains(&name.as_str()))
        {
            let (rows, digest) = digest(&conn, &format!("SELECT * FROM \"{name}\""))?;
            if rows > 0 {
                found.push(format!("{name}: {rows} rows {digest:016x}"));
            }
        }
        // Fails when the index lacks a word of the articles, or has one too many.
        conn.execute_batch(
            "INSERT INTO articles_text (articles_text, rank) VALUES ('integrity-check', 1)",
        )?;
        Ok(found.join("; "))
    }

    fn remove(&self) {
        // The last one is the lock of the run, which nothing ends.
        for end in ["", "-wal", "-shm", "-run-1"] {
            let mut name = self.path.clone().into_os_string();
            name.push(end);
            // Mostly there is none.
            let _ = fs::remove_file(name);
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.remove();
    }
}

/// How many rows a query finds, and a digest of them that does not depend on their order.
pub(crate) fn digest(conn: &Connection, query: &str) -> Result<(u64, u64), Fault> {
    let mut statement = conn.prepare(query)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let (mut count, mut sum) = (0, 0_u64);
    while let Some(row) = rows.next()? {
        // Without keys: the same hasher in every process.
        let mut hasher = DefaultHasher::new();
        for column in 0..columns {
            match row.get_ref(column)? {
                ValueRef::Null => 0_u8.hash(&mut hasher),
                ValueRef::Integer(number) => (1_u8, number).hash(&mut hasher),
                ValueRef::Real(number) => (2_u8, number.to_bits()).hash(&mut hasher),
                ValueRef::Text(text) => (3_u8, text).hash(&mut hasher),
                ValueRef::Blob(bytes) => (4_u8, bytes).hash(&mut hasher),
            }
        }
        sum = sum.wrapping_add(hasher.finish());
        count += 1;
    }
    Ok((count, sum))
}

#[cfg(test)]
mod tests {
    use gather_records::{Article, Record};
    use gather_store::SourceRef;
    use jiff::Timestamp;

    use super::Database;
    use crate::ingest::articles::page;

    #[test]
    fn what_was_kept_shows_in_the_contents() {
        let home = std::env::temp_dir();
        let source = SourceRef {
            name: "a",
            owner: None,
        };
        let (database, store, run) =
            Database::create(&home, &[source], Timestamp::UNIX_EPOCH).unwrap();
        let empty = database.contents().unwrap();
        let record = |title: &str| {
            [Record::Article(Article {
                title: Some(title.to_owned()),
                ..Article::new("1")
            })]
        };
        store.keep(page(run, "a", &record("one"))).unwrap();
        let one = database.contents().unwrap();
        store.keep(page(run, "a", &record("two"))).unwrap();
        let two = database.contents().unwrap();
        assert!(empty != one && one != two, "{empty} / {one} / {two}");
        assert!(one.contains("articles: 1 rows"), "{one}");
        let file = database.path().to_owned();
        drop((store, database));
        assert!(!file.exists());
    }
}
