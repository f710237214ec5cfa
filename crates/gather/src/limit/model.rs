//! The limiter under a scheduler that tries interleavings: who gets the lock, who is woken, who goes away meanwhile.
//!
//! `limiter.rs` is compiled here a second time, with shuttle's lock in place of the standard one, so that tasks change
//! wherever threads could. Each claim is tried in some thousand random schedules, and in all there are where these
//! are few. A failure prints its schedule; `shuttle::replay` runs that one again.
//!
//! The manual clock keeps its own lock: nothing changes tasks while it is held. The log of a test does so, too.
//!
//! Not here: the rules over random latencies and arrivals, one task at a time (`tests`).

#[expect(
    clippy::duplicate_mod,
    reason = "the same code with another lock is the point"
)]
#[expect(dead_code, reason = "what only asks or only pauses is not tried here")]
#[path = "limiter.rs"]
mod limiter;

/// What `limiter.rs` finds beside itself.
mod sync {
    pub(super) use shuttle::sync::{Mutex, MutexGuard};
}
use super::{HostLimits, LaneId, Limits, Quota, UNANSWERED, WaitCause, Waits, core, quota};

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use shuttle::{
    Config, MaxSteps, Runner,
    future::block_on,
    rand::{Rng, thread_rng},
    scheduler::{DfsScheduler, RandomScheduler, Scheduler},
    thread,
};

use self::limiter::{Acquire, Limiter, Permit};
use crate::{clock::ManualClock, host::Host};

/// Random schedules a claim is tried in.
const SCHEDULES: usize = 1000;

/// More changes of tasks than any schedule here has, by far.
const MOST_STEPS: usize = 50_000;

/// Looks of the timekeeper at a still clock after which nobody will ever go on.
const STANDSTILL: usize = 5_000;

const SECOND: Duration = Duration::from_secs(1);

/// How a caller waits.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Manner {
    /// Until its turn.
    Patient,
    /// Until its turn, and another task polled it first: the waker changes.
    Handed,
    /// Goes away after its first look unless it may start at once.
    Leaves,
    /// Until its turn, unless that is further away than this.
    Within(Duration),
}

/// What becomes of a request that may start.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ending {
    Unsent,
    Recalled,
    /// Sent and given up; the server sees it so much later, `UNANSWERED` at most.
    Unanswered {
        later: Duration,
    },
    Answered {
        /// And asks for a pause of the whole host.
        cool: bool,
    },
}

impl Manner {
    fn any() -> Self {
        match thread_rng().gen_range(0..5) {
            0 => Self::Handed,
            1 => Self::Leaves,
            2 => Self::Within(SECOND * thread_rng().gen_range(0..4)),
            _ => Self::Patient,
        }
    }

    /// Whether it must get its turn in the end.
    fn stays(self) -> bool {
        matches!(self, Self::Patient | Self::Handed)
    }
}

impl Ending {
    fn any() -> Self {
        match thread_rng().gen_range(0..6) {
            0 => Self::Unsent,
            1 => Self::Recalled,
            2 => Self::Unanswered {
                later: SECOND / 2 * thread_rng().gen_range(0..8),
            },
            3 => Self::Answered { cool: true },
            _ => Self::Answered { cool: false },
        }
    }
}

/// Two hosts and whoever asks them.
struct World {
    limiter: Arc<Limiter>,
    time: ManualClock,
    lanes: [LaneId; 2],
    overall: usize,
    widths: [usize; 2],
    /// Callers arrive one after the other, so that their order is known.
    door: shuttle::sync::Mutex<()>,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    /// Permits in the callers' hands, by host.
    held: [usize; 2],
    /// Callers in order of arrival and of their turns, with their hosts.
    came: Vec<(usize, usize)>,
    went: Vec<(usize, usize)>,
    /// When the callers sent a request.
    sent: Vec<Instant>,
    /// When the servers saw one.
    seen: Vec<Instant>,
    /// When each host may be asked again.
    cool_until: [Option<Instant>; 2],
    /// Callers that are done.
    done: usize,
}

