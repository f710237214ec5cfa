//! What the dashboard shows: budgets, spending of a span, many sources.

use gather_records::{Record, Viewer};
use gather_store::{BudgetPlan, MoneyQuery, SpentFrom};

use super::{bought, pending};
use crate::support::{Fixture, account, budget, money, moved, user};

#[test]
fn pending_expenses_are_shown_beside_a_budget_and_not_counted() {
    let fixture = Fixture::new();
    let mut waits = moved("2", "-30.00 EUR", "2026-11-19", "Food");
    waits.pending = true;
    let mut last_month = moved("3", "-70.00 EUR", "2026-10-19", "Food");
    last_month.pending = true;
    fixture.keep(
        "bank",
        1,
        &[
            budget("Food", "100 EUR", None),
            Record::Transaction(moved("1", "-12.50 EUR", "2026-11-02", "Food")),
            Record::Transaction(waits),
            Record::Transaction(last_month),
        ],
    );
    let query = MoneyQuery::new("2026-11-20".parse().unwrap());
    let line = fixture
        .store
        .money(&Viewer::Operator, &query)
        .unwrap()
        .budgets
        .remove(0);
    assert_eq!(
        (line.spent, line.pending),
        (money("12.50 EUR"), money("30.00 EUR"))
    );
    assert_eq!(line.left, Some(money("87.50 EUR")));
    assert_eq!(line.percent, Some("12.5".parse().unwrap()));
}

#[test]
fn the_operators_own_budgets_stand_beside_those_of_sources() {
    let fixture = Fixture::new();
    let spend = |amount: &str| {
        [Record::Transaction(moved(
            "1",
            amount,
            "2026-11-02",
            "Food",
        ))]
    };
    fixture.keep_as(Some("ann"), "a", 1, &spend("-10 EUR"));
    fixture.keep_as(Some("bob"), "b", 1, &spend("-20 EUR"));
    let plan = |owner: Option<&str>| BudgetPlan {
        owner: owner.map(str::to_owned),
        category: "Food".to_owned(),
        limit: money("100 EUR"),
    };
    let query = MoneyQuery {
        budgets: vec![plan(Some("ann")), plan(Some("bob"))],
        ..MoneyQuery::new("2026-11-20".parse().unwrap())
    };
    let lines = fixture.store.money(&user("ann"), &query).unwrap().budgets;
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (lines[0].spent, lines[0].spent_from),
        (money("10 EUR"), SpentFrom::Transactions)
    );
    assert_eq!(lines[0].source, None);
    assert_eq!(
        fixture
            .store
            .money(&Viewer::Operator, &query)
            .unwrap()
            .budgets
            .len(),
        2
    );
}

#[test]
fn spending_since_any_day_is_what_the_rows_since_then_say() {
    let fixture = Fixture::new();
    let days = [
        "2026-09-30",
        "2026-10-01",
        "2026-10-15",
        "2026-10-31",
        "2026-11-01",
        "2026-11-19",
    ];
    let rows: Vec<_> = (1..)
        .zip(days)
        .map(|(n, day)| bought(&n.to_string(), &format!("-{}.00 EUR", 1 << n), day, "x"))
        .collect();
    fixture.sync(1, &rows);
    fixture.sync(2, &[pending(bought("p", "-1000 EUR", "2026-11-01", "x"))]);
    for since in days
        .into_iter()
        .chain(["2026-10-16", "2026-12-01", "2027-01-31"])
    {
        let query = MoneyQuery {
            since: Some(since.parse().unwrap()),
            ..MoneyQuery::new("2026-11-20".parse().unwrap())
        };
        let spending = fixture
            .store
            .money(&Viewer::Operator, &query)
            .unwrap()
            .spending;
        let found: rust_decimal::Decimal = spending.iter().map(|line| line.total.amount).sum();
        let expected = rows
            .iter()
            .filter(|row| row.date >= query.since)
            .map(|row| row.amount.amount)
            .sum();
        assert_eq!(found, expected, "{since}");
    }
}

#[test]
fn the_newest_of_several_sources_are_the_newest_of_all() {
    let fixture = Fixture::new();
    for (n, source) in (0..).zip(["a", "b", "c"]) {
        let rows: Vec<_> = (1..=9)
            .map(|day| {
                let date = format!("2026-11-{:02}", day * 3 - n);
                Record::Transaction(moved(&format!("{source}{day}"), "-1 EUR", &date, ""))
            })
            .collect();
        fixture.keep_as(
            (source == "c").then_some("cyd"),
            source,
            i64::from(n),
            &rows,
        );
    }
    let newest = |viewer: &Viewer| -> Vec<String> {
        let query = MoneyQuery {
            limit: 4,
            ..MoneyQuery::new("2026-11-20".parse().unwrap())
        };
        let money = fixture.store.money(viewer, &query).unwrap();
        money.transactions.into_iter().map(|line| line.id).collect()
    };
    assert_eq!(newest(&Viewer::Operator), ["a9", "b9", "c9", "a8"]);
    assert_eq!(newest(&user("ann")), ["a9", "b9", "a8", "b8"]);
}

#[test]
fn amounts_beyond_what_can_be_added_up_spoil_the_figures_and_not_the_store() {
    let fixture = Fixture::new();
    let most = format!("-{} EUR", rust_decimal::Decimal::MAX);
    fixture.sync(
        1,
        &[
            bought("1", &most, "2026-11-18", "x"),
            bought("2", &most, "2026-11-19", "y"),
        ],
    );
    let query = MoneyQuery::new("2026-11-20".parse().unwrap());
    let error = fixture.store.money(&Viewer::Operator, &query).unwrap_err();
    assert_eq!(error.kind(), gather_store::ErrorKind::TooLarge);
    fixture.sums_agree();
    fixture.keep("other", 2, &[account("a", "1 EUR")]);
}

#[test]
fn sums_that_something_else_has_changed_are_noticed() {
    let fixture = Fixture::new();
    fixture.sync(1, &[bought("1", "-1.00 EUR", "2026-11-18", "x")]);
    rusqlite::Connection::open(fixture.path())
        .unwrap()
        .execute(
            "UPDATE month_sums SET total = '-200:2' WHERE month = '2026-11'",
            [],
        )
        .unwrap();
    let drifts = fixture.store.check_aggregates().unwrap();
    assert_eq!(drifts.len(), 1);
    assert!(drifts[0].what.contains("2026-11"), "{drifts:?}");
    assert!(
        drifts[0].kept.as_deref().unwrap().starts_with("-2.00"),
        "{drifts:?}"
    );
    assert!(
        drifts[0].recount.as_deref().unwrap().starts_with("-1.00"),
        "{drifts:?}"
    );
}
