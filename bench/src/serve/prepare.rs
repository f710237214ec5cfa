//! The database that the dashboard is served from: a household's money, and the news of four sources.
//!
//! Both are what the other benchmarks invent. It is made once and stays; a user with a new key and a new session is put
//! into it each time.

use std::{fs, path::Path, time::Duration};

use gather_store::{RunEnd, RunStatus, SourceRef, Store};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    Fault,
    ingest::articles::{self, SOURCES},
    money::figures::{self, OWNER},
    tokens::Known,
};

pub(super) fn run(rows: usize, home: &Path) -> Result<Value, Fault> {
    let (money, serve) = (home.join("money"), home.join("serve"));
    fs::create_dir_all(&money)?;
    fs::create_dir_all(&serve)?;
    let path = serve.join(format!("day-{rows}.db"));
    if !path.exists() {
        let unfinished = path.with_extension("unfinished");
        fs::copy(figures::database(rows, &money)?, &unfinished)?;
        let store = Store::open(&unfinished)?;
        let at: Timestamp = "2026-11-20T12:00:00Z".parse()?;
        let sources = SOURCES.map(|name| SourceRef { name, owner: None });
        let run = store.begin_run(at, &sources)?;
        articles::fill(&store, run)?;
        let end = RunEnd {
            status: RunStatus::Complete,
            at,
            wall: Duration::from_millis(520),
            one_by_one: Duration::from_millis(2_310),
            longest_chain: Duration::from_millis(500),
        };
        store.finish_run(run, &end)?;
        // With the last connection the journal goes into the file.
        drop(store);
        fs::rename(&unfinished, &path)?;
    }
    let store = Store::open(&path)?;
    let known = Known::of(&store, OWNER)?;
    Ok(json!({
        "db": path, "sources": SOURCES,
        "authorization": known.authorization(), "cookie": known.cookie(),
    }))
}
