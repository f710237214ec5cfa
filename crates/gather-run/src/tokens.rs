//! OAuth2 tokens of a run's sources: one request for all that wait, one fresh token for all that were refused.

use std::time::{Duration, Instant};

use gather_sources::Token;

use crate::live::Fetch;

/// A token is renewed this long before its end, since a request takes time to arrive.
const EARLY: Duration = Duration::from_secs(30);

/// How often one run may renew a token that the server refuses.
const MOST_RENEWALS: u32 = 3;

/// A token of a source, which outlives the run that asked for it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) token: Token,
    /// When it ends, where the server said so.
    ends: Option<Instant>,
}

impl Held {
    pub(crate) fn new(token: Token, asked_at: Instant) -> Self {
        // One that hardly outlives its renewal is used until it is refused, and refusals are counted.
        let ends = token
            .lives
            .filter(|&lives| lives >= 2 * EARLY)
            .and_then(|lives| asked_at.checked_add(lives - EARLY));
        Self { token, ends }
    }

    fn is_good(&self, now: Instant) -> bool {
        self.ends.is_none_or(|ends| now < ends)
    }
}

/// How one source stands with its token in a run.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    held: Option<Held>,
    /// Counts the tokens, so that a refusal of an old one is told from one of the present.
    number: u32,
    /// Since when a token is being asked for.
    asking: Option<Instant>,
    renewals: u32,
    waiting: Vec<Fetch>,
}

impl Desk {
    pub(crate) fn with(held: Option<Held>) -> Self {
        Self {
            held,
            ..Self::default()
        }
    }

    pub(crate) fn held(&self) -> Option<&Held> {
        self.held.as_ref()
    }

    /// The token to send now, with its number.
    pub(crate) fn token(&self, now: Instant) -> Option<(&Token, u32)> {
        let held = self.held.as_ref().filter(|held| held.is_good(now))?;
        Some((&held.token, self.number))
    }

    /// Lets a request wait. `true`: somebody has to ask for a token now.
    pub(crate) fn wait(&mut self, waiting: Fetch, now: Instant) -> bool {
        self.waiting.push(waiting);
        let first = self.asking.is_none();
        self.asking.get_or_insert(now);
        first
    }

    /// A request with token `number` was refused. `false`: a fresh token will not help either.
    pub(crate) fn refused(&mut self, number: u32) -> bool {
        if number != self.number || self.asking.is_some() {
            // Somebody has renewed it meanwhile, or is about to.
            return true;
        }
        self.held = None;
        self.renewals += 1;
        self.renewals <= MOST_RENEWALS
    }

    /// A token came: whoever waits may go.
    pub(crate) fn came(&mut self, token: Token, now: Instant) -> Vec<Fetch> {
        let asked_at = self.asking.take().unwrap_or(now);
        self.held = Some(Held::new(token, asked_at));
        self.number += 1;
        std::mem::take(&mut self.waiting)
    }

    /// No token came: whoever waits waits in vain.
    pub(crate) fn failed(&mut self) -> Vec<Fetch> {
        self.asking = None;
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(lives: Option<u64>) -> Token {
        Token {
            value: "t".into(),
            lives: lives.map(Duration::from_secs),
        }
    }

    #[test]
    fn a_token_is_renewed_before_it_ends_unless_it_lives_too_shortly_for_that() {
        let clock = gather::ManualClock::new();
        let start = clock.clock().now();
        let good = |lives, after| {
            Held::new(token(lives), start).is_good(start + Duration::from_secs(after))
        };
        assert!(good(Some(3600), 3569));
        assert!(!good(Some(3600), 3570));
        assert!(good(Some(60), 29) && !good(Some(60), 30));
        assert!(
            good(Some(0), 0) && good(Some(59), 100),
            "until it is refused"
        );
        assert!(good(None, 1_000_000));
    }

    #[test]
    fn many_refusals_of_one_token_are_one_renewal() {
        let clock = gather::ManualClock::new();
        let now = clock.clock().now();
        let mut desk = Desk::default();
        desk.came(token(None), now);
        let number = desk.token(now).unwrap().1;
        assert!(desk.refused(number), "the first one renews it");
        assert!(desk.token(now).is_none());
        desk.asking = Some(now);
        for _ in 0..50 {
            assert!(desk.refused(number), "and the others wait for that");
        }
        desk.came(token(None), now);
        assert!(desk.refused(number), "or take the new one");
        assert!(desk.token(now).is_some());
        for _ in 0..2 {
            let number = desk.token(now).unwrap().1;
            assert!(desk.refused(number));
            desk.came(token(None), now);
        }
        let number = desk.token(now).unwrap().1;
        assert!(!desk.refused(number), "a server that refuses all of them");
    }
}
