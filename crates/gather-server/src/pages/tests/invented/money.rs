//! The sheets that several money pages share.

use super::{N, choice, day, link, money, note, times};
use crate::pages::{part::*, show::align, view::*};

pub(in crate::pages::tests) fn accounts() -> Vec<AccountRow> {
    let mut rows: Vec<_> = [
        (
            "Checking",
            "2482.37 EUR",
            None,
            Some(("agrees to the cent", Tone::Quiet)),
        ),
        (
            "Savings",
            "10000 EUR",
            None,
            Some(("0.40 apart since 3 Nov", Tone::Alarm)),
        ),
        (
            "Travel card",
            "120 CHF",
            Some("as of 3 h ago"),
            Some(("nothing to compare yet", Tone::Quiet)),
        ),
    ]
    .into_iter()
    .map(|(name, balance, stale, proof)| AccountRow {
        name: name.to_owned(),
        href: format!("/money/accounts/bank/{}", name.to_lowercase()),
        chosen: false,
        source: String::new(),
        balance: Some(N.figure(money(balance))),
        stale: stale.map(|text| note(text, Tone::Caution)),
        proof: proof.map(|(text, tone)| note(text, tone)),
    })
    .collect();
    align(
        N,
        &mut rows
            .iter_mut()
            .filter_map(|row| row.balance.as_mut())
            .collect::<Vec<_>>(),
    );
    rows
}

pub(in crate::pages::tests) fn worth() -> Worth {
    Worth {
        total: Some(N.figure(money("12482.37 EUR"))),
        totals: Vec::new(),
        notes: vec![note(
            "not converted: 120.00 CHF (no rate since 14 Nov)",
            Tone::Caution,
        )],
    }
}

pub(in crate::pages::tests) fn budgets() -> BudgetSheet {
    let row = |category: &str, spent: &str, limit: &str, rest: &str, filled, pending, limit_at| {
        BudgetRow {
            category: link(
                category,
                &format!("/money/transactions?category={category}"),
            ),
            bar: Bar {
                filled,
                pending,
                limit: limit_at,
                pace: Some(63.3),
            },
            spent: N.figure(money(spent)),
            limit: N.figure(money(limit)),
            rest: N.figure(money(rest)),
            over: limit_at.is_some(),
            notes: Vec::new(),
        }
    };
    let mut rows = vec![
        row(
            "Groceries",
            "245 EUR",
            "400 EUR",
            "155 EUR",
            61.25,
            3.0,
            None,
        ),
        row(
            "Entertainment",
            "62 EUR",
            "100 EUR",
            "38 EUR",
            62.0,
            13.0,
            None,
        ),
        row(
            "Travel",
            "212 EUR",
            "200 EUR",
            "12 EUR",
            100.0,
            0.0,
            Some(94.3),
        ),
    ];
    rows[1]
        .notes
        .push(note("12.99 EUR pending, not counted", Tone::Quiet));
    for pick in [
        (|row: &mut BudgetRow| &mut row.spent) as fn(&mut BudgetRow) -> &mut Figure,
        |row| &mut row.limit,
        |row| &mut row.rest,
    ] {
        align(N, &mut rows.iter_mut().map(pick).collect::<Vec<_>>());
    }
    BudgetSheet {
        period: "November".to_owned(),
        pace: "day 19 of 30".to_owned(),
        currency: "EUR".to_owned(),
        notes: Vec::new(),
        rows,
    }
}

pub(in crate::pages::tests) fn spending() -> SpendingSheet {
    let mut rows: Vec<_> = [
        ("Rent", "900 EUR", 100.0, "58 %"),
        ("Groceries", "245 EUR", 27.2, "16 %"),
        ("Travel", "212 EUR", 23.6, "14 %"),
        ("Entertainment", "62 EUR", 6.9, "4 %"),
        ("Books & paper", "41.30 EUR", 4.6, "3 %"),
        ("3 others", "88.1 EUR", 9.8, "6 %"),
    ]
    .into_iter()
    .map(|(category, spent, filled, share)| SpendingRow {
        category: link(
            category,
            if category == "3 others" {
                ""
            } else {
                "/money/transactions?category=x"
            },
        ),
        bar: Bar {
            filled,
            ..Bar::default()
        },
        spent: N.figure(money(spent)),
        share: share.to_owned(),
    })
    .collect();
    let currency = align(
        N,
        &mut rows
            .iter_mut()
            .map(|row| &mut row.spent)
            .collect::<Vec<_>>(),
    );
    SpendingSheet {
        period: "this month".to_owned(),
        currency,
        rows,
        notes: Vec::new(),
    }
}

pub(in crate::pages::tests) fn transactions(count: usize) -> Vec<TransactionRow> {
    let rows = [
        (
            "2026-11-19",
            "Bakery 12",
            "Groceries",
            "-4.5 EUR",
            None,
            false,
        ),
        (
            "2026-11-19",
            "Salary Harbour Works GmbH",
            "Income",
            "3000 EUR",
            Some("rule “salary”"),
            false,
        ),
        (
            "2026-11-18",
            "Cinema",
            "Entertainment",
            "-12.99 EUR",
            None,
            true,
        ),
        (
            "2026-11-18",
            "Hotel Alpina, Zermatt",
            "Travel",
            "-212 CHF",
            None,
            false,
        ),
        (
            "2026-11-17",
            "To savings",
            "transfer",
            "-250 EUR",
            None,
            false,
        ),
        ("2026-11-16", "Harbour market", "", "-38.2 EUR", None, false),
        (
            "2026-11-15",
            "SEPA-LASTSCHRIFT STADTWERKE NORD KDNR 4711 ABSCHLAG NOVEMBER STROM UND GAS",
            "Utilities",
            "-96 EUR",
            Some("you"),
            false,
        ),
        ("2026-11-14", "Ferry", "Travel", "-17.8 EUR", None, false),
    ];
    let mut rows: Vec<_> = rows
        .iter()
        .cycle()
        .take(count)
        .enumerate()
        .map(
            |(at, (date, what, category, amount, by, pending))| TransactionRow {
                id: (4000 - at).to_string(),
                date: times().day(day(date)),
                what: Words::plain(*what),
                note: (at == 3).then(|| "with Ben, half of it is his".to_owned()),
                pending: *pending,
                account: String::new(),
                category: (*category).to_owned(),
                category_by: by.map(str::to_owned),
                edit: (*category != "transfer")
                    .then(|| format!("/money/transactions?edit={}#t-{}", 4000 - at, 4000 - at)),
                amount: N.moved(money(amount)),
                editor: None,
            },
        )
        .collect();
    align(
        N,
        &mut rows
            .iter_mut()
            .map(|row| &mut row.amount)
            .collect::<Vec<_>>(),
    );
    rows
}

pub(in crate::pages::tests) fn head(here: &str) -> MoneyHead {
    MoneyHead {
        parts: [
            ("Overview", "/money", ""),
            ("Transactions", "/money/transactions", ""),
            ("Budgets", "/money/budgets", ""),
            ("Review", "/money/review", "2"),
        ]
        .map(|(text, href, count)| choice(text, href, count, text == here))
        .into(),
        currencies: vec![
            choice("EUR", "EUR", "", true),
            choice("USD", "USD", "", false),
            choice("CHF", "CHF", "", false),
        ],
        carried: Vec::new(),
        rates: vec![note(
            "1 CHF = 1.0636 EUR · ecb, 14 Nov, carried 5 days",
            Tone::Quiet,
        )],
    }
}
