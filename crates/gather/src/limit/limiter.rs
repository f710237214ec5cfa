//! The limits as tasks meet them: [`Limiter::acquire`] waits, a [`Permit`] gives everything back when it is dropped.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Instant, SystemTime},
};

use super::{
    HostLimits, LaneId, Limits, Quota, UNANSWERED, WaitCause, Waits,
    core::{Core, Standing, Ticket},
    quota::Fate,
    sync::{Mutex, MutexGuard},
};
use crate::{
    clock::{Clock, Sleep},
    host::Host,
    ledger::{Booking, Claim, Settlement},
};

/// All limits of one client.
pub(crate) struct Limiter {
    clock: Clock,
    default: HostLimits,
    special: HashMap<Host, HostLimits>,
    core: Mutex<Core>,
}

impl Limiter {
    pub(crate) fn new(
        clock: Clock,
        in_flight: usize,
        default: HostLimits,
        special: HashMap<Host, HostLimits>,
        named: &[(String, Quota)],
    ) -> Self {
        let mut core = Core::new(in_flight);
        for (name, quota) in named {
            core.add_named(name, *quota);
        }
        Self {
            clock,
            default,
            special,
            core: Mutex::new(core),
        }
    }

    /// The lane of requests to `host` that also count against the quotas named; `Err` is a name nobody declared.
    pub(crate) fn lane(&self, host: &Host, named: &[Box<str>]) -> Result<LaneId, String> {
        let limits = self.special.get(host).unwrap_or(&self.default);
        let now = self.clock.now();
        self.lock().lane(host, limits, named, now)
    }

    /// How many requests to a host may be in flight.
    pub(crate) fn width(&self, host: &Host) -> usize {
        self.special.get(host).unwrap_or(&self.default).in_flight
    }

    /// All of them but the named quotas.
    pub(crate) fn limits(&self) -> Limits {
        let special = self.special.iter();
        special.fold(
            Limits::new(self.lock().limit()).each_host(self.default.clone()),
            |limits, (host, special)| limits.host(host.clone(), special.clone()),
        )
    }

    /// How many requests hold a permit.
    pub(crate) fn in_flight(&self) -> usize {
        self.lock().in_flight()
    }

    /// Leaves the host of a lane alone until `until`.
    pub(crate) fn cool(&self, lane: LaneId, until: Instant) {
        self.lock().cool(lane, until);
    }

    /// What a request of a lane claims of a ledger.
    pub(crate) fn claim(&self, lane: LaneId) -> Arc<Claim> {
        self.lock().claim(lane)
    }

    /// The ledger has nothing for a lane before `until`: what is missing is left alone until then.
    pub(crate) fn full(&self, lane: LaneId, cause: WaitCause, until: Instant) {
        self.lock().full(lane, cause, until);
    }

