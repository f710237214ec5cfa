//! Runs: writing them as they go, reading them back.
//!
//! A viewer sees a run when a source they may see took part in it, and of its outcomes only those.
//!
//! Not here: the values (`run`), how a dead process is noticed (`run_lock`).

use std::time::Duration;

use gather_records::Viewer;
use jiff::Timestamp;
use rusqlite::{Row, Transaction, named_params};
use serde::{Serialize, Serializer};

use crate::{
    Counts, Error, Held, Outcome, OutcomeState, RunEnd, RunId, RunStatus, SourceRef, Stop, Store,
    answers,
    codec::{Instant, Span, Text, count, integer, limit_of},
    error::Fault,
    ledger,
    run_lock::{BELIEVED, Process},
    sources,
};

/// A run as one viewer sees it. Durations are milliseconds in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs, or when its process died.
    pub ended_at: Option<Timestamp>,
    /// How it stands.
    pub status: RunStatus,
    /// How long it took.
    #[serde(rename = "wall_ms", serialize_with = "optional_millis")]
    pub wall: Option<Duration>,
    /// How long the same requests would have taken one by one.
    #[serde(rename = "one_by_one_ms", serialize_with = "optional_millis")]
    pub one_by_one: Option<Duration>,
    /// How long the longest chain of requests took that had to wait for each other.
    #[serde(rename = "longest_chain_ms", serialize_with = "optional_millis")]
    pub longest_chain: Option<Duration>,
    /// How its sources came out, by name.
    pub outcomes: Vec<SourceOutcome>,
}

/// How one source came out of a run. Durations are milliseconds in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceOutcome {
    /// The source's name.
    pub source: String,
    /// Whose it is; `None` belongs to everybody.
    pub owner: Option<String>,
    /// How it came out; `None` while it runs, or when the run was interrupted before.
    pub state: Option<OutcomeState>,
    /// Why it is not complete; of one that is, what a person may want to know all the same.
    pub reason: Option<String>,
    /// What the person can do about it.
    pub hint: Option<String>,
    /// When the source may be asked again, where it said so.
    pub until: Option<Timestamp>,
    /// Why asking again is no use, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// What it brought; without a state, what had been kept so far.
    #[serde(flatten)]
    pub counts: Counts,
    /// Requests on the wire.
    pub attempts: u32,
    /// How long its requests waited, summed over them.
    #[serde(rename = "waited_ms", serialize_with = "millis")]
    pub waited: Duration,
    /// From its first request to its last record kept.
    #[serde(rename = "took_ms", serialize_with = "millis")]
    pub took: Duration,
    /// When it ended.
    pub at: Option<Timestamp>,
}

fn millis<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}

fn optional_millis<S: Serializer>(
    span: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match span {
        Some(span) => millis(span, serializer),
        None => serializer.serialize_none(),
    }
}

