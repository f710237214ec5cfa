//! Limits that several processes share: a ledger that all of them ask before a request is sent.
//!
//! The client's own limits come first: they cost nothing and keep the order of arrival. What they let pass asks the
//! ledger, which grants a slot of the host and places in all quotas of the request, or nothing, in one atomic step that
//! every other process sees before it answers. A process that dies between reserving and settling leaves what it took
//! taken until it expires.
//!
//! Not here: a ledger in a file or a database. Whoever has one implements [`Ledger`] over it.

use std::{
    collections::{HashMap, VecDeque},
    error::Error as StdError,
    fmt,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::sync::Semaphore;

use crate::{
    host::Host,
    limit::{Quota, WaitCause},
};

/// A place wanted in one quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What the quota is kept under, the same in every process that declares it: the name of a quota that was given
    /// one, else host, number and window, such as `https://api.example 100/86400s`.
    pub key: String,
    /// The quota.
    pub quota: Quota,
}

/// What one request needs of what processes share.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The host it goes to, such as `https://api.example`: the same text in every process.
    pub host: String,
    /// How many requests may be in flight to this host, all processes together; at least 1.
    pub in_flight: usize,
    /// Its quotas; empty where the host has none.
    pub places: Vec<Place>,
}

impl Claim {
    /// A claim on a slot of a host, and on no quota.
    #[must_use]
    pub fn new(host: impl Into<String>, in_flight: usize) -> Self {
        Self {
            host: host.into(),
            in_flight: in_flight.max(1),
            places: Vec::new(),
        }
    }
}

/// What a ledger answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reservation {
    /// A slot of the host and a place in every quota were taken. The number stands for all of them.
    Granted(u64),
    /// Something is not to be had before `until`, and nothing was taken.
    Full {
        /// When to ask again. For a place whose request is under way that is [`Quota::hold`] from now, which is when
        /// it comes free at the earliest; to name the end of its doubt would make everybody wait for the worst case.
        /// For a slot it is a moment from now, since nobody knows when the other request ends.
        until: SystemTime,
        /// What is missing: [`WaitCause::Quota`], [`WaitCause::Host`] (a slot), or [`WaitCause::CoolDown`].
        cause: WaitCause,
    },
}

/// What became of a request whose places were reserved. Its slot is free again in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Settlement {
    /// It was never sent, or cost nothing: its places are free again.
    Unsent,
    /// The server has counted it by this time at the latest: each place comes free [`Quota::hold`] after it.
    Counted(SystemTime),
}

/// Why a ledger does not work. The request is not sent then.
pub type LedgerError = Box<dyn StdError + Send + Sync>;

/// A ledger's own error as the cause of ours.
#[derive(Debug)]
pub(crate) struct LedgerFault(pub(crate) LedgerError);

impl fmt::Display for LedgerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for LedgerFault {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// Limits shared between processes. The methods may block, on a disk or a lock; they are called on threads made for
/// that.
pub trait Ledger: Send + Sync + 'static {
    /// Takes a slot of the host and one place in each quota of the claim, or nothing.
    ///
    /// A place counts as taken from `now` on. Until it is settled, and if it never is, it comes free [`Quota::hold`] after
    /// `now + in_doubt`, when the request must be over one way or the other; the slot comes free at `now + in_doubt`.
    /// When this returns `Granted`, what was taken must be taken for every other process, also if this one dies.
    ///
    /// # Errors
    /// Whatever keeps the ledger from answering.
    fn reserve(
        &self,
        claim: &Claim,
        now: SystemTime,
        in_doubt: Duration,
    ) -> Result<Reservation, LedgerError>;

    /// Says that the request of a reservation is over, and what became of it. Called at most once for each.
    fn settle(&self, reservation: u64, settlement: Settlement);

    /// The host asked at `now` to be left alone until then; claims on it are `Full` before that. By default nothing is
    /// kept, and each client has to be told by the host itself.
    fn cool(&self, host: &str, until: SystemTime, now: SystemTime) {
        let _ = (host, until, now);
    }
}

