//! Brings the schema of a file up to date, all steps in one transaction.
//!
//! Each step is a file of SQL that never changes once released; the `schema` table holds the checksum of every step
//! that was applied, so an edited step is noticed instead of believed. Two processes that open a new file at once
//! take turns: the second finds the work done.
//!
//! Not here: what may be wrong with the file before that (`open`).

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{books, codec::fnv_of, error::Fault, keep};

/// `gthr` in the header of the file, where SQLite keeps a number for the program that owns it.
pub(crate) const APPLICATION_ID: i32 = 0x6774_6872;

/// The steps in order; the version of a schema is how many of them it has had.
const STEPS: &[Step] = &[
    Step {
        name: "records and runs",
        sql: include_str!("migrations/0001_records_and_runs.sql"),
        then: None,
    },
    Step {
        name: "answers, quotas, identity",
        sql: include_str!("migrations/0002_answers_quotas_identity.sql"),
        // The rules of canonical URLs have changed with it.
        then: Some(keep::rejoin),
    },
    Step {
        name: "money in depth",
        sql: include_str!("migrations/0003_money_in_depth.sql"),
        then: Some(books::adopt),
    },
    Step {
        name: "secrets",
        sql: include_str!("migrations/0004_secrets.sql"),
        then: None,
    },
    Step {
        name: "users and reading",
        sql: include_str!("migrations/0005_users_and_reading.sql"),
        then: None,
    },
];

/// What all steps together lead to, for a new file: the steps build and rebuild tables, and each time SQLite reads its
/// whole schema again, which was two thirds of what a first run cost. A test holds it to the steps.
const SCHEMA: &str = include_str!("migrations/schema.sql");

type Then = fn(&Transaction<'_>) -> Result<(), Fault>;

/// One step of the schema.
struct Step {
    name: &'static str,
    sql: &'static str,
    /// What SQL cannot do.
    then: Option<Then>,
}

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
fn missing(conn: &Connection) -> Result<Vec<(i64, &'static Step)>, Fault> {
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
    for (version, step) in (1_i64..).zip(STEPS) {
        match applied.iter().find(|(found, _)| *found == version) {
            Some((_, sum)) if *sum == checksum(step.sql) => {}
            Some(_) => return Err(Fault::UnknownSchema { version }),
            None => missing.push((version, step)),
        }
    }
    Ok(missing)
}

fn apply(tx: &Transaction<'_>, steps: Vec<(i64, &'static Step)>) -> Result<(), Fault> {
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) \
         STRICT;",
    )?;
    let is_new = steps.len() == STEPS.len();
    if is_new {
        tx.execute_batch(SCHEMA)?;
    }
    for (version, step) in steps {
        if !is_new {
            tx.execute_batch(step.sql)?;
            if let Some(then) = step.then {
                then(tx)?;
            }
        }
        tx.execute(
            "INSERT INTO schema (version, name, checksum) VALUES (?1, ?2, ?3)",
            (version, step.name, checksum(step.sql)),
        )?;
    }
    Ok(())
}

