//! What one source has brought so far, and the outcome that makes of it.

use std::time::Duration;

use gather_sources::{ReadError, ReadErrorKind, Reading};
use gather_store::{Counts, Kept, Outcome, OutcomeState, Stop};
use jiff::Timestamp;

use crate::known::Condition;

/// Fewer rows in one answer say nothing about a field that none of them has.
const FEW: u64 = 5;

/// More warnings than this are counted, not told.
const MOST_WARNINGS: usize = 3;

/// The running count of one source.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Requests and answers that are not dealt with yet.
    pub(crate) open: usize,
    /// Requests made.
    pub(crate) asked: usize,
    /// Answers read and kept.
    pub(crate) good: usize,
    /// Answers that still stand, because the server said so now or before.
    unchanged: usize,
    /// Until when the answers stand that were not asked for again.
    fresh_until: Option<Timestamp>,
    /// Requests that failed, for which an older answer may stand in.
    stood_in: usize,
    /// Rows came that are too few in one answer to be judged there.
    pub(crate) few_rows: bool,
    pub(crate) counts: Counts,
    /// Transactions that are not kept until somebody decides.
    review: u64,
    pub(crate) attempts: u32,
    pub(crate) waited: Duration,
    pub(crate) took: Duration,
    faults: Vec<Fault>,
    /// The reason of the first row that could not be mapped.
    rejected: Option<String>,
    /// What a person may want to know although nothing is missing, each said once.
    warnings: Vec<String>,
}

/// Why a request of a source brought nothing, or less than it should.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) reason: String,
    pub(crate) hint: Option<String>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) limited: bool,
    /// Why asking again is no use.
    stop: Option<Stop>,
    /// It is no request that failed, but something wrong with what came.
    beside: bool,
}

/// What to do about a changed shape.
const COMPARE: &str = "compare the answer with the declaration; if the provider has dropped the field, take it out of the mapping";

impl Fault {
    pub(crate) fn plain(reason: impl Into<String>, hint: Option<String>) -> Self {
        Self {
            reason: reason.into(),
            hint,
            until: None,
            limited: false,
            stop: None,
            beside: false,
        }
    }

    /// Something is wrong with what came.
    fn beside(reason: impl Into<String>, hint: Option<String>) -> Self {
        Self {
            beside: true,
            ..Self::plain(reason, hint)
        }
    }

    /// A request without an answer.
    pub(crate) fn unanswered(error: &gather::Error) -> Self {
        let mut reason = error.to_string();
        // The system's words for a refused connection or an unknown name say no more than ours do.
        if !error.is_refused() && !error.is_dns() {
            let mut cause = std::error::Error::source(error);
            while let Some(inner) = cause {
                reason.push_str(&format!(": {inner}"));
                cause = inner.source();
            }
        }
        let hint = if error.is_dns() {
            Some("check the network, and the name in the source's address")
        } else if error.is_tls() {
            Some("check this machine's clock, and the certificate of the host")
        } else if error.is_connect() {
            Some("check the network, and that the server is up at this address")
        } else if error.is_rate_limited() {
            Some("run again when the limit allows")
        } else if let Some((gather::TimeoutKind::Deadline, _)) = error.timeout() {
            Some("run again, or give the run longer with `--deadline`")
        } else if error.is_timeout() {
            Some("run again later, or give the source longer with `timeout`")
        } else if error.is_truncated() || error.is_closed() {
            Some("run again; the server or the network broke off")
        } else {
            None
        };
        Self {
            reason,
            hint: hint.map(str::to_owned),
            until: error.retry_at().and_then(|at| Timestamp::try_from(at).ok()),
            limited: error.is_rate_limited(),
            stop: None,
            beside: false,
        }
    }

    /// An address said at some time that nothing will come any more.
    pub(crate) fn gone(at: Timestamp) -> Self {
        let day = at.strftime("%F");
        let told = Self::plain(
            format!(
                "its address is gone for good: it said so (410) on {day}, and is not asked any more"
            ),
            Some(
                "give the source another address, or ask once more with `gather run --revalidate`"
                    .to_owned(),
            ),
        );
        Self {
            stop: Some(Stop::Gone),
            ..told
        }
    }