impl World {
    /// At most so many in flight overall and of each host; the quota, if any, counts for both hosts together.
    fn new(overall: usize, widths: [usize; 2], quota: Option<Quota>) -> Arc<Self> {
        let time = ManualClock::new();
        let hosts = ["http://a.example/", "http://b.example/"].map(|url| {
            Host::of(&url::Url::parse(url).expect("a URL")).expect("it is http and has a host")
        });
        let special: HashMap<_, _> = hosts
            .iter()
            .cloned()
            .zip(widths.map(HostLimits::in_flight))
            .collect();
        let named: Vec<_> = quota
            .iter()
            .map(|&quota| ("shared".to_owned(), quota))
            .collect();
        let names: Vec<Box<str>> = named.iter().map(|(name, _)| name.as_str().into()).collect();
        let limits = HostLimits::default();
        let limiter = Arc::new(Limiter::new(time.clock(), overall, limits, special, &named));
        let lanes = hosts.map(|host| limiter.lane(&host, &names).expect("the name is declared"));
        Arc::new(Self {
            limiter,
            time,
            lanes,
            overall,
            widths,
            door: shuttle::sync::Mutex::new(()),
            log: Mutex::default(),
        })
    }

    /// Never across anything that may change tasks.
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().expect("a failed check ends the test")
    }

    fn now(&self) -> Instant {
        self.time.clock().now()
    }

    /// One caller from its arrival to its end.
    fn call(&self, id: usize, host: usize, manner: Manner, ending: Ending) {
        if let Some(permit) = self.acquire(id, host, manner) {
            self.hold(id, host, permit, ending);
        } else {
            assert!(!manner.stays(), "caller {id} was sent away");
        }
        self.log().done += 1;
    }

    fn acquire(&self, id: usize, host: usize, manner: Manner) -> Option<Permit> {
        let deadline = match manner {
            Manner::Within(wait) => Some(self.now() + wait),
            _ => None,
        };
        let mut wait = Box::pin(self.limiter.acquire(self.lanes[host], deadline));
        let door = self.door.lock().expect("a failed check ends the test");
        let first = look(wait.as_mut());
        self.log().came.push((host, id));
        drop(door);
        if let Poll::Ready(permit) = first {
            return permit;
        }
        match manner {
            Manner::Leaves => {
                thread::yield_now();
                return None;
            }
            Manner::Handed => thread::yield_now(),
            Manner::Patient | Manner::Within(_) => {}
        }
        block_on(wait).ok().map(|(permit, _)| permit)
    }

    fn hold(&self, id: usize, host: usize, mut permit: Permit, ending: Ending) {
        let now = self.now();
        {
            let mut log = self.log();
            log.went.push((host, id));
            log.held[host] += 1;
            assert!(log.held[host] <= self.widths[host], "host {host}: {log:?}");
            assert!(log.held.iter().sum::<usize>() <= self.overall, "{log:?}");
            if self.widths[host] == 1 {
                assert!(
                    log.cool_until[host].is_none_or(|until| until <= now),
                    "too early: {log:?}"
                );
            }
        }
        thread::yield_now();
        if ending != Ending::Unsent {
            let at = self.now();
            self.log().sent.push(at);
            permit.sent();
            thread::yield_now();
        }
        match ending {
            Ending::Unsent => {}
            Ending::Recalled => permit.recalled(),
            Ending::Unanswered { later } => {
                assert!(later <= UNANSWERED);
                let at = self.now() + later;
                self.log().seen.push(at);
            }
            Ending::Answered { cool } => {
                let at = self.now();
                self.log().seen.push(at);
                thread::yield_now();
                permit.answered(false);
                if cool {
                    let until = self.now() + SECOND / 3;
                    self.limiter.cool(self.lanes[host], until);
                    self.log().cool_until[host] = Some(until);
                }
            }
        }
        thread::yield_now();
        self.log().held[host] -= 1;
        drop(permit);
    }

    /// A caller of the first host in as few steps as there can be.
    fn pass(&self, manner: Manner) {
        let mut wait = Box::pin(self.limiter.acquire(self.lanes[0], None));
        let first = match manner {
            Manner::Patient | Manner::Within(_) => Poll::Pending,
            Manner::Handed | Manner::Leaves => look(wait.as_mut()),
        };
        let permit = match first {
            Poll::Ready(permit) => permit,
            Poll::Pending if manner == Manner::Leaves => None,
            Poll::Pending => block_on(wait).ok().map(|(permit, _)| permit),
        };
        let Some(permit) = permit else {
            assert!(!manner.stays());
            return;
        };
        self.log().held[0] += 1;
        // Asking takes the lock, so another task may go on here.
        assert_eq!(self.limiter.in_flight(), 1);
        assert_eq!(self.log().held[0], 1);
        self.log().held[0] -= 1;
        drop(permit);
    }

    /// Lets time pass whenever somebody waits for it, until all callers are done.
    fn keep_time(&self, callers: usize) {
        let mut still = 0;
        while self.log().done < callers {
            match self.time.next_alarm() {
                Some(alarm) => {
                    still = 0;
                    let part = thread_rng().gen_range(1..3);
                    self.time
                        .advance((alarm / part).max(Duration::from_nanos(1)));
                }
                None => {
                    still += 1;
                    assert!(
                        still < STANDSTILL,
                        "nobody has an alarm, and nobody goes on: {:?}",
                        self.log()
                    );
                }
            }
            thread::yield_now();
        }
    }

    /// So many callers of both hosts at once, each in a manner of its own, from the first to the end of the last.
    fn crowd(self: &Arc<Self>, callers: usize) {
        let mut threads = Vec::new();
        for id in 0..callers {
            let this = Arc::clone(self);
            threads.push(thread::spawn(move || {
                let host = thread_rng().gen_range(0..2);
                this.call(id, host, Manner::any(), Ending::any());
            }));
        }
        self.keep_time(callers);
        for caller in threads {
            caller.join().expect("its checks held");
        }
    }

    /// Nothing is held, and a host can be asked at full width again.
    fn assert_all_is_back(&self, at_once: [usize; 2]) {
        assert_eq!(self.limiter.in_flight(), 0);
        self.time.advance(3600 * SECOND);
        for (lane, wanted) in self.lanes.into_iter().zip(at_once) {
            let mut permits = Vec::new();
            for nth in 0..wanted {
                let mut wait = Box::pin(self.limiter.acquire(lane, None));
                match look(wait.as_mut()) {
                    Poll::Ready(permit) => permits.push(permit.expect("there is no deadline")),
                    Poll::Pending => panic!("only {nth} of {wanted} may start"),
                }
            }
        }
        assert_eq!(self.limiter.in_flight(), 0);
    }
}

