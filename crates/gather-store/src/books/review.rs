//! What cannot be believed without asking: noted, shown, decided, and the decision remembered.
//!
//! A row under review is not kept and overwrites nothing. The decision belongs to exactly what the provider said, so
//! that the next answer with the same words is not asked about again.

use gather_records::{Transaction, Viewer};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, named_params};

use super::{
    Books, Decision, ImportId, Review, ReviewId, ReviewReason, TransactionId,
    arrive::{Arrival, Arrived, Channel, Incoming},
    identity::fingerprint,
    row::{self, Row},
};
use crate::{Error, Store, codec::Instant, error::Fault};

impl ReviewReason {
    fn word(self) -> &'static str {
        match self {
            Self::SignChanged => "sign_changed",
            Self::AmountChanged => "amount_changed",
            Self::DateChanged => "date_changed",
            Self::Tip => "tip",
            Self::MaybeHeld => "maybe_held",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "sign_changed" => Self::SignChanged,
            "amount_changed" => Self::AmountChanged,
            "date_changed" => Self::DateChanged,
            "tip" => Self::Tip,
            _ => Self::MaybeHeld,
        }
    }
}

impl Decision {
    fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Replace => "replace",
            Self::Separate => "separate",
        }
    }
}

/// What is put aside of a row under review.
#[derive(serde::Serialize, serde::Deserialize)]
struct Aside {
    moved: Transaction,
    content: i64,
    weak: bool,
}

impl Arrival<'_, '_> {
    /// Asks what a row is, unless that was decided before.
    pub(super) fn ask(
        &mut self,
        held: &Row,
        row: &Incoming,
        reason: ReviewReason,
    ) -> Result<Arrived, Fault> {
        self.claim(held.key, row);
        let digest = fingerprint(&row.account, &row.moved);
        let tx = self.books.tx;
        let decided: Option<Option<String>> = tx
            .prepare_cached(
                "SELECT decision FROM reviews WHERE source_id = ?1 AND digest = ?2 AND transaction_key = ?3",
            )?
            .query_row((self.source, digest, held.key), |row| row.get(0))
            .optional()?;
        match decided {
            Some(None) => Ok(Arrived::Review(reason)),
            Some(Some(decision)) => match decision.as_str() {
                "replace" => self.update(held, row),
                "separate" => self.add(row).map(|_| Arrived::New),
                _ => {
                    self.books.vouch(held.key)?;
                    Ok(Arrived::Same)
                }
            },
            None => {
                let aside = Aside {
                    moved: row.moved.clone(),
                    content: row.content,
                    weak: row.weak,
                };
                tx.prepare_cached(
                    "INSERT INTO reviews (source_id, transaction_key, reason, incoming, digest, import_id, at)
                     VALUES (:source, :key, :reason, :incoming, :digest, :import, :at)",
                )?
                .execute(named_params! {
                    ":source": self.source, ":key": held.key, ":reason": reason.word(),
                    ":incoming": serde_json::to_string(&aside).expect("a transaction is JSON"),
                    ":digest": digest, ":import": self.books.import, ":at": self.books.at,
                })?;
                Ok(Arrived::Review(reason))
            }
        }
    }
}

/// A review as it stands in the file.
struct Stored {
    id: i64,
    source: i64,
    source_name: String,
    owner: Option<String>,
    key: i64,
    reason: String,
    aside: String,
    import: Option<i64>,
    at: Instant,
}

fn open_reviews(
    tx: &rusqlite::Transaction<'_>,
    viewer: &Viewer,
    only: Option<ReviewId>,
) -> Result<Vec<(Stored, Aside, Row)>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT r.id, r.source_id, s.name, s.owner, r.transaction_key, r.reason, r.incoming, r.import_id, r.at
           FROM reviews r JOIN sources s ON s.id = r.source_id
          WHERE r.decision IS NULL AND (:only IS NULL OR r.id = :only)
            AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)
          ORDER BY r.id",
    )?;
    let rows = statement.query_map(
        named_params! {":only": only.map(|id| id.0), ":viewer": viewer.user()},
        |row| {
            Ok(Stored {
                id: row.get(0)?,
                source: row.get(1)?,
                source_name: row.get(2)?,
                owner: row.get(3)?,
                key: row.get(4)?,
                reason: row.get(5)?,
                aside: row.get(6)?,
                import: row.get(7)?,
                at: row.get(8)?,
            })
        },
    )?;
    let mut open = Vec::new();
    for row in rows {
        let stored = row?;
        let aside: Aside = serde_json::from_str(&stored.aside)
            .map_err(|error| Fault::Damaged(format!("review {}: {error}", stored.id)))?;
        if let Some(held) = row::by_key(tx, stored.key)? {
            open.push((stored, aside, held));
        }
    }
    Ok(open)
}

pub(crate) fn reviews(
    tx: &rusqlite::Transaction<'_>,
    viewer: &Viewer,
) -> Result<Vec<Review>, Fault> {
    let open = open_reviews(tx, viewer, None)?.into_iter();
    let review = |(stored, aside, held): (Stored, Aside, Row)| Review {
        id: ReviewId(stored.id),
        source: stored.source_name,
        owner: stored.owner,
        reason: ReviewReason::of(&stored.reason),
        incoming: aside.moved,
        held_as: TransactionId(stored.key),
        held: held.record(),
        import: stored.import.map(ImportId),
        at: stored.at.0,
    };
    Ok(open.map(review).collect())
}

impl Store {
    /// What waits for a decision, the oldest first; read in one snapshot.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn reviews(&self, viewer: &Viewer) -> Result<Vec<Review>, Error> {
        self.read(|tx| reviews(tx, viewer))
    }

    /// Decides a review. Others of the same row stay open.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownReview`](crate::ErrorKind::UnknownReview) when the viewer may see no open review of that
    /// number, or when the file cannot be written.
    pub fn decide(
        &self,
        viewer: &Viewer,
        id: ReviewId,
        decision: Decision,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.write(|tx| {
            let (stored, aside, held) = open_reviews(tx, viewer, Some(id))?
                .pop()
                .ok_or(Fault::UnknownReview(id.0))?;
            tx.execute(
                "UPDATE reviews SET decision = ?2, decided_at = ?3 WHERE id = ?1",
                (id.0, decision.word(), Instant(at)),
            )?;
            let mut books = Books::open(tx, Instant(at), stored.import);
            let mut arrival = Arrival::new(&mut books, stored.source, Channel::File)?;
            arrival.file = stored.import.is_some();
            let row = Incoming {
                account: aside.moved.account.clone().unwrap_or_default(),
                moved: aside.moved,
                content: aside.content,
                weak: aside.weak,
            };
            match decision {
                Decision::Keep => {
                    if ReviewReason::of(&stored.reason) == ReviewReason::MaybeHeld && !row.weak {
                        arrival.also_known(held.key, &row.account, &row.moved.id)?;
                    }
                }
                Decision::Replace => {
                    arrival.update(&held, &row)?;
                }
                Decision::Separate => {
                    arrival.add(&row)?;
                }
            }
            books.close()
        })
    }
}
