//! Files: looked at first, kept in one transaction, listed.
//!
//! A look is the same work as keeping, rolled back at its end, so that the two cannot differ.
//!
//! Not here: taking an import back (`undo`), what the rows are taken for (`arrive`).

use gather_records::{Transaction, Viewer};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row as SqlRow, Transaction as Tx, named_params};

use super::{
    Books, Import, ImportAccount, ImportBatch, ImportCounts, ImportId, ImportPlan, ImportReport,
    PlannedRow, RowFate, Stated,
    account::{signs, state_balance},
    arrive::{Arrival, Arrived, Channel},
};
use crate::{
    Error, Store,
    codec::{Instant, count, integer},
    error::Fault,
    sources,
};

impl Store {
    /// What [`import`](Self::import) would do, without doing it.
    ///
    /// # Errors
    /// As [`import`](Self::import).
    pub fn preview_import(&self, batch: &ImportBatch<'_>) -> Result<ImportPlan, Error> {
        let report = self.rehearse(|tx| import(tx, batch, Timestamp::UNIX_EPOCH))?;
        Ok(ImportPlan {
            changes: report.id.is_some(),
            counts: report.counts,
            rows: report.rows,
        })
    }

    /// Keeps what a file holds: all of it or nothing.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRecord`](crate::ErrorKind::InvalidRecord) when an account, or a transaction whose id counts,
    /// has an empty id; else when the file cannot be written, see [`Error::kind`].
    pub fn import(&self, batch: &ImportBatch<'_>, at: Timestamp) -> Result<ImportReport, Error> {
        self.write(|tx| import(tx, batch, at))
    }

    /// The imports that the viewer may see, the newest first, undone ones too.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn imports(&self, viewer: &Viewer) -> Result<Vec<Import>, Error> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT i.id, s.name, s.owner, i.file, i.format, i.at, i.new, i.changed, i.duplicate, i.review,
                        i.undone_at
                   FROM imports i JOIN sources s ON s.id = i.source_id
                  WHERE :viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer
                  ORDER BY i.id DESC",
            )?;
            let rows = statement.query_map(named_params! {":viewer": viewer.user()}, listed)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn listed(row: &SqlRow<'_>) -> rusqlite::Result<Import> {
    Ok(Import {
        id: ImportId(row.get(0)?),
        source: row.get(1)?,
        owner: row.get(2)?,
        file: row.get(3)?,
        format: row.get(4)?,
        at: row.get::<_, Instant>(5)?.0,
        counts: ImportCounts {
            new: count(row, 6)?,
            changed: count(row, 7)?,
            duplicate: count(row, 8)?,
            review: count(row, 9)?,
        },
        undone_at: row.get::<_, Option<Instant>>(10)?.map(|at| at.0),
    })
}

fn import(tx: &Tx<'_>, batch: &ImportBatch<'_>, at: Timestamp) -> Result<ImportReport, Fault> {
    validate(batch)?;
    let source = sources::source_id(tx, batch.source)?;
    let id: i64 = tx
        .prepare_cached(
            "INSERT INTO imports (source_id, file, format, at, new, changed, duplicate, review)
             VALUES (?1, ?2, ?3, ?4, 0, 0, 0, 0) RETURNING id",
        )?
        .query_row((source, batch.file, batch.format, Instant(at)), |row| {
            row.get(0)
        })?;
    let mut books = Books::open(tx, Instant(at), Some(id));
    let rows: Vec<&Transaction> = batch.transactions.iter().collect();
    let fates = Arrival::new(&mut books, source, Channel::File)?.keep(&rows)?;
    let mut accounts_changed = false;
    for account in batch.accounts {
        accounts_changed |= keep_account(&books, source, account)?;
    }
    books.close()?;
    let (counts, rows) = report(fates);
    let asked: bool = tx
        .prepare_cached("SELECT 1 FROM reviews WHERE import_id = ?1")?
        .exists([id])?;
    let did_something =
        counts.new + counts.changed > 0 || accounts_changed || asked || noted(tx, id)?;
    if did_something {
        tx.prepare_cached(
            "UPDATE imports SET new = ?2, changed = ?3, duplicate = ?4, review = ?5 WHERE id = ?1",
        )?
        .execute((
            id,
            integer(counts.new),
            integer(counts.changed),
            integer(counts.duplicate),
            integer(counts.review),
        ))?;
    } else {
        // Nothing to undo: the file leaves no trace.
        tx.prepare_cached("DELETE FROM imports WHERE id = ?1")?
            .execute([id])?;
    }
    Ok(ImportReport {
        id: did_something.then_some(ImportId(id)),
        counts,
        rows,
    })
}

