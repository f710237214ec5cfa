//! Keeping pages: the same answers twice, changes, repeats, and pages that fail half-way.

use gather_records::{Article, Record, Viewer};
use gather_store::{ErrorKind, Held, Kept, MoneyQuery, Page, StoryQuery};

use crate::support::{Fixture, account, article, at, budget, moved, rate, shared};

const EACH: Held = Held {
    articles: 1,
    accounts: 1,
    transactions: 1,
    budgets: 1,
    rates: 1,
};

fn one_of_each() -> Vec<Record> {
    vec![
        Record::Article(Article {
            published_at: Some(at(-500)),
            score: Some(41),
            ..article(
                "1",
                "Ferry line adds night sailing",
                "https://harbour.example/a",
            )
        }),
        account("checking", "2500.00 EUR"),
        Record::Transaction(moved("t1", "-45.00 EUR", "2026-11-19", "Groceries")),
        budget("Groceries", "400 EUR", Some("245 EUR")),
        rate("EUR", "USD", "2026-11-19", "1.0712"),
    ]
}

#[test]
fn the_same_page_twice_adds_and_changes_nothing() {
    let fixture = Fixture::new();
    let first = fixture.keep("all", 10, &one_of_each());
    assert_eq!(
        first,
        Kept {
            new: 5,
            kinds: EACH,
            ..Kept::default()
        }
    );
    let before = fixture
        .store
        .stories(&Viewer::Operator, &StoryQuery::default())
        .unwrap();

    let second = fixture.keep("all", 999, &one_of_each());
    assert_eq!(
        second,
        Kept {
            unchanged: 5,
            kinds: EACH,
            ..Kept::default()
        }
    );
    let after = fixture
        .store
        .stories(&Viewer::Operator, &StoryQuery::default())
        .unwrap();
    assert_eq!(after, before);
    for table in ["articles", "accounts", "transactions", "budgets", "rates"] {
        let touched = fixture.number(&format!(
            "SELECT count(*) FROM {table} WHERE updated_at <> first_seen"
        ));
        assert_eq!(touched, 0, "{table}");
        assert_eq!(
            fixture.number(&format!("SELECT count(*) FROM {table}")),
            1,
            "{table}"
        );
    }
}

#[test]
fn a_change_of_any_value_is_kept_and_dated() {
    let fixture = Fixture::new();
    fixture.keep("all", 10, &one_of_each());
    let changed = [
        Record::Article(Article {
            published_at: Some(at(-500)),
            score: Some(42),
            ..article(
                "1",
                "Ferry line adds night sailing",
                "https://harbour.example/a",
            )
        }),
        account("checking", "2500.01 EUR"),
        Record::Transaction(moved("t1", "-45.00 EUR", "2026-11-19", "Food")),
        budget("Groceries", "400 EUR", None),
        rate("EUR", "USD", "2026-11-19", "1.0713"),
    ];
    let kept = fixture.keep("all", 20, &changed);
    assert_eq!(
        kept,
        Kept {
            changed: 5,
            kinds: EACH,
            ..Kept::default()
        }
    );
    for table in ["articles", "accounts", "transactions", "budgets", "rates"] {
        let rows = fixture.number(&format!(
            "SELECT count(*) FROM {table} WHERE updated_at = first_seen + 10 * 1000000"
        ));
        assert_eq!(rows, 1, "{table}");
    }
    let money = fixture
        .store
        .money(
            &Viewer::Operator,
            &MoneyQuery::new("2026-11-20".parse().unwrap()),
        )
        .unwrap();
    assert_eq!(money.transactions[0].category.as_deref(), Some("Food"));
    assert_eq!(
        money.accounts[0].balance.unwrap().to_string(),
        "2500.01 EUR"
    );
    assert_eq!(money.rates[0].rate.to_string(), "1.0713");
}

#[test]
fn equal_amounts_written_differently_are_unchanged() {
    let fixture = Fixture::new();
    let page = |balance: &str, amount: &str, limit: &str, price: &str| {
        [
            account("a", balance),
            Record::Transaction(moved("t", amount, "2026-11-19", "")),
            budget("b", limit, Some(limit)),
            rate("EUR", "USD", "2026-11-19", price),
        ]
    };
    fixture.keep("bank", 1, &page("1.0 EUR", "-2.50 EUR", "400 EUR", "1.10"));
    let kept = fixture.keep(
        "bank",
        2,
        &page("1.000 EUR", "-2.5 EUR", "400.00 EUR", "1.1"),
    );
    assert_eq!(
        kept,
        Kept {
            unchanged: 4,
            kinds: Held {
                articles: 0,
                ..EACH
            },
            ..Kept::default()
        }
    );
}

