//! What a measurement asks of others, before it does: requests a host, and how that fits into what is left of quotas.
//!
//! A quota whose window is no longer than a run may take is waited for, as in any run. Of another the places have to be
//! free beforehand: a measurement that stops in its middle has spent them for nothing.

use std::{collections::BTreeMap, time::Duration};

use gather::Quota as Window;
use gather_sources::Quota;
use gather_store::QuotaUse;
use jiff::Timestamp;

use crate::plan::Plan;

/// What a measurement asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// How many rounds, each of which fetches every source both ways.
    pub rounds: u64,
    /// Runs before the first round that count for nothing: one, or none when it is over.
    pub warm_up: u64,
    /// How many requests one run makes.
    pub a_run: u64,
    /// Sources of which only the first requests are known, so that there may be more.
    pub unlearnt: Vec<String>,
    /// Each host that is asked.
    pub hosts: Vec<HostCost>,
}

/// What one host is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCost {
    /// Scheme, name and port.
    pub host: String,
    /// Requests of all runs together.
    pub requests: u64,
    /// Its quotas.
    pub quotas: Vec<QuotaCost>,
}

/// How that fits into a quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaCost {
    /// How many requests it allows in a window.
    pub requests: u32,
    /// The length of the window.
    pub per: Duration,
    /// How many of its places are taken now.
    pub taken: u64,
    /// For how many runs the free ones are enough; `None`: it is waited for.
    pub runs: Option<u64>,
    /// When there are enough for one round and what goes before it; `None`: now, or never.
    pub free_at: Option<Timestamp>,
}

impl Cost {
    pub(super) fn new(
        plan: &Plan,
        rounds: u64,
        warm_up: u64,
        asks: &BTreeMap<String, u64>,
        unlearnt: &[String],
        uses: &[QuotaUse],
    ) -> Self {
        let runs = runs(rounds, warm_up);
        let hosts = asks.iter().filter(|(_, asks)| **asks > 0);
        Self {
            rounds,
            warm_up,
            a_run: asks.values().sum(),
            unlearnt: unlearnt.to_vec(),
            hosts: hosts
                .map(|(host, &asks)| HostCost {
                    host: host.clone(),
                    requests: asks.saturating_mul(runs),
                    quotas: plan
                        .limits_of(host)
                        .1
                        .iter()
                        .map(|quota| {
                            let used = uses.iter().find(|used| used.key == key(host, *quota));
                            QuotaCost::new(*quota, used, asks, warm_up, plan.settings().deadline)
                        })
                        .collect(),
                })
                .collect(),
        }
    }

    /// How many runs there are.
    #[must_use]
    pub fn runs(&self) -> u64 {
        runs(self.rounds, self.warm_up)
    }

    /// How many requests they make, should none have to be made again.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.a_run.saturating_mul(self.runs())
    }

    /// How many rounds fit into what is left of every quota; no more than there are.
    #[must_use]
    pub fn rounds_that_fit(&self) -> u64 {
        let quotas = self.hosts.iter().flat_map(|host| &host.quotas);
        quotas
            .filter_map(|quota| quota.runs)
            .map(|runs| runs.saturating_sub(self.warm_up) / 2)
            .fold(self.rounds, u64::min)
    }

    /// The quotas that have too few places left, with their hosts.
    pub fn short(&self) -> impl Iterator<Item = (&HostCost, &QuotaCost)> {
        let runs = self.runs();
        let each = self
            .hosts
            .iter()
            .flat_map(|host| host.quotas.iter().map(move |quota| (host, quota)));
        each.filter(move |(_, quota)| quota.runs.is_some_and(|fit| fit < runs))
    }
}

