//! The state behind the limits, without clock, lock or task: instants come in as arguments, wakers go out in a list.
//!
//! Requests that need the same host and the same quotas stand in one *lane*, in order of arrival. Only the head of a
//! lane can be next, and a lane that cannot move is parked with whatever holds it up, so that each event costs a few
//! steps however many wait. A lane waiting for a time has its head keep the alarm.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    task::Waker,
    time::Instant,
};

use super::{
    HostLimits, Quota, WaitCause, Waits,
    quota::{Fate, Free, Places},
};
use crate::{
    hash::HashMap,
    host::Host,
    ledger::{Claim, Place},
};

/// A lane, by its place in the list of lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LaneId(usize);

/// A place in a lane's queue; later arrivals have greater numbers.
pub(super) type Ticket = u64;

#[derive(Debug)]
pub(super) struct Core {
    limit: usize,
    in_flight: usize,
    hosts: Vec<HostSlots>,
    host_ids: HashMap<Host, usize>,
    quotas: Vec<Places>,
    /// What each quota is called in a ledger.
    keys: Vec<String>,
    named: HashMap<Box<str>, usize>,
    lanes: Vec<Lane>,
    lane_ids: HashMap<(usize, Box<[usize]>), LaneId>,
    waiters: HashMap<Ticket, Waiter>,
    next_ticket: Ticket,
    /// Lanes whose head lacks nothing but a slot overall, as far as is known, by the ticket of the head.
    ready: BTreeMap<Ticket, LaneId>,
    /// Lanes whose head may look again at an instant.
    timed: BTreeSet<(Instant, LaneId)>,
    /// Whom to wake once the lock is given back.
    woken: Vec<Waker>,
}

#[derive(Debug)]
struct HostSlots {
    name: String,
    limit: usize,
    in_flight: usize,
    quotas: Vec<usize>,
    cool_until: Option<Instant>,
    /// Other processes hold all of its slots; there may be one again then.
    elsewhere_until: Option<Instant>,
    parked: Vec<LaneId>,
    /// The lane of requests that name no quota.
    lane: Option<LaneId>,
}

#[derive(Debug)]
struct Lane {
    host: usize,
    quotas: Box<[usize]>,
    /// What a request of this lane claims of a ledger.
    claim: Arc<Claim>,
    queue: VecDeque<Ticket>,
    parked: Parked,
    cause: WaitCause,
    since: Instant,
    /// How long the lane has stood still since the beginning, by cause.
    stood: Waits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parked {
    /// Nobody waits.
    Empty,
    /// In `ready` under the head's ticket.
    Ready(Ticket),
    /// In `timed`.
    Until(Instant),
    /// With its host.
    Host,
    /// With a quota.
    Quota(usize),
}

#[derive(Debug)]
struct Waiter {
    waker: Waker,
    /// The lane's `stood` at arrival.
    stood: Waits,
    granted: Option<Waits>,
    until: Option<Instant>,
}

/// What a waiter finds when it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It may start; this is how long it waited.
    Granted(Waits),
    /// It is the head of its lane and must ring at this instant.
    Until(Instant, WaitCause),
    /// It will be woken.
    Queued,
}

