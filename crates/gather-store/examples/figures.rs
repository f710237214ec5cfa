//! What the dashboard's figures of money cost with few and with many transactions, and how fast a file is imported.
//!
//! `cargo run --release -p gather-store --example figures -- 10000 1000000`
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for the eyes of a developer that may stop at any fault"
)]

use std::time::{Duration, Instant};

use gather_records::{Account, Budget, Money, Rate, Record, Transaction, Viewer};
use gather_store::{ImportBatch, MoneyQuery, Page, SourceRef, Store};
use jiff::{Timestamp, ToSpan, civil::Date};
use rust_decimal::Decimal;

const BANK: SourceRef<'static> = SourceRef {
    name: "bank",
    owner: Some("ann"),
};

const CATEGORIES: [&str; 12] = [
    "Groceries",
    "Rent",
    "Transport",
    "Eating out",
    "Health",
    "Clothes",
    "Travel",
    "Books",
    "Insurance",
    "Gifts",
    "Sport",
    "Other",
];

fn main() {
    println!("rows       import rows/s  again rows/s   figures (best, median)");
    for rows in std::env::args().skip(1) {
        measure(rows.parse().unwrap());
    }
}

fn measure(rows: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("gather.db")).unwrap();
    let today: Date = "2026-11-20".parse().unwrap();
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let transactions: Vec<Transaction> = (0..rows).map(|n| transaction(n, rows, today)).collect();
    let (mut first, mut again) = (Duration::ZERO, Duration::ZERO);
    for part in transactions.chunks(100_000) {
        let batch = ImportBatch {
            source: BANK,
            file: "statement.ofx",
            format: "ofx",
            accounts: &[],
            transactions: part,
        };
        let start = Instant::now();
        let report = store.import(&batch, now).unwrap();
        first += start.elapsed();
        assert_eq!(report.counts.new, part.len() as u64);
        let start = Instant::now();
        let report = store.import(&batch, now).unwrap();
        again += start.elapsed();
        assert_eq!(report.counts.duplicate, part.len() as u64);
    }
    around(&store, today, now);
    let query = MoneyQuery {
        base: Some("EUR".parse().unwrap()),
        ..MoneyQuery::new(today)
    };
    let ann = Viewer::User("ann".to_owned());
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let start = Instant::now();
            let overview = store.money(&ann, &query).unwrap();
            let took = start.elapsed();
            assert_eq!(
                (overview.transactions.len(), overview.budgets.len()),
                (10, 12)
            );
            took
        })
        .collect();
    times.sort();
    let per_second = |took: Duration| rows as f64 / took.as_secs_f64();
    println!(
        "{rows:<10} {:>13.0} {:>13.0}   {:?}, {:?}",
        per_second(first),
        per_second(again),
        times[0],
        times[times.len() / 2]
    );
}

fn transaction(n: usize, rows: usize, today: Date) -> Transaction {
    // Ten years, the newest first, in three accounts.
    let back = i64::try_from(n * 3650 / rows).unwrap();
    let cents = i64::try_from((n * 7919) % 20_000).unwrap() + 1;
    let account = ["giro", "savings", "card"][n % 3];
    Transaction {
        account: Some(account.to_owned()),
        date: Some(today.saturating_sub(back.days())),
        description: Some(format!(
            "CARD {:04} KELP CAFE HARBOUR STREET {}",
            n % 9973,
            n % 97
        )),
        category: Some(CATEGORIES[n % CATEGORIES.len()].to_owned()),
        ..Transaction::new(
            format!("FIT{n:012}"),
            Money::new(
                Decimal::new(if n.is_multiple_of(9) { cents } else { -cents }, 2),
                "EUR".parse().unwrap(),
            ),
        )
    }
}

/// Accounts, budgets, and twenty-five years of rates in thirty currencies.
fn around(store: &Store, today: Date, now: Timestamp) {
    let run = store.begin_run(now, &[]).unwrap();
    let eur = "EUR".parse().unwrap();
    let mut records: Vec<Record> = ["giro", "savings", "card"]
        .into_iter()
        .map(|id| {
            Record::Account(Account {
                id: id.to_owned(),
                name: id.to_owned(),
                balance: Money::new(Decimal::new(250_000, 2), eur),
                as_of: Some(now),
            })
        })
        .collect();
    records.extend(CATEGORIES.map(|category| {
        Record::Budget(Budget {
            id: category.to_owned(),
            category: category.to_owned(),
            limit: Money::new(Decimal::from(400), eur),
            spent: None,
        })
    }));
    store.keep(Page::new(run, BANK, &records, now)).unwrap();
    let currencies = [
        "USD", "JPY", "BGN", "CZK", "DKK", "GBP", "HUF", "PLN", "RON", "SEK", "CHF", "ISK", "NOK",
        "TRY", "AUD", "BRL", "CAD", "CNY", "HKD", "IDR", "ILS", "INR", "KRW", "MXN", "MYR", "NZD",
        "PHP", "SGD", "THB", "ZAR",
    ];
    let ecb = SourceRef {
        name: "ecb",
        owner: None,
    };
    for year in 0..25_i64 {
        let rates: Vec<Record> = (0..250)
            .flat_map(|day| {
                currencies.map(|quote| {
                    Record::Rate(Rate {
                        base: eur,
                        quote: quote.parse().unwrap(),
                        date: today.saturating_sub((year * 365 + day).days()),
                        rate: Decimal::new(10_000 + day, 4),
                    })
                })
            })
            .collect();
        store.keep(Page::new(run, ecb, &rates, now)).unwrap();
    }
}