/// One look by somebody who will not be woken.
fn look(wait: Pin<&mut Acquire>) -> Poll<Option<Permit>> {
    wait.poll(&mut Context::from_waker(Waker::noop()))
        .map(|ready| ready.ok().map(|(permit, _)| permit))
}

fn check(
    scheduler: impl Scheduler + 'static,
    schedule: impl Fn() + Send + Sync + 'static,
) -> usize {
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(MOST_STEPS);
    Runner::new(scheduler, config).run(schedule)
}

fn check_random(schedule: impl Fn() + Send + Sync + 'static) {
    check(RandomScheduler::new(SCHEDULES), schedule);
}

#[test]
fn in_flight_limits_hold_and_whoever_stays_is_granted() {
    check_random(|| {
        let world = World::new(3, [2, 2], None);
        world.crowd(7);
        world.assert_all_is_back([2, 2]);
    });
}

#[test]
fn a_quota_of_two_hosts_holds_and_whoever_stays_is_granted() {
    let strict = Quota::new(2, SECOND);
    for quota in [strict, strict.at_send()] {
        check_random(move || {
            let world = World::new(4, [2, 3], Some(quota));
            world.crowd(6);
            // Where the quota's window is: at the server, or at the client.
            let log = world.log();
            let mut starts = if quota == strict {
                log.seen.clone()
            } else {
                log.sent.clone()
            };
            drop(log);
            starts.sort_unstable();
            for three in starts.windows(3) {
                assert!(three[2] - three[0] > SECOND, "{starts:?}");
            }
            world.assert_all_is_back([2, 2]);
        });
    }
}

#[test]
fn turns_are_taken_in_order_of_arrival() {
    check_random(|| {
        let world = World::new(1, [1, 1], Some(Quota::new(3, SECOND)));
        world.crowd(6);
        let log = world.log();
        for host in 0..2 {
            let of = |all: &[(usize, usize)]| -> Vec<usize> {
                let turns = all.iter().filter(|(at, _)| *at == host);
                turns.map(|(_, id)| *id).collect()
            };
            let went = of(&log.went);
            let mut expected = of(&log.came);
            expected.retain(|id| went.contains(id));
            assert_eq!(went, expected);
        }
    });
}

#[test]
fn two_callers_and_one_slot_in_every_order_there_is() {
    let manners = [Manner::Patient, Manner::Handed, Manner::Leaves];
    let mut schedules = 0;
    for (at, first) in manners.into_iter().enumerate() {
        for &second in &manners[at..] {
            schedules += check(DfsScheduler::new(None, false), move || {
                let world = World::new(1, [1, 1], None);
                let other = Arc::clone(&world);
                let caller = thread::spawn(move || other.pass(first));
                world.pass(second);
                caller.join().expect("its checks held");
                world.assert_all_is_back([1, 1]);
            });
        }
    }
    assert!(schedules > 1000, "only {schedules} schedules");
}
