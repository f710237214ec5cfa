//! What one source has brought so far, and the outcome that makes of it.

use std::time::Duration;

use gather_sources::{ReadError, ReadErrorKind, Reading};
use gather_store::{Counts, Kept, Outcome, OutcomeState};
use jiff::Timestamp;

/// The running count of one source.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Requests and answers that are not dealt with yet.
    pub(crate) open: usize,
    /// Requests made.
    pub(crate) asked: usize,
    /// Answers read and kept.
    pub(crate) good: usize,
    pub(crate) counts: Counts,
    pub(crate) attempts: u32,
    pub(crate) waited: Duration,
    pub(crate) took: Duration,
    faults: Vec<Fault>,
    /// The reason of the first row that could not be mapped.
    rejected: Option<String>,
}

/// Why a request of a source brought nothing, or less than it should.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) reason: String,
    pub(crate) hint: Option<String>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) limited: bool,
}

impl Fault {
    pub(crate) fn plain(reason: impl Into<String>, hint: Option<String>) -> Self {
        Self {
            reason: reason.into(),
            hint,
            until: None,
            limited: false,
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
        }
    }

    /// An answer that could not be read.
    pub(crate) fn unreadable(error: &ReadError, retry_at: Option<Timestamp>) -> Self {
        Self {
            reason: error.to_string(),
            hint: error.hint().map(str::to_owned),
            until: retry_at,
            limited: error.kind() == ReadErrorKind::Limited,
        }
    }
}

impl Tally {
    pub(crate) fn read(&mut self, reading: &Reading) {
        self.counts.skipped += reading.skipped as u64;
        self.counts.rejected += reading.rejected.len() as u64;
        if let (None, Some(first)) = (&self.rejected, reading.rejected.first()) {
            self.rejected = Some(format!("row {}: {}", first.row + 1, first.reason));
        }
        if let Some(error) = &reading.provider_error {
            self.fault(Fault::plain(error.clone(), None));
        }
    }

    pub(crate) fn kept(&mut self, kept: Kept) {
        self.good += 1;
        self.counts.new += kept.new;
        self.counts.changed += kept.changed;
        self.counts.unchanged += kept.unchanged;
        self.counts.kinds += kept.kinds;
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// How the source came out.
    pub(crate) fn outcome(&self, source: &str, owner: Option<&str>, at: Timestamp) -> Outcome {
        let limited = self.faults.iter().any(|fault| fault.limited);
        let complete = self.faults.is_empty() && self.rejected.is_none();
        let state = match (self.good, complete) {
            (_, true) => OutcomeState::Complete,
            (0, _) if limited => OutcomeState::Limited,
            (0, _) => OutcomeState::Failed,
            _ => OutcomeState::Partial,
        };
        let mut reasons = Vec::new();
        if let Some(first) = self.faults.first() {
            reasons.push(if self.asked > 1 {
                let failed = self.faults.len();
                format!(
                    "{failed} of {} requests failed: {}",
                    self.asked, first.reason
                )
            } else {
                first.reason.clone()
            });
        }
        if let Some(first) = &self.rejected {
            reasons.push(match self.counts.rejected {
                1 => format!("1 row could not be used: {first}"),
                n => format!("{n} rows could not be used: {first}"),
            });
        }
        Outcome {
            source: source.to_owned(),
            owner: owner.map(str::to_owned),
            state,
            reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
            hint: self.faults.iter().find_map(|fault| fault.hint.clone()),
            until: self.faults.iter().filter_map(|fault| fault.until).max(),
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
