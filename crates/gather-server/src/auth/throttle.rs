//! How often somebody may try a password: by account and address, by address, and by account.
//!
//! Every try counts when it begins, so that many at once are many; one that succeeds takes its own back. An account is
//! not closed to the addresses at which it was signed in to before: guessing from elsewhere must not lock its user out.
//! All of it is in memory, bounded, and forgotten by a restart.
//!
//! Not here: comparing passwords (`passwords`).

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Tries count for so long.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Tries a window: of one account from one address, of one address, and of one account from addresses that are new to it.
const OF_BOTH: usize = 5;
const OF_ADDRESS: usize = 20;
const OF_ACCOUNT: usize = 50;

/// More names and addresses than this are not remembered; the oldest are forgotten first.
const MOST: usize = 20_000;

/// Whose tries are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Both(String, IpAddr),
    Address(IpAddr),
    Account(String),
}

impl Key {
    fn most(&self) -> usize {
        match self {
            Self::Both(..) => OF_BOTH,
            Self::Address(_) => OF_ADDRESS,
            Self::Account(_) => OF_ACCOUNT,
        }
    }
}

/// Counts tries.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    tries: HashMap<Key, VecDeque<Instant>>,
    /// Where each account was signed in to.
    known: HashMap<(String, IpAddr), Instant>,
}

/// A try that may be made.
#[derive(Debug)]
pub(crate) struct Try {
    keys: Vec<Key>,
    at: Instant,
}

impl Throttle {
    /// Counts a try, or says how long there can be none.
    pub(crate) fn begin(
        &self,
        account: &str,
        address: IpAddr,
        now: Instant,
    ) -> Result<Try, Duration> {
        let (account, address) = (account.to_lowercase(), network(address));
        let mut state = self.state();
        let both = (account.clone(), address);
        let is_known = state.known.contains_key(&both);
        let mut keys = vec![Key::Both(both.0, both.1), Key::Address(address)];
        if !is_known {
            keys.push(Key::Account(account));
        }
        let mut wait = Duration::ZERO;
        for key in &keys {
            let Some(tries) = state.tries.get_mut(key) else {
                continue;
            };
            while tries
                .front()
                .is_some_and(|&at| now.saturating_duration_since(at) >= WINDOW)
            {
                tries.pop_front();
            }
            if tries.len() >= key.most()
                && let Some(&oldest) = tries.front()
            {
                wait = wait.max(WINDOW.saturating_sub(now.saturating_duration_since(oldest)));
            }
        }
        if !wait.is_zero() {
            return Err(wait);
        }
        for key in &keys {
            state.tries.entry(key.clone()).or_default().push_back(now);
        }
        state.forget(now);
        Ok(Try { keys, at: now })
    }

    /// A try succeeded: it and those before it of the same account and address do not count.
    pub(crate) fn succeeded(&self, made: &Try) {
        let mut state = self.state();
        for key in &made.keys {
            match key {
                Key::Both(account, address) => {
                    state.tries.remove(key);
                    state.known.insert((account.clone(), *address), made.at);
                }
                Key::Address(_) | Key::Account(_) => {
                    if let Some(tries) = state.tries.get_mut(key) {
                        tries.pop_back();
                    }
                }
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps memory bounded whatever names and addresses come.
    fn forget(&mut self, now: Instant) {
        if self.tries.len() > MOST {
            let is_over = |at: &Instant| now.saturating_duration_since(*at) >= WINDOW;
            self.tries
                .retain(|_, tries| tries.back().is_some_and(|at| !is_over(at)));
        }
        // A flood of new names within a window: those with the fewest tries say the least.
        if self.tries.len() > MOST {
            self.tries
                .retain(|key, tries| !matches!(key, Key::Both(..)) || tries.len() > 1);
        }
        if self.tries.len() > MOST {
            self.tries
                .retain(|key, tries| matches!(key, Key::Address(_)) || tries.len() > 2);
        }
        if self.tries.len() > 2 * MOST {
            self.tries.clear();
        }
        if self.known.len() > MOST {
            let mut times: Vec<_> = self.known.values().copied().collect();
            times.sort_unstable();
            let middle = times[times.len() / 2];
            self.known.retain(|_, at| *at > middle);
        }
    }
}

/// Who has an IPv6 address has a whole /64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(n: u8) -> IpAddr {
        [203, 0, 113, n].into()
    }

    #[test]
    fn the_sixth_wrong_password_in_a_quarter_of_an_hour_has_to_wait() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..5 {
            throttle
                .begin("ana", at(1), now + Duration::from_secs(n))
                .unwrap();
        }
        let wait = throttle
            .begin("Ana", at(1), now + Duration::from_secs(60))
            .unwrap_err();
        assert_eq!(wait, WINDOW - Duration::from_secs(60));
        throttle.begin("ana", at(1), now + WINDOW).unwrap();
    }

    #[test]
    fn an_address_cannot_try_one_name_after_the_other() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..OF_ADDRESS {
            throttle.begin(&format!("user{n}"), at(1), now).unwrap();
        }
        throttle.begin("another", at(1), now).unwrap_err();
        throttle.begin("another", at(2), now).unwrap();
    }

    #[test]
    fn guessing_from_everywhere_is_stopped_and_does_not_lock_the_user_out() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let made = throttle.begin("ana", at(1), now).unwrap();
        throttle.succeeded(&made);
        for n in 0..OF_ACCOUNT {
            let address = [10, 0, u8::try_from(n).unwrap(), 1].into();
            throttle.begin("ana", address, now).unwrap();
        }
        throttle.begin("ana", at(2), now).unwrap_err();
        throttle.begin("ana", at(1), now).unwrap();
    }

    #[test]
    fn who_gets_in_starts_anew() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..3 {
            for _ in 0..4 {
                drop(throttle.begin("ana", at(1), now).unwrap());
            }
            let made = throttle.begin("ana", at(1), now).unwrap();
            throttle.succeeded(&made);
        }
    }

    #[test]
    fn a_whole_ipv6_network_is_one_address() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..5 {
            throttle
                .begin("ana", format!("2001:db8::{n}").parse().unwrap(), now)
                .unwrap();
        }
        throttle
            .begin("ana", "2001:db8::ffff".parse().unwrap(), now)
            .unwrap_err();
        throttle
            .begin("ana", "2001:db8:0:1::1".parse().unwrap(), now)
            .unwrap();
    }

    #[test]
    fn a_flood_of_names_takes_no_more_than_its_share_of_memory() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..3 * MOST {
            let address = std::net::Ipv4Addr::from(u32::try_from(n).unwrap()).into();
            let _ = throttle.begin(&format!("user{n}"), address, now);
        }
        assert!(throttle.state().tries.len() <= 2 * MOST + 3);
    }
}