    /// A page could not be kept.
    pub(crate) fn unkept(error: &gather_store::Error) -> Self {
        Self::plain(format!("could not be kept: {error}"), None)
    }

    /// A page was refused, for it would have emptied a field that used to be filled.
    pub(crate) fn changed_shape(error: &gather_store::Error) -> Self {
        Self::plain(
            format!("the shape has changed: {error}"),
            Some(COMPARE.to_owned()),
        )
    }

    /// A field that used to be filled was empty in all rows of the run.
    pub(crate) fn faded(faded: &gather_store::Faded) -> Self {
        Self::beside(
            format!("the shape has changed: {faded}"),
            Some(COMPARE.to_owned()),
        )
    }

    /// The same, with what it was about.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.reason = format!("{what}: {}", self.reason);
        self
    }

    /// An answer that could not be read.
    pub(crate) fn unreadable(error: &ReadError, retry_at: Option<Timestamp>) -> Self {
        Self {
            reason: error.to_string(),
            hint: error.hint().map(str::to_owned),
            until: retry_at,
            limited: error.kind() == ReadErrorKind::Limited,
            stop: match error.status() {
                Some(410) => Some(Stop::Gone),
                Some(401) => Some(Stop::Refused),
                _ => None,
            },
            beside: false,
        }
    }
}

impl Tally {
    pub(crate) fn read(&mut self, reading: &Reading) {
        self.counts.skipped += reading.skipped as u64;
        self.few_rows |= reading.filled.iter().any(|filled| filled.rows < FEW);
        self.counts.rejected += reading.rejected.len() as u64;
        if let (None, Some(first)) = (&self.rejected, reading.rejected.first()) {
            self.rejected = Some(format!("row {}: {}", first.row + 1, first.reason));
        }
        for warning in &reading.warnings {
            if !self.warnings.contains(warning) {
                self.warnings.push(warning.clone());
            }
        }
        if let Some(error) = &reading.provider_error {
            self.fault(Fault::beside(error.clone(), None));
        }
    }

