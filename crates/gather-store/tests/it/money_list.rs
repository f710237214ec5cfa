//! Transactions page by page: every filter against a plain loop over all of them.

use gather_records::{Record, Transaction, Viewer};
use gather_store::{Edit, Part, TransactionLine, TransactionQuery};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::support::{Fixture, at, money, user};

/// A row by small numbers: account, amount, day (0: none), text, category (0: none), pending.
type Told = (u8, i16, u8, u8, u8, bool);

fn row(number: usize, (account, amount, day, text, category, pending): Told) -> Record {
    let amount = Decimal::new(i64::from(amount), 1);
    Record::Transaction(Transaction {
        account: (account > 0).then(|| format!("acc{account}")),
        date: (day > 0).then(|| format!("2026-11-{day:02}").parse().unwrap()),
        description: Some(["Kelp Cafe", "Tide Grocer", "Lagoon"][usize::from(text)].to_owned()),
        category: (category > 0)
            .then(|| ["Food & Drink", "Home", "\u{1f355}"][usize::from(category) - 1].to_owned()),
        pending,
        ..Transaction::new(number.to_string(), money(&format!("{amount} EUR")))
    })
}

/// What the query means, word by word.
fn fits(query: &TransactionQuery, line: &TransactionLine) -> bool {
    let words = |text: &str| -> Vec<String> {
        let text = text.to_lowercase();
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let held: Vec<String> = [&line.description, &line.category]
        .into_iter()
        .flatten()
        .flat_map(|text| words(text))
        .collect();
    let searched = query.search.as_deref().map(words).unwrap_or_default();
    let categories: Vec<Option<String>> = if line.parts.is_empty() {
        vec![line.category.clone()]
    } else {
        line.parts
            .iter()
            .map(|part| part.category.clone())
            .collect()
    };
    let account = (
        line.source.clone(),
        line.account.clone().unwrap_or_default(),
    );
    let amount = line.amount.amount.abs();
    // Signs alone are no words that anything could have.
    let nothing = query.search.is_some() && searched.is_empty();
    !nothing
        && searched
            .iter()
            .all(|word| held.iter().any(|held| held.starts_with(word)))
        && (query.accounts.is_empty() || query.accounts.contains(&account))
        && (query.categories.is_empty()
            || categories
                .iter()
                .any(|category| query.categories.contains(category)))
        && (query.since.is_none() || line.date >= query.since)
        && query
            .until
            .is_none_or(|until| line.date.is_some_and(|date| date <= until))
        && query.at_least.is_none_or(|least| amount >= least)
        && query.at_most.is_none_or(|most| amount <= most)
        && query.pending.is_none_or(|pending| line.pending == pending)
        && query
            .transfers
            .is_none_or(|transfers| line.transfer == transfers)
}

fn query() -> impl Strategy<Value = TransactionQuery> {
    let category = prop_oneof![
        Just(None),
        Just(Some("Food & Drink".to_owned())),
        Just(Some("\u{1f355}".to_owned())),
        Just(Some("Garden".to_owned())),
    ];
    let account = prop_oneof![
        Just(("bank".to_owned(), "acc1".to_owned())),
        Just(("bank".to_owned(), String::new())),
        Just(("private".to_owned(), "acc2".to_owned())),
    ];
    let day =
        || prop::option::of((1..9_u8).prop_map(|day| format!("2026-11-{day:02}").parse().unwrap()));
    let amount = || prop::option::of((0..40_i64).prop_map(|tenths| Decimal::new(tenths, 1)));
    (
        prop::option::of(prop_oneof![
            Just("kelp"),
            Just("ti gro"),
            Just("food"),
            Just("...")
        ]),
        prop::collection::vec(account, 0..3),
        prop::collection::vec(category, 0..3),
        (day(), day(), amount(), amount()),
        (any::<Option<bool>>(), any::<Option<bool>>(), 1..9_usize),
    )
        .prop_map(
            |(
                search,
                accounts,
                categories,
                (since, until, at_least, at_most),
                (pending, transfers, limit),
            )| TransactionQuery {
                search: search.map(str::to_owned),
                accounts,
                categories,
                since,
                until,
                at_least,
                at_most,
                pending,
                transfers,
                after: None,
                limit,
            },
        )
}

fn told() -> impl Strategy<Value = Told> {
    (
        0..3_u8,
        -40..40_i16,
        0..9_u8,
        0..3_u8,
        0..4_u8,
        any::<bool>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_joined_are_what_a_plain_loop_finds(
        rows in prop::collection::vec((told(), any::<bool>()), 1..50),
        queries in prop::collection::vec(query(), 1..6),
        split in any::<u8>(),
    ) {
        let fixture = Fixture::new();
        for (number, (told, private)) in rows.iter().enumerate() {
            let (owner, source) = if *private { (Some("ann"), "private") } else { (None, "bank") };
            // Several at the same instant, as an import has them.
            fixture.keep_as(owner, source, 10 + i64::try_from(number / 5).unwrap(), &[row(number, *told)]);
        }
        let everything = TransactionQuery { limit: 1_000, ..TransactionQuery::default() };
        for (viewer, sees) in [(user("ann"), true), (user("bob"), false), (Viewer::Operator, true)] {
            let all = fixture.store.transactions(&viewer, &everything).unwrap().transactions;
            prop_assert!(sees || all.iter().all(|line| line.source == "bank"));
            if let (true, Some(line)) = (viewer == Viewer::Operator, all.get(usize::from(split) % all.len().max(1))) {
                let half = line.amount.amount / Decimal::TWO;
                let part = |amount, category: &str| Part { amount, category: Some(category.to_owned()), note: None };
                let parts = [part(half, "Garden"), part(line.amount.amount - half, "Home")];
                fixture.store.edit(&viewer, &[line.number], &[Edit::Parts(&parts)], at(90)).unwrap();
            }
            let all = fixture.store.transactions(&viewer, &everything).unwrap().transactions;
            for query in &queries {
                let wanted: Vec<&TransactionLine> = all.iter().filter(|line| fits(query, line)).collect();
                let mut found = Vec::new();
                let mut after = None;
                loop {
                    let page = TransactionQuery { after, ..query.clone() };
                    let page = fixture.store.transactions(&viewer, &page).unwrap();
                    prop_assert!(page.transactions.len() <= query.limit);
                    found.extend(page.transactions);
                    let Some(next) = page.next else { break };
                    after = Some(next.to_string().parse().unwrap());
                }
                prop_assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{:?}", query);
            }
        }
    }
}

#[test]
fn a_cursor_that_nobody_wrote_is_refused() {
    for bad in ["", "1.2", "zz.1.1", "1350f7b.1.1.1", "ffffffffffffffff.0.0"] {
        assert!(
            bad.parse::<gather_store::TransactionCursor>().is_err(),
            "{bad}"
        );
    }
}