impl Store {
    /// Begins a run over these sources. Runs whose process is gone are marked interrupted.
    ///
    /// The run counts as running until [`finish_run`](Self::finish_run), or until this process ends.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`]. Call this before the first request: a full disk or a
    /// lost permission shows here.
    pub fn begin_run(
        &self,
        started_at: Timestamp,
        sources: &[SourceRef<'_>],
    ) -> Result<RunId, Error> {
        self.write(|tx| {
            self.interrupt_dead(tx, Some(started_at))?;
            answers::drop_forgotten(tx, started_at)?;
            ledger::drop_forgotten(tx, started_at)?;
            let run: i64 = tx
                .prepare_cached(
                    "INSERT INTO runs (started_at, status) VALUES (?1, 'running') RETURNING id",
                )?
                .query_row([Instant(started_at)], |row| row.get(0))?;
            for source in sources {
                let id = sources::source_id(tx, *source)?;
                outcome_row(tx, RunId(run), id)?;
            }
            // Locked before the row can be seen, so that nobody takes the new run for a dead one.
            self.locks().take(run)?;
            Ok(RunId(run))
        })
    }

    /// Keeps how one source came out of a run. A second call replaces the first.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownRun`](crate::ErrorKind::UnknownRun), or when the file cannot be written.
    pub fn finish_source(&self, run: RunId, outcome: &Outcome) -> Result<(), Error> {
        self.write(|tx| {
            let id = sources::source_id(
                tx,
                SourceRef {
                    name: &outcome.source,
                    owner: outcome.owner.as_deref(),
                },
            )?;
            outcome_row(tx, run, id)?;
            tx.prepare_cached(
                "UPDATE outcomes
                    SET state = :state, reason = :reason, hint = :hint, until = :until, stop = :stop, new = :new,
                        changed = :changed, unchanged = :unchanged, rejected = :rejected, skipped = :skipped,
                        articles = :articles, accounts = :accounts, transactions = :transactions,
                        budgets = :budgets, rates = :rates,
                        attempts = :attempts, waited_us = :waited, took_us = :took, finished_at = :at
                  WHERE run_id = :run AND source_id = :source",
            )?
            .execute(named_params! {
                ":state": Text(outcome.state),
                ":reason": outcome.reason,
                ":hint": outcome.hint,
                ":until": outcome.until.map(Instant),
                ":stop": outcome.stop.map(Text),
                ":new": integer(outcome.counts.new),
                ":changed": integer(outcome.counts.changed),
                ":unchanged": integer(outcome.counts.unchanged),
                ":rejected": integer(outcome.counts.rejected),
                ":skipped": integer(outcome.counts.skipped),
                ":articles": integer(outcome.counts.kinds.articles),
                ":accounts": integer(outcome.counts.kinds.accounts),
                ":transactions": integer(outcome.counts.kinds.transactions),
                ":budgets": integer(outcome.counts.kinds.budgets),
                ":rates": integer(outcome.counts.kinds.rates),
                ":attempts": outcome.attempts,
                ":waited": Span(outcome.waited),
                ":took": Span(outcome.took),
                ":at": Instant(outcome.at),
                ":run": run.0,
                ":source": id,
            })?;
            if outcome.state.is_good() {
                sources::mark_good(tx, id, outcome.at)?;
            }
            Ok(())
        })
    }

    /// Ends a run.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownRun`](crate::ErrorKind::UnknownRun), or when the file cannot be written.
    pub fn finish_run(&self, run: RunId, end: &RunEnd) -> Result<(), Error> {
        self.write(|tx| {
            let changed = tx
                .prepare_cached(
                    "UPDATE runs SET status = ?2, ended_at = ?3, wall_us = ?4, one_by_one_us = ?5,
                            longest_chain_us = ?6
                      WHERE id = ?1",
                )?
                .execute((
                    run.0,
                    Text(end.status),
                    Instant(end.at),
                    Span(end.wall),
                    Span(end.one_by_one),
                    Span(end.longest_chain),
                ))?;
            if changed == 0 {
                return Err(Fault::UnknownRun(run.0));
            }
            Ok(())
        })?;
        if end.status != RunStatus::Running {
            self.locks().clear(run.0);
        }
        Ok(())
    }

    /// The newest runs in which a source took part that the viewer may see, newest first; read in one snapshot.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn runs(&self, viewer: &Viewer, limit: usize) -> Result<Vec<Run>, Error> {
        self.read(|tx| runs(tx, viewer, Numbers::ALL, limit))
    }

