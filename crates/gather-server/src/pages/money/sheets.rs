//! The sheets that several pages show: what it is all worth, accounts, spending by category, budgets.
//!
//! Each figure that can be stale says how old it is where it is old.

use gather_records::{Currency, Money};
use gather_store::{
    AccountLine, BalanceFrom, BalanceProof, BudgetLine, MonthSpending, OpeningFrom, SpentFrom,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{
    super::{
        address::{can_be_segment, segment},
        part::{Bar, Figure, Link, Note, Tone},
        reader::Reader,
        show::{align, plural},
        view::{AccountRow, BudgetRow, BudgetSheet, SpendingRow, SpendingSheet, Worth},
    },
    ledger::{Ledger, days_of, month_name, percent, plus, spending_currency},
    of_category,
};

fn note(text: impl Into<String>, tone: Tone) -> Note {
    Note {
        text: text.into(),
        tone,
    }
}

/// All accounts added up, as far as rates allow.
pub(in crate::pages) fn worth(reader: &Reader, ledger: &Ledger) -> Worth {
    let overview = &ledger.overview;
    let money = |money: &Money| reader.numbers.money(*money);
    let mut worth = Worth::default();
    match ledger.total() {
        Some(total) => {
            worth.total = Some(reader.numbers.figure(total.amount));
            for left in &total.unconverted {
                let why = match left.last_rate {
                    Some(day) => format!("no rate since {}", reader.times.day_words(day)),
                    None => "no rate is known".to_owned(),
                };
                let text = format!("not converted: {} ({why})", money(&left.money));
                worth.notes.push(note(text, Tone::Caution));
            }
        }
        None => {
            worth.totals = overview
                .totals
                .iter()
                .map(|total| reader.numbers.figure(*total))
                .collect();
            if let Some(wanted) = overview
                .total
                .as_ref()
                .filter(|_| !overview.totals.is_empty())
            {
                let text = format!(
                    "not added up in {}: no rate is known that is at most seven days old",
                    wanted.amount.currency
                );
                worth.notes.push(note(text, Tone::Caution));
            }
        }
    }
    if overview.totals.is_empty() {
        worth.notes.push(note("no balance is known", Tone::Quiet));
        return worth;
    }
    let unknown = overview
        .accounts
        .iter()
        .filter(|line| line.balance.is_none())
        .count();
    if unknown > 0 {
        let accounts = plural(unknown as u64, "account");
        worth.notes.push(note(
            format!("without {accounts} of which nobody says what is in it"),
            Tone::Quiet,
        ));
    }
    let oldest = overview
        .accounts
        .iter()
        .filter_map(|line| stale_since(reader, ledger, line))
        .min();
    if let Some(oldest) = oldest {
        let text = format!("oldest balance in it: {}", reader.times.ago(oldest).words);
        worth.notes.push(note(text, Tone::Caution));
    }
    worth
}

/// When a balance was last known to be true, where it is older than it should be.
fn stale_since(reader: &Reader, ledger: &Ledger, line: &AccountLine) -> Option<jiff::Timestamp> {
    let (state, declared) = ledger.source(&line.source, line.owner.as_deref());
    let good_at = state?.good_at?;
    declared?
        .is_stale(good_at, reader.times.now)
        .then(|| line.as_of.map_or(good_at, |as_of| as_of.min(good_at)))
}

/// From when a balance is, where that has to be said.
pub(super) fn age(reader: &Reader, ledger: &Ledger, line: &AccountLine) -> Option<Note> {
    line.balance.as_ref()?;
    if let Some(since) = stale_since(reader, ledger, line) {
        let ago = reader.times.ago(since).words;
        let ago = ago.strip_prefix("on ").unwrap_or(&ago);
        return Some(note(format!("as of {ago}"), Tone::Caution));
    }
    let today = reader.times.today();
    let of_day = |day: Date| {
        let text = format!("as of {}", reader.times.day_words(day));
        (day < today).then(|| note(text, Tone::Quiet))
    };
    if line.balance_from == Some(BalanceFrom::Transactions) {
        return None;
    }
    match (line.balance_date, line.as_of) {
        (Some(day), _) => of_day(day),
        (None, Some(at)) => of_day(reader.times.day_of(at)),
        (None, None) => {
            let (_, declared) = ledger.source(&line.source, line.owner.as_deref());
            // What is fetched is as young as its source; what came in a file says no day.
            match declared {
                Some(_) => None,
                None => of_day(reader.times.day_of(line.updated_at)),
            }
        }
    }
}

/// What stated balances prove of an account; nothing where there is nothing to compare.
pub(super) fn proof(reader: &Reader, proof: &BalanceProof) -> Option<Note> {
    let drift = proof.drift?;
    if proof.statements == 1 && proof.opening_from == Some(OpeningFrom::FirstStatement) {
        return Some(note("nothing to compare yet", Tone::Quiet));
    }
    if drift.amount.is_zero() {
        return Some(note("agrees to the cent", Tone::Quiet));
    }
    let amount = reader.numbers.amount(drift.amount.abs(), drift.currency);
    let since = proof
        .first_day
        .map(|day| format!(" since {}", reader.times.day_words(day)))
        .unwrap_or_default();
    Some(note(format!("{amount} apart{since}"), Tone::Alarm))
}

/// The proof of an account in the currency of its balance.
pub(super) fn proof_of<'p>(
    proofs: &'p [BalanceProof],
    line: &AccountLine,
) -> Option<&'p BalanceProof> {
    let currency = line.balance.as_ref().map(|balance| balance.currency);
    proofs.iter().find(|proof| {
        proof.source == line.source
            && proof.owner == line.owner
            && proof.account == line.id
            && currency.is_none_or(|currency| proof.booked.currency == currency)
    })
}

