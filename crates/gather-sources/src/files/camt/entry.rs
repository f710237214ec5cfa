//! One entry of a statement: the transactions in it, who they were with and what for.

use gather_records::{Currency, Money, Transaction};

use super::super::{tree::Node, words};
use super::{amount, date, is_out, money};

/// An entry with the transactions that it stands for.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) transactions: Vec<Transaction>,
    pub(super) is_reversal: bool,
    pub(super) is_booked: bool,
    /// It moves nothing.
    pub(super) is_information: bool,
    /// It has several transactions, but not all of their amounts.
    pub(super) does_not_add_up: bool,
}

/// Reads `Ntry`; `currency` is that of the account.
pub(super) fn read(node: Node<'_, '_>, currency: Option<Currency>) -> Result<Entry, String> {
    let (total, currency) = money(node, currency)?;
    let out = is_out(node)?;
    let is_reversal = node
        .value("RvslInd")
        .is_some_and(|text| matches!(text.as_ref(), "true" | "1"));
    // A code, or from version .08 on an element with one.
    let status = node
        .child("Sts")
        .and_then(|status| status.value("Cd").or_else(|| Some(status.text())))
        .unwrap_or_default();
    let value_day = node.child("ValDt").and_then(date);
    let day = node
        .child("BookgDt")
        .and_then(date)
        .or(value_day)
        .ok_or("there is no date: neither `BookgDt` nor `ValDt` has a day")?;
    let details: Vec<Node<'_, '_>> = node
        .children()
        .filter(|it| it.is("NtryDtls"))
        .flat_map(Node::children)
        .filter(|it| it.is("TxDtls"))
        .collect();
    let is_pending = !matches!(status.as_ref(), "BOOK" | "INFO" | "");
    let base = |amount, details: Option<Node<'_, '_>>, only: bool| Transaction {
        date: Some(day),
        value_date: value_day.filter(|it| *it != day),
        pending: is_pending,
        // Who it is with stands on the other side of the direction; a reversal keeps that of what it undoes.
        payee: details.and_then(|it| party(it, out != is_reversal)),
        description: description(node, details, only),
        ..Transaction::new(id(node, details, only), Money::new(amount, currency))
    };
    let signed = |amount: rust_decimal::Decimal, out: bool| if out { -amount } else { amount };
    let mut does_not_add_up = false;
    let mut transactions = Vec::new();
    if details.len() > 1 {
        let parts: Option<Vec<_>> = details
            .iter()
            .map(|part| {
                let (amount, its) = part_amount(*part, currency)?;
                let out = is_out(*part).unwrap_or(out);
                (its == currency).then_some((*part, signed(amount, out)))
            })
            .collect();
        let sum = parts.as_ref().and_then(|parts| {
            parts
                .iter()
                .try_fold(rust_decimal::Decimal::ZERO, |sum, (_, amount)| {
                    sum.checked_add(*amount)
                })
        });
        if sum == Some(signed(total, out)) {
            transactions = parts
                .unwrap_or_default()
                .into_iter()
                .map(|(part, amount)| base(amount, Some(part), false))
                .collect();
        } else {
            does_not_add_up = true;
        }
    }
    if transactions.is_empty() {
        let only = details.len() <= 1;
        let details = details.first().copied().filter(|_| only);
        transactions.push(base(signed(total, out), details, true));
    }
    Ok(Entry {
        transactions,
        is_reversal,
        is_booked: matches!(status.as_ref(), "BOOK" | ""),
        is_information: status == "INFO",
        does_not_add_up,
    })
}

/// The amount of one of several transactions, wherever its version has it.
fn part_amount(
    part: Node<'_, '_>,
    currency: Currency,
) -> Option<(rust_decimal::Decimal, Currency)> {
    let paths: [&[&str]; 4] = [
        &["Amt"],
        &["AmtDtls", "TxAmt", "Amt"],
        &["AmtDtls", "InstdAmt", "Amt"],
        &["AmtDtls", "CntrValAmt", "Amt"],
    ];
    let amounts = paths
        .iter()
        .filter_map(|path| amount(part.path(path)?, Some(currency)).ok());
    let mut amounts: Vec<_> = amounts.collect();
    // Where the purchase was in another currency, that of the account stands beside it.
    amounts.sort_by_key(|(_, its)| *its != currency);
    amounts.into_iter().next()
}

/// The other party.
fn party(details: Node<'_, '_>, out: bool) -> Option<String> {
    let parties = details.child("RltdPties")?;
    let names = if out {
        ["Cdtr", "UltmtCdtr"]
    } else {
        ["Dbtr", "UltmtDbtr"]
    };
    names.iter().find_map(|name| {
        let party = parties.child(name)?;
        // From version .08 on the name stands one level deeper.
        let name = party
            .value("Nm")
            .or_else(|| party.value_at(&["Pty", "Nm"]))?;
        words::line(&name)
    })
}

fn description(entry: Node<'_, '_>, details: Option<Node<'_, '_>>, only: bool) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(details) = details {
        for remittance in details.children().filter(|it| it.is("RmtInf")) {
            parts.extend(
                remittance
                    .children()
                    .filter(|it| it.is("Ustrd"))
                    .map(Node::text),
            );
            if parts.is_empty() {
                parts.extend(remittance.within("Ref").map(Node::text));
            }
        }
        if parts.is_empty() {
            parts.extend(details.value("AddtlTxInf"));
        }
    }
    // What is said of an entry is not said of each of several transactions in it.
    if parts.is_empty() && only {
        parts.extend(entry.value("AddtlNtryInf"));
    }
    words::joined(parts.iter().map(AsRef::as_ref))
}

/// The bank's own reference; that of an entry is not that of each of several transactions in it.
fn id(entry: Node<'_, '_>, details: Option<Node<'_, '_>>, only: bool) -> String {
    let own = details.and_then(|it| {
        it.value_at(&["Refs", "AcctSvcrRef"])
            .or_else(|| it.value_at(&["Refs", "TxId"]))
    });
    own.or_else(|| entry.value("AcctSvcrRef").filter(|_| only))
        .map_or_else(String::new, |id| words::id(&id))
}
