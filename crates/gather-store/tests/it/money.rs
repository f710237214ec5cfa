//! The money overview: totals, spending, budgets, transactions.

use gather_records::{Record, Viewer};
use gather_store::{MoneyOverview, MoneyQuery, SpentFrom};
use jiff::civil::Date;

use crate::support::{Fixture, account, budget, money, moved, rate};

fn today() -> Date {
    "2026-11-20".parse().unwrap()
}

fn read(fixture: &Fixture, query: &MoneyQuery) -> MoneyOverview {
    fixture.store.money(&Viewer::Operator, query).unwrap()
}

fn transactions(rows: &[(&str, &str, &str, &str)]) -> Vec<Record> {
    rows.iter()
        .map(|(id, amount, day, category)| Record::Transaction(moved(id, amount, day, category)))
        .collect()
}

#[test]
fn accounts_of_several_currencies_are_added_up_only_by_rates() {
    let fixture = Fixture::new();
    fixture.keep(
        "bank",
        1,
        &[
            account("checking", "2500.00 EUR"),
            account("savings", "10000.10 EUR"),
            account("dollars", "107.12 USD"),
            account("francs", "120.00 CHF"),
            account("yen", "5 JPY"),
        ],
    );
    fixture.keep(
        "ecb",
        1,
        &[
            rate("EUR", "USD", "2026-11-19", "1.0712"),
            rate("EUR", "USD", "2026-11-18", "9"),
            rate("EUR", "USD", "2026-11-21", "9"),
            rate("EUR", "CHF", "2026-11-10", "0.95"),
        ],
    );
    let plain = read(&fixture, &MoneyQuery::new(today()));
    let totals: Vec<_> = plain.totals.iter().map(ToString::to_string).collect();
    assert_eq!(
        totals,
        ["120.00 CHF", "12500.10 EUR", "5 JPY", "107.12 USD"]
    );
    assert!(plain.total.is_none());

    let base = MoneyQuery {
        base: Some("EUR".parse().unwrap()),
        ..MoneyQuery::new(today())
    };
    let total = read(&fixture, &base).total.unwrap();
    assert_eq!(total.amount, money("12600.10 EUR"));
    assert_eq!(total.rates.len(), 1);
    assert_eq!(
        (total.rates[0].date, total.rates[0].source.as_str()),
        ("2026-11-19".parse().unwrap(), "ecb")
    );
    let missing: Vec<_> = total
        .unconverted
        .iter()
        .map(|u| (u.money.to_string(), u.last_rate))
        .collect();
    assert_eq!(
        missing,
        [
            ("120.00 CHF".to_owned(), Some("2026-11-10".parse().unwrap())),
            ("5 JPY".to_owned(), None),
        ]
    );
}

#[test]
fn no_account_means_no_total_instead_of_nothing_in_it() {
    let fixture = Fixture::new();
    let query = MoneyQuery {
        base: Some("EUR".parse().unwrap()),
        ..MoneyQuery::new(today())
    };
    let overview = read(&fixture, &query);
    assert!(overview.total.is_none());
    assert!(overview.totals.is_empty());
}

#[test]
fn spending_counts_booked_expenses_by_category_and_currency() {
    let fixture = Fixture::new();
    let mut rows = transactions(&[
        ("1", "-45.00 EUR", "2026-11-19", "Groceries"),
        ("2", "-0.10 EUR", "2026-11-02", "Groceries"),
        ("3", "-0.20 EUR", "2026-10-02", "Groceries"),
        ("4", "12.00 EUR", "2026-11-03", "Groceries"),
        ("5", "-12.99 EUR", "2026-11-18", "Entertainment"),
        ("6", "-900.00 USD", "2026-11-01", "Groceries"),
        ("7", "-3.00 EUR", "2026-11-01", ""),
        ("8", "-0.00 EUR", "2026-11-01", "Nothing"),
        ("9", "3000.00 EUR", "2026-11-01", "Income"),
    ]);
    let mut pending = moved("10", "-500 EUR", "2026-11-20", "Groceries");
    pending.pending = true;
    rows.push(Record::Transaction(pending));
    fixture.keep("bank", 1, &rows);

    let lines = |since: Option<&str>| {
        let query = MoneyQuery {
            since: since.map(|day| day.parse().unwrap()),
            ..MoneyQuery::new(today())
        };
        read(&fixture, &query)
            .spending
            .into_iter()
            .map(|line| {
                (
                    line.category.unwrap_or_default(),
                    line.total.to_string(),
                    line.transactions,
                )
            })
            .collect::<Vec<_>>()
    };
    let line = |category: &str, total: &str, count| (category.to_owned(), total.to_owned(), count);
    assert_eq!(
        lines(None),
        [
            line("Groceries", "-45.30 EUR", 3),
            line("Entertainment", "-12.99 EUR", 1),
            line("", "-3.00 EUR", 1),
            line("Groceries", "-900.00 USD", 1),
        ]
    );
    assert_eq!(
        lines(Some("2026-11-02")),
        [
            line("Groceries", "-45.10 EUR", 2),
            line("Entertainment", "-12.99 EUR", 1),
        ]
    );
}

