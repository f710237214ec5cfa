//! Random sequences of pages against a plain model: one row an id, with its latest values, and counts that add up.

use std::collections::{BTreeMap, BTreeSet};

use gather_records::{Record, RecordKind, Viewer};
use gather_store::{Kept, MoneyQuery, StoryQuery};
use proptest::prelude::*;

use crate::support::{Fixture, account, article, at, moved, rate};

/// A record by kind, id and value, all from small sets so that they meet.
type Row = (u8, u8, u8);

fn record((kind, id, value): Row) -> Record {
    let name = id.to_string();
    match kind {
        0 => Record::Article(article(&name, &format!("title {value}"), &url(id, value))),
        1 => account(&name, &format!("{value}.50 EUR")),
        2 => Record::Transaction(moved(
            &name,
            "-0.25 EUR",
            "2026-11-19",
            &format!("c{value}"),
        )),
        _ => rate(
            "EUR",
            ["USD", "GBP", "CHF"][usize::from(id % 3)],
            "2026-11-19",
            &format!("1.{value}"),
        ),
    }
}

/// Value 0 has no address, 1 one that all share, the others one of the id.
fn url(id: u8, value: u8) -> String {
    match value {
        0 => String::new(),
        1 => "https://all.example/".to_owned(),
        _ => format!("https://own.example/{id}"),
    }
}

/// Rates are told apart by currency, of which there are three.
fn identity(source: usize, (kind, id, _): Row) -> (usize, u8, u8) {
    (source, kind, if kind == 3 { id % 3 } else { id })
}

const SOURCES: [&str; 2] = ["a", "b"];

/// The kinds of records by their number in a row.
const KINDS: [RecordKind; 4] = [
    RecordKind::Article,
    RecordKind::Account,
    RecordKind::Transaction,
    RecordKind::Rate,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_sequence_of_pages_leaves_each_id_once_with_its_latest_values(
        pages in prop::collection::vec(
            (0..SOURCES.len(), prop::collection::vec((0..4_u8, 0..5_u8, 0..4_u8), 0..12)),
            1..12,
        )
    ) {
        let fixture = Fixture::new();
        // Identity to value and the second of the last change.
        let mut model: BTreeMap<(usize, u8, u8), (u8, i64)> = BTreeMap::new();
        for (second, (source, rows)) in (1..).zip(&pages) {
            let mut latest = BTreeMap::new();
            for row in rows {
                latest.insert(identity(*source, *row), row.2);
            }
            let mut expected = Kept { repeated: (rows.len() - latest.len()) as u64, ..Kept::default() };
            for (key, value) in latest {
                expected.kinds.count(KINDS[usize::from(key.1)]);
                match model.get(&key) {
                    None => expected.new += 1,
                    Some((held, _)) if *held == value => {
                        expected.unchanged += 1;
                        continue;
                    }
                    Some(_) => expected.changed += 1,
                }
                model.insert(key, (value, second));
            }
            let records: Vec<Record> = rows.iter().map(|row| record(*row)).collect();
            prop_assert_eq!(fixture.keep(SOURCES[*source], second, &records), expected);
        }

        // Articles with their instants, and the stories they make.
        let query = StoryQuery { limit: usize::MAX, ..StoryQuery::default() };
        let stories = fixture.store.stories(&Viewer::Operator, &query).unwrap();
        let mut found = BTreeSet::new();
        let mut groups = BTreeSet::new();
        for story in &stories {
            let mut group = BTreeSet::new();
            for p in &story.provenances {
                found.insert((p.source.clone(), p.id.clone(), p.title.clone().unwrap(), p.updated_at));
                group.insert((p.source.clone(), p.id.clone()));
            }
            groups.insert(group);
        }
        let mut expected = BTreeSet::new();
        let mut expected_groups: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
        for ((source, _, id), (value, second)) in model.iter().filter(|(key, _)| key.1 == 0) {
            let (source, id) = (SOURCES[*source].to_owned(), id.to_string());
            let address = url(id.parse().unwrap(), *value);
            let group = if address.is_empty() { format!("{source} {id}") } else { address };
            expected_groups.entry(group).or_default().insert((source.clone(), id.clone()));
            expected.insert((source, id, format!("title {value}"), at(*second)));
        }
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(found.len(), stories.iter().map(|story| story.provenances.len()).sum::<usize>());
        prop_assert_eq!(groups, expected_groups.into_values().collect::<BTreeSet<_>>());
        prop_assert_eq!(fixture.number("SELECT count(*) FROM stories"), i64::try_from(stories.len()).unwrap());

        // Money.
        let query = MoneyQuery { limit: usize::MAX, ..MoneyQuery::new("2026-11-20".parse().unwrap()) };
        let money = fixture.store.money(&Viewer::Operator, &query).unwrap();
        let of_kind = |kind: u8| {
            model.iter().filter(move |(key, _)| key.1 == kind)
                .map(|((source, _, id), (value, _))| (SOURCES[*source].to_owned(), *id, *value))
        };
        let accounts: BTreeSet<_> = money.accounts.iter()
            .map(|a| (a.source.clone(), a.id.clone(), a.balance.unwrap().amount.to_string())).collect();
        prop_assert_eq!(accounts.len(), money.accounts.len());
        prop_assert_eq!(accounts, of_kind(1).map(|(s, i, v)| (s, i.to_string(), format!("{v}.50"))).collect());
        let transactions: BTreeSet<_> = money.transactions.iter()
            .map(|t| (t.source.clone(), t.id.clone(), t.category.clone().unwrap())).collect();
        prop_assert_eq!(transactions.len(), money.transactions.len());
        prop_assert_eq!(transactions, of_kind(2).map(|(s, i, v)| (s, i.to_string(), format!("c{v}"))).collect());
        let spent: rust_decimal::Decimal = money.spending.iter().map(|line| line.total.amount).sum();
        prop_assert_eq!(spent, money.transactions.iter().map(|line| line.amount.amount).sum());
        prop_assert_eq!(money.rates.len(), of_kind(3).count());

        // The run's own counts are the sums of the pages'.
        let run = fixture.store.run(&Viewer::Operator, fixture.run).unwrap().unwrap();
        let new: u64 = run.outcomes.iter().map(|outcome| outcome.counts.new).sum();
        prop_assert_eq!(new, model.len() as u64);
        fixture.store.check().unwrap();
    }
}
