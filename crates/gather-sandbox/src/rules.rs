//! Which latency, which fault and which rule of caching a request meets.
//!
//! One table a server. The longest pattern that covers the path decides alone: a route whose
//! `first(2)` is used up is well again, whatever is set for the whole API.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;

use crate::{Caching, Fault, FaultRule, Latency, Target, fault::When};

/// What one request meets.
#[derive(Debug, Default)]
pub(crate) struct Met {
    pub(crate) latency: Duration,
    pub(crate) fault: Option<Arc<Fault>>,
    pub(crate) caching: Option<Arc<Caching>>,
}

#[derive(Debug)]
pub(crate) struct Rules {
    seed: u64,
    latencies: Vec<Rule<Latency>>,
    faults: Vec<Rule<(Arc<Fault>, When)>>,
    cachings: Vec<Rule<Arc<Caching>>>,
}

#[derive(Debug)]
struct Rule<T> {
    target: Target,
    value: T,
    met: AtomicU64,
}

impl Rules {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            latencies: Vec::new(),
            faults: Vec::new(),
            cachings: Vec::new(),
        }
    }

    pub(crate) fn set_latency(&mut self, target: Target, latency: Latency) {
        put(&mut self.latencies, target, latency);
    }

    pub(crate) fn set_fault(&mut self, target: Target, rule: FaultRule) {
        put(&mut self.faults, target, (Arc::new(rule.fault), rule.when));
    }

    pub(crate) fn set_caching(&mut self, target: Target, caching: Caching) {
        put(&mut self.cachings, target, Arc::new(caching));
    }

    pub(crate) fn clear_caching(&mut self, target: &Target) {
        self.cachings.retain(|rule| rule.target != *target);
    }

    pub(crate) fn clear_fault(&mut self, target: &Target) {
        self.faults.retain(|rule| rule.target != *target);
    }

    /// Looks the path up and counts the request.
    pub(crate) fn meet(&self, path: &str) -> Met {
        let mut met = Met::default();
        if let Some((rule, number)) = find(&self.latencies, path) {
            // Odd multipliers keep neighbouring numbers far apart in the generator's seeds.
            let mut rng = Rng::with_seed(self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            met.latency = rule.value.draw(&mut rng);
        }
        if let Some((rule, number)) = find(&self.faults, path) {
            let (fault, when) = &rule.value;
            met.fault = when.strikes(number).then(|| Arc::clone(fault));
        }
        if let Some((rule, _)) = find(&self.cachings, path) {
            met.caching = Some(Arc::clone(&rule.value));
        }
        met
    }
}

/// Replaces what was set for the same target, else adds it; longest patterns stay in front.
fn put<T>(rules: &mut Vec<Rule<T>>, target: Target, value: T) {
    rules.retain(|rule| rule.target != target);
    let length = |target: &Target| target.path().map_or(0, str::len);
    let at = rules.partition_point(|rule| length(&rule.target) >= length(&target));
    rules.insert(
        at,
        Rule {
            target,
            value,
            met: AtomicU64::new(0),
        },
    );
}

fn find<'a, T>(rules: &'a [Rule<T>], path: &str) -> Option<(&'a Rule<T>, u64)> {
    let rule = rules.iter().find(|rule| rule.target.covers(path))?;
    Some((rule, rule.met.fetch_add(1, Ordering::Relaxed) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Api;

    #[test]
    fn the_longest_pattern_decides_alone() {
        let mut rules = Rules::new(1);
        rules.set_fault(Api::HackerNews.into(), Fault::Hang.into());
        rules.set_fault(
            (Api::HackerNews, "/v0/item/*").into(),
            Fault::Garbage.first(1),
        );
        rules.set_fault(
            (Api::HackerNews, "/v0/item/7.json").into(),
            Fault::Html.every(2),
        );
        let fault = |path: &str| rules.meet(path).fault.map(|fault| (*fault).clone());
        assert_eq!(fault("/v0/topstories.json"), Some(Fault::Hang));
        assert_eq!(fault("/v0/item/1.json"), Some(Fault::Garbage));
        assert_eq!(fault("/v0/item/1.json"), None);
        assert_eq!(fault("/v0/item/7.json"), None);
        assert_eq!(fault("/v0/item/7.json"), Some(Fault::Html));
    }

    #[test]
    fn setting_again_replaces_and_counts_anew() {
        let mut rules = Rules::new(1);
        for _ in 0..2 {
            rules.set_fault(Api::Bank.into(), Fault::Empty.first(1));
            assert!(rules.meet("/accounts").fault.is_some());
            assert!(rules.meet("/accounts").fault.is_none());
        }
        rules.set_fault(Api::Bank.into(), Fault::Empty.into());
        rules.clear_fault(&Api::Bank.into());
        assert!(rules.meet("/accounts").fault.is_none());
    }

    #[test]
    fn drawn_latencies_are_the_same_for_the_same_seed() {
        let draws = |seed| {
            let mut rules = Rules::new(seed);
            let (low, high) = (Duration::from_millis(1), Duration::from_secs(1));
            rules.set_latency(Api::Bank.into(), Latency::uniform(low, high));
            (0..20).map(|_| rules.meet("/").latency).collect::<Vec<_>>()
        };
        assert_eq!(draws(3), draws(3));
        assert_ne!(draws(3), draws(4));
    }
}
