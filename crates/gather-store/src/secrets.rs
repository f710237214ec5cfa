//! Sealed secrets: what gather obtained itself for a source, such as an access URL, as bytes that mean nothing here.
//!
//! Sealing and opening is the caller's, and so is the key, which must never come into this file. A secret belongs to its
//! source and follows it when a shared source gets an owner. What depends on all secrets at once, such as sealing them
//! anew, happens in one write transaction, so that no other process can add one under a key that is about to go.

use std::fmt;

use jiff::Timestamp;
use rusqlite::{Row, Transaction, named_params};

use crate::{
    Error, SourceRef, Store,
    codec::Instant,
    error::Fault,
    sources::{known_source, source_id},
};

/// A sealed secret of a source.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// The source's name.
    pub source: String,
    /// Whose source it is; `None`: shared by everybody.
    pub owner: Option<String>,
    /// What it is for; with the source it names the secret.
    pub purpose: String,
    /// Which key seals it.
    pub key_id: String,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
    /// When it was sealed.
    pub at: Timestamp,
}

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedSecret")
            .field("source", &self.source)
            .field("owner", &self.owner)
            .field("purpose", &self.purpose)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str = "SELECT s.name, s.owner, x.purpose, x.key_id, x.sealed, x.sealed_at FROM secrets x JOIN sources s ON s.id = x.source_id";

impl Store {
    /// The secret of a source for a purpose. One that was kept while the source was shared is also its owner's.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn secret(
        &self,
        source: SourceRef<'_>,
        purpose: &str,
    ) -> Result<Option<SealedSecret>, Error> {
        self.read(|tx| {
            let sql = format!(
                "{COLUMNS} WHERE s.name = :name AND (s.owner IS NULL OR s.owner = :owner) AND x.purpose = :purpose
                  ORDER BY s.owner IS NULL LIMIT 1"
            );
            let values = named_params! {":name": source.name, ":owner": source.owner, ":purpose": purpose};
            let mut found = rows(tx, &sql, values)?;
            Ok(found.pop())
        })
    }

    /// Every secret, by source and purpose.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn secrets(&self) -> Result<Vec<SealedSecret>, Error> {
        self.read(all)
    }

    /// Changes secrets while nobody else can: `work` is shown all there are, and what it returns is kept in place of
    /// what was there for the same source and purpose. When it fails, nothing is changed.
    ///
    /// # Errors
    /// The outer one when the file cannot be written (see [`Error::kind`]), the inner one from `work`.
    pub fn change_secrets<E>(
        &self,
        work: impl FnOnce(&[SealedSecret]) -> Result<Vec<SealedSecret>, E>,
    ) -> Result<Result<(), E>, Error> {
        self.write(|tx| {
            let kept = match work(&all(tx)?) {
                Ok(kept) => kept,
                Err(error) => return Ok(Err(error)),
            };
            for secret in kept {
                let source = SourceRef {
                    name: &secret.source,
                    owner: secret.owner.as_deref(),
                };
                tx.prepare_cached(
                    "INSERT INTO secrets (source_id, purpose, key_id, sealed, sealed_at) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed,
                                               sealed_at = excluded.sealed_at",
                )?
                .execute((
                    source_id(tx, source)?,
                    secret.purpose,
                    secret.key_id,
                    secret.sealed,
                    Instant(secret.at),
                ))?;
            }
            Ok(Ok(()))
        })
    }

    /// Forgets a secret of exactly this source and owner; `false`: there was none.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn forget_secret(&self, source: SourceRef<'_>, purpose: &str) -> Result<bool, Error> {
        self.write(|tx| {
            let Some(id) = known_source(tx, source)? else {
                return Ok(false);
            };
            let gone = tx
                .prepare_cached("DELETE FROM secrets WHERE source_id = ?1 AND purpose = ?2")?
                .execute((id, purpose))?;
            Ok(gone > 0)
        })
    }
}

fn all(tx: &Transaction<'_>) -> Result<Vec<SealedSecret>, Fault> {
    let sql = format!("{COLUMNS} ORDER BY s.name, s.owner, x.purpose");
    rows(tx, &sql, &[])
}

fn rows(
    tx: &Transaction<'_>,
    sql: &str,
    values: &[(&str, &dyn rusqlite::ToSql)],
) -> Result<Vec<SealedSecret>, Fault> {
    let mut statement = tx.prepare_cached(sql)?;
    let found = statement.query_map(values, secret)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn secret(row: &Row<'_>) -> rusqlite::Result<SealedSecret> {
    Ok(SealedSecret {
        source: row.get(0)?,
        owner: row.get(1)?,
        purpose: row.get(2)?,
        key_id: row.get(3)?,
        sealed: row.get(4)?,
        at: row.get::<_, Instant>(5)?.0,
    })
}