impl QuotaCost {
    /// What a quota has for runs of so many requests each.
    fn new(
        quota: Quota,
        used: Option<&QuotaUse>,
        a_run: u64,
        warm_up: u64,
        waits: Duration,
    ) -> Self {
        let all = u64::from(quota.requests);
        let taken = used.map_or(0, |used| used.taken);
        let least = a_run.saturating_mul(warm_up.saturating_add(2));
        let free = all.saturating_sub(taken);
        let is_waited_for = quota.per <= waits;
        Self {
            requests: quota.requests,
            per: quota.per,
            taken,
            runs: (!is_waited_for).then(|| free / a_run.max(1)),
            free_at: used
                .filter(|_| !is_waited_for && free < least && least <= all)
                .and_then(|used| {
                    let mut free = free;
                    let coming = used.coming_free.iter();
                    coming
                        .map(|(at, places)| {
                            free = free.saturating_add(*places);
                            (*at, free)
                        })
                        .find(|(_, free)| *free >= least)
                        .map(|(at, _)| at)
                }),
        }
    }
}

/// How many runs so many rounds of both ways are.
fn runs(rounds: u64, warm_up: u64) -> u64 {
    warm_up.saturating_add(rounds.saturating_mul(2))
}

/// Under which name a quota of a host stands in the ledger.
pub(super) fn key(host: &str, quota: Quota) -> String {
    Window::new(quota.requests, quota.per).key(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn quota(requests: u32, per: Duration) -> Quota {
        Quota { requests, per }
    }

    fn used(taken: u64, coming_free: &[(i64, u64)]) -> QuotaUse {
        QuotaUse {
            key: String::new(),
            requests: 10,
            per: HOUR,
            taken,
            coming_free: coming_free.iter().map(|(s, n)| (at(*s), *n)).collect(),
        }
    }

    fn cost(rounds: u64, warm_up: u64, quotas: Vec<QuotaCost>) -> Cost {
        Cost {
            rounds,
            warm_up,
            a_run: 2,
            unlearnt: Vec::new(),
            hosts: vec![HostCost {
                host: "https://tides.example".to_owned(),
                requests: 0,
                quotas,
            }],
        }
    }

    fn of(requests: u32, taken: u64, a_run: u64) -> QuotaCost {
        let used = used(taken, &[(10, taken)]);
        let quota = quota(requests, HOUR);
        QuotaCost::new(quota, Some(&used), a_run, 1, Duration::from_secs(60))
    }

    #[test]
    fn the_quota_with_the_least_left_says_how_many_rounds_fit() {
        // 100 and 20 places: 50 and 10 runs of two requests, and of the ten one is for warming up.
        let both = cost(9, 1, vec![of(100, 0, 2), of(30, 10, 2)]);
        assert_eq!((both.runs(), both.requests()), (19, 38));
        assert_eq!(both.rounds_that_fit(), 4);
        assert_eq!(both.short().count(), 1);
        let fits = cost(4, 1, vec![of(100, 0, 2), of(30, 10, 2)]);
        assert_eq!((fits.rounds_that_fit(), fits.short().count()), (4, 0));
        // Warmed up already, one run more is left for rounds.
        assert_eq!(cost(9, 0, vec![of(30, 10, 2)]).rounds_that_fit(), 5);
    }

    #[test]
    fn a_quota_that_is_waited_for_limits_no_rounds() {
        let second = quota(1, Duration::from_secs(1));
        let short = QuotaCost::new(second, None, 50, 1, Duration::from_secs(60));
        assert_eq!((short.runs, short.free_at), (None, None));
        assert_eq!(cost(9, 1, vec![short]).rounds_that_fit(), 9);
    }

    #[test]
    fn it_is_said_when_a_round_fits_again_or_that_none_ever_does() {
        let used = used(9, &[(10, 1), (20, 4), (30, 4)]);
        let of = |a_run| {
            let quota = quota(10, HOUR);
            QuotaCost::new(quota, Some(&used), a_run, 1, Duration::from_secs(60))
        };
        // Three runs of two requests need six places: one is free, five more are at second 20.
        assert_eq!((of(2).runs, of(2).free_at), (Some(0), Some(at(20))));
        assert_eq!((of(4).runs, of(4).free_at), (Some(0), None));
        let nothing = cost(1, 1, vec![of(4)]);
        assert_eq!(nothing.rounds_that_fit(), 0);
    }
}