/// Whether an import changed something that is not shown, such as the id of a transaction that had none.
fn noted(tx: &Tx<'_>, id: i64) -> Result<bool, Fault> {
    Ok(tx
        .prepare_cached("SELECT 1 FROM import_rows WHERE import_id = ?1 AND did <> 'same'")?
        .exists([id])?)
}

fn validate(batch: &ImportBatch<'_>) -> Result<(), Fault> {
    let refuse = |what: String| {
        Err(Fault::InvalidRecord(format!(
            "file `{}`: {what}",
            batch.file
        )))
    };
    if let Some(at) = batch
        .accounts
        .iter()
        .position(|account| account.id.is_empty())
    {
        return refuse(format!("account {} has an empty id", at + 1));
    }
    let nameless = batch
        .transactions
        .iter()
        .position(|row| row.id.is_empty() && !row.id_is_weak);
    match nameless {
        Some(at) => refuse(format!("transaction {} has an empty id", at + 1)),
        None => Ok(()),
    }
}

fn report(fates: Vec<Arrived>) -> (ImportCounts, Vec<PlannedRow>) {
    let mut counts = ImportCounts::default();
    let rows = fates
        .into_iter()
        .enumerate()
        .map(|(index, arrived)| {
            let (fate, why) = match arrived {
                Arrived::New => (RowFate::New, None),
                Arrived::Changed(what) => (RowFate::Changed, Some(what)),
                Arrived::Same | Arrived::Repeated => (RowFate::Duplicate, None),
                Arrived::Review(reason) => (RowFate::Review, Some(reason.to_string())),
            };
            match fate {
                RowFate::New => counts.new += 1,
                RowFate::Changed => counts.changed += 1,
                RowFate::Duplicate => counts.duplicate += 1,
                RowFate::Review => counts.review += 1,
            }
            PlannedRow { index, fate, why }
        })
        .collect();
    (counts, rows)
}

/// An account as it stood before an import.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct AccountBefore {
    pub(super) name: String,
    pub(super) kind: Option<String>,
    pub(super) balance: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) as_of: Option<i64>,
    pub(super) balance_day: Option<String>,
    pub(super) vouched: bool,
    pub(super) import: Option<i64>,
    pub(super) first_seen: i64,
    pub(super) updated_at: i64,
}

/// A stated balance as it stood before an import.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct BalanceBefore {
    pub(super) balance: String,
    pub(super) currency: String,
}

/// An account as it stands.
pub(super) fn account_now(
    tx: &Tx<'_>,
    source: i64,
    id: &str,
) -> Result<Option<AccountBefore>, Fault> {
    Ok(tx
        .prepare_cached(
            "SELECT name, kind, balance, currency, as_of, balance_day, vouched, import_id, first_seen, updated_at
               FROM accounts WHERE source_id = ?1 AND id = ?2",
        )?
        .query_row((source, id), |row| {
            Ok(AccountBefore {
                name: row.get(0)?,
                kind: row.get(1)?,
                balance: row.get(2)?,
                currency: row.get(3)?,
                as_of: row.get(4)?,
                balance_day: row.get(5)?,
                vouched: row.get(6)?,
                import: row.get(7)?,
                first_seen: row.get(8)?,
                updated_at: row.get(9)?,
            })
        })
        .optional()?)
}

/// A stated balance as it stands.
pub(super) fn balance_now(
    tx: &Tx<'_>,
    source: i64,
    account: &str,
    day: &str,
) -> Result<Option<BalanceBefore>, Fault> {
    Ok(tx
        .prepare_cached(
            "SELECT balance, currency FROM stated_balances
              WHERE source_id = ?1 AND account_id = ?2 AND day = ?3",
        )?
        .query_row((source, account, day), |row| {
            Ok(BalanceBefore {
                balance: row.get(0)?,
                currency: row.get(1)?,
            })
        })
        .optional()?)
}

