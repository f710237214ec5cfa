//! The bank's small ledger: two accounts, sixty days of transactions, five budgets.
//!
//! Amounts are whole cents. The rows of groceries, entertainment and travel in the last thirty days
//! are fixed, and add up to what the budgets say was spent; the seed decides the others.

use fastrand::Rng;
use jiff::{ToSpan, civil::Date};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    pub(crate) cents: i64,
}

const CHECKING: u32 = 1;
const SAVINGS: u32 = 2;

pub(crate) const ACCOUNTS: [Account; 2] = [
    Account {
        id: CHECKING,
        name: "Checking",
        cents: 250_000,
    },
    Account {
        id: SAVINGS,
        name: "Savings",
        cents: 1_000_000,
    },
];

#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    pub(crate) id: u32,
    pub(crate) account: u32,
    pub(crate) cents: i64,
    pub(crate) category: &'static str,
    pub(crate) description: &'static str,
    pub(crate) date: Date,
    pub(crate) pending: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) category: &'static str,
    pub(crate) limit: i64,
    pub(crate) spent: i64,
}

/// Days ago, account, cents, category, description.
type Row = (i32, u32, i64, &'static str, &'static str);

const FIXED: [Row; 24] = [
    (1, CHECKING, -4_500, "Groceries", "Bellwether Foods"),
    (2, CHECKING, -1_299, "Entertainment", "Lantern Streaming"),
    (3, CHECKING, 300_000, "Income", "Salary Orrery Labs"),
    // Two equal coffees on one day: two transactions, not one twice.
    (2, CHECKING, -380, "Dining", "Quay Coffee"),
    (2, CHECKING, -380, "Dining", "Quay Coffee"),
    (4, CHECKING, -20_000, "Transfer", "To Savings"),
    (4, SAVINGS, 20_000, "Transfer", "From Checking"),
    (5, CHECKING, -90_000, "Rent", "Lower Quay Housing"),
    (6, CHECKING, -6_235, "Groceries", "Harbour Market"),
    (8, CHECKING, -14_800, "Travel", "Sundholm Ferries"),
    (9, CHECKING, -2_450, "Entertainment", "Norrbay Cinema"),
    (12, CHECKING, -3_815, "Groceries", "Bakery 12"),
    (15, CHECKING, -6_400, "Travel", "Hotel Kestrel Point"),
    (17, CHECKING, -951, "Entertainment", "Lantern Books"),
    (19, CHECKING, -5_420, "Groceries", "Bellwether Foods"),
    (20, SAVINGS, 821, "Interest", "Interest"),
    (24, CHECKING, -1_500, "Entertainment", "Velodrome Aldmere"),
    (26, CHECKING, -4_530, "Groceries", "Harbour Market"),
    (34, CHECKING, 300_000, "Income", "Salary Orrery Labs"),
    (36, CHECKING, -90_000, "Rent", "Lower Quay Housing"),
    (41, CHECKING, -7_112, "Groceries", "Bellwether Foods"),
    (48, CHECKING, -5_268, "Groceries", "Harbour Market"),
    (51, CHECKING, -1_299, "Entertainment", "Lantern Streaming"),
    (51, SAVINGS, 798, "Interest", "Interest"),
];

/// Category, description, cents at least and at most; the sign is the money's.
const OTHER: [(&str, &str, i64, i64); 10] = [
    ("Transport", "Aldmere Trams", 240, 980),
    ("Transport", "Night Bus 7", 310, 620),
    ("Dining", "Trattoria Molo", 1_450, 4_200),
    ("Dining", "Noodle House Tolm", 980, 1_900),
    ("Utilities", "Driftwood Energy", 3_900, 7_100),
    ("Utilities", "Copperline Internet", 3_499, 3_499),
    ("Health", "Skerry Pharmacy", 560, 2_900),
    ("Shopping", "Kiln & Co", 1_200, 8_800),
    ("Shopping", "Oakplane Tools", 900, 6_400),
    ("Gifts", "Larkspur Flowers", 1_500, 3_600),
];

