//! So many requests in a fixed window, counted for each client, as GitHub and Reddit do it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

#[derive(Debug)]
pub(super) struct Allowance {
    window: SignedDuration,
    clients: Mutex<HashMap<String, Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends: Timestamp,
    used: u64,
}

/// Where a client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) limit: u64,
    pub(super) used: u64,
    pub(super) ends: Timestamp,
    /// It was used up before this request.
    pub(super) refused: bool,
}

impl Standing {
    pub(super) fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

impl Allowance {
    pub(super) fn new(window: SignedDuration) -> Self {
        Self {
            window,
            clients: Mutex::default(),
        }
    }

    /// Where the client stands after a request that costs something, or nothing.
    pub(super) fn spend(&self, client: &str, limit: u64, now: Timestamp, costs: bool) -> Standing {
        // Nothing in here panics half-way through a change.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Window {
            ends: now.checked_add(self.window).unwrap_or(now),
            used: 0,
        };
        let window = clients.entry(client.to_owned()).or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        let refused = window.used >= limit;
        if costs && !refused {
            window.used += 1;
        }
        Standing {
            limit,
            used: window.used,
            ends: window.ends,
            refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_with_the_first_request_and_is_counted_for_each_client() {
        let allowance = Allowance::new(SignedDuration::from_secs(60));
        let at = |second| Timestamp::from_second(second).unwrap();
        let spend = |client, second| allowance.spend(client, 2, at(second), true);
        assert_eq!((spend("a", 100).used, spend("a", 130).used), (1, 2));
        let refused = spend("a", 159);
        assert!(refused.refused && refused.remaining() == 0 && refused.ends == at(160));
        assert!(!spend("b", 159).refused);
        assert_eq!((spend("a", 160).used, spend("a", 160).ends), (1, at(220)));
    }

    #[test]
    fn what_costs_nothing_is_not_counted_and_is_refused_all_the_same() {
        let allowance = Allowance::new(SignedDuration::from_secs(60));
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(allowance.spend("a", 1, now, false).used, 0);
        assert_eq!(allowance.spend("a", 1, now, true).used, 1);
        assert!(allowance.spend("a", 1, now, false).refused);
    }
}
