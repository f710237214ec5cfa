//! Transactions that arrive, from a source or out of a file, and which of those that are held they are.
//!
//! The chain, for each row: its id, where the provider gives a real one; else what it says, counted, so that two equal
//! purchases stay two; a pending one that is booked now, with or without a tip; the same day and amount told by another
//! channel (a file and a bank's own interface number differently); else it is new. Rows with a known id go first, so
//! that nothing is taken for a row that this batch still tells of itself. Each held row is taken once a batch.
//!
//! Not here: what becomes of a match (`settle` in this folder's `review`), transfers (`transfer`).
//! Source: public issue threads of finance importers on merged equal purchases, renumbered ids and pending twins.

use std::collections::{HashMap, HashSet};

use gather_records::Transaction;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, named_params};
use rust_decimal::Decimal;

use super::{
    Books, ReviewReason, Signs,
    account::signs,
    identity::{alike, content},
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

/// Where rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel<'a> {
    /// The source itself, in a run, by the answer to a request.
    Run { run: i64, request: &'a str },
    /// A file.
    File,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Arrived {
    New,
    /// With what has changed.
    Changed(String),
    Same,
    /// Said again later in the same batch.
    Repeated,
    Review(ReviewReason),
}

/// A row on its way in, its sign put right.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) account: String,
    pub(super) moved: Transaction,
    /// Of what the provider says, before any sign was turned.
    pub(super) content: i64,
    pub(super) weak: bool,
}

/// What is known of an account before its rows are looked at.
#[derive(Debug, Clone, Copy)]
struct Facts {
    signs: Signs,
    empty: bool,
    pending: bool,
}

/// Rows of one source that arrive together.
pub(crate) struct Arrival<'b, 't> {
    pub(super) books: &'b mut Books<'t>,
    pub(super) source: i64,
    pub(super) file: bool,
    channel: Channel<'b>,
    accounts: HashMap<String, Facts>,
    claimed: HashSet<i64>,
    /// How many rows of each content have a number already.
    numbered: HashMap<i64, u32>,
    /// Accounts of which a row was met under its own id.
    met_by_id: HashSet<String>,
    /// Claims that the next page of this run has to know of.
    to_remember: Vec<i64>,
}

impl<'b, 't> Arrival<'b, 't> {
    pub(crate) fn new(
        books: &'b mut Books<'t>,
        source: i64,
        channel: Channel<'b>,
    ) -> Result<Self, Fault> {
        let mut arrival = Self {
            books,
            source,
            file: channel == Channel::File,
            channel,
            accounts: HashMap::new(),
            claimed: HashSet::new(),
            numbered: HashMap::new(),
            met_by_id: HashSet::new(),
            to_remember: Vec::new(),
        };
        if let Channel::Run { run, request } = channel {
            arrival.recall(run, request)?;
        }
        Ok(arrival)
    }

    /// Keeps rows and says what became of each, in their order.
    pub(crate) fn keep(&mut self, rows: &[&Transaction]) -> Result<Vec<Arrived>, Fault> {
        let (incoming, mut fates) = self.prepare(rows)?;
        let mut rest = Vec::new();
        for (index, row) in incoming {
            match self.by_id(&row)? {
                Some(held) => fates[index] = Some(self.take(&held, &row, true)?),
                None => rest.push((index, row)),
            }
        }
        let renumbered = self.renumbered(&rest)?;
        for (index, row) in &rest {
            fates[*index] = Some(self.place(row, &renumbered)?);
        }
        self.remember()?;
        Ok(fates
            .into_iter()
            .map(|fate| fate.expect("each row was repeated, taken or placed"))
            .collect())
    }

    /// Puts signs right, and finds ids that one batch gives to several transactions.
    fn prepare(
        &mut self,
        rows: &[&Transaction],
    ) -> Result<(Vec<(usize, Incoming)>, Vec<Option<Arrived>>), Fault> {
        let mut fates: Vec<Option<Arrived>> = vec![None; rows.len()];
        let mut by_id: HashMap<(&str, &str), Vec<usize>> = HashMap::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            if !row.id_is_weak {
                by_id
                    .entry((row.account.as_deref().unwrap_or(""), &row.id))
                    .or_default()
                    .push(index);
            }
        }
        let mut no_identity = HashSet::new();
        for places in by_id.values().filter(|places| places.len() > 1) {
            let last = rows[places[places.len() - 1]];
            let booked = |index: &usize| !rows[*index].pending;
            let one = |index: &usize| {
                rows[*index].amount == last.amount && rows[*index].date == last.date
            };
            let counts = if places.iter().all(one) {
                // The last one that is booked, or the last of all.
                places.iter().rfind(|index| booked(index)).or(places.last())
            } else {
                let mut all_booked = places.iter().filter(|index| booked(index));
                // One that is booked beside pending ones is what has become of them.
                all_booked.next().filter(|_| all_booked.next().is_none())
            };
            match counts {
                Some(counts) => {
                    for index in places.iter().filter(|index| *index != counts) {
                        fates[*index] = Some(Arrived::Repeated);
                    }
                }
                None => no_identity.extend(places.iter().copied()),
            }
        }
        let mut incoming = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            if fates[index].is_none() {
                let weak = row.id_is_weak || no_identity.contains(&index);
                incoming.push((index, self.turned(row, weak)?));
            }
        }
        Ok((incoming, fates))
    }

    fn turned(&mut self, row: &Transaction, weak: bool) -> Result<Incoming, Fault> {
        let account = row.account.as_deref().unwrap_or("").to_owned();
        let content = content(&account, row);
        let signs = self.facts(&account)?.signs;
        let mut moved = row.clone();
        if signs.transactions {
            moved.amount.amount = -moved.amount.amount;
        }
        if signs.balance
            && let Some(after) = &mut moved.balance_after
        {
            after.amount = -after.amount;
        }
        // A balance in another currency cannot follow from the amount.
        moved.balance_after = moved
            .balance_after
            .filter(|after| after.currency == moved.amount.currency);
        Ok(Incoming {
            account,
            moved,
            content,
            weak,
        })
    }

    fn facts(&mut self, account: &str) -> Result<Facts, Fault> {
        if let Some(facts) = self.accounts.get(account) {
            return Ok(*facts);
        }
        let tx = self.books.tx;
        let exists = |sql: &str| -> Result<bool, Fault> {
            Ok(tx.prepare_cached(sql)?.exists((self.source, account))?)
        };
        let facts = Facts {
            signs: signs(tx, self.source, account)?,
            empty: !exists("SELECT 1 FROM transactions WHERE source_id = ?1 AND account_id = ?2")?,
            pending: exists(
                "SELECT 1 FROM transactions WHERE source_id = ?1 AND account_id = ?2 AND pending = 1",
            )?,
        };
        self.accounts.insert(account.to_owned(), facts);
        Ok(facts)
    }

    /// The held row of a provider's id. Of several, the one of the same amount.
    fn by_id(&mut self, row: &Incoming) -> Result<Option<Row>, Fault> {
        if row.weak || self.facts(&row.account)?.empty {
            return Ok(None);
        }
        let mut found = row::find(
            self.books.tx,
            "t.source_id = :source AND t.account_id = :account AND t.id = :id",
            named_params! {":source": self.source, ":account": row.account, ":id": row.moved.id},
        )?;
        found.extend(row::find(
            self.books.tx,
            "t.key IN (SELECT transaction_key FROM transaction_ids
                        WHERE source_id = :source AND account_id = :account AND id = :id)
             ORDER BY t.key",
            named_params! {":source": self.source, ":account": row.account, ":id": row.moved.id},
        )?);
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

    /// A row that has no known id.
    fn place(&mut self, row: &Incoming, renumbered: &HashSet<String>) -> Result<Arrived, Fault> {
        let facts = self.facts(&row.account)?;
        if !facts.empty {
            let candidates = self.same_day_and_amount(row)?;
            if row.weak {
                let said = candidates.iter().find(|held| held.content == row.content);
                let hinted = || {
                    let id = Some(row.moved.id.as_str()).filter(|id| !id.is_empty());
                    candidates.iter().find(|held| {
                        id.is_some() && (held.hint.as_deref() == id || Some(held.id.as_str()) == id)
                    })
                };
                if let Some(held) = said.or_else(hinted) {
                    return self.take(held, row, true);
                }
            }
            if facts.pending
                && let Some(arrived) = self.booked_now(row)?
            {
                return Ok(arrived);
            }
            if let Some(arrived) = self.told_otherwise(row, &candidates, renumbered)? {
                return Ok(arrived);
            }
        }
        self.add(row)?;
        Ok(Arrived::New)
    }

    /// Held rows of this account with the day and the amount, that nothing has claimed yet.
    fn same_day_and_amount(&self, row: &Incoming) -> Result<Vec<Row>, Fault> {
        let mut found = row::find(
            self.books.tx,
            "t.units IS :units AND t.date IS :date AND t.source_id = :source AND t.account_id = :account
              AND t.currency = :currency ORDER BY t.key",
            named_params! {
                ":units": Row::units(row.moved.amount.amount), ":date": row.moved.date.map(Text),
                ":source": self.source, ":account": row.account, ":currency": row.moved.amount.currency.code(),
            },
        )?;
        found.retain(|held| {
            !self.claimed.contains(&held.key) && held.amount.amount == row.moved.amount.amount
        });
        Ok(found)
    }

    /// A pending row that this one is now: the newest of the same amount, or the only one that a tip explains.
    fn booked_now(&mut self, row: &Incoming) -> Result<Option<Arrived>, Fault> {
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
        if row.moved.pending {
            // Still pending, under another id: only if nothing else has changed.
            let same = pending
                .iter()
                .find(|held| held.content == row.content && held.weak == row.weak);
            return same.map(|held| self.take(held, row, true)).transpose();
        }
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
    fn renumbered(&mut self, rest: &[(usize, Incoming)]) -> Result<HashSet<String>, Fault> {
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

    /// Takes a held row for this one.
    fn take(&mut self, held: &Row, row: &Incoming, ask: bool) -> Result<Arrived, Fault> {
        self.claim(held.key, row);
        let doubt = Self::doubt(held, row).filter(|_| ask);
        match doubt {
            Some(reason) => self.ask(held, row, reason),
            None => self.update(held, row),
        }
    }

    pub(super) fn claim(&mut self, key: i64, row: &Incoming) {
        self.claimed.insert(key);
        if row.weak {
            self.to_remember.push(key);
        }
    }

    /// Adds a row that is held in no way.
    pub(super) fn add(&mut self, row: &Incoming) -> Result<i64, Fault> {
        let moved = &row.moved;
        let (id, alias) = self.free_id(row)?;
        let now = self.books.at.0.as_microsecond();
        let new = Row {
            key: 0,
            source: self.source,
            account: row.account.clone(),
            id,
            weak: row.weak,
            hint: (row.weak && !moved.id.is_empty()).then(|| moved.id.clone()),
            content: row.content,
            amount: moved.amount,
            date: moved.date,
            value_date: moved.value_date,
            balance_after: moved.balance_after.map(|after| after.amount),
            description: moved.description.clone(),
            payee: moved.payee.clone(),
            source_payee: moved.payee.clone(),
            payee_by: None,
            category: moved
                .category
                .clone()
                .filter(|category| !category.is_empty()),
            source_category: moved
                .category
                .clone()
                .filter(|category| !category.is_empty()),
            category_by: None,
            note: None,
            pending: moved.pending,
            transfer: None,
            peer: None,
            parts: Vec::new(),
            ruled: false,
            vouched: !self.file,
            import: self.books.import,
            first_seen: now,
            updated_at: now,
        };
        let key = self.books.insert(&new)?;
        if alias {
            self.also_known(key, &row.account, &moved.id)?;
        }
        self.claim(key, row);
        Ok(key)
    }

    /// An id that no other row of the account has, and whether it is another than the provider's.
    fn free_id(&mut self, row: &Incoming) -> Result<(String, bool), Fault> {
        let empty = self.facts(&row.account)?.empty;
        let base = if row.weak {
            format!("~{:016x}", row.content)
        } else {
            row.moved.id.clone()
        };
        // Whether ids are taken within this batch is known by counting; only older rows have to be looked for.
        let mut number = if row.weak {
            self.numbered.get(&row.content).copied().unwrap_or(0)
        } else {
            0
        };
        loop {
            number += 1;
            let id = if number == 1 {
                base.clone()
            } else {
                format!("{base}~{number}")
            };
            let taken =
                !(empty && (row.weak || number == 1)) && self.is_taken(&row.account, &id)?;
            if !taken {
                if row.weak {
                    self.numbered.insert(row.content, number);
                }
                return Ok((id, !row.weak && number > 1));
            }
        }
    }

    pub(super) fn is_taken(&self, account: &str, id: &str) -> Result<bool, Fault> {
        Ok(self
            .books
            .tx
            .prepare_cached(
                "SELECT 1 FROM transactions WHERE source_id = ?1 AND account_id = ?2 AND id = ?3",
            )?
            .query_row((self.source, account, id), |_| Ok(()))
            .optional()?
            .is_some())
    }

    /// Notes another id of the provider for a row.
    pub(super) fn also_known(&self, key: i64, account: &str, id: &str) -> Result<(), Fault> {
        self.books
            .tx
            .prepare_cached(
                "INSERT OR IGNORE INTO transaction_ids (source_id, account_id, id, transaction_key)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((self.source, account, id, key))?;
        Ok(())
    }

    /// What other answers of this run have claimed of the rows that have no identity of their own.
    fn recall(&mut self, run: i64, request: &str) -> Result<(), Fault> {
        let tx = self.books.tx;
        tx.prepare_cached("DELETE FROM met WHERE source_id = ?1 AND run_id <> ?2")?
            .execute((self.source, run))?;
        tx.prepare_cached("DELETE FROM met WHERE source_id = ?1 AND run_id = ?2 AND request = ?3")?
            .execute((self.source, run, request))?;
        let mut statement = tx.prepare_cached(
            "SELECT transaction_key FROM met WHERE source_id = ?1 AND run_id = ?2",
        )?;
        let keys = statement.query_map((self.source, run), |row| row.get(0))?;
        for key in keys {
            self.claimed.insert(key?);
        }
        Ok(())
    }

    fn remember(&mut self) -> Result<(), Fault> {
        let keys = std::mem::take(&mut self.to_remember);
        let Channel::Run { run, request } = self.channel else {
            return Ok(());
        };
        let mut statement = self.books.tx.prepare_cached(
            "INSERT OR IGNORE INTO met (source_id, run_id, request, transaction_key) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for key in keys {
            statement.execute((self.source, run, request, key))?;
        }
        Ok(())
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