    /// Waits until a request of this lane may start.
    ///
    /// Fails as soon as it is clear that the wait would end after `deadline`. Dropping the future gives the place in
    /// the queue back; nothing was sent.
    pub(crate) fn acquire(self: &Arc<Self>, lane: LaneId, deadline: Option<Instant>) -> Acquire {
        Acquire {
            limiter: Arc::clone(self),
            lane,
            deadline,
            ticket: None,
            alarm: None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core
            .lock()
            .expect("no code panics while it holds this lock")
    }

    /// Changes the state, then wakes whoever may go on, after the lock was given back.
    fn change<T>(&self, change: impl FnOnce(&mut Core) -> T) -> T {
        let mut core = self.lock();
        let result = change(&mut core);
        let woken = core.take_woken();
        drop(core);
        for waker in woken {
            waker.wake();
        }
        result
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

/// The wait would end after the deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong {
    pub(crate) until: Instant,
    pub(crate) cause: WaitCause,
}

/// See [`Limiter::acquire`].
pub(crate) struct Acquire {
    limiter: Arc<Limiter>,
    lane: LaneId,
    deadline: Option<Instant>,
    ticket: Option<Ticket>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Acquire {
    /// What it waits for now.
    pub(crate) fn cause(&self) -> WaitCause {
        self.limiter.lock().cause(self.lane)
    }
}

impl Future for Acquire {
    type Output = Result<(Permit, Waits), TooLong>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            let now = this.limiter.clock.now();
            let (lane, ticket) = (this.lane, this.ticket);
            let (ticket, standing, (has_quota, counts_sends)) = this.limiter.change(|core| {
                // `look` leaves the real waker when there is something to wait for.
                let ticket =
                    ticket.unwrap_or_else(|| core.enqueue(lane, Waker::noop().clone(), now));
                core.pump(now);
                (
                    ticket,
                    core.look(lane, ticket, cx.waker()),
                    core.counts(lane),
                )
            });
            this.ticket = Some(ticket);
            let (until, cause) = match standing {
                Standing::Granted(waits) => {
                    this.ticket = None;
                    let permit = Permit {
                        limiter: Arc::clone(&this.limiter),
                        lane,
                        has_quota,
                        counts_sends,
                        booking: None,
                        stage: Stage::Granted,
                    };
                    return Poll::Ready(Ok((permit, waits)));
                }
                Standing::Queued => {
                    this.alarm = None;
                    return Poll::Pending;
                }
                Standing::Until(until, cause) => (until, cause),
            };
            if this.deadline.is_some_and(|deadline| until > deadline) {
                return Poll::Ready(Err(TooLong { until, cause }));
            }
            let alarm = match &mut this.alarm {
                Some(alarm) => {
                    alarm.as_mut().reset(until);
                    alarm
                }
                none => none.insert(Box::pin(this.limiter.clock.sleep_until(until))),
            };
            if alarm.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            // The time has come while we looked: look again.
        }
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            let now = self.limiter.clock.now();
            self.limiter
                .change(|core| core.leave(self.lane, ticket, now));
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Granted,
    Sent,
    Recalled,
    /// When the server had counted it at the latest, where a ledger wants to know.
    Answered(Option<SystemTime>),
}

/// The right to have one request in flight. Dropping it gives the slots back; the places in the quotas come free by
/// what became of the request.
#[derive(Debug)]
pub(crate) struct Permit {
    limiter: Arc<Limiter>,
    lane: LaneId,
    has_quota: bool,
    counts_sends: bool,
    /// The same in the ledger, where there is one.
    booking: Option<Booking>,
    stage: Stage,
}

impl Permit {
    /// The same was reserved in the ledger, too.
    pub(crate) fn book(&mut self, booking: Booking) {
        self.booking = Some(booking);
    }

    /// The request is about to be written: from now on the server may count it.
    pub(crate) fn sent(&mut self) {
        debug_assert_eq!(self.stage, Stage::Granted, "a permit is for one request");
        self.stage = Stage::Sent;
        if self.counts_sends {
            self.settle(Fate::Sent);
        }
    }

    /// The request provably was not written after all. For another one, a new permit is needed.
    pub(crate) fn recalled(&mut self) {
        self.stage = Stage::Recalled;
    }

    /// The answer has begun to arrive: the server has counted the request, unless it was `free`.
    pub(crate) fn answered(&mut self, free: bool) {
        if free {
            // Its places come back as if it had not been made.
            self.settle(Fate::Recalled);
        } else {
            self.settle(Fate::Answered);
        }
        let counted = (!free && self.booking.is_some()).then(|| self.limiter.clock.wall());
        self.stage = Stage::Answered(counted);
    }

    fn settle(&self, fate: Fate) {
        if self.has_quota {
            let now = self.limiter.clock.now();
            self.limiter
                .change(|core| core.settle(self.lane, fate, now));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let counted = match self.stage {
            Stage::Granted => {
                self.settle(Fate::Unsent);
                None
            }
            Stage::Sent => {
                self.settle(Fate::Unanswered);
                Some(self.limiter.clock.wall() + UNANSWERED)
            }
            Stage::Recalled => {
                self.settle(Fate::Recalled);
                None
            }
            Stage::Answered(counted) => counted,
        };
        let (limiter, lane) = (Arc::clone(&self.limiter), self.lane);
        let release = move || {
            let now = limiter.clock.now();
            limiter.change(|core| core.release(lane, now));
        };
        match self.booking.take() {
            // The ledger first: the next request would find the slot taken there.
            Some(booking) => booking.settle(
                counted.map_or(Settlement::Unsent, Settlement::Counted),
                release,
            ),
            None => release(),
        }
    }
}