/// A ledger in memory: for clients of one process that share a key, and for tests.
///
/// Clones share the same places.
#[derive(Clone, Default)]
pub struct MemoryLedger(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    next: u64,
    taken: HashMap<String, Vec<Taken>>,
    /// The reservations that hold a slot of a host, and when they are over at the latest.
    slots: HashMap<String, Vec<(u64, SystemTime)>>,
    cooling: HashMap<String, SystemTime>,
}

/// How soon to ask again for a slot that somebody else holds.
const SLOT_PAUSE: Duration = Duration::from_millis(20);

/// A taken place: until when, by which reservation, and how long after it was counted it is held.
struct Taken {
    until: SystemTime,
    reservation: u64,
    hold: Duration,
    settled: bool,
}

impl Taken {
    /// When the place comes free at the earliest, as far as is known at `now`.
    fn free_at(&self, now: SystemTime) -> SystemTime {
        if self.settled {
            self.until
        } else {
            self.until.min(now + self.hold)
        }
    }
}

impl Ledger for MemoryLedger {
    fn reserve(
        &self,
        claim: &Claim,
        now: SystemTime,
        in_doubt: Duration,
    ) -> Result<Reservation, LedgerError> {
        let mut memory = self.0.lock().map_err(|e| e.to_string())?;
        if let Some(&until) = memory.cooling.get(&claim.host)
            && until > now
        {
            let cause = WaitCause::CoolDown;
            return Ok(Reservation::Full { until, cause });
        }
        let slots = memory.slots.entry(claim.host.clone()).or_default();
        slots.retain(|&(_, until)| until > now);
        if slots.len() >= claim.in_flight {
            let (until, cause) = (now + SLOT_PAUSE, WaitCause::Host);
            return Ok(Reservation::Full { until, cause });
        }
        let mut full: Option<SystemTime> = None;
        for place in &claim.places {
            let taken = memory.taken.entry(place.key.clone()).or_default();
            taken.retain(|taken| taken.until > now);
            let over = (taken.len() + 1).saturating_sub(place.quota.requests() as usize);
            if over > 0 {
                let mut free: Vec<_> = taken.iter().map(|taken| taken.free_at(now)).collect();
                free.sort_unstable();
                full = full.max(Some(free[over - 1]));
            }
        }
        if let Some(until) = full {
            let cause = WaitCause::Quota;
            return Ok(Reservation::Full { until, cause });
        }
        memory.next += 1;
        let reservation = memory.next;
        let slots = memory.slots.entry(claim.host.clone()).or_default();
        slots.push((reservation, now + in_doubt));
        for place in &claim.places {
            let taken = memory.taken.entry(place.key.clone()).or_default();
            let hold = place.quota.hold();
            taken.push(Taken {
                until: now + in_doubt + hold,
                reservation,
                hold,
                settled: false,
            });
        }
        Ok(Reservation::Granted(reservation))
    }

    fn settle(&self, reservation: u64, settlement: Settlement) {
        let Ok(mut memory) = self.0.lock() else {
            return;
        };
        for slots in memory.slots.values_mut() {
            slots.retain(|&(other, _)| other != reservation);
        }
        for taken in memory.taken.values_mut() {
            match settlement {
                Settlement::Unsent => taken.retain(|taken| taken.reservation != reservation),
                Settlement::Counted(at) => taken
                    .iter_mut()
                    .filter(|taken| taken.reservation == reservation)
                    .for_each(|taken| {
                        taken.until = at + taken.hold;
                        taken.settled = true;
                    }),
            }
        }
    }

    fn cool(&self, host: &str, until: SystemTime, _: SystemTime) {
        let Ok(mut memory) = self.0.lock() else {
            return;
        };
        let cooling = memory.cooling.entry(host.to_owned()).or_insert(until);
        *cooling = until.max(*cooling);
    }
}

impl fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLedger").finish_non_exhaustive()
    }
}

/// How many reservations are made at once. A ledger has one writer at a time, and who waits for it needs no thread: one
/// asks while the other gets ready.
const RESERVERS: usize = 2;

/// A ledger that can be shared and printed.
#[derive(Clone)]
pub(crate) struct SharedLedger {
    ledger: Arc<dyn Ledger>,
    /// Given in order of arrival.
    reservers: Arc<Semaphore>,
    afterwards: Arc<Afterwards>,
}