#[test]
fn of_records_repeated_in_a_page_the_last_counts_once() {
    let fixture = Fixture::new();
    let page = [
        Record::Article(article("1", "old", "https://a.example/1")),
        Record::Article(article("2", "other", "https://a.example/2")),
        Record::Article(article("1", "new", "https://a.example/1")),
    ];
    let kept = fixture.keep("a", 1, &page);
    assert_eq!(
        kept,
        Kept {
            new: 2,
            repeated: 1,
            kinds: Held {
                articles: 2,
                ..Held::default()
            },
            ..Kept::default()
        }
    );
    let kept = fixture.keep("a", 2, &page);
    assert_eq!(
        kept,
        Kept {
            unchanged: 2,
            repeated: 1,
            kinds: Held {
                articles: 2,
                ..Held::default()
            },
            ..Kept::default()
        }
    );
    assert_eq!(
        fixture.number("SELECT count(*) FROM articles WHERE title = 'new'"),
        1
    );
}

#[test]
fn transactions_of_two_accounts_may_share_an_id() {
    let fixture = Fixture::new();
    let page = ["checking", "savings"].map(|name| {
        let mut row = moved("1", "-4.50 EUR", "2026-11-19", "Coffee");
        row.account = Some(name.to_owned());
        Record::Transaction(row)
    });
    assert_eq!(fixture.keep("bank", 1, &page).new, 2);
    assert_eq!(fixture.keep("bank", 2, &page).unchanged, 2);
}

#[test]
fn a_page_that_fails_at_any_record_leaves_nothing_behind() {
    const RECORDS: usize = 12;
    let fixture = Fixture::new();
    let file = rusqlite::Connection::open(fixture.path()).unwrap();
    let page: Vec<Record> = (0..RECORDS)
        .map(|n| {
            if n % 2 == 0 {
                Record::Article(article(
                    &format!("r{n}"),
                    "title",
                    &format!("https://a.example/{n}"),
                ))
            } else {
                Record::Transaction(moved(&format!("r{n}"), "-1 EUR", "2026-11-19", "c"))
            }
        })
        .collect();
    for step in 0..RECORDS {
        let table = if step % 2 == 0 {
            "articles"
        } else {
            "transactions"
        };
        file.execute_batch(&format!(
            "CREATE TRIGGER break_it AFTER INSERT ON {table} WHEN new.id = 'r{step}'
             BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END"
        ))
        .unwrap();
        let error = fixture
            .store
            .keep(Page::new(fixture.run, shared("fragile"), &page, at(1)))
            .unwrap_err();
        assert!(format!("{:?}", std::error::Error::source(&error)).contains("broken on purpose"));
        for table in ["articles", "stories", "transactions", "sources", "outcomes"] {
            let rows = fixture.number(&format!("SELECT count(*) FROM {table}"));
            assert_eq!(rows, 0, "{table} after a failure at record {step}");
        }
        file.execute_batch("DROP TRIGGER break_it").unwrap();
    }
    assert_eq!(fixture.keep("fragile", 2, &page).new, RECORDS as u64);
    fixture.store.check().unwrap();
}

#[test]
fn a_record_that_means_nothing_is_named_and_its_page_is_refused() {
    let fixture = Fixture::new();
    for (bad, expected) in [
        (
            Record::Article(Article::new("")),
            "record 2 (article) has an empty id",
        ),
        (
            rate("EUR", "USD", "2026-11-19", "0"),
            "prices EUR at 0 USD on 2026-11-19",
        ),
        (
            rate("EUR", "USD", "2026-11-19", "-1.1"),
            "a rate is positive",
        ),
    ] {
        let records = [account("a", "1 EUR"), bad];
        let error = fixture
            .store
            .keep(Page::new(fixture.run, shared("odd"), &records, at(1)))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRecord);
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.to_string().contains("`odd`"), "{error}");
        assert_eq!(fixture.number("SELECT count(*) FROM accounts"), 0);
    }
}

#[test]
fn any_text_a_source_sends_is_kept_as_it_is() {
    let fixture = Fixture::new();
    let odd = "\u{0}'; DROP TABLE articles; -- \u{1b}[2J \u{202e}🙂";
    let record = Article {
        author: Some(odd.to_owned()),
        ..article(odd, odd, "")
    };
    fixture.keep("odd", 1, &[Record::Article(record.clone())]);
    let stories = fixture
        .store
        .stories(&Viewer::Operator, &StoryQuery::default())
        .unwrap();
    assert_eq!(stories[0].provenances[0].id, odd);
    assert_eq!(stories[0].provenances[0].title.as_deref(), Some(odd));
    assert_eq!(
        fixture.keep("odd", 2, &[Record::Article(record)]).unchanged,
        1
    );
}
