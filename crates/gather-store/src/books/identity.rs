//! What a transaction is recognised by when its id is none: its account, day, amount and words, and the balance after it.
//!
//! Texts are compared by their words: case, signs and spaces differ from one download to the next.
//! Source: the order of the chain is that of the importers of other finance programs, less what makes them merge
//! equal purchases or double renumbered ones.

use gather_records::Transaction;

use crate::codec::fnv_of;

/// How many leading words name who was paid; behind them come places, dates and numbers.
const NAMING: usize = 3;

/// The words of a text: lower case, letters and digits only.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The words of all that a provider says about a transaction.
fn all_words(moved: &Transaction) -> impl Iterator<Item = String> {
    [&moved.payee, &moved.description]
        .into_iter()
        .flatten()
        .flat_map(|text| words(text))
}

/// Folds the parts of something into a number; parts that are put together otherwise give another one.
pub(super) fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> i64 {
    let bytes = parts
        .into_iter()
        .flat_map(|part| part.bytes().chain(std::iter::once(0xff)));
    fnv_of(bytes).cast_signed()
}

/// A number that is the same for transactions of which everything the provider says is the same, ids aside.
pub(super) fn content(account: &str, moved: &Transaction) -> i64 {
    let mut text = String::with_capacity(64);
    for word in all_words(moved) {
        text.push_str(&word);
        text.push(' ');
    }
    let date = moved.date.map(|date| date.to_string()).unwrap_or_default();
    let amount = moved.amount.amount.normalize().to_string();
    let after = moved
        .balance_after
        .map(|after| after.amount.normalize().to_string())
        .unwrap_or_default();
    digest([
        account,
        &date,
        &amount,
        moved.amount.currency.code(),
        &text,
        &after,
    ])
}

/// A number for exactly this row of a provider, id and all: by which a decision about it is remembered.
pub(super) fn fingerprint(account: &str, moved: &Transaction) -> i64 {
    let content = content(account, moved).to_string();
    digest([
        moved.id.as_str(),
        content.as_str(),
        if moved.pending { "pending" } else { "booked" },
    ])
}

/// Whether two transactions name the same payee, as far as their texts tell.
pub(super) fn alike(a: &Transaction, b: &Transaction) -> bool {
    let texts = |moved: &Transaction| {
        [moved.payee.as_deref(), moved.description.as_deref()]
            .into_iter()
            .flatten()
            .map(words)
            .filter(|words| !words.is_empty())
            .collect::<Vec<_>>()
    };
    let (a, b) = (texts(a), texts(b));
    if a.is_empty() && b.is_empty() {
        // Neither says anything: nothing speaks against it.
        return true;
    }
    a.iter().any(|a| b.iter().any(|b| name_the_same(a, b)))
}

fn name_the_same(a: &[String], b: &[String]) -> bool {
    let named = NAMING.min(a.len()).min(b.len());
    named > 0 && a[..named] == b[..named]
}

#[cfg(test)]
mod tests {
    use gather_records::Money;

    use super::*;

    fn told(description: &str) -> Transaction {
        Transaction {
            description: Some(description.to_owned()),
            ..Transaction::new(
                "",
                Money::new("-4.50".parse().unwrap(), "EUR".parse().unwrap()),
            )
        }
    }

    #[test]
    fn content_is_of_words_and_amounts_and_not_of_their_spelling() {
        let base = content("a", &told("KELP Cafe, 0042"));
        assert_eq!(base, content("a", &told("kelp  cafe 0042")));
        let mut digits = told("Kelp Cafe 0042");
        digits.amount.amount = "-4.5".parse().unwrap();
        digits.id = "other".to_owned();
        digits.category = Some("Coffee".to_owned());
        assert_eq!(base, content("a", &digits));
        assert_ne!(base, content("b", &told("Kelp Cafe 0042")));
        assert_ne!(base, content("a", &told("Kelp Cafe 0043")));
        let mut after = told("Kelp Cafe 0042");
        after.balance_after = Some(after.amount);
        assert_ne!(base, content("a", &after));
        let dated = Transaction {
            date: Some("2026-11-19".parse().unwrap()),
            ..told("Kelp Cafe 0042")
        };
        assert_ne!(base, content("a", &dated));
    }

    #[test]
    fn payees_are_alike_by_their_first_words() {
        let alike = |a: &str, b: &str| super::alike(&told(a), &told(b));
        assert!(alike(
            "KELP CAFE HARBOUR 0042",
            "Kelp Cafe Harbour 0099 tip"
        ));
        assert!(alike("Kelp", "Kelp Cafe"));
        assert!(!alike("Kelp Cafe", "Kelp Bakery"));
        assert!(!alike("...", "Kelp"));
        assert!(alike("...", ""));
    }
}