impl SharedLedger {
    pub(crate) fn new(ledger: impl Ledger) -> Self {
        Self {
            ledger: Arc::new(ledger),
            reservers: Arc::new(Semaphore::new(RESERVERS)),
            afterwards: Arc::default(),
        }
    }

    /// Reserves on a thread that may wait. Dropping the future gives back what is granted after all.
    pub(crate) async fn reserve(
        &self,
        claim: Arc<Claim>,
        now: SystemTime,
        in_doubt: Duration,
    ) -> Result<Result<Booking, (SystemTime, WaitCause)>, LedgerError> {
        let ledger = self.clone();
        // It is never closed.
        let turn = Arc::clone(&self.reservers).acquire_owned().await;
        let work = move || {
            let _turn = turn;
            ledger
                .ledger
                .reserve(&claim, now, in_doubt)
                .map(|answer| match answer {
                    Reservation::Granted(reservation) => Ok(Booking {
                        ledger: ledger.clone(),
                        reservation: Some(reservation),
                    }),
                    Reservation::Full { until, cause } => Err((until, cause)),
                })
        };
        // A task that was given up on still runs to its end; its booking settles itself when it is dropped.
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|died| Err(died.into()))
    }

    /// Tells the others that a host wants to be left alone.
    pub(crate) fn cool(&self, host: &Host, until: SystemTime, now: SystemTime) {
        let (ledger, host) = (self.clone(), host.to_string());
        self.afterwards
            .tell(move || ledger.ledger.cool(&host, until, now));
    }
}

/// What a ledger is told and nobody waits for, one after the other in the order in which it was said.
///
/// One thread at a time does it: a ledger has one writer, and hundreds of answers that come together would else hold a
/// thread each to wait for it.
#[derive(Default)]
struct Afterwards(Mutex<Told>);

#[derive(Default)]
struct Told {
    waiting: VecDeque<Box<dyn FnOnce() + Send>>,
    /// A thread is at it, and does what is added too.
    busy: bool,
}

impl Afterwards {
    fn tell(self: &Arc<Self>, work: impl FnOnce() + Send + 'static) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            // Outside of a runtime nobody minds a short wait.
            return work();
        };
        let mut told = self.told();
        told.waiting.push_back(Box::new(work));
        if !std::mem::replace(&mut told.busy, true) {
            let all = Arc::clone(self);
            drop(runtime.spawn_blocking(move || all.work()));
        }
    }

    fn work(&self) {
        while let Some(work) = self.next() {
            // A ledger that panics has said so; what others have to tell is not lost with it.
            let _ = std::panic::catch_unwind(AssertUnwindSafe(work));
        }
    }

    /// The next that is to be done; with the last of it the thread is free.
    fn next(&self) -> Option<Box<dyn FnOnce() + Send>> {
        let mut told = self.told();
        let next = told.waiting.pop_front();
        told.busy = next.is_some();
        next
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SharedLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ledger")
    }
}

/// What was reserved. Dropped without a word, it is free again.
#[derive(Debug)]
pub(crate) struct Booking {
    ledger: SharedLedger,
    reservation: Option<u64>,
}

impl Booking {
    /// Settles, and then does something that depends on it.
    pub(crate) fn settle(mut self, settlement: Settlement, then: impl FnOnce() + Send + 'static) {
        self.hand_over(settlement, then);
    }

    fn hand_over(&mut self, settlement: Settlement, then: impl FnOnce() + Send + 'static) {
        let Some(reservation) = self.reservation.take() else {
            return then();
        };
        let ledger = self.ledger.clone();
        let afterwards = Arc::clone(&ledger.afterwards);
        afterwards.tell(move || {
            ledger.ledger.settle(reservation, settlement);
            then();
        });
    }
}

