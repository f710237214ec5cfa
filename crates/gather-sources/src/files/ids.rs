//! Whether the ids of a statement are identities, or only positions, repetitions and words for "none".

use std::collections::{HashMap, HashSet};

use gather_records::Transaction;
use jiff::civil::Date;

use super::Import;

/// How the ids of a format are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// By the bank, once for each transaction of an account.
    AsIds,
    /// As references, which may be places in a list.
    AsReferences,
}

/// Marks what is no identity as weak: nothing, an id that stands for two different transactions, and all ids of a
/// statement that only count its rows.
pub(super) fn judge(import: &mut Import, made: Made) {
    // Several statements of a file can be of one account.
    let mut seen: HashMap<(Option<&str>, &str), Seen<'_>> = HashMap::new();
    for row in import.statements.iter().flat_map(|it| &it.transactions) {
        let key = (row.account.as_deref(), row.id.as_str());
        let seen = seen.entry(key).or_insert(Seen {
            first: row,
            differ: false,
        });
        seen.differ |= !same(seen.first, row);
    }
    let differ: HashSet<(Option<String>, String)> = seen
        .into_iter()
        .filter(|(_, seen)| seen.differ)
        .map(|((account, id), _)| (account.map(str::to_owned), id.to_owned()))
        .collect();
    let mut repeated = 0;
    for statement in &mut import.statements {
        let positional = made == Made::AsReferences && counts(&statement.transactions);
        for row in &mut statement.transactions {
            if row.id.is_empty() || positional {
                row.id_is_weak = true;
            } else if !differ.is_empty() && differ.contains(&(row.account.clone(), row.id.clone()))
            {
                row.id_is_weak = true;
                repeated += 1;
            }
        }
    }
    if repeated > 0 {
        import.warnings.push(format!(
            "{repeated} transactions share their id with another one of the same account, so it does not tell them apart"
        ));
    }
}

/// The first transaction with an id, and whether another one with it says something else.
struct Seen<'i> {
    first: &'i Transaction,
    differ: bool,
}

/// Two downloads of one transaction.
fn same(a: &Transaction, b: &Transaction) -> bool {
    (a.amount, a.date, &a.description, &a.payee) == (b.amount, b.date, &b.description, &b.payee)
}

/// Every id is a small number, or a date and a small number.
fn counts(rows: &[Transaction]) -> bool {
    let mut ids = rows.iter().filter(|row| !row.id.is_empty()).peekable();
    ids.peek().is_some() && ids.all(|row| is_position(&row.id, row.date))
}

fn is_position(id: &str, date: Option<Date>) -> bool {
    let digits: String = id
        .chars()
        .filter(|c| !matches!(c, '-' | '/' | '.' | ' ' | '_'))
        .collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let behind_date = date.and_then(|date| {
        let long = date.strftime("%Y%m%d").to_string();
        let short = long[2..].to_owned();
        [long, short]
            .iter()
            .find_map(|date| digits.strip_prefix(date.as_str()).map(str::len))
    });
    behind_date.unwrap_or(digits.len()) <= 4
}