/// The page of an account; where its id cannot stand in a path, its transactions.
pub(super) fn account_href(reader: &Reader, source: &str, account: &str) -> String {
    let carried = reader.fields.only(&["currency"]);
    if can_be_segment(account) && can_be_segment(source) {
        let path = format!("/money/accounts/{}/{}", segment(source), segment(account));
        return carried.after(&reader.to(&path));
    }
    let of_account = carried.with(&[("account", &format!("{source}/{account}"))]);
    of_account.after(&reader.to("/money/transactions"))
}

/// The accounts, each with its balance and what is to be said of it.
pub(in crate::pages) fn account_rows(
    reader: &Reader,
    ledger: &Ledger,
    proofs: &[BalanceProof],
    chosen: Option<&AccountLine>,
) -> Vec<AccountRow> {
    let accounts = &ledger.overview.accounts;
    let several = accounts
        .iter()
        .any(|line| (&line.source, &line.owner) != (&accounts[0].source, &accounts[0].owner));
    let mut rows: Vec<AccountRow> = accounts
        .iter()
        .map(|line| AccountRow {
            name: line.name.clone(),
            href: account_href(reader, &line.source, &line.id),
            chosen: chosen == Some(line),
            source: if several {
                line.source.clone()
            } else {
                String::new()
            },
            balance: line.balance.map(|balance| reader.numbers.figure(balance)),
            stale: age(reader, ledger, line),
            proof: proof_of(proofs, line).and_then(|told| proof(reader, told)),
        })
        .collect();
    let mut figures: Vec<&mut Figure> = rows
        .iter_mut()
        .filter_map(|row| row.balance.as_mut())
        .collect();
    align(reader.numbers, &mut figures);
    rows
}

