//! The dashboard's figures out of a store with many transactions: read again and again in one process.
//!
//! The database is made once, by gather's own imports, and stays for the next time. What it answers is checked against
//! the rows, so a file of an older invention is noticed.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use gather_records::{Account, Budget, Currency, Money, Rate, Record, Transaction, Viewer};
use gather_store::{
    AccountRef, ImportBatch, MoneyQuery, Page, RunEnd, RunStatus, SourceRef, Store,
};
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    expect::{self, Held, NEWEST, NOT_STATED},
    household::{self, ACCOUNTS, CATEGORIES, Entry, TODAY},
};
use crate::Fault;

/// How often the figures are read after the first time.
const READS: usize = 200;

/// How many rows come in one file.
const A_FILE: usize = 10_000;

/// Over how many days there are rates.
const RATE_DAYS: i64 = 3_650;

/// Whose money it is.
pub(crate) const OWNER: &str = "ann";
const BANK: SourceRef<'static> = SourceRef {
    name: "bank",
    owner: Some(OWNER),
};
const ABROAD: SourceRef<'static> = SourceRef {
    name: "broker",
    owner: Some(OWNER),
};
const RATES: SourceRef<'static> = SourceRef {
    name: "rates",
    owner: None,
};

/// Currencies beside the two of the household, in which there are rates too.
const OTHERS: [&str; 14] = [
    "JPY", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "AUD", "CAD", "CNY", "INR",
    "ZAR",
];

/// What is in the accounts beside what the rows say.
fn held() -> Held {
    Held {
        stated: Decimal::new(1_234_567, 2),
        opening: Decimal::new(50_000_000, 2),
        abroad: Decimal::new(800_000, 2),
        rate: Decimal::new(125, 2),
    }
}

/// Where the database of so many rows is kept.
fn file(rows: usize, home: &Path) -> PathBuf {
    home.join(format!("household-{rows}.db"))
}

/// The database of so many rows, made where there is none yet.
pub(crate) fn database(rows: usize, home: &Path) -> Result<PathBuf, Fault> {
    let path = file(rows, home);
    if !path.exists() {
        make(&path, &household::entries(rows)?, &held())?;
    }
    Ok(path)
}

pub(super) fn run(rows: usize, home: &Path) -> Result<Value, Fault> {
    let entries = household::entries(rows)?;
    let (path, held) = (file(rows, home), held());
    let start = Instant::now();
    let made = !path.exists();
    if made {
        make(&path, &entries, &held)?;
    }
    let made = made.then(|| whole(start.elapsed()) / 1000.0);
    let store = Store::open(&path)?;
    let viewer = Viewer::User(OWNER.to_owned());
    let query = MoneyQuery {
        base: Some("EUR".parse()?),
        limit: NEWEST,
        ..MoneyQuery::new(TODAY)
    };
    let start = Instant::now();
    let overview = store.money(&viewer, &query)?;
    let first = start.elapsed();
    let result = expect::check(&overview, &entries, &held).map_err(|reason| {
        format!(
            "{}: {reason}; remove the file to have it made anew",
            path.display()
        )
    })?;
    let mut times = Vec::with_capacity(READS);
    for _ in 0..READS {
        let start = Instant::now();
        let again = store.money(&viewer, &query)?;
        times.push(start.elapsed());
        if again != overview {
            return Err("two reads of the same store differ".into());
        }
    }
    times.sort_unstable();
    Ok(json!({
        "rows": rows, "reads": READS, "made_ms": made, "first_us": whole(first),
        "median_us": whole(times[READS / 2]), "least_us": whole(times[0]), "most_us": whole(times[READS - 1]),
        "result": result,
    }))
}

/// Microseconds.
fn whole(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000_000.0
}

/// Makes the database; the file has its name only when all is in it.
fn make(path: &Path, entries: &[Entry], held: &Held) -> Result<(), Fault> {
    let unfinished = path.with_extension("unfinished");
    for end in ["", "-wal", "-shm", "-run-1"] {
        let mut name = unfinished.clone().into_os_string();
        name.push(end);
        // Mostly there is none.
        let _ = fs::remove_file(name);
    }
    let store = Store::open(&unfinished)?;
    fill(&store, entries, held)?;
    let drift = store.check_aggregates()?;
    if let Some(first) = drift.first() {
        return Err(format!(
            "{} sums are not what a recount gives: {first:?}",
            drift.len()
        )
        .into());
    }
    // With the last connection the journal goes into the file.
    drop(store);
    Ok(fs::rename(&unfinished, path)?)
}