#[derive(Debug)]
pub(crate) struct Ledger {
    /// Newest first.
    pub(crate) transactions: Vec<Transaction>,
    pub(crate) budgets: Vec<Budget>,
}

impl Ledger {
    pub(crate) fn new(seed: u64, today: Date) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x4241_4e4b);
        let mut rows: Vec<Row> = FIXED.to_vec();
        for n in 0..22 {
            let (category, description, least, most) = OTHER[rng.usize(..OTHER.len())];
            let days_ago = 2 + (n * 58) / 22 + rng.i32(0..2);
            rows.push((
                days_ago,
                CHECKING,
                -rng.i64(least..=most),
                category,
                description,
            ));
        }
        rows.push((
            0,
            CHECKING,
            -rng.i64(1_450..=4_200),
            "Dining",
            "Trattoria Molo",
        ));
        let last = rows.len();
        let spent_lately = |category: &str| -> i64 {
            rows.iter()
                .filter(|row| row.3 == category && row.0 < 30)
                .map(|row| -row.2)
                .sum()
        };
        let budgets = [
            ("Groceries", 40_000),
            ("Entertainment", 10_000),
            ("Travel", 20_000),
            ("Dining", 15_000),
            ("Transport", 8_000),
        ]
        .map(|(category, limit)| Budget {
            category,
            limit,
            spent: spent_lately(category),
        })
        .to_vec();
        let mut transactions: Vec<Transaction> = rows
            .into_iter()
            .zip(1001..)
            .map(|((days_ago, account, cents, category, description), id)| {
                let date = today.checked_sub(days_ago.days()).unwrap_or(today);
                Transaction {
                    id,
                    account,
                    cents,
                    category,
                    description,
                    date,
                    pending: false,
                }
            })
            .collect();
        // What was bought today has not been booked yet.
        transactions[last - 1].pending = true;
        transactions.sort_by(|a, b| b.date.cmp(&a.date).then(a.id.cmp(&b.id)));
        Self {
            transactions,
            budgets,
        }
    }
}

/// `-45.00` of -4500.
pub(crate) fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!(
        "{sign}{}.{:02}",
        cents.unsigned_abs() / 100,
        cents.unsigned_abs() % 100
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_what_was_spent_in_thirty_days() {
        for seed in 0..10 {
            let today = jiff::civil::date(2026, 11, 20);
            let ledger = Ledger::new(seed, today);
            let budget = |name| {
                ledger
                    .budgets
                    .iter()
                    .find(|budget| budget.category == name)
                    .unwrap()
            };
            assert_eq!(
                (budget("Groceries").limit, budget("Groceries").spent),
                (40_000, 24_500)
            );
            assert_eq!(
                (budget("Entertainment").limit, budget("Entertainment").spent),
                (10_000, 6_200)
            );
            assert_eq!(
                (budget("Travel").limit, budget("Travel").spent),
                (20_000, 21_200)
            );
            assert_eq!(ledger.transactions.len(), 47);
            assert_eq!(
                ledger.transactions.iter().filter(|row| row.pending).count(),
                1
            );
            let coffees: Vec<_> = ledger
                .transactions
                .iter()
                .filter(|row| row.description == "Quay Coffee")
                .collect();
            assert!(
                coffees.len() == 2
                    && coffees[0].date == coffees[1].date
                    && coffees[0].id != coffees[1].id
            );
            assert!(
                ledger
                    .transactions
                    .iter()
                    .all(|row| row.date <= today && row.date > today - 62.days())
            );
        }
    }

    #[test]
    fn cents_are_written_with_two_decimals() {
        assert_eq!(
            [0, 5, -5, -4_500, 250_000, 1_299].map(decimal),
            ["0.00", "0.05", "-0.05", "-45.00", "2500.00", "12.99"]
        );
    }
}
