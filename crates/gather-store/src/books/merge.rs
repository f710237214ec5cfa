//! What a transaction takes over from news of it.
//!
//! What the source leaves out never erases what is held. A file does not overrule the bank's own interface, it only
//! fills gaps. What a rule or a user has set stays; what the source says of it is kept beside it.

use super::{
    arrive::{Arrival, Arrived, Incoming},
    row::{Row, StoredPart, Transfer},
};
use crate::error::Fault;

/// What changes in a row, and the names of it.
struct Merge {
    after: Row,
    /// Only fill what is empty.
    fill: bool,
    what: Vec<String>,
}

impl Merge {
    /// Takes a value over; `true` when that changed something.
    fn set<T: PartialEq + Clone>(
        &mut self,
        name: &str,
        field: fn(&mut Row) -> &mut Option<T>,
        news: &Option<T>,
    ) -> bool {
        let fill = self.fill;
        let held = field(&mut self.after);
        if news.is_none() || held == news || (fill && held.is_some()) {
            return false;
        }
        held.clone_from(news);
        self.what.push(name.to_owned());
        true
    }
}

impl Arrival<'_, '_> {
    /// Brings a held row up to date.
    pub(super) fn update(&mut self, held: &Row, row: &Incoming) -> Result<Arrived, Fault> {
        let moved = &row.moved;
        if !held.pending && moved.pending {
            // News from before it was booked.
            self.books.vouch(held.key)?;
            return Ok(Arrived::Same);
        }
        let posted = held.pending && !moved.pending;
        let mut merge = Merge {
            after: held.clone(),
            fill: self.file && held.vouched && !posted,
            what: Vec::new(),
        };
        if posted {
            merge.after.pending = false;
            merge.what.push("booked".to_owned());
        }
        let amount = held.amount != moved.amount;
        if amount {
            merge
                .what
                .push(format!("amount {} to {}", held.amount, moved.amount));
            merge.after.amount = moved.amount;
            merge.after.put_rest_in_a_part();
        }
        let dated = merge.set("date", |row| &mut row.date, &moved.date);
        merge.set("value date", |row| &mut row.value_date, &moved.value_date);
        let after = moved.balance_after.map(|after| after.amount);
        merge.set("balance after", |row| &mut row.balance_after, &after);
        let mut words = merge.set(
            "description",
            |row| &mut row.description,
            &moved.description,
        );
        if merge.set("payee", |row| &mut row.source_payee, &moved.payee) {
            words = true;
            if merge.after.payee_by.is_none() {
                merge.after.payee.clone_from(&merge.after.source_payee);
            }
        }
        let category = moved
            .category
            .clone()
            .filter(|category| !category.is_empty());
        if merge.set("category", |row| &mut row.source_category, &category) {
            words = true;
            if merge.after.category_by.is_none() {
                merge
                    .after
                    .category
                    .clone_from(&merge.after.source_category);
            }
        }
        if words || amount {
            merge.after.ruled = false;
        }
        if (amount || dated) && held.transfer == Some(Transfer::Found) {
            self.books.unlink_peer(held)?;
            (merge.after.transfer, merge.after.peer) = (None, None);
        }
        let Merge {
            mut after, what, ..
        } = merge;
        let alias = self.identify(held, row, &mut after, posted || amount)?;
        after.vouched |= !self.file;
        if after == *held {
            self.books.vouch(held.key)?;
        } else {
            after.import = self.books.import;
            if !what.is_empty() {
                after.updated_at = self.books.at.0.as_microsecond();
            }
            self.books.replace(held, &after)?;
            if after.transfer.is_none() && !after.pending && (posted || amount || dated) {
                self.books.look_for_transfer(&after);
            }
        }
        if let Some(id) = alias {
            self.also_known(held.key, &row.account, &id)?;
        }
        Ok(if what.is_empty() {
            Arrived::Same
        } else {
            Arrived::Changed(what.join(", "))
        })
    }

    /// Which id a row goes by from now on; returns the one that is only noted beside it.
    fn identify(
        &mut self,
        held: &Row,
        row: &Incoming,
        after: &mut Row,
        other_content: bool,
    ) -> Result<Option<String>, Fault> {
        let id = &row.moved.id;
        if row.weak {
            if held.weak && after.hint.is_none() && !id.is_empty() {
                after.hint = Some(id.clone());
            }
            if held.weak || other_content {
                after.content = row.content;
            }
            return Ok(None);
        }
        if other_content {
            after.content = row.content;
        }
        if held.id == *id {
            return Ok(None);
        }
        let takes_it = held.weak || (held.pending && !after.pending);
        if !takes_it || self.is_taken(&row.account, id)? {
            return Ok(Some(id.clone()));
        }
        after.id.clone_from(id);
        (after.weak, after.hint) = (false, None);
        // What it was called while it was pending may still be told of once more.
        Ok((!held.weak).then(|| held.id.clone()))
    }
}

impl Row {
    /// Keeps the parts of a split adding up to the amount: what is left over is a part of the row's own category.
    pub(super) fn put_rest_in_a_part(&mut self) {
        if self.parts.is_empty() {
            return;
        }
        let rest = self
            .parts
            .iter()
            .try_fold(self.amount.amount, |rest, part| {
                rest.checked_sub(part.amount)
            });
        match rest {
            Some(rest) if rest.is_zero() => {}
            Some(rest) => self.parts.push(StoredPart {
                amount: rest,
                category: self.category.clone(),
                note: None,
            }),
            None => self.parts.clear(),
        }
    }
}
