//! How hosts have been doing: who is left alone because it keeps failing, and how much may still be retried.
//!
//! *Circuit breaker*: after so many attempts in a row without a good answer a host is not asked for a while; then one
//! request probes it. If that fails, the pause doubles. An answer of any kind that is not worth a retry closes it.
//!
//! *Retry budget*: each request adds a part of a retry to its host's account, each retry takes a whole one, so that
//! retries stay a fraction of the load when a host is down, whatever each request would like.
//!
//! Not here: which failures count (`retry`), pauses that a host asked for (`limit`).

use std::{
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use crate::{hash::HashMap, host::Host};

/// When a host that keeps failing is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CircuitBreaker {
    /// Attempts in a row without a good answer after which it opens. Default 10; 0 switches it off.
    pub failures: u32,
    /// How long the host is left alone then; doubles with each failed probe. Default 10 s.
    pub pause: Duration,
    /// The longest pause. Default 5 min.
    pub longest: Duration,
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self {
            failures: 10,
            pause: Duration::from_secs(10),
            longest: Duration::from_secs(300),
        }
    }
}

impl CircuitBreaker {
    /// Never opens.
    #[must_use]
    pub fn never() -> Self {
        Self {
            failures: 0,
            ..Self::default()
        }
    }
}

/// How much of a host's load retries may be.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RetryBudget {
    /// Retries for each request, on average. Default 0.2; infinite switches the budget off.
    pub share: f64,
    /// Retries that are always possible at first, and the most that can be saved up. Default 20.
    pub reserve: f64,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self {
            share: 0.2,
            reserve: 20.0,
        }
    }
}

/// Whether a host may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Closed,
    /// Left alone until then.
    Open(Instant),
}

/// How an attempt came out, as far as its host's health goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempted {
    /// With an answer, be it a refusal.
    Well,
    /// The host is well, and asked to be left alone for a while.
    Limited,
    /// Without a good answer.
    Failed,
}

pub(crate) struct Health {
    breaker: CircuitBreaker,
    budget: RetryBudget,
    hosts: Mutex<HashMap<Host, State>>,
}

struct State {
    /// Answers in a row that said "too many requests".
    refusals: u32,
    /// Attempts in a row without a good answer.
    failures: u32,
    open: Option<Open>,
    /// How many retries are left in its budget.
    retries: f64,
    /// Whether it was told that the host sends what is not believed.
    told: bool,
}

/// A host that is left alone.
struct Open {
    until: Instant,
    pause: Duration,
    /// Whether one request was let through to see how the host is.
    probing: bool,
}

impl Health {
    pub(crate) fn new(breaker: CircuitBreaker, budget: RetryBudget) -> Self {
        Self {
            breaker,
            budget,
            hosts: Mutex::new(HashMap::default()),
        }
    }

    /// Whether an attempt may start now. When a pause is over, whoever asks first is the probe: for the others the
    /// host stays closed off for one more pause, unless the probe succeeds before.
    pub(crate) fn gate(&self, host: &Host, now: Instant) -> Gate {
        let mut hosts = self.lock();
        match hosts.get_mut(host).and_then(|state| state.open.as_mut()) {
            None => Gate::Closed,
            Some(open) if now < open.until => Gate::Open(open.until),
            Some(open) => {
                open.until = now + open.pause;
                open.probing = true;
                Gate::Closed
            }
        }
    }

    /// When the host may be asked again, if it is left alone now. Claims nothing.
    pub(crate) fn open_until(&self, host: &Host, now: Instant) -> Option<Instant> {
        let hosts = self.lock();
        let until = hosts.get(host)?.open.as_ref()?.until;
        (now < until).then_some(until)
    }

    /// A new request, not a retry, is about to be made.
    pub(crate) fn asked(&self, host: &Host) {
        let mut hosts = self.lock();
        if let Some(state) = hosts.get_mut(host) {
            state.retries = (state.retries + self.budget.share).min(self.budget.reserve);
        }
    }

    /// How an attempt came out. Gives how often in a row the host has said "too many requests" by now.
    pub(crate) fn attempted(&self, host: &Host, how: Attempted, now: Instant) -> u32 {
        let mut hosts = self.lock();
        let state = match how {
            // Of a host that has always been well there is nothing to remember.
            Attempted::Well => {
                if let Some(state) = hosts.get_mut(host) {
                    (state.failures, state.refusals, state.open) = (0, 0, None);
                }
                return 0;
            }
            Attempted::Limited | Attempted::Failed => self.state(&mut hosts, host),
        };
        if how == Attempted::Limited {
            (state.failures, state.open) = (0, None);
            state.refusals = state.refusals.saturating_add(1);
            return state.refusals;
        }
        state.failures = state.failures.saturating_add(1);
        if self.breaker.failures == 0 || state.failures < self.breaker.failures {
            return state.refusals;
        }
        let pause = match &state.open {
            // Those that were on their way when it opened say nothing new.
            Some(open) if !open.probing => return state.refusals,
            Some(open) => (open.pause * 2).min(self.breaker.longest),
            None => self.breaker.pause,
        };
        state.open = Some(Open {
            until: now + pause,
            pause,
            probing: false,
        });
        state.refusals
    }

    /// Whether this is the first time that something of the host is not believed.
    pub(crate) fn tell_once(&self, host: &Host) -> bool {
        let mut hosts = self.lock();
        let state = self.state(&mut hosts, host);
        !std::mem::replace(&mut state.told, true)
    }

    /// Takes one retry from the host's budget, if there is one.
    pub(crate) fn may_retry(&self, host: &Host) -> bool {
        let mut hosts = self.lock();
        let state = self.state(&mut hosts, host);
        if state.retries < 1.0 {
            return self.budget.share.is_infinite();
        }
        state.retries -= 1.0;
        true
    }

    /// Hosts that never failed are not kept: most never do.
    fn state<'h>(&self, hosts: &'h mut HashMap<Host, State>, host: &Host) -> &'h mut State {
        if !hosts.contains_key(host) {
            let state = State {
                refusals: 0,
                failures: 0,
                open: None,
                retries: self.budget.reserve,
                told: false,
            };
            hosts.insert(host.clone(), state);
        }
        hosts.get_mut(host).expect("it was just put there")
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Host, State>> {
        self.hosts
            .lock()
            .expect("no code panics while it holds this lock")
    }
}