    /// The same of the runs with smaller numbers than one: the last of a page gives the next page.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn runs_before(
        &self,
        viewer: &Viewer,
        run: RunId,
        limit: usize,
    ) -> Result<Vec<Run>, Error> {
        self.read(|tx| runs(tx, viewer, Numbers::before(run), limit))
    }

    /// The next run after one in which a source took part that the viewer may see; `None` where it was the last.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn run_after(&self, viewer: &Viewer, run: RunId) -> Result<Option<Run>, Error> {
        self.read(|tx| Ok(runs(tx, viewer, Numbers::after(run), 1)?.pop()))
    }

    /// One run; `None` when there is none of that number that the viewer may see.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn run(&self, viewer: &Viewer, id: RunId) -> Result<Option<Run>, Error> {
        self.read(|tx| Ok(runs(tx, viewer, Numbers::one(id), 1)?.pop()))
    }

    /// How a source came out last, however long ago; `None` when it never had an outcome.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn last_outcome(&self, source: SourceRef<'_>) -> Result<Option<SourceOutcome>, Error> {
        self.read(|tx| {
            let Some(id) = sources::known_source(tx, source)? else {
                return Ok(None);
            };
            let run: Option<i64> = tx
                .prepare_cached(
                    "SELECT max(run_id) FROM outcomes WHERE source_id = ?1 AND state IS NOT NULL",
                )?
                .query_row([id], |row| row.get(0))?;
            let Some(run) = run else { return Ok(None) };
            Ok(outcomes(tx, RunId(run), &Viewer::Operator, Some(id))?.pop())
        })
    }

    /// How many outcomes of a source in a row brought nothing, the newest first; at most 100 are counted.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn failures_in_a_row(&self, source: SourceRef<'_>) -> Result<u32, Error> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT o.state FROM outcomes o JOIN sources s ON s.id = o.source_id
                  WHERE s.name = ?1 AND s.owner IS ?2 AND o.state IS NOT NULL AND o.state <> 'skipped'
                  ORDER BY o.run_id DESC LIMIT 100",
            )?;
            let mut rows = statement.query((source.name, source.owner))?;
            let mut failures = 0;
            while let Some(row) = rows.next()? {
                if row.get::<_, Text<OutcomeState>>(0)?.0.is_good() {
                    break;
                }
                failures += 1;
            }
            Ok(failures)
        })
    }

    /// Marks what dead processes left running. Writes only when there is something to mark.
    pub(crate) fn sweep_runs(&self) -> Result<(), Error> {
        let dead = self.read(|tx| self.dead_runs(tx, None))?;
        if dead.is_empty() {
            return Ok(());
        }
        self.write(|tx| self.interrupt_dead(tx, None))
    }

    fn interrupt_dead(&self, tx: &Transaction<'_>, now: Option<Timestamp>) -> Result<(), Fault> {
        for run in self.dead_runs(tx, now)? {
            tx.prepare_cached("UPDATE runs SET status = 'interrupted' WHERE id = ?1")?
                .execute([run])?;
            self.locks().clear(run);
        }
        Ok(())
    }

    /// The runs that stand as running and have no process. Needs `now` only where locks say nothing.
    fn dead_runs(&self, tx: &Transaction<'_>, now: Option<Timestamp>) -> Result<Vec<i64>, Fault> {
        let mut statement =
            tx.prepare_cached("SELECT id, started_at FROM runs WHERE status = 'running'")?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Instant>(1)?.0))
        })?;
        let mut dead = Vec::new();
        for row in rows {
            let (run, started_at) = row?;
            let gone = match self.locks().process(run) {
                Process::Alive => false,
                Process::Gone => true,
                Process::Unknown => now.is_some_and(|now| {
                    Duration::try_from(now.duration_since(started_at))
                        .is_ok_and(|age| age > BELIEVED)
                }),
            };
            if gone {
                dead.push(run);
            }
        }
        Ok(dead)
    }
}

/// Makes sure that a source stands among those of a run.
pub(crate) fn outcome_row(tx: &Transaction<'_>, run: RunId, source: i64) -> Result<(), Fault> {
    let known = tx
        .prepare_cached("SELECT 1 FROM runs WHERE id = ?1")?
        .exists([run.0])?;
    if !known {
        return Err(Fault::UnknownRun(run.0));
    }
    tx.prepare_cached("INSERT OR IGNORE INTO outcomes (run_id, source_id) VALUES (?1, ?2)")?
        .execute((run.0, source))?;
    Ok(())
}

/// Which runs by their numbers, and from which end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers {
    from: i64,
    to: i64,
    oldest_first: bool,
}

impl Numbers {
    /// All, the newest first.
    pub(crate) const ALL: Self = Self {
        from: i64::MIN,
        to: i64::MAX,
        oldest_first: false,
    };

    pub(crate) const fn one(run: RunId) -> Self {
        Self {
            from: run.0,
            to: run.0,
            ..Self::ALL
        }
    }

    /// Those before one, the newest first.
    pub(crate) const fn before(run: RunId) -> Self {
        Self {
            to: run.0.saturating_sub(1),
            ..Self::ALL
        }
    }

