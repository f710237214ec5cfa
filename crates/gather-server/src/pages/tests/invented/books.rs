//! The money pages.

use super::{N, choice, day, link, minutes_ago, money, money::*, note, shell, times};
use crate::pages::{
    part::*,
    plot::{Column, Months, Plot},
    view::*,
};

pub(in crate::pages::tests) fn plot() -> Option<Plot> {
    let mut value = 9_100.0;
    let mut points = Vec::new();
    let mut at = day("2026-01-01");
    let mut seed: i64 = 7;
    while at <= day("2026-11-19") {
        seed = (seed * 1103 + 12345) % 9973;
        value += match at.day() {
            1 => -900.0,
            28 => 3000.0,
            _ => -f64::from(i32::try_from(seed % 120).unwrap()),
        };
        points.push((at, value));
        at = at.tomorrow().unwrap();
    }
    Plot::of(
        "Net worth in EUR".to_owned(),
        "from 9,100.00 on 1 Jan to 12,482.37 on 19 Nov, at most 12,901.10 on 28 Oct".to_owned(),
        "EUR",
        &points,
        |value| {
            N.decimal(
                rust_decimal::Decimal::from_f64_retain(value)
                    .unwrap()
                    .round(),
            )
        },
    )
}

pub(in crate::pages::tests) fn money_page() -> MoneyPage {
    let months = [
        "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
    ];
    MoneyPage {
        shell: shell("Money", Here::Money),
        head: head("Overview"),
        worth: worth(),
        accounts: accounts(),
        plot: plot(),
        months: Some(Months {
            label: "Spending by month in EUR".to_owned(),
            columns: months
                .iter()
                .enumerate()
                .map(|(at, month)| Column {
                    label: (*month).to_owned(),
                    name: format!("{month} 2026"),
                    href: "/money/transactions?since=2026-11-01&until=2026-11-30".to_owned(),
                    chosen: at == 11,
                    height: [
                        61.0, 70.5, 58.0, 100.0, 66.0, 72.0, 81.5, 93.0, 64.0, 59.0, 77.0, 49.0,
                    ][at],
                    figure: Figure {
                        digits: "1,548".to_owned(),
                        ..Figure::default()
                    },
                    open: at == 11,
                })
                .collect(),
        }),
        spending: Some(spending()),
        budgets: Some(budgets()),
        transactions: transactions(8),
        empty: None,
    }
}

pub(in crate::pages::tests) fn list(count: usize) -> TransactionList {
    let mut rows = transactions(count);
    for row in &mut rows {
        row.account = "Checking".to_owned();
    }
    TransactionList {
        filter: TransactionFilter {
            action: "/money/transactions".to_owned(),
            carried: vec![("currency".to_owned(), "EUR".to_owned())],
            search: "harb".to_owned(),
            accounts: vec![
                choice("all", "", "", true),
                choice("Checking", "bank/checking", "", false),
            ],
            categories: vec![
                choice("all", "", "", true),
                choice("Groceries", "Groceries", "", false),
            ],
            since: "2026-11-01".to_owned(),
            pending: vec![
                choice("with the others", "", "", true),
                choice("only", "only", "", false),
                choice("without", "without", "", false),
            ],
            chips: vec![
                link("“harb”", "/money/transactions?since=2026-11-01"),
                link("from 1 Nov", "/money/transactions?q=harb"),
            ],
            clear: Some("/money/transactions".to_owned()),
            ..TransactionFilter::default()
        },
        rows,
        older: Some("/money/transactions?after=3990".to_owned()),
        empty: None,
        categories: vec!["Groceries".to_owned(), "Travel".to_owned()],
    }
}

pub(in crate::pages::tests) fn account_page() -> AccountPage {
    let mut accounts = accounts();
    accounts[0].chosen = true;
    AccountPage {
        shell: shell("Checking", Here::Money),
        head: head(""),
        accounts,
        name: "Checking".to_owned(),
        balance: Some(N.figure(money("2482.37 EUR"))),
        from: vec![note("bank said so 3 h ago", Tone::Caution)],
        proof: Some(note(
            "agrees to the cent with 12 balances, the last of 19 Nov",
            Tone::Quiet,
        )),
        plot: plot(),
        list: list(9),
    }
}

pub(in crate::pages::tests) fn transactions_page() -> TransactionsPage {
    let mut list = list(24);
    list.rows[6].editor = Some(Editor {
        action: "/money/transactions/3994".to_owned(),
        category: "Utilities".to_owned(),
        payee: "Stadtwerke Nord".to_owned(),
        note: String::new(),
        facts: [
            ("Account", "Checking (bank)"),
            ("Booked", "Sunday, 15 November 2026"),
            (
                "The bank wrote",
                "SEPA-LASTSCHRIFT STADTWERKE NORD KDNR 4711",
            ),
            ("First seen", "15 Nov 2026, 18:00:02 CET"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        parts: Vec::new(),
        close: "/money/transactions".to_owned(),
    });
    TransactionsPage {
        shell: shell("Transactions", Here::Money),
        head: head("Transactions"),
        list,
    }
}

pub(in crate::pages::tests) fn no_transactions() -> TransactionsPage {
    let mut page = transactions_page();
    page.list.rows.clear();
    page.list.older = None;
    page.list.filter.refused =
        vec!["From: `2026-13-40` is not a day; a day is written like 2026-11-19".to_owned()];
    page.list.empty = Some(Empty {
        sentence: "No transaction is like that.".to_owned(),
        action: Some(link("Show all", "/money/transactions")),
        command: None,
    });
    page
}

pub(in crate::pages::tests) fn budgets_page() -> BudgetsPage {
    BudgetsPage {
        shell: shell("Budgets", Here::Money),
        head: head("Budgets"),
        sheet: Some(budgets()),
        spending: Some(spending()),
        before: Some(link("October", "/money/budgets?month=2026-10")),
        after: None,
        empty: None,
    }
}

pub(in crate::pages::tests) fn review_page(empty: bool) -> ReviewPage {
    let side = |date: &str, what: &str, amount: &str| ReviewSide {
        date: date.to_owned(),
        what: what.to_owned(),
        pending: false,
        amount: N.moved(money(amount)),
    };
    let case = ReviewCase {
        id: "7".to_owned(),
        reason: "A transaction of this day and amount is held that says something else".to_owned(),
        origin: "bank, import 3 (november.ofx)".to_owned(),
        when: times().ago(minutes_ago(300)),
        held: side("19 Nov", "Bakery 12", "-4.5 EUR"),
        came: side("19 Nov", "BÄCKEREI ZWÖLF HAMBURG", "-4.5 EUR"),
    };
    ReviewPage {
        shell: shell("Review", Here::Money),
        head: head("Review"),
        cases: if empty {
            Vec::new()
        } else {
            vec![
                case.clone(),
                ReviewCase {
                    id: "8".to_owned(),
                    ..case
                },
            ]
        },
    }
}