#[test]
fn a_budget_takes_the_sources_figure_or_our_sum_of_the_month() {
    let fixture = Fixture::new();
    fixture.keep(
        "bank",
        1,
        &transactions(&[
            ("1", "-45.00 EUR", "2026-11-19", "Groceries"),
            ("2", "-50.00 EUR", "2026-11-01", "Travel"),
            ("3", "-162.00 EUR", "2026-11-30", "Travel"),
            ("4", "-99.00 EUR", "2026-10-31", "Travel"),
            ("5", "-7.00 USD", "2026-11-05", "Travel"),
        ]),
    );
    fixture.keep(
        "bank",
        2,
        &[
            budget("Groceries", "400 EUR", Some("245 EUR")),
            budget("Travel", "200 EUR", None),
            budget("Unused", "0 EUR", None),
            budget("Foreign", "100 EUR", Some("10 USD")),
        ],
    );
    let budgets = read(&fixture, &MoneyQuery::new(today())).budgets;
    let line = |name: &str| {
        budgets
            .iter()
            .find(|budget| budget.category == name)
            .unwrap()
    };

    let groceries = line("Groceries");
    assert_eq!(
        (groceries.spent, groceries.spent_from),
        (money("245 EUR"), SpentFrom::Source)
    );
    assert_eq!(groceries.left, Some(money("155 EUR")));
    assert_eq!(groceries.percent, Some("61.3".parse().unwrap()));

    let travel = line("Travel");
    assert_eq!(
        (travel.spent, travel.spent_from),
        (money("212.00 EUR"), SpentFrom::Transactions)
    );
    assert_eq!(travel.left, Some(money("-12.00 EUR")));
    assert_eq!(travel.percent, Some("106".parse().unwrap()));
    assert_eq!(travel.spent_elsewhere, [money("7.00 USD")]);

    assert_eq!(
        line("Unused").percent,
        None,
        "nothing is a share of nothing"
    );
    assert_eq!(
        (line("Foreign").left, line("Foreign").percent),
        (None, None)
    );
}

#[test]
fn transactions_come_newest_first_and_undated_ones_last() {
    let fixture = Fixture::new();
    fixture.keep(
        "bank",
        1,
        &transactions(&[
            ("undated", "-1 EUR", "", ""),
            ("b", "-1 EUR", "2026-11-18", ""),
            ("c", "-1 EUR", "2026-11-18", ""),
            ("a", "3000.00 EUR", "2026-11-19", "Income"),
        ]),
    );
    let ids = |query: &MoneyQuery| -> Vec<String> {
        read(&fixture, query)
            .transactions
            .into_iter()
            .map(|line| line.id)
            .collect()
    };
    let query = MoneyQuery::new(today());
    assert_eq!(ids(&query), ["a", "b", "c", "undated"]);
    assert_eq!(
        ids(&MoneyQuery {
            limit: 2,
            ..query.clone()
        }),
        ["a", "b"]
    );
    assert_eq!(
        ids(&MoneyQuery {
            since: Some("2026-11-18".parse().unwrap()),
            ..query.clone()
        }),
        ["a", "b", "c"]
    );
    assert_eq!(
        ids(&MoneyQuery {
            search: Some("inc".to_owned()),
            ..query.clone()
        }),
        ["a"]
    );
    assert_eq!(
        ids(&MoneyQuery {
            search: Some("payment c".to_owned()),
            ..query.clone()
        }),
        ["c"]
    );
    assert!(
        ids(&MoneyQuery {
            search: Some("!".to_owned()),
            ..query
        })
        .is_empty()
    );
}

#[test]
fn a_transaction_bears_the_name_of_its_account() {
    let fixture = Fixture::new();
    let mut row = moved("1", "-4.50 EUR", "2026-11-19", "Coffee");
    row.account = Some("checking".to_owned());
    fixture.keep(
        "bank",
        1,
        &[account("checking", "1 EUR"), Record::Transaction(row)],
    );
    let line = read(&fixture, &MoneyQuery::new(today()))
        .transactions
        .remove(0);
    assert_eq!(line.account.as_deref(), Some("checking"));
    assert_eq!(line.account_name.as_deref(), Some("Account checking"));
}

#[test]
fn amounts_are_strings_in_json() {
    let fixture = Fixture::new();
    fixture.keep(
        "bank",
        1,
        &[
            account("a", "2500.00 EUR"),
            budget("Groceries", "400 EUR", Some("245 EUR")),
            rate("EUR", "USD", "2026-11-19", "1.0712"),
            Record::Transaction(moved("1", "-45.00 EUR", "2026-11-19", "Groceries")),
        ],
    );
    let json = serde_json::to_value(read(&fixture, &MoneyQuery::new(today()))).unwrap();
    assert_eq!(json["accounts"][0]["balance"]["amount"], "2500.00");
    assert_eq!(json["transactions"][0]["amount"]["amount"], "-45.00");
    assert_eq!(json["transactions"][0]["date"], "2026-11-19");
    assert_eq!(json["rates"][0]["rate"], "1.0712");
    assert_eq!(json["budgets"][0]["percent"], "61.3");
    assert_eq!(json["budgets"][0]["spent_from"], "source");
}

#[test]
fn sums_too_large_to_be_exact_are_an_error_and_not_a_panic() {
    let fixture = Fixture::new();
    let most = format!("{} EUR", rust_decimal::Decimal::MAX);
    fixture.keep("bank", 1, &[account("a", &most), account("b", &most)]);
    let error = fixture
        .store
        .money(&Viewer::Operator, &MoneyQuery::new(today()))
        .unwrap_err();
    assert_eq!(error.kind(), gather_store::ErrorKind::TooLarge);
}
