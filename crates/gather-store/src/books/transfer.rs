//! Money between own accounts, which is neither income nor spending.
//!
//! Two booked transactions are a transfer when their amounts are opposite, their accounts are two of one owner, their
//! days are at most [`DAYS`] apart, and neither could be the other side of a third one. Between currencies a known rate
//! of the day has to explain the amounts to [`TOLERANCE`]. What a user declared stays.

use std::collections::{BTreeSet, HashMap, hash_map::Entry};

use gather_records::{Currency, Viewer};
use jiff::{ToSpan, civil::Date};
use rusqlite::named_params;
use rust_decimal::Decimal;

use super::{
    Books, Unsure,
    row::{self, Row, Transfer},
};
use crate::{codec::Text, error::Fault, money};

/// How many days the two sides may be apart.
const DAYS: i64 = 4;

/// How far the other amount may be from the converted one: banks take a margin.
const TOLERANCE: Decimal = Decimal::from_parts(3, 0, 0, false, 2);

/// The accounts of an owner, as far as they hold booked transactions.
#[derive(Debug)]
struct Accounts {
    several: bool,
    currencies: BTreeSet<Currency>,
}

struct Search {
    /// By source.
    owners: HashMap<i64, (Option<String>, Accounts)>,
    /// By owner and day.
    rates: HashMap<(Option<String>, Date), money::Rates>,
}

/// Links those of the rows that have exactly one other side.
pub(super) fn find(books: &mut Books<'_>, unsure: &[Unsure]) -> Result<(), Fault> {
    let mut search = Search {
        owners: HashMap::new(),
        rates: HashMap::new(),
    };
    for one in unsure {
        // Nearly always there is one account, and then the rows need not be read.
        let accounts = &search.owner(books, one.source)?.1;
        if !accounts.several || (accounts.currencies.len() == 1 && !has_opposite(books, one)?) {
            continue;
        }
        let Some(row) = row::by_key(books.tx, one.key)? else {
            continue;
        };
        if !can_be_one(&row) {
            continue;
        }
        let Some(other) = search.only_one(books, &row)? else {
            continue;
        };
        if search.only_one(books, &other)?.map(|back| back.key) == Some(row.key) {
            books.link(&row, &other, Transfer::Found)?;
        }
    }
    Ok(())
}

/// Whether there is any row with the opposite amount at about the time: a look into one index, which nearly always
/// ends the search.
fn has_opposite(books: &Books<'_>, one: &Unsure) -> Result<bool, Fault> {
    Ok(books
        .tx
        .prepare_cached("SELECT 1 FROM transactions WHERE units = ?1 AND date BETWEEN ?2 AND ?3")?
        .exists((
            one.units.and_then(i64::checked_neg),
            Text(one.date.saturating_sub(DAYS.days())),
            Text(one.date.saturating_add(DAYS.days())),
        ))?)
}

fn can_be_one(row: &Row) -> bool {
    row.transfer.is_none() && !row.pending && row.date.is_some() && !row.amount.amount.is_zero()
}

impl Search {
    fn owner(
        &mut self,
        books: &Books<'_>,
        source: i64,
    ) -> Result<&(Option<String>, Accounts), Fault> {
        Ok(match self.owners.entry(source) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(accounts_of_owner(books, source)?),
        })
    }

    /// The other side of a row, if there is exactly one that it could be.
    fn only_one(&mut self, books: &Books<'_>, row: &Row) -> Result<Option<Row>, Fault> {
        let Some(date) = row.date else {
            return Ok(None);
        };
        let mut same = opposite(books, row, date)?;
        match same.len() {
            0 => self.converted(books, row, date),
            1 => Ok(same.pop()),
            _ => Ok(None),
        }
    }

    /// The same between two currencies, where a rate explains the amounts.
    fn converted(
        &mut self,
        books: &Books<'_>,
        row: &Row,
        date: Date,
    ) -> Result<Option<Row>, Fault> {
        let (owner, accounts) = self.owner(books, row.source)?;
        if accounts.currencies.len() < 2 {
            return Ok(None);
        }
        let owner = owner.clone();
        let others = row::find(
            books.tx,
            "t.date BETWEEN :from AND :to AND t.currency <> :currency AND t.pending = 0 AND t.transfer IS NULL
               AND t.source_id IN (SELECT id FROM sources WHERE owner IS :owner)
               AND NOT (t.source_id = :source AND t.account_id = :account)",
            named_params! {
                ":from": Text(date.saturating_sub(DAYS.days())), ":to": Text(date.saturating_add(DAYS.days())),
                ":currency": row.currency().code(), ":owner": owner, ":source": row.source,
                ":account": row.account,
            },
        )?;
        let mut found = None;
        for other in others {
            let opposite =
                other.amount.amount.is_sign_negative() != row.amount.amount.is_sign_negative();
            if !opposite || other.amount.amount.is_zero() {
                continue;
            }
            let place = (owner.clone(), date);
            if !self.rates.contains_key(&place) {
                let viewer = owner.clone().map_or_else(shared_only, Viewer::User);
                self.rates.insert(
                    place.clone(),
                    money::Rates::of_day(books.tx, &viewer, date)?,
                );
            }
            let Some(converted) = self.rates[&place].convert(row.amount, other.currency()) else {
                continue;
            };
            let (wanted, is) = (converted.abs(), other.amount.amount.abs());
            let explained = wanted
                .checked_mul(TOLERANCE)
                .is_some_and(|margin| (wanted - is).abs() <= margin);
            if explained && found.replace(other).is_some() {
                return Ok(None);
            }
        }
        Ok(found)
    }
}