    pub(crate) fn kept(&mut self, kept: Kept) {
        self.good += 1;
        self.counts.new += kept.new;
        self.counts.changed += kept.changed;
        self.counts.unchanged += kept.unchanged;
        self.counts.kinds += kept.kinds;
        self.review += kept.review;
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The last answer still stands: the server said so.
    pub(crate) fn unchanged(&mut self) {
        self.unchanged += 1;
    }

    /// The last answer still stands until then, and was not asked for again.
    pub(crate) fn fresh(&mut self, until: Timestamp) {
        self.unchanged += 1;
        self.fresh_until = self.fresh_until.max(Some(until));
    }

    /// A request failed. Its last answer may stand in for it, if the server allowed that (RFC 5861 section 4).
    pub(crate) fn failed(&mut self, fault: Fault, last: Option<&Condition>, now: Timestamp) {
        let stale = last.map(|last| &last.kept).filter(|kept| {
            kept.stale_if_error_until
                .is_some_and(|until| now < until && kept.at <= now)
        });
        let Some(kept) = stale else {
            return self.fault(fault);
        };
        self.stood_in += 1;
        let since = kept.at.strftime("%F %H:%M UTC");
        self.fault(Fault {
            reason: format!(
                "{}; what came before stands in for it, as the server allows, and is from {since}",
                fault.reason
            ),
            ..fault
        });
    }

    /// Why asking again is no use: everything that was asked says so.
    fn stop(&self) -> Option<Stop> {
        let nothing = self.good + self.unchanged + self.stood_in == 0;
        let first = self.faults.first().filter(|_| nothing)?.stop;
        first.filter(|_| self.faults.iter().all(|fault| fault.stop == first))
    }

    /// How the source came out.
    pub(crate) fn outcome(&self, source: &str, owner: Option<&str>, at: Timestamp) -> Outcome {
        let limited = self.faults.iter().any(|fault| fault.limited);
        let complete = self.faults.is_empty() && self.rejected.is_none();
        let state = match (self.good + self.unchanged + self.stood_in, complete) {
            (_, true) if self.good == 0 && self.unchanged > 0 => OutcomeState::Unchanged,
            (_, true) => OutcomeState::Complete,
            (0, _) if limited => OutcomeState::Limited,
            (0, _) => OutcomeState::Failed,
            _ => OutcomeState::Partial,
        };
        let mut reasons = Vec::new();
        let (beside, failed): (Vec<_>, Vec<_>) = self.faults.iter().partition(|fault| fault.beside);
        if let Some(first) = failed.first() {
            reasons.push(if self.asked > 1 {
                format!(
                    "{} of {} requests failed: {}",
                    failed.len(),
                    self.asked,
                    first.reason
                )
            } else {
                first.reason.clone()
            });
        }
        reasons.extend(
            beside
                .iter()
                .take(MOST_WARNINGS)
                .map(|fault| fault.reason.clone()),
        );
        if let Some(first) = &self.rejected {
            reasons.push(match self.counts.rejected {
                1 => format!("1 row could not be used: {first}"),
                n => format!("{n} rows could not be used: {first}"),
            });
        }
        if self.review > 0 {
            let rows = match self.review {
                1 => "1 transaction waits".to_owned(),
                n => format!("{n} transactions wait"),
            };
            reasons.push(format!("{rows} for a decision: `gather money review`"));
        }
        if let Some(until) = self.fresh_until
            && self.attempts == 0
            && complete
        {
            let until = until.strftime("%F %H:%M UTC");
            reasons.push(format!(
                "not asked again: its last answer is good until {until}"
            ));
        }
        reasons.extend(self.warnings.iter().take(MOST_WARNINGS).cloned());
        match self.warnings.len().saturating_sub(MOST_WARNINGS) {
            0 => {}
            more => reasons.push(format!("and {more} more such notes")),
        }
        Outcome {
            source: source.to_owned(),
            owner: owner.map(str::to_owned),
            state,
            reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
            hint: self.faults.iter().find_map(|fault| fault.hint.clone()),
            until: self.faults.iter().filter_map(|fault| fault.until).max(),
            stop: self.stop(),
            counts: self.counts,
            attempts: self.attempts,
            waited: self.waited,
            took: self.took,
            at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(good: usize, faults: &[Fault]) -> Outcome {
        let mut tally = Tally {
            asked: good + faults.len(),
            good,
            ..Tally::default()
        };
        for fault in faults {
            tally.fault(fault.clone());
        }
        tally.outcome("s", None, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn asking_again_is_no_use_when_every_request_says_so() {
        let gone = Fault::gone(Timestamp::UNIX_EPOCH);
        let plain = Fault::plain("no answer", None);
        assert_eq!(
            outcome(0, &[gone.clone(), gone.clone()]).stop,
            Some(Stop::Gone)
        );
        assert_eq!(outcome(1, std::slice::from_ref(&gone)).stop, None);
        assert_eq!(outcome(0, &[gone, plain]).stop, None);
        assert_eq!(outcome(0, &[]).stop, None);
    }

    #[test]
    fn the_state_says_what_came_and_what_did_not() {
        let plain = Fault::plain("no answer", None);
        let limited = Fault {
            limited: true,
            until: Some(Timestamp::UNIX_EPOCH),
            ..plain.clone()
        };
        assert_eq!(outcome(1, &[]).state, OutcomeState::Complete);
        assert_eq!(
            outcome(0, std::slice::from_ref(&plain)).state,
            OutcomeState::Failed
        );
        assert_eq!(outcome(0, &[limited]).state, OutcomeState::Limited);
        let partial = outcome(9, &[plain]);
        assert_eq!(partial.state, OutcomeState::Partial);
        assert_eq!(
            partial.reason.unwrap(),
            "1 of 10 requests failed: no answer"
        );
    }
}