impl Drop for Booking {
    fn drop(&mut self) {
        self.hand_over(Settlement::Unsent, || {});
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Notes the thread of each settlement, the first of which takes until it is let go.
    #[derive(Default)]
    struct Slow {
        held: Mutex<()>,
        settled: Mutex<Vec<(u64, std::thread::ThreadId)>>,
    }

    impl Ledger for Arc<Slow> {
        fn reserve(
            &self,
            _: &Claim,
            _: SystemTime,
            _: Duration,
        ) -> Result<Reservation, LedgerError> {
            unreachable!("nothing is reserved")
        }

        fn settle(&self, reservation: u64, _: Settlement) {
            drop(self.held.lock());
            let thread = std::thread::current().id();
            self.settled.lock().unwrap().push((reservation, thread));
            assert_ne!(reservation, 3, "a ledger that panics");
        }

        fn cool(&self, _: &str, _: SystemTime, _: SystemTime) {}
    }

    #[tokio::test]
    async fn settlements_are_told_in_order_by_one_thread_and_survive_one_that_panics() {
        let slow = Arc::new(Slow::default());
        let ledger = SharedLedger::new(Arc::clone(&slow));
        let held = slow.held.lock().unwrap();
        let (done, mut all) = tokio::sync::mpsc::unbounded_channel();
        for reservation in 0..100 {
            let booking = Booking {
                ledger: ledger.clone(),
                reservation: Some(reservation),
            };
            let done = done.clone();
            booking.settle(Settlement::Unsent, move || done.send(()).unwrap());
        }
        drop(held);
        // All but that of the settlement that panicked.
        for _ in 0..99 {
            all.recv().await.unwrap();
        }
        let settled = slow.settled.lock().unwrap();
        let order: Vec<u64> = settled
            .iter()
            .map(|(reservation, _)| *reservation)
            .collect();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
        assert!(settled.iter().all(|(_, thread)| *thread == settled[0].1));
    }

    const MS: Duration = Duration::from_millis(1);
    const IN_DOUBT: u64 = 500;

    #[derive(Debug, Clone, Copy)]
    enum Ending {
        /// Counted by the server so long after the reservation, and settled that much later.
        Answered(u64, u64),
        /// The process died: the server may count it as long as it is in doubt, and nobody settles.
        Died(u64),
        Unsent(u64),
    }

    fn ending() -> impl Strategy<Value = Ending> {
        prop_oneof![
            6 => (0..IN_DOUBT / 2, 0..IN_DOUBT / 2).prop_map(|(seen, later)| Ending::Answered(seen, later)),
            1 => (0..IN_DOUBT).prop_map(Ending::Died),
            1 => (0..IN_DOUBT).prop_map(Ending::Unsent),
        ]
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_the_quota_over_processes_that_come_and_die(
            asks in prop::collection::vec((0_u64..60, ending()), 1..150),
            requests in 1_u32..10,
            per in 50_u64..600,
        ) {
            let quota = Quota::new(requests, MS * u32::try_from(per).unwrap());
            let mut claim = Claim::new("h", 1_000);
            claim.places.push(Place { key: "k".to_owned(), quota });
            let ledger = MemoryLedger::default();
            let at = |ms: u64| SystemTime::UNIX_EPOCH + Duration::from_millis(ms);
            let (mut now, mut seen) = (0, Vec::new());
            let mut settlements: Vec<(u64, u64, Settlement)> = Vec::new();
            for (pause, ending) in asks {
                now += pause;
                settlements.sort_unstable_by_key(|&(due, ..)| due);
                while settlements.first().is_some_and(|&(due, ..)| due <= now) {
                    let (_, reservation, settlement) = settlements.remove(0);
                    ledger.settle(reservation, settlement);
                }
                match ledger.reserve(&claim, at(now), MS * 500).unwrap() {
                    Reservation::Full { until, cause } => {
                        prop_assert_eq!(cause, WaitCause::Quota);
                        prop_assert!(until > at(now));
                    }
                    Reservation::Granted(reservation) => match ending {
                        Ending::Answered(after, later) => {
                            seen.push(now + after);
                            let counted = now + after + later;
                            settlements.push((counted, reservation, Settlement::Counted(at(counted))));
                        }
                        Ending::Died(after) => seen.push(now + after),
                        Ending::Unsent(after) => {
                            settlements.push((now + after, reservation, Settlement::Unsent));
                        }
                    },
                }
            }
            seen.sort_unstable();
            for (first, &from) in seen.iter().enumerate() {
                let window = seen[first..].iter().take_while(|&&at| at - from <= per).count();
                prop_assert!(window <= requests as usize, "{window} in one window");
            }
        }
    }
}