/// The owner of a source, and the accounts of all of that owner's sources.
fn accounts_of_owner(books: &Books<'_>, source: i64) -> Result<(Option<String>, Accounts), Fault> {
    let owner: Option<String> = books
        .tx
        .prepare_cached("SELECT owner FROM sources WHERE id = ?1")?
        .query_row([source], |row| row.get(0))?;
    let mut statement = books.tx.prepare_cached(
        "SELECT d.source_id, d.account_id, d.currency
           FROM sources s JOIN day_sums d ON d.source_id = s.id
          WHERE s.owner IS ?1 AND d.day = '*'",
    )?;
    let mut rows = statement.query([&owner])?;
    let mut ids = BTreeSet::new();
    let mut currencies = BTreeSet::new();
    while let Some(row) = rows.next()? {
        ids.insert((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
        currencies.insert(row.get::<_, Text<Currency>>(2)?.0);
    }
    let accounts = Accounts {
        several: ids.len() > 1,
        currencies,
    };
    Ok((owner, accounts))
}

/// A viewer who sees what belongs to everybody and nothing else: no user has an empty name.
fn shared_only() -> Viewer {
    Viewer::User(String::new())
}

fn opposite(books: &Books<'_>, row: &Row, date: Date) -> Result<Vec<Row>, Fault> {
    let Some(units) = Row::units(row.amount.amount).and_then(i64::checked_neg) else {
        return Ok(Vec::new());
    };
    row::find(
        books.tx,
        "t.units = :units AND t.date BETWEEN :from AND :to AND t.currency = :currency AND t.pending = 0
           AND t.transfer IS NULL AND NOT (t.source_id = :source AND t.account_id = :account)
           AND (SELECT owner FROM sources WHERE id = t.source_id) IS
               (SELECT owner FROM sources WHERE id = :source)
         LIMIT 2",
        named_params! {
            ":units": units, ":from": Text(date.saturating_sub(DAYS.days())),
            ":to": Text(date.saturating_add(DAYS.days())), ":currency": row.currency().code(),
            ":source": row.source, ":account": row.account,
        },
    )
}

impl Books<'_> {
    /// Makes two rows the two sides of a transfer.
    pub(super) fn link(&mut self, a: &Row, b: &Row, how: Transfer) -> Result<(), Fault> {
        for (side, other) in [(a, b), (b, a)] {
            let linked = Row {
                transfer: Some(how),
                peer: Some(other.key),
                ..side.clone()
            };
            self.rewrite(side, &linked)?;
        }
        Ok(())
    }

    /// Takes the link of a row back on its other side.
    pub(super) fn unlink_peer(&mut self, row: &Row) -> Result<(), Fault> {
        let Some(peer) = row.peer else { return Ok(()) };
        if let Some(other) = row::by_key(self.tx, peer)?.filter(|other| other.peer == Some(row.key))
        {
            let free = Row {
                transfer: None,
                peer: None,
                ..other.clone()
            };
            self.rewrite(&other, &free)?;
        }
        Ok(())
    }
}
