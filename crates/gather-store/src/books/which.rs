//! Which held row an arriving one is.
//!
//! The chain: its id, where the provider gives a real one; else what it says, counted, so that two equal purchases stay
//! two; a pending one that is booked now, with or without a tip; the same day and amount told by another channel (a
//! file and a bank's own interface number differently). Else it is new.
//!
//! Not here: the batch it comes in (`arrive`), what becomes of a match (`merge`, `review`).
//! Source: public issue threads of finance importers on merged equal purchases, renumbered ids and pending twins.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use rusqlite::named_params;
use rust_decimal::Decimal;

use super::{
    ReviewReason,
    arrive::{Arrival, Arrived, Incoming},
    identity::alike,
    row::{self, Row},
};
use crate::{codec::Text, error::Fault};

/// How many days may lie between a pending transaction and its booking.
const POSTED_WITHIN: i64 = 8;

/// By how much a tip may raise an amount: 30 %.
const MOST_WITH_TIP: Decimal = Decimal::from_parts(13, 0, 0, false, 1);

/// A known id on a booked transaction this many days away is not believed.
const SAME_ID_WITHIN: i32 = 31;

/// So many rows that are the same under other ids, and none under its own, mean that all have been renumbered.
const RENUMBERED: usize = 3;

impl Arrival<'_, '_> {
    /// The held row of a provider's id. Of several, the one of the same amount.
    pub(super) fn by_id(&mut self, row: &Incoming) -> Result<Option<Row>, Fault> {
        if row.weak || self.facts(&row.account)?.empty {
            return Ok(None);
        }
        let mut found = row::find(
            self.books.tx,
            "t.source_id = :source AND t.account_id = :account AND t.id = :id",
            named_params! {":source": self.source, ":account": row.account, ":id": row.moved.id},
        )?;
        if self.facts(&row.account)?.other_ids {
            found.extend(row::find(
            self.books.tx,
            "t.key IN (SELECT transaction_key FROM transaction_ids
                        WHERE source_id = :source AND account_id = :account AND id = :id)
             ORDER BY t.key",
            named_params! {":source": self.source, ":account": row.account, ":id": row.moved.id},
        )?);
        }
        let same = found
            .iter()
            .position(|held| held.amount == row.moved.amount && held.date == row.moved.date)
            .or_else(|| {
                found
                    .iter()
                    .position(|held| held.amount == row.moved.amount)
            });
        if found.is_empty() {
            return Ok(None);
        }
        self.met_by_id.insert(row.account.clone());
        Ok(Some(found.swap_remove(same.unwrap_or(0))))
    }

    /// What an id alone does not prove.
    pub(super) fn doubt(held: &Row, row: &Incoming) -> Option<ReviewReason> {
        let (was, is) = (held.amount, row.moved.amount);
        let opposite = was.amount.is_sign_negative() != is.amount.is_sign_negative();
        if opposite && !was.amount.is_zero() && !is.amount.is_zero() {
            return Some(ReviewReason::SignChanged);
        }
        // What was pending may be booked as something else; what is booked does not become pending again.
        if held.pending || row.moved.pending {
            return None;
        }
        if was != is {
            return Some(ReviewReason::AmountChanged);
        }
        let far = held
            .date
            .zip(row.moved.date)
            .is_some_and(|(was, is)| days_between(was, is) > SAME_ID_WITHIN);
        far.then_some(ReviewReason::DateChanged)
    }

    /// The held row that says exactly what this one says, where that is all there is to go by: of a row without an id of
    /// its own, and of one that is still pending under another id.
    pub(super) fn by_content(&mut self, row: &Incoming) -> Result<Option<Row>, Fault> {
        let facts = self.facts(&row.account)?;
        if facts.empty {
            return Ok(None);
        }
        if row.weak {
            let mut candidates = self.same_day_and_amount(row)?;
            let id = Some(row.moved.id.as_str()).filter(|id| !id.is_empty());
            let said = candidates
                .iter()
                .position(|held| held.content == row.content)
                .or_else(|| {
                    candidates.iter().position(|held| {
                        id.is_some() && (held.hint.as_deref() == id || Some(held.id.as_str()) == id)
                    })
                });
            if let Some(at) = said {
                return Ok(Some(candidates.swap_remove(at)));
            }
        }
        if facts.pending && row.moved.pending {
            let mut pending = self.pending(row)?;
            let same = pending
                .iter()
                .position(|held| held.content == row.content && held.weak == row.weak);
            return Ok(same.map(|at| pending.swap_remove(at)));
        }
        Ok(None)
    }

    /// A row that is held under no id and in no words of its own.
    pub(super) fn place(
        &mut self,
        row: &Incoming,
        renumbered: &HashSet<String>,
    ) -> Result<Arrived, Fault> {
        let facts = self.facts(&row.account)?;
        if !facts.empty {
            if facts.pending
                && !row.moved.pending
                && let Some(arrived) = self.booked_now(row)?
            {
                return Ok(arrived);
            }
            let candidates = self.same_day_and_amount(row)?;
            if let Some(arrived) = self.told_otherwise(row, &candidates, renumbered)? {
                return Ok(arrived);
            }
        }
        self.add(row)?;
        Ok(Arrived::New)
    }

    /// Held rows of this account with the day and the amount, that nothing has claimed yet.
    fn same_day_and_amount(&self, row: &Incoming) -> Result<Vec<Row>, Fault> {
        let amount = row.moved.amount;
        let (units, currency) = (Row::units(amount.amount), amount.currency.code());
        let mut found = match row.moved.date {
            Some(date) => row::find(
                self.books.tx,
                "t.units IS :units AND t.date = :date AND t.source_id = :source AND t.account_id = :account
                  AND t.currency = :currency ORDER BY t.key",
                named_params! {
                    ":units": units, ":date": Text(date), ":source": self.source, ":account": row.account,
                    ":currency": currency,
                },
            )?,
            // What is told without a day may be held with the one that it had while it was pending.
            None => row::find(
                self.books.tx,
                "t.units IS :units AND (t.date IS NULL OR t.content = :content) AND t.source_id = :source
                  AND t.account_id = :account AND t.currency = :currency ORDER BY t.key",
                named_params! {
                    ":units": units, ":content": row.content, ":source": self.source, ":account": row.account,
                    ":currency": currency,
                },
            )?,
        };
        found.retain(|held| {
            !self.claimed.contains(&held.key) && held.amount.amount == row.moved.amount.amount
        });
        Ok(found)
    }

    /// Pending rows of this account and currency about its day, that nothing has claimed yet; the newest first.
    fn pending(&self, row: &Incoming) -> Result<Vec<Row>, Fault> {
        let mut pending = row::find(
            self.books.tx,
            "t.source_id = :source AND t.account_id = :account AND t.pending = 1 AND t.currency = :currency
             ORDER BY t.date DESC, t.key DESC",
            named_params! {
                ":source": self.source, ":account": row.account, ":currency": row.moved.amount.currency.code(),
            },
        )?;
        pending.retain(|held| {
            !self.claimed.contains(&held.key)
                && held
                    .date
                    .zip(row.moved.date)
                    .is_none_or(|(was, is)| i64::from(days_between(was, is)) <= POSTED_WITHIN)
        });
        Ok(pending)
    }

    /// A pending row that this one is now: the newest of the same amount, or the only one that a tip explains.
    fn booked_now(&mut self, row: &Incoming) -> Result<Option<Arrived>, Fault> {
        let mut pending = self.pending(row)?;
        if let Some(held) = pending.iter().find(|held| held.amount == row.moved.amount) {
            return self.take(held, row, true).map(Some);
        }
        pending.retain(|held| is_with_tip(held, row) && alike(&held.record(), &row.moved));
        match pending.as_slice() {
            [] => Ok(None),
            [held] => self.take(held, row, true).map(Some),
            [held, ..] => self.ask(held, row, ReviewReason::Tip).map(Some),
        }
    }

    /// A row of this day and amount that has another kind of identity: from a file beside one of the bank, with an id
    /// beside one without.
    fn told_otherwise(
        &mut self,
        row: &Incoming,
        candidates: &[Row],
        renumbered: &HashSet<String>,
    ) -> Result<Option<Arrived>, Fault> {
        let same_words = |held: &&Row| alike(&held.record(), &row.moved);
        let others: Vec<&Row> = candidates
            .iter()
            .filter(|held| held.pending == row.moved.pending)
            .filter(|held| {
                let same_channel = held.vouched != self.file;
                let both = held.weak == row.weak && same_channel;
                let certain = held.content == row.content
                    && (held.balance_after.is_some() || renumbered.contains(&row.account));
                !both || (certain && !row.weak)
            })
            .collect();
        if let Some(held) = others.iter().copied().find(same_words) {
            return self.take(held, row, true).map(Some);
        }
        match others.first() {
            Some(held) => self.ask(held, row, ReviewReason::MaybeHeld).map(Some),
            None => Ok(None),
        }
    }

    /// The accounts of which the provider has numbered everything anew.
    pub(super) fn renumbered(
        &mut self,
        rest: &[(usize, Incoming)],
    ) -> Result<HashSet<String>, Fault> {
        let mut the_same: HashMap<&str, HashSet<i64>> = HashMap::new();
        for (_, row) in rest {
            if row.weak || self.met_by_id.contains(&row.account) || self.facts(&row.account)?.empty
            {
                continue;
            }
            for held in self.same_day_and_amount(row)? {
                if !held.weak && held.content == row.content {
                    the_same.entry(&row.account).or_default().insert(held.key);
                }
            }
        }
        Ok(the_same
            .into_iter()
            .filter(|(_, rows)| rows.len() >= RENUMBERED)
            .map(|(account, _)| account.to_owned())
            .collect())
    }
}

fn is_with_tip(held: &Row, row: &Incoming) -> bool {
    let (was, is) = (held.amount.amount, row.moved.amount.amount);
    let same_sign = was.is_sign_negative() == is.is_sign_negative();
    let most = was.abs().checked_mul(MOST_WITH_TIP);
    same_sign && !was.is_zero() && is.abs() > was.abs() && most.is_some_and(|most| is.abs() <= most)
}

fn days_between(a: Date, b: Date) -> i32 {
    // The span of two days in days fits whatever they are.
    (b - a).get_days().abs()
}