impl Core {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            in_flight: 0,
            hosts: Vec::new(),
            host_ids: HashMap::default(),
            quotas: Vec::new(),
            keys: Vec::new(),
            named: HashMap::default(),
            lanes: Vec::new(),
            lane_ids: HashMap::default(),
            waiters: HashMap::default(),
            next_ticket: 0,
            ready: BTreeMap::new(),
            timed: BTreeSet::new(),
            woken: Vec::new(),
        }
    }

    /// Adds a quota that requests of any host may name.
    pub(super) fn add_named(&mut self, name: &str, quota: Quota) {
        let id = self.add_quota(quota, name.to_owned());
        self.named.insert(name.into(), id);
    }

    /// The lane of requests to `host` that also count against the quotas named, or the first name that is not known.
    pub(super) fn lane(
        &mut self,
        host: &Host,
        limits: &HostLimits,
        named: &[Box<str>],
        now: Instant,
    ) -> Result<LaneId, String> {
        let host = match self.host_ids.get(host) {
            Some(&id) => id,
            None => self.add_host(host.clone(), limits),
        };
        if let (true, Some(lane)) = (named.is_empty(), self.hosts[host].lane) {
            return Ok(lane);
        }
        let mut quotas = self.hosts[host].quotas.clone();
        for name in named {
            quotas.push(*self.named.get(name).ok_or_else(|| name.to_string())?);
        }
        quotas.sort_unstable();
        quotas.dedup();
        let key = (host, quotas.into_boxed_slice());
        if let Some(&lane) = self.lane_ids.get(&key) {
            return Ok(lane);
        }
        let lane = LaneId(self.lanes.len());
        for &quota in &key.1 {
            self.quotas[quota].lanes.push(lane);
        }
        let place = |&quota: &usize| Place {
            key: self.keys[quota].clone(),
            quota: self.quotas[quota].quota(),
        };
        let mut claim = Claim::new(&*self.hosts[host].name, self.hosts[host].limit);
        claim.places = key.1.iter().map(place).collect();
        self.lanes.push(Lane {
            host,
            claim: Arc::new(claim),
            quotas: key.1.clone(),
            queue: VecDeque::new(),
            parked: Parked::Empty,
            cause: WaitCause::Slot,
            since: now,
            stood: Waits::default(),
        });
        self.lane_ids.insert(key, lane);
        if named.is_empty() {
            self.hosts[host].lane = Some(lane);
        }
        Ok(lane)
    }

    fn add_quota(&mut self, quota: Quota, key: String) -> usize {
        self.quotas.push(Places::new(quota));
        self.keys.push(key);
        self.quotas.len() - 1
    }

    fn add_host(&mut self, host: Host, limits: &HostLimits) -> usize {
        let quotas = limits
            .quotas
            .iter()
            .map(|&quota| self.add_quota(quota, quota.key(&host)))
            .collect();
        self.hosts.push(HostSlots {
            name: host.to_string(),
            limit: limits.in_flight.max(1),
            in_flight: 0,
            quotas,
            cool_until: None,
            elsewhere_until: None,
            parked: Vec::new(),
            lane: None,
        });
        let id = self.hosts.len() - 1;
        self.host_ids.insert(host, id);
        id
    }

    /// Takes a place at the end of the lane.
    pub(super) fn enqueue(&mut self, lane: LaneId, waker: Waker, now: Instant) -> Ticket {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.set_cause(lane, None, now);
        let line = &mut self.lanes[lane.0];
        line.queue.push_back(ticket);
        self.waiters.insert(
            ticket,
            Waiter {
                waker,
                stood: line.stood,
                granted: None,
                until: None,
            },
        );
        if line.parked == Parked::Empty {
            self.make_ready(lane, now);
        }
        ticket
    }

    /// What the holder of `ticket` finds; `Granted` is told once and hands the permit over.
    pub(super) fn look(&mut self, lane: LaneId, ticket: Ticket, waker: &Waker) -> Standing {
        let waiter = self
            .waiters
            .get_mut(&ticket)
            .expect("a ticket has its waiter until it is granted or left");
        if let Some(waits) = waiter.granted {
            self.waiters.remove(&ticket);
            return Standing::Granted(waits);
        }
        if !waiter.waker.will_wake(waker) {
            waiter.waker = waker.clone();
        }
        match waiter.until {
            Some(until) => Standing::Until(until, self.lanes[lane.0].cause),
            None => Standing::Queued,
        }
    }

    /// Whether the lane has quotas, and whether any of them counts when requests are written.
    pub(super) fn counts(&self, lane: LaneId) -> (bool, bool) {
        let quotas = &self.lanes[lane.0].quotas;
        let sends = |&quota: &usize| self.quotas[quota].counts_sends();
        (!quotas.is_empty(), quotas.iter().any(sends))
    }

    /// What a request of a lane claims of a ledger.
    pub(super) fn claim(&self, lane: LaneId) -> Arc<Claim> {
        Arc::clone(&self.lanes[lane.0].claim)
    }

    /// The ledger has nothing for a lane before `until`: what is missing is left alone until then.
    pub(super) fn full(&mut self, lane: LaneId, cause: WaitCause, until: Instant) {
        match cause {
            WaitCause::Quota => self.pause(lane, until),
            WaitCause::CoolDown => self.cool(lane, until),
            WaitCause::Slot | WaitCause::Host => {
                let host = self.lanes[lane.0].host;
                self.hosts[host].elsewhere_until = Some(until);
            }
        }
    }

    /// Leaves the quotas of a lane alone until `until`.
    fn pause(&mut self, lane: LaneId, until: Instant) {
        for &quota in &self.lanes[lane.0].quotas {
            self.quotas[quota].pause(until);
        }
    }

    /// What the lane waits for now.
    pub(super) fn cause(&self, lane: LaneId) -> WaitCause {
        self.lanes[lane.0].cause
    }

    /// Gives a place in the queue back, or the permit if it was granted meanwhile.
    pub(super) fn leave(&mut self, lane: LaneId, ticket: Ticket, now: Instant) {
        let Some(waiter) = self.waiters.remove(&ticket) else {
            return;
        };
        if waiter.granted.is_some() {
            self.settle(lane, Fate::Unsent, now);
            self.release(lane, now);
            return;
        }
        let queue = &mut self.lanes[lane.0].queue;
        let Ok(at) = queue.binary_search(&ticket) else {
            return;
        };
        queue.remove(at);
        if at == 0 {
            self.make_ready(lane, now);
        }
        self.pump(now);
    }

    /// Lets everybody start who may.
    pub(super) fn pump(&mut self, now: Instant) {
        while let Some(&(at, lane)) = self.timed.first() {
            if at > now {
                break;
            }
            self.make_ready(lane, now);
        }
        while self.in_flight < self.limit {
            let Some((_, lane)) = self.ready.pop_first() else {
                break;
            };
            match self.obstacle(lane, now) {
                None => self.grant(lane, now),
                Some((parked, cause)) => self.park(lane, parked, cause, now),
            }
        }
    }

    fn grant(&mut self, lane: LaneId, now: Instant) {
        self.set_cause(lane, None, now);
        let line = &mut self.lanes[lane.0];
        let ticket = line
            .queue
            .pop_front()
            .expect("a lane that is ready has a head");
        self.in_flight += 1;
        self.hosts[line.host].in_flight += 1;
        for &quota in &line.quotas {
            self.quotas[quota].take(now);
        }
        if let Some(waiter) = self.waiters.get_mut(&ticket) {
            waiter.granted = Some(line.stood.since(&waiter.stood));
            self.woken.push(waiter.waker.clone());
        }
        line.parked = Parked::Empty;
        self.make_ready(lane, now);
    }

    /// What keeps the head of a lane from starting, other than a slot overall.
    fn obstacle(&mut self, lane: LaneId, now: Instant) -> Option<(Parked, WaitCause)> {
        let line = &self.lanes[lane.0];
        let host = &self.hosts[line.host];
        if host.in_flight >= host.limit {
            return Some((Parked::Host, WaitCause::Host));
        }
        let mut wait = host
            .cool_until
            .filter(|&until| until > now)
            .map(|until| (until, WaitCause::CoolDown));
        if let Some(until) = host.elsewhere_until.filter(|&until| until > now)
            && wait.is_none_or(|(cool, _)| until > cool)
        {
            wait = Some((until, WaitCause::Host));
        }
        for &quota in &line.quotas {
            match self.quotas[quota].look(now) {
                Free::Now => {}
                Free::Unknown => return Some((Parked::Quota(quota), WaitCause::Quota)),
                Free::At(at) => {
                    if wait.is_none_or(|(until, _)| at > until) {
                        wait = Some((at, WaitCause::Quota));
                    }
                }
            }
        }
        wait.map(|(until, cause)| (Parked::Until(until), cause))
    }

    fn park(&mut self, lane: LaneId, parked: Parked, cause: WaitCause, now: Instant) {
        self.set_cause(lane, Some(cause), now);
        let line = &mut self.lanes[lane.0];
        line.parked = parked;
        match parked {
            Parked::Host => self.hosts[line.host].parked.push(lane),
            Parked::Quota(quota) => self.quotas[quota].parked.push(lane),
            Parked::Until(until) => {
                self.timed.insert((until, lane));
                // The head keeps the alarm: it must be polled to set it.
                if let Some(head) = line.queue.front()
                    && let Some(waiter) = self.waiters.get_mut(head)
                {
                    waiter.until = Some(until);
                    self.woken.push(waiter.waker.clone());
                }
            }
            Parked::Empty | Parked::Ready(_) => {}
        }
    }

    /// Takes a lane out of wherever it is parked and lets its head, if any, be considered again.
    fn make_ready(&mut self, lane: LaneId, now: Instant) {
        let line = &mut self.lanes[lane.0];
        match line.parked {
            Parked::Empty => {}
            Parked::Ready(ticket) => {
                self.ready.remove(&ticket);
            }
            Parked::Until(until) => {
                self.timed.remove(&(until, lane));
            }
            Parked::Host => self.hosts[line.host].parked.retain(|&other| other != lane),
            Parked::Quota(quota) => self.quotas[quota].parked.retain(|&other| other != lane),
        }
        match line.queue.front() {
            Some(&head) => {
                line.parked = Parked::Ready(head);
                self.ready.insert(head, lane);
                if let Some(waiter) = self.waiters.get_mut(&head) {
                    waiter.until = None;
                }
            }
            None => line.parked = Parked::Empty,
        }
        self.set_cause(lane, Some(WaitCause::Slot), now);
    }

    /// Books the time since the last change under the cause that held, and notes the new one if there is one.
    fn set_cause(&mut self, lane: LaneId, cause: Option<WaitCause>, now: Instant) {
        let line = &mut self.lanes[lane.0];
        if !line.queue.is_empty() {
            *line.stood.of_mut(line.cause) += now.saturating_duration_since(line.since);
        }
        line.since = now;
        if let Some(cause) = cause {
            line.cause = cause;
        }
    }

    /// Says what became of a request that was granted: that it was sent, and how it ended, or that it was not.
    pub(super) fn settle(&mut self, lane: LaneId, fate: Fate, now: Instant) {
        for at in 0..self.lanes[lane.0].quotas.len() {
            let quota = self.lanes[lane.0].quotas[at];
            let places = &mut self.quotas[quota];
            let affected = places.settle(fate, now);
            if affected {
                let lanes = places.lanes.clone();
                for other in lanes {
                    if matches!(
                        self.lanes[other.0].parked,
                        Parked::Quota(_) | Parked::Until(_)
                    ) {
                        self.make_ready(other, now);
                    }
                }
            }
        }
        self.pump(now);
    }

    /// Gives the slots of a granted request back.
    pub(super) fn release(&mut self, lane: LaneId, now: Instant) {
        self.in_flight -= 1;
        let host = &mut self.hosts[self.lanes[lane.0].host];
        host.in_flight -= 1;
        // One slot came free, so the lanes that wait for it are looked at in order of arrival; the rest parks again.
        for parked in std::mem::take(&mut host.parked) {
            self.make_ready(parked, now);
        }
        self.pump(now);
    }

    /// Leaves a host alone until `until`; never shortens what it asked for before.
    pub(super) fn cool(&mut self, lane: LaneId, until: Instant) {
        let host = &mut self.hosts[self.lanes[lane.0].host];
        host.cool_until = Some(host.cool_until.map_or(until, |before| before.max(until)));
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub(super) fn take_woken(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.woken)
    }
}
