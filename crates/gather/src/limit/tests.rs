//! The limits against a simulated server: random arrivals, latencies, failures and cancellations, time moved by hand.

use std::{
    collections::{BTreeMap, BTreeSet},
    task::Waker,
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::{
    HostLimits, LaneId, Quota,
    core::{Core, Standing, Ticket},
    quota::{Fate, UNANSWERED},
};
use crate::host::Host;

const MS: Duration = Duration::from_millis(1);

/// One request of the simulation. Times are milliseconds.
#[derive(Debug, Clone)]
struct Caller {
    host: usize,
    arrives: u64,
    /// How long it is willing to wait in the queue.
    patience: u64,
    /// From its turn to the moment it is written: connecting.
    to_send: u64,
    /// From then to the moment the server sees it.
    to_server: u64,
    /// From then to the answer, and then to the end of the body.
    to_client: u64,
    body: u64,
    ending: Ending,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ending {
    Answer,
    /// Given up after it was sent; the server sees it up to `UNANSWERED` later.
    Lost,
    /// Never sent.
    Unsent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Arrive,
    GiveUp,
    Send,
    Settle,
    Release,
    Alarm,
}

struct Simulation {
    core: Core,
    start: Instant,
    agenda: BTreeSet<(u64, Step, usize)>,
    lanes: Vec<LaneId>,
    callers: Vec<Caller>,
    tickets: BTreeMap<usize, Ticket>,
    granted: Vec<(u64, usize)>,
    /// When each request was written, by host.
    sent: Vec<(u64, usize)>,
    /// When the server saw each request, by host.
    seen: Vec<(u64, usize)>,
    in_flight: Vec<usize>,
    limits: Vec<usize>,
}

impl Simulation {
    fn run(hosts: &[HostLimits], overall: usize, named: Option<Quota>, callers: &[Caller]) -> Self {
        let mut core = Core::new(overall);
        let start = Instant::now();
        let mut names: Vec<Box<str>> = Vec::new();
        if let Some(quota) = named {
            core.add_named("shared", quota);
            names.push("shared".into());
        }
        let lanes = hosts
            .iter()
            .enumerate()
            .map(|(at, limits)| {
                let url = url::Url::parse(&format!("http://h{at}/")).unwrap();
                core.lane(&Host::of(&url).unwrap(), limits, &names, start)
                    .unwrap()
            })
            .collect();
        let mut this = Self {
            core,
            start,
            agenda: BTreeSet::new(),
            lanes,
            callers: callers.to_vec(),
            tickets: BTreeMap::new(),
            granted: Vec::new(),
            sent: Vec::new(),
            seen: Vec::new(),
            in_flight: vec![0; hosts.len()],
            limits: hosts.iter().map(|limits| limits.in_flight).collect(),
        };
        for (id, caller) in callers.iter().enumerate() {
            this.agenda.insert((caller.arrives, Step::Arrive, id));
        }
        while let Some((at, step, id)) = this.agenda.pop_first() {
            this.step(at, step, id);
            assert!(this.in_flight.iter().sum::<usize>() <= overall);
            assert!(
                this.in_flight
                    .iter()
                    .zip(&this.limits)
                    .all(|(n, limit)| n <= limit)
            );
        }
        this
    }

    fn step(&mut self, at: u64, step: Step, id: usize) {
        let now = self.start + MS * u32::try_from(at).unwrap();
        let caller = self.callers[id].clone();
        let lane = self.lanes[caller.host];
        match step {
            Step::Arrive => {
                let ticket = self.core.enqueue(lane, Waker::noop().clone(), now);
                self.tickets.insert(id, ticket);
                self.agenda.insert((at + caller.patience, Step::GiveUp, id));
            }
            Step::GiveUp => {
                if let Some(ticket) = self.tickets.remove(&id) {
                    self.core.leave(lane, ticket, now);
                }
            }
            Step::Send => {
                self.core.settle(lane, Fate::Sent, now);
                self.sent.push((at, caller.host));
            }
            Step::Settle => {
                let fate = match caller.ending {
                    Ending::Answer => Fate::Answered,
                    Ending::Lost => Fate::Unanswered,
                    Ending::Unsent => Fate::Unsent,
                };
                self.core.settle(lane, fate, now);
                self.agenda.insert((at + caller.body, Step::Release, id));
            }
            Step::Release => {
                self.in_flight[caller.host] -= 1;
                self.core.release(lane, now);
            }
            Step::Alarm => {}
        }
        self.core.pump(now);
        self.core.take_woken();
        self.collect(at);
    }

    /// Everybody looks, as their tasks would when woken.
    fn collect(&mut self, at: u64) {
        let waiting: Vec<_> = self
            .tickets
            .iter()
            .map(|(&id, &ticket)| (id, ticket))
            .collect();
        for (id, ticket) in waiting {
            let caller = self.callers[id].clone();
            match self
                .core
                .look(self.lanes[caller.host], ticket, Waker::noop())
            {
                Standing::Granted(_) => {
                    self.tickets.remove(&id);
                    self.granted.push((at, id));
                    self.in_flight[caller.host] += 1;
                    let sent = at + caller.to_send;
                    let arrival = sent + caller.to_server;
                    if caller.ending != Ending::Unsent {
                        self.agenda.insert((sent, Step::Send, id));
                    }
                    let settled = match caller.ending {
                        Ending::Answer => {
                            self.seen.push((arrival, caller.host));
                            arrival + caller.to_client
                        }
                        Ending::Lost => {
                            let late = arrival % u64::try_from(UNANSWERED.as_millis()).unwrap();
                            self.seen.push((arrival + late, caller.host));
                            arrival
                        }
                        Ending::Unsent => sent,
                    };
                    self.agenda.insert((settled, Step::Settle, id));
                }
                Standing::Until(until, _) => {
                    let ms = until
                        .saturating_duration_since(self.start)
                        .as_micros()
                        .div_ceil(1000);
                    let ms = u64::try_from(ms).unwrap();
                    assert!(ms >= at, "an alarm in the past never rings");
                    self.agenda.insert((ms, Step::Alarm, id));
                }
                Standing::Queued => {}
            }
        }
    }

    /// The most starts the server saw in any closed window of `window` milliseconds.
    fn most_seen(&self, host: Option<usize>, window: u64) -> usize {
        most(&self.seen, host, window)
    }
}

/// The most of these times in any closed window of `window` milliseconds.
fn most(times: &[(u64, usize)], host: Option<usize>, window: u64) -> usize {
    let mut times: Vec<u64> = times
        .iter()
        .filter(|(_, of)| host.is_none_or(|host| host == *of))
        .map(|&(at, _)| at)
        .collect();
    times.sort_unstable();
    let in_window = |(first, &from): (usize, &u64)| {
        times[first..]
            .iter()
            .take_while(|&&at| at - from <= window)
            .count()
    };
    times.iter().enumerate().map(in_window).max().unwrap_or(0)
}

fn callers(hosts: usize) -> impl Strategy<Value = Vec<Caller>> {
    let ending = prop_oneof![
        8 => Just(Ending::Answer),
        1 => Just(Ending::Lost),
        1 => Just(Ending::Unsent),
    ];
    let caller = (
        0..hosts,
        0_u64..3000,
        prop_oneof![Just(10_000_000_u64), 0_u64..2000],
        prop_oneof![Just(0_u64), 0_u64..400],
        0_u64..400,
        0_u64..400,
        0_u64..200,
        ending,
    )
        .prop_map(
            |(host, arrives, patience, to_send, to_server, to_client, body, ending)| Caller {
                host,
                arrives,
                patience,
                to_send,
                to_server,
                to_client,
                body,
                ending,
            },
        );
    prop::collection::vec(caller, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_window_at_the_server_holds_more_than_the_quota(
        callers in callers(2),
        requests in 1_u32..12,
        per in 50_u64..1500,
        in_flight in 1_usize..10,
        overall in 1_usize..16,
    ) {
        let quota = Quota::new(requests, MS * u32::try_from(per).unwrap());
        let hosts = [
            HostLimits::in_flight(in_flight).quota(quota),
            HostLimits::in_flight(in_flight),
        ];
        let end = Simulation::run(&hosts, overall, None, &callers);
        prop_assert!(end.most_seen(Some(0), per) <= requests as usize);
        // Whoever was patient got through, and nothing is left behind.
        let patient = callers.iter().filter(|caller| caller.patience > 5000).count();
        prop_assert!(end.granted.len() >= patient);
        prop_assert!(end.tickets.is_empty());
        prop_assert_eq!(end.core.in_flight(), 0);
    }

    #[test]
    fn a_quota_shared_by_hosts_holds_over_all_of_them(
        callers in callers(3),
        requests in 1_u32..8,
        per in 50_u64..1000,
    ) {
        let quota = Quota::new(requests, MS * u32::try_from(per).unwrap());
        let hosts = [HostLimits::default(), HostLimits::in_flight(2), HostLimits::default()];
        let end = Simulation::run(&hosts, 64, Some(quota), &callers);
        prop_assert!(end.most_seen(None, per) <= requests as usize);
        prop_assert_eq!(end.core.in_flight(), 0);
    }

    #[test]
    fn no_window_at_the_client_holds_more_sends_than_an_at_send_quota(
        callers in callers(1),
        requests in 1_u32..12,
        per in 50_u64..1500,
        spread in any::<bool>(),
    ) {
        let mut quota = Quota::new(requests, MS * u32::try_from(per).unwrap()).at_send();
        if spread {
            quota = quota.spread();
        }
        let hosts = [HostLimits::in_flight(8).quota(quota)];
        let end = Simulation::run(&hosts, 64, None, &callers);
        prop_assert!(most(&end.sent, None, per) <= requests as usize);
        prop_assert_eq!(end.core.in_flight(), 0);
    }

    #[test]
    fn under_load_a_strict_quota_is_used_to_ninety_eight_percent(
        requests in 1_u32..8,
        per in 200_u64..2000,
        to_server in 0_u64..200,
        to_client in 0_u64..200,
    ) {
        let caller = Caller {
            host: 0,
            arrives: 0,
            patience: 1_000_000_000,
            to_send: 0,
            to_server,
            to_client,
            body: 0,
            ending: Ending::Answer,
        };
        let windows = 8;
        let count = windows * requests as usize;
        let quota = Quota::new(requests, MS * u32::try_from(per).unwrap());
        let hosts = [HostLimits::in_flight(64).quota(quota)];
        let strict = Simulation::run(&hosts, 64, None, &vec![caller.clone(); count]);
        let last = strict.granted.iter().map(|&(at, _)| at).max().unwrap();
        // The last of `windows` bursts starts after all windows but one; the clock of the simulation has whole ms.
        let ideal = (windows as u64 - 1) * (per + to_server + to_client);
        prop_assert!(last as f64 * 0.98 <= ideal as f64 + 1.0, "{last} ms instead of {ideal}");

        let hosts = [HostLimits::in_flight(64).quota(quota.at_send())];
        let at_send = Simulation::run(&hosts, 64, None, &vec![caller; count]);
        let last = at_send.granted.iter().map(|&(at, _)| at).max().unwrap();
        let waits_for_slots = u64::from(requests > 64) * (to_server + to_client);
        let ideal = (windows as u64 - 1) * per.max(waits_for_slots);
        prop_assert!(last as f64 * 0.98 <= ideal as f64 + 1.0, "{last} ms instead of {ideal}");
    }

    #[test]
    fn who_comes_first_goes_first(callers in callers(1), requests in 1_u32..6) {
        let hosts = [HostLimits::in_flight(3).quota(Quota::new(requests, MS * 300))];
        let end = Simulation::run(&hosts, 2, None, &callers);
        let order: Vec<_> = end
            .granted
            .iter()
            .map(|&(at, id)| (at, callers[id].arrives, id))
            .collect();
        // Granted at the same instant counts as the same turn.
        for pair in order.windows(2) {
            let ((at, came, _), (later, came_later, _)) = (pair[0], pair[1]);
            prop_assert!(came <= came_later || at == later, "{order:?}");
        }
    }
}

#[test]
fn a_burst_up_to_the_quota_starts_at_once_and_the_next_waits_for_the_window() {
    let caller = |arrives| Caller {
        host: 0,
        arrives,
        patience: 10_000_000,
        to_send: 0,
        to_server: 20,
        to_client: 30,
        body: 0,
        ending: Ending::Answer,
    };
    let hosts = [HostLimits::in_flight(64).quota(Quota::new(10, MS * 1000))];
    let callers: Vec<_> = (0..25).map(|_| caller(0)).collect();
    let end = Simulation::run(&hosts, 64, None, &callers);
    let starts: Vec<u64> = end.granted.iter().map(|&(at, _)| at).collect();
    assert_eq!(starts[..10], [0; 10]);
    // 50 ms for the answer, a second for the window, a thousandth for clocks.
    assert_eq!(starts[10..20], [1051; 10]);
    assert_eq!(starts[20..], [2102; 5]);
}

#[test]
fn a_place_given_back_unsent_is_free_at_once() {
    let caller = |ending| Caller {
        host: 0,
        arrives: 0,
        patience: 10_000_000,
        to_send: 5,
        to_server: 5,
        to_client: 5,
        body: 0,
        ending,
    };
    let hosts = [HostLimits::in_flight(4).quota(Quota::new(1, MS * 60_000))];
    let end = Simulation::run(
        &hosts,
        4,
        None,
        &[caller(Ending::Unsent), caller(Ending::Answer)],
    );
    assert_eq!(end.granted, [(0, 0), (5, 1)]);
}

#[test]
fn a_spread_quota_spaces_its_starts() {
    let caller = Caller {
        host: 0,
        arrives: 0,
        patience: 10_000_000,
        to_send: 0,
        to_server: 1,
        to_client: 1,
        body: 0,
        ending: Ending::Answer,
    };
    let hosts = [HostLimits::in_flight(64).quota(Quota::new(4, MS * 1000).spread())];
    let end = Simulation::run(&hosts, 64, None, &vec![caller; 6]);
    let starts: Vec<u64> = end.granted.iter().map(|&(at, _)| at).collect();
    // The fifth waits for the first place: its answer, the window, and a thousandth.
    assert_eq!(starts, [0, 250, 500, 750, 1003, 1253]);
}

#[test]
fn a_quota_of_a_million_keeps_few_instants_and_holds() {
    let quota = Quota::new(1_000_000, Duration::from_secs(30 * 24 * 3600));
    let mut places = super::quota::Places::new(quota);
    let start = Instant::now();
    for n in 0..1_000_000_u32 {
        let now = start + MS * n;
        assert_eq!(places.look(now), super::quota::Free::Now);
        places.take(now);
        places.settle(Fate::Answered, now + MS * 40);
    }
    assert!(places.instants() <= 1001, "{}", places.instants());
    let end = start + MS * 1_000_000;
    let super::quota::Free::At(at) = places.look(end) else {
        panic!("there is no millionth and first place");
    };
    assert!(
        at >= start + quota.per(),
        "not before the first place's window is over"
    );
}