/// What was spent in a month by category, the largest first, in one currency; what was spent in others is named.
/// `most` categories have rows of their own.
pub(in crate::pages) fn spending_sheet(
    reader: &Reader,
    spent: &[MonthSpending],
    month: Date,
    most: usize,
) -> Option<SpendingSheet> {
    let of_month: Vec<MonthSpending> = spent
        .iter()
        .filter(|one| one.month == month && !one.total.amount.is_zero())
        .cloned()
        .collect();
    let currency = spending_currency(reader, &of_month)?;
    let (mut shown, others): (Vec<_>, Vec<_>) = of_month
        .into_iter()
        .partition(|one| one.total.currency == currency);
    shown.sort_by_key(|one| {
        (
            std::cmp::Reverse(one.total.amount.abs()),
            one.category.clone(),
        )
    });
    let sum = |rows: &[MonthSpending]| {
        rows.iter()
            .fold(Decimal::ZERO, |sum, one| plus(sum, one.total.amount.abs()))
    };
    let whole = sum(&shown);
    // One that is left is a category, not "1 other".
    let own = if shown.len() > most + 1 {
        most
    } else {
        shown.len()
    };
    let rest = shown.split_off(own);
    let largest = shown
        .iter()
        .map(|one| one.total.amount.abs())
        .chain([sum(&rest)])
        .max()
        .unwrap_or_default();
    let days = days_of(month);
    let row = |category: Link, amount: Decimal| SpendingRow {
        category,
        bar: Bar {
            filled: percent(amount, largest).min(100.0),
            ..Bar::default()
        },
        spent: reader.numbers.figure(Money::new(amount, currency)),
        share: share(percent(amount, whole)),
    };
    let mut rows: Vec<SpendingRow> = shown
        .iter()
        .map(|one| {
            let link = of_category(reader, one.category.as_deref(), Some((&days.0, &days.1)));
            row(link, one.total.amount.abs())
        })
        .collect();
    if !rest.is_empty() {
        let others = Link {
            text: format!("{} others", rest.len()),
            href: String::new(),
        };
        rows.push(row(others, sum(&rest)));
    }
    let mut figures: Vec<&mut Figure> = rows.iter_mut().map(|row| &mut row.spent).collect();
    align(reader.numbers, &mut figures);
    let this = reader.times.today().first_of_month();
    Some(SpendingSheet {
        period: if month == this {
            "this month".to_owned()
        } else {
            month_name(reader, month)
        },
        currency: currency.to_string(),
        rows,
        notes: elsewhere(reader, &others).into_iter().collect(),
    })
}

/// A share in whole percent; what is rounded to nothing or to everything says that it is not.
fn share(percent: f64) -> String {
    match percent {
        0.0 => "0 %".to_owned(),
        ..0.5 => "<1 %".to_owned(),
        99.5..100.0 => ">99 %".to_owned(),
        _ => format!("{percent:.0} %"),
    }
}

/// What was spent in other currencies.
fn elsewhere(reader: &Reader, others: &[MonthSpending]) -> Option<Note> {
    let mut sums: Vec<(Currency, Decimal)> = Vec::new();
    for one in others {
        let amount = one.total.amount.abs();
        match sums
            .iter_mut()
            .find(|(held, _)| *held == one.total.currency)
        {
            Some((_, sum)) => *sum = plus(*sum, amount),
            None => sums.push((one.total.currency, amount)),
        }
    }
    let parts: Vec<String> = sums
        .into_iter()
        .map(|(currency, sum)| reader.numbers.money(Money::new(sum, currency)))
        .collect();
    (!parts.is_empty()).then(|| note(format!("not in it: {}", parts.join(", ")), Tone::Quiet))
}