fn fill(store: &Store, entries: &[Entry], held: &Held) -> Result<(), Fault> {
    let at: Timestamp = "2026-11-20T12:00:00Z".parse()?;
    let run = store.begin_run(at, &[BANK, ABROAD, RATES])?;
    let (home, away): (Currency, Currency) = ("EUR".parse()?, "USD".parse()?);
    let account = |id: &str, amount, currency| {
        Record::Account(Account {
            id: id.to_owned(),
            name: id.to_owned(),
            balance: Money::new(amount, currency),
            as_of: Some(at),
        })
    };
    let budget = |category: &str| {
        Record::Budget(Budget {
            id: category.to_owned(),
            category: category.to_owned(),
            limit: Money::new(Decimal::from(400), home),
            spent: None,
        })
    };
    let mut told: Vec<Record> = ACCOUNTS
        .into_iter()
        .filter(|id| *id != NOT_STATED)
        .map(|id| account(id, held.stated, home))
        .collect();
    told.extend(CATEGORIES.map(budget));
    store.keep(Page::new(run, BANK, &told, at))?;
    let abroad = [account("depot", held.abroad, away)];
    store.keep(Page::new(run, ABROAD, &abroad, at))?;
    for back in 0..RATE_DAYS {
        let date = TODAY.checked_sub(back.days())?;
        let rate = |quote: Currency, rate| {
            Record::Rate(Rate {
                base: home,
                quote,
                date,
                rate,
            })
        };
        let mut rates = vec![rate(away, held.rate)];
        for code in OTHERS {
            rates.push(rate(code.parse()?, Decimal::new(10_000 + back, 4)));
        }
        store.keep(Page::new(run, RATES, &rates, at))?;
    }
    store.finish_run(
        run,
        &RunEnd {
            status: RunStatus::Complete,
            at,
            wall: Duration::ZERO,
            one_by_one: Duration::ZERO,
            longest_chain: Duration::ZERO,
        },
    )?;
    // An account that only files know, without a balance.
    let from_file = [gather_store::ImportAccount {
        id: NOT_STATED.to_owned(),
        name: None,
        kind: None,
        balance: None,
        balance_date: None,
    }];
    for part in entries.chunks(A_FILE) {
        let transactions: Vec<Transaction> = part.iter().map(|it| it.row.clone()).collect();
        let report = store.import(
            &ImportBatch {
                source: BANK,
                file: "month.ofx",
                format: "OFX",
                accounts: &from_file,
                transactions: &transactions,
            },
            at,
        )?;
        if report.counts.new != u64::try_from(part.len())? {
            return Err(format!("of {} rows: {:?}", part.len(), report.counts).into());
        }
    }
    let first = entries.first().and_then(|it| it.row.date);
    let first = first.ok_or("there are no rows")?;
    store.opening_balance(
        &Viewer::Operator,
        AccountRef {
            source: BANK,
            id: NOT_STATED,
        },
        Some((Money::new(held.opening, home), first)),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::household::LEAST_ROWS, run};

    #[test]
    fn figures_are_those_of_the_rows_and_a_kept_database_is_used_again() {
        let home =
            std::env::temp_dir().join(format!("gather-bench-figures-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        let first = run(LEAST_ROWS, &home).unwrap();
        let again = run(LEAST_ROWS, &home).unwrap();
        assert!(first["made_ms"].is_number() && again["made_ms"].is_null());
        assert_eq!(first["result"], again["result"]);
        // Another household's figures are refused.
        let file = |rows: usize| home.join(format!("household-{rows}.db"));
        std::fs::copy(file(LEAST_ROWS), file(LEAST_ROWS + 100)).unwrap();
        let reason = run(LEAST_ROWS + 100, &home).unwrap_err().to_string();
        assert!(reason.contains("the rows say"), "{reason}");
        std::fs::remove_dir_all(&home).unwrap();
    }
}
