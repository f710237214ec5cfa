//! Transactions that arrive, from a source or out of a file.
//!
//! Rows with a known id go first, then those that say what a held one says, so that nothing is taken for a row that this
//! batch still tells of itself. Each held row is taken once a batch; the answers of one run are one batch.
//!
//! Not here: which row is which (`which`), what becomes of a match (`merge`, `review`), transfers (`transfer`).

use std::collections::{HashMap, HashSet};

use gather_records::Transaction;
use rusqlite::OptionalExtension;

use super::{Books, ReviewReason, Signs, account::signs, identity::content, row::Row};
use crate::error::Fault;

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

/// Rows with their places in the batch.
pub(super) type Placed = Vec<(usize, Incoming)>;

/// What is known of an account before its rows are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    signs: Signs,
    pub(super) empty: bool,
    pub(super) pending: bool,
    /// Some of its rows have other ids of the provider too.
    pub(super) other_ids: bool,
}

/// Rows of one source that arrive together.
pub(crate) struct Arrival<'b, 't> {
    pub(super) books: &'b mut Books<'t>,
    pub(super) source: i64,
    pub(super) file: bool,
    channel: Channel<'b>,
    accounts: HashMap<String, Facts>,
    pub(super) claimed: HashSet<i64>,
    /// How many rows of each content have a number already.
    numbered: HashMap<i64, u32>,
    /// Accounts of which a row was met under its own id.
    pub(super) met_by_id: HashSet<String>,
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
        // What says exactly the same goes next, for the same reason.
        let mut open = Vec::with_capacity(rest.len());
        for (index, row) in rest {
            match self.by_content(&row)? {
                Some(held) => fates[index] = Some(self.take(&held, &row, true)?),
                None => open.push((index, row)),
            }
        }
        let rest = open;
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
    fn prepare(&mut self, rows: &[&Transaction]) -> Result<(Placed, Vec<Option<Arrived>>), Fault> {
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

    pub(super) fn facts(&mut self, account: &str) -> Result<Facts, Fault> {
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
            other_ids: exists(
                "SELECT 1 FROM transaction_ids WHERE source_id = ?1 AND account_id = ?2",
            )?,
        };
        self.accounts.insert(account.to_owned(), facts);
        Ok(facts)
    }

    /// Takes a held row for this one.
    pub(super) fn take(&mut self, held: &Row, row: &Incoming, ask: bool) -> Result<Arrived, Fault> {
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