/// A digest of the text, line ends aside.
fn checksum(sql: &str) -> String {
    let hash = fnv_of(sql.bytes().filter(|byte| *byte != b'\r'));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything in the schema, as SQLite tells it; and how many rows each table has.
    fn told(conn: &Connection) -> Vec<(String, i64)> {
        let text = |sql: &str| -> Vec<(String, String)> {
            let mut statement = conn.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
            rows.unwrap().map(Result::unwrap).collect()
        };
        let all = "SELECT name, type || ' ' || name || ' ' || ifnull(sql, '') FROM sqlite_schema ORDER BY type, name";
        let count = |(name, sql): (String, String)| {
            let rows = if sql.starts_with("table") {
                format!("SELECT count(*) FROM \"{name}\"")
            } else {
                "SELECT 0".to_owned()
            };
            (sql, conn.query_row(&rows, [], |row| row.get(0)).unwrap())
        };
        text(all).into_iter().map(count).collect()
    }

    #[test]
    fn a_new_file_is_what_the_steps_lead_to() {
        let mut by_steps = Connection::open_in_memory().unwrap();
        let tx = by_steps.transaction().unwrap();
        // One after the other, none of them all.
        for (version, step) in (1..).zip(STEPS) {
            apply(&tx, vec![(version, step)]).unwrap();
        }
        tx.commit().unwrap();
        let mut new = Connection::open_in_memory().unwrap();
        migrate(&mut new).unwrap();
        assert_eq!(told(&new), told(&by_steps));
        assert!(missing(&new).unwrap().is_empty());
    }

    #[test]
    fn a_file_of_the_first_schema_keeps_its_rows_and_is_joined_anew() {
        let mut conn = Connection::open_in_memory().unwrap();
        let tx = conn.transaction().unwrap();
        apply(&tx, vec![(1, &STEPS[0])]).unwrap();
        tx.execute_batch(
            "INSERT INTO sources (name) VALUES ('a'), ('b');
             INSERT INTO stories (canonical_url) VALUES ('old key of 1'), ('a.example/1'), (NULL), ('gone');
             INSERT INTO articles (source_id, id, story_id, title, url, first_seen, updated_at) VALUES
                (1, '1', 1, 'Kelp', 'https://www.a.example/1?utm_source=x', 1, 1),
                (2, '1', 2, 'Kelp', 'https://a.example/1', 2, 2),
                (1, '2', 3, 'Bare', NULL, 3, 3),
                (1, '3', 4, 'Odd', 'no address', 4, 4);",
        )
        .unwrap();
        tx.commit().unwrap();
        migrate(&mut conn).unwrap();
        assert!(missing(&conn).unwrap().is_empty());
        let stories: Vec<(String, i64)> = conn
            .prepare(
                "SELECT ifnull(canonical_url, '-'), (SELECT count(*) FROM articles WHERE story_id = s.id)
                   FROM stories s ORDER BY 1",
            )
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let story = |key: &str, articles| (key.to_owned(), articles);
        assert_eq!(
            stories,
            [story("-", 1), story("a.example/1", 2), story("gone", 1)]
        );
    }

    #[test]
    fn money_of_the_second_schema_is_kept_and_added_up() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.pragma_update(None, "foreign_keys", true).unwrap();
        let tx = conn.transaction().unwrap();
        apply(&tx, vec![(1, &STEPS[0]), (2, &STEPS[1])]).unwrap();
        tx.execute_batch(
            "INSERT INTO sources (name) VALUES ('bank');
             INSERT INTO answers (source_id, request, follow, at) VALUES (1, 'GET /', '[]', 1);
             INSERT INTO accounts (source_id, id, name, balance, currency, first_seen, updated_at)
                VALUES (1, 'giro', 'Giro', '100.00', 'EUR', 1, 1795132800000000);
             INSERT INTO transactions (source_id, account_id, id, amount, currency, date, description, category,
                                       pending, first_seen, updated_at) VALUES
                (1, 'giro', '1', '-4.50', 'EUR', '2026-11-19', 'Kelp', 'Food', 0, 1, 1),
                (1, 'giro', '2', '-1.25', 'EUR', '2026-11-19', 'Tide', 'Food', 0, 1, 1),
                (1, 'giro', '3', '-9.00', 'EUR', '2026-11-20', 'Reef', 'Food', 1, 1, 1);",
        )
        .unwrap();
        tx.commit().unwrap();
        migrate(&mut conn).unwrap();
        let text = |sql: &str| -> String { conn.query_row(sql, [], |row| row.get(0)).unwrap() };
        assert_eq!(
            text("SELECT total FROM day_sums WHERE day = '2026-11-19'"),
            "-575:2"
        );
        assert_eq!(
            text("SELECT total || ' ' || category FROM month_sums WHERE month = '2026-11'"),
            "-575:2 Food"
        );
        assert_eq!(
            text("SELECT balance FROM accounts WHERE vouched = 1"),
            "100.00"
        );
        assert_eq!(
            text("SELECT day || ' ' || balance FROM stated_balances"),
            "2026-11-20 100.00"
        );
        assert_eq!(
            text(
                "SELECT group_concat(id || ':' || units) FROM (SELECT * FROM transactions ORDER BY key)"
            ),
            "1:-45000,2:-12500,3:-90000"
        );
        assert_eq!(
            text("SELECT source_category FROM transactions WHERE id = '1'"),
            "Food"
        );
        let found = "SELECT t.id FROM transactions_text JOIN transactions t ON t.key = transactions_text.rowid
                      WHERE transactions_text MATCH 'tide'";
        assert_eq!(text(found), "2");
        assert_eq!(
            text("SELECT request FROM answers"),
            "GET /",
            "a note still vouches for its rows"
        );
    }
}
