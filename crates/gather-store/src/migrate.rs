//! Brings the schema of a file up to date, all steps in one transaction.
//!
//! Each step is a file of SQL that never changes once released; the `schema` table holds the checksum of every step
//! that was applied, so an edited step is noticed instead of believed. Two processes that open a new file at once
//! take turns: the second finds the work done.
//!
//! Not here: what may be wrong with the file before that (`open`).

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::Fault;

/// `gthr` in the header of the file, where SQLite keeps a number for the program that owns it.
pub(crate) const APPLICATION_ID: i32 = 0x6774_6872;

/// The steps in order; the version of a schema is how many of them it has had.
const STEPS: &[(&str, &str)] = &[
    (
        "records and runs",
        include_str!("migrations/0001_records_and_runs.sql"),
    ),
    (
        "answers, quotas, identity",
        include_str!("migrations/0002_answers_quotas_identity.sql"),
    ),
];

/// Applies what is missing.
pub(crate) fn migrate(conn: &mut Connection) -> Result<(), Fault> {
    // Reading first keeps an up-to-date file free of write locks at every start.
    if missing(conn)?.is_empty() {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let steps = missing(&tx)?;
    if steps.is_empty() {
        return Ok(());
    }
    apply(&tx, steps)?;
    tx.commit()?;
    Ok(())
}

/// Refuses a database of another program and a newer schema, without writing anything.
pub(crate) fn reject_foreign(conn: &Connection) -> Result<(), Fault> {
    missing(conn).map(|_| ())
}

/// The steps that the file has not had, numbered from 1.
fn missing(conn: &Connection) -> Result<Vec<(i64, &'static str, &'static str)>, Fault> {
    // One statement, so that both numbers are of one moment, whoever is making the file right now.
    let (application, tables): (i32, i64) = conn.query_row(
        "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if application != APPLICATION_ID && (tables > 0 || application != 0) {
        return Err(Fault::OtherProgram);
    }
    let mut applied = Vec::new();
    if tables > 0 {
        let mut rows = conn.prepare("SELECT version, checksum FROM schema ORDER BY version")?;
        let rows = rows.query_map([], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })?;
        applied = rows.collect::<Result<_, _>>()?;
    }
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if let Some((found, _)) = applied.last().filter(|(version, _)| *version > known) {
        return Err(Fault::NewerSchema {
            found: *found,
            known,
        });
    }
    let mut missing = Vec::new();
    for (version, (name, sql)) in (1_i64..).zip(STEPS) {
        match applied.iter().find(|(found, _)| *found == version) {
            Some((_, sum)) if *sum == checksum(sql) => {}
            Some(_) => return Err(Fault::UnknownSchema { version }),
            None => missing.push((version, *name, *sql)),
        }
    }
    Ok(missing)
}

fn apply(tx: &Transaction<'_>, steps: Vec<(i64, &'static str, &'static str)>) -> Result<(), Fault> {
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) \
         STRICT;",
    )?;
    for (version, name, sql) in steps {
        tx.execute_batch(sql)?;
        tx.execute(
            "INSERT INTO schema (version, name, checksum) VALUES (?1, ?2, ?3)",
            (version, name, checksum(sql)),
        )?;
    }
    Ok(())
}

/// FNV-1a of the text, line ends aside: it is there to notice an edit, not an attack.
fn checksum(sql: &str) -> String {
    let hash = sql
        .bytes()
        .filter(|byte| *byte != b'\r')
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    format!("{hash:016x}")
}