    /// Those after one, the oldest first.
    pub(crate) const fn after(run: RunId) -> Self {
        Self {
            from: run.0.saturating_add(1),
            oldest_first: true,
            ..Self::ALL
        }
    }
}

pub(crate) fn runs(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    numbers: Numbers,
    limit: usize,
) -> Result<Vec<Run>, Fault> {
    const RUNS: &str = "
SELECT r.id, r.started_at, r.ended_at, r.status, r.wall_us, r.one_by_one_us, r.longest_chain_us
  FROM runs r
 WHERE r.id BETWEEN :from AND :to
   AND (:viewer IS NULL OR EXISTS (
           SELECT 1 FROM outcomes o JOIN sources s ON s.id = o.source_id
            WHERE o.run_id = r.id AND (s.owner IS NULL OR s.owner = :viewer)))
 ORDER BY r.id ";
    let order = if numbers.oldest_first { "ASC" } else { "DESC" };
    let mut statement = tx.prepare_cached(&format!("{RUNS}{order} LIMIT :limit"))?;
    let rows = statement.query_map(
        named_params! {
            ":from": numbers.from, ":to": numbers.to, ":viewer": viewer.user(), ":limit": limit_of(limit),
        },
        |row| {
            Ok(Run {
                id: RunId(row.get(0)?),
                started_at: row.get::<_, Instant>(1)?.0,
                ended_at: row.get::<_, Option<Instant>>(2)?.map(|at| at.0),
                status: row.get::<_, Text<RunStatus>>(3)?.0,
                wall: row.get::<_, Option<Span>>(4)?.map(|span| span.0),
                one_by_one: row.get::<_, Option<Span>>(5)?.map(|span| span.0),
                longest_chain: row.get::<_, Option<Span>>(6)?.map(|span| span.0),
                outcomes: Vec::new(),
            })
        },
    )?;
    let mut found = Vec::new();
    for run in rows {
        let mut run = run?;
        run.outcomes = outcomes(tx, run.id, viewer, None)?;
        found.push(run);
    }
    Ok(found)
}

/// The outcomes of a run that the viewer may see, of all its sources or of one.
pub(crate) fn outcomes(
    tx: &Transaction<'_>,
    run: RunId,
    viewer: &Viewer,
    source: Option<i64>,
) -> Result<Vec<SourceOutcome>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT s.name, s.owner, o.state, o.reason, o.hint, o.until, o.new, o.changed, o.unchanged, o.rejected,
                o.skipped, o.articles, o.accounts, o.transactions, o.budgets, o.rates, o.attempts, o.waited_us, o.took_us, o.finished_at,
                o.stop
           FROM outcomes o JOIN sources s ON s.id = o.source_id
          WHERE o.run_id = :run AND (:source IS NULL OR o.source_id = :source)
            AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)
          ORDER BY s.name, s.owner",
    )?;
    let rows = statement.query_map(
        named_params! {":run": run.0, ":source": source, ":viewer": viewer.user()},
        outcome,
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn outcome(row: &Row<'_>) -> rusqlite::Result<SourceOutcome> {
    Ok(SourceOutcome {
        source: row.get(0)?,
        owner: row.get(1)?,
        state: row
            .get::<_, Option<Text<OutcomeState>>>(2)?
            .map(|state| state.0),
        reason: row.get(3)?,
        hint: row.get(4)?,
        until: row.get::<_, Option<Instant>>(5)?.map(|at| at.0),
        counts: Counts {
            new: count(row, 6)?,
            changed: count(row, 7)?,
            unchanged: count(row, 8)?,
            rejected: count(row, 9)?,
            skipped: count(row, 10)?,
            kinds: Held {
                articles: count(row, 11)?,
                accounts: count(row, 12)?,
                transactions: count(row, 13)?,
                budgets: count(row, 14)?,
                rates: count(row, 15)?,
            },
        },
        attempts: row.get(16)?,
        waited: row.get::<_, Span>(17)?.0,
        took: row.get::<_, Span>(18)?.0,
        at: row.get::<_, Option<Instant>>(19)?.map(|at| at.0),
        stop: row.get::<_, Option<Text<Stop>>>(20)?.map(|stop| stop.0),
    })
}