/// Keeps an account of a file and says whether that changed anything. What the bank's own interface says of it stays.
fn keep_account(books: &Books<'_>, source: i64, told: &ImportAccount) -> Result<bool, Fault> {
    let tx = books.tx;
    let before = account_now(tx, source, &told.id)?;
    let now = books.at.0.as_microsecond();
    let flip = signs(tx, source, &told.id)?.balance;
    let balance = told.balance.map(|mut balance| {
        if flip {
            balance.amount = -balance.amount;
        }
        balance
    });
    let mut changed = false;
    if let Some((balance, day)) = balance.zip(told.balance_date) {
        let day_text = day.to_string();
        let stated = balance_now(tx, source, &told.id, &day_text)?;
        // What the bank itself stated of a day is not replaced by a file.
        let bank = before.as_ref().is_some_and(|before| before.vouched) && stated.is_some();
        if !bank {
            state_balance(tx, source, &told.id, Stated { balance, day })?;
        }
        if balance_now(tx, source, &told.id, &day_text)? != stated {
            let after = balance_now(tx, source, &told.id, &day_text)?;
            note(books, &told.id, &day_text, stated.as_ref(), after.as_ref())?;
            changed = true;
        }
    }
    let mut after = AccountBefore {
        name: told.name.clone().unwrap_or_else(|| told.id.clone()),
        kind: told.kind.clone(),
        balance: balance.map(|balance| balance.amount.to_string()),
        currency: balance.map(|balance| balance.currency.code().to_owned()),
        as_of: None,
        balance_day: told.balance_date.map(|day| day.to_string()),
        vouched: false,
        import: books.import,
        first_seen: now,
        updated_at: now,
    };
    if let Some(held) = &before {
        if held.vouched {
            return Ok(changed);
        }
        // An older statement says nothing of what is in the account now.
        if balance.is_none() || (held.balance.is_some() && held.balance_day > after.balance_day) {
            after.balance.clone_from(&held.balance);
            after.currency.clone_from(&held.currency);
            after.balance_day.clone_from(&held.balance_day);
        }
        if told.name.is_none() {
            after.name.clone_from(&held.name);
        }
        after.kind = after.kind.or_else(|| held.kind.clone());
        after.first_seen = held.first_seen;
        let same = AccountBefore {
            import: held.import,
            updated_at: held.updated_at,
            ..after
        };
        if same == *held {
            return Ok(changed);
        }
        after = AccountBefore {
            import: books.import,
            updated_at: now,
            ..same
        };
    }
    note(books, &told.id, "", before.as_ref(), Some(&after))?;
    write_account(tx, source, &told.id, &after)?;
    Ok(true)
}

/// Notes how an account or a balance stood before an import and stands after it.
fn note<T: serde::Serialize>(
    books: &Books<'_>,
    account: &str,
    day: &str,
    before: Option<&T>,
    after: Option<&T>,
) -> Result<(), Fault> {
    let json = |value: &T| serde_json::to_string(value).expect("plain fields are JSON");
    books
        .tx
        .prepare_cached(
            "INSERT INTO import_accounts (import_id, account_id, day, before, after) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET after = excluded.after",
        )?
        .execute((books.import, account, day, before.map(json), after.map(json)))?;
    Ok(())
}

/// Writes an account as it shall stand.
pub(super) fn write_account(
    tx: &Tx<'_>,
    source: i64,
    id: &str,
    account: &AccountBefore,
) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO accounts (source_id, id, name, kind, balance, currency, as_of, balance_day, vouched, import_id,
                               first_seen, updated_at)
         VALUES (:source, :id, :name, :kind, :balance, :currency, :as_of, :day, :vouched, :import, :first_seen,
                 :updated_at)
         ON CONFLICT (source_id, id) DO UPDATE
            SET name = excluded.name, kind = excluded.kind, balance = excluded.balance, currency = excluded.currency,
                as_of = excluded.as_of, balance_day = excluded.balance_day, vouched = excluded.vouched,
                import_id = excluded.import_id, first_seen = excluded.first_seen, updated_at = excluded.updated_at",
    )?
    .execute(named_params! {
        ":source": source, ":id": id, ":name": account.name, ":kind": account.kind, ":balance": account.balance,
        ":currency": account.currency, ":as_of": account.as_of, ":day": account.balance_day,
        ":vouched": account.vouched, ":import": account.import, ":first_seen": account.first_seen,
        ":updated_at": account.updated_at,
    })?;
    Ok(())
}

/// The day of a balance that a source states with an instant, or the day of the answer.
pub(crate) fn day_of(as_of: Option<Timestamp>, at: Timestamp) -> jiff::civil::Date {
    as_of.unwrap_or(at).to_zoned(jiff::tz::TimeZone::UTC).date()
}