/// The budgets of a month; `None` where there are none.
pub(in crate::pages) fn budget_sheet(reader: &Reader, ledger: &Ledger) -> Option<BudgetSheet> {
    let budgets = &ledger.overview.budgets;
    let month = ledger.overview.as_of.first_of_month();
    let today = reader.times.today();
    let is_now = month == today.first_of_month();
    let length = f64::from(month.days_in_month());
    let pace = is_now.then(|| f64::from(today.day()) / length * 100.0);
    let mut rows: Vec<BudgetRow> = budgets
        .iter()
        .map(|line| budget_row(reader, line, month, pace))
        .collect();
    let notes = said_by_all(&mut rows);
    let first = budgets.first()?.limit.currency;
    let one = budgets
        .iter()
        .all(|line| line.limit.currency == first && line.spent.currency == first);
    let columns: [fn(&mut BudgetRow) -> &mut Figure; 3] = [
        |row| &mut row.spent,
        |row| &mut row.limit,
        |row| &mut row.rest,
    ];
    for column in columns {
        let mut figures: Vec<&mut Figure> = rows.iter_mut().map(column).collect();
        column_of(reader, &mut figures, !one);
    }
    Some(BudgetSheet {
        period: month_name(reader, month),
        pace: if is_now {
            format!("day {} of {}", today.day(), month.days_in_month())
        } else {
            String::new()
        },
        currency: if one {
            first.to_string()
        } else {
            String::new()
        },
        rows,
        notes,
    })
}

/// What every row would say is said once, below them.
fn said_by_all(rows: &mut [BudgetRow]) -> Vec<Note> {
    let Some((first, others)) = rows.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Vec::new();
    };
    let is_common = |note: &&Note| others.iter().all(|row| row.notes.contains(note));
    let common: Vec<Note> = first.notes.iter().filter(is_common).cloned().collect();
    for row in rows {
        row.notes.retain(|note| !common.contains(note));
    }
    common
}

/// Puts figures under each other; where nothing else says their currency, each keeps it.
pub(super) fn column_of(reader: &Reader, figures: &mut [&mut Figure], keep: bool) {
    let common = align(reader.numbers, figures);
    if keep && !common.is_empty() {
        for figure in figures {
            figure.currency.clone_from(&common);
        }
    }
}

fn budget_row(reader: &Reader, line: &BudgetLine, month: Date, pace: Option<f64>) -> BudgetRow {
    let numbers = reader.numbers;
    let limit = line.limit.amount;
    let over = line.left.is_some_and(|left| left.amount < Decimal::ZERO);
    let filled = match line.left {
        Some(_) => percent(line.spent.amount, limit).clamp(0.0, 100.0),
        None => 0.0,
    };
    let pending = percent(line.pending.amount, limit).clamp(0.0, 100.0 - filled);
    let days = days_of(month);
    let mut notes = Vec::new();
    if !line.pending.amount.is_zero() {
        let text = format!("{} pending, not counted", numbers.money(line.pending));
        notes.push(note(text, Tone::Quiet));
    }
    if !line.spent_elsewhere.is_empty() {
        let parts: Vec<String> = line
            .spent_elsewhere
            .iter()
            .map(|money| numbers.money(*money))
            .collect();
        notes.push(note(format!("besides {}", parts.join(", ")), Tone::Quiet));
    }
    if let (SpentFrom::Source, Some(source)) = (line.spent_from, &line.source) {
        // Its figure is the present one, whichever month is looked at.
        let (text, tone) = match pace {
            Some(_) => (format!("spent as {source} says"), Tone::Quiet),
            None => (
                format!("spent as {source} says now, not of that month"),
                Tone::Caution,
            ),
        };
        notes.push(note(text, tone));
    }
    if line.left.is_none() {
        notes.push(note(
            format!(
                "spent in {}, limited in {}",
                line.spent.currency, line.limit.currency
            ),
            Tone::Caution,
        ));
    }
    BudgetRow {
        category: of_category(reader, Some(&line.category), Some((&days.0, &days.1))),
        bar: Bar {
            filled: if over { 100.0 } else { filled },
            pending: if over { 0.0 } else { pending },
            limit: over.then(|| percent(limit, line.spent.amount).clamp(0.0, 100.0)),
            pace,
        },
        spent: numbers.figure(line.spent),
        limit: numbers.figure(line.limit),
        rest: match line.left {
            Some(left) => numbers.figure(Money::new(left.amount.abs(), left.currency)),
            None => Figure {
                digits: "—".to_owned(),
                currency: line.limit.currency.to_string(),
                ..Figure::default()
            },
        },
        over,
        notes,
    }
}
