//! The one clock: limits, retries and timeouts all ask it, so that a test can move time by hand.
//!
//! [`Clock::system`] is real time. [`ManualClock`] stands still until [`ManualClock::advance`] is called, however busy
//! or idle the sockets are; its wall clock can be set apart from the monotonic one, as happens on a real machine.
//!
//! Not here: what is waited for (`limit`, `retry`, `timeouts`).

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::{Duration, Instant, SystemTime},
};

use pin_project_lite::pin_project;

/// Where a client takes its time from. Cheap to clone; clones share the same time.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Manual(Arc<Manual>),
}

impl Clock {
    /// Real time.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The present instant of the monotonic clock, which all waiting is measured with.
    #[must_use]
    pub fn now(&self) -> Instant {
        match &self.0 {
            Source::System => Instant::now(),
            Source::Manual(manual) => manual.now(),
        }
    }

    /// The present wall-clock time, which only dates from servers are compared with. It may jump.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where wall-clock time comes in"
    )]
    pub fn wall(&self) -> SystemTime {
        match &self.0 {
            Source::System => SystemTime::now(),
            Source::Manual(manual) => manual.lock().wall,
        }
    }

    /// Completes when [`now`](Self::now) has reached `deadline`.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping it forgets the alarm.
    pub fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep {
            kind: match &self.0 {
                Source::System => SleepKind::System {
                    sleep: tokio::time::sleep_until(deadline.into()),
                },
                Source::Manual(manual) => SleepKind::Manual {
                    alarm: Alarm {
                        manual: Arc::clone(manual),
                        deadline,
                        id: None,
                    },
                },
            },
        }
    }

    /// Completes after `duration`. See [`sleep_until`](Self::sleep_until).
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.sleep_until(far(self.now(), duration))
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Clock::system",
            Source::Manual(_) => "Clock::manual",
        })
    }
}

/// `start + duration`, or thirty years from `start` where that cannot be represented.
pub(crate) fn far(start: Instant, duration: Duration) -> Instant {
    const THIRTY_YEARS: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    start + duration.min(THIRTY_YEARS)
}

pin_project! {
    /// Waits for an instant of a [`Clock`].
    #[must_use = "a sleep does nothing unless it is awaited"]
    pub struct Sleep {
        #[pin]
        kind: SleepKind,
    }
}

pin_project! {
    #[project = SleepKindProjected]
    enum SleepKind {
        System { #[pin] sleep: tokio::time::Sleep },
        Manual { alarm: Alarm },
    }
}

impl Sleep {
    /// Moves the alarm to another instant.
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        match self.project().kind.project() {
            SleepKindProjected::System { sleep } => sleep.reset(deadline.into()),
            SleepKindProjected::Manual { alarm } => {
                alarm.forget();
                alarm.deadline = deadline;
            }
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.project().kind.project() {
            SleepKindProjected::System { sleep } => sleep.poll(cx),
            SleepKindProjected::Manual { alarm } => alarm.poll(cx),
        }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").finish_non_exhaustive()
    }
}

/// Time that stands still until it is moved: for tests.
///
/// ```
/// use std::time::Duration;
/// use gather::ManualClock;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let time = ManualClock::new();
/// let nap = time.clock().sleep(Duration::from_secs(3600));
/// time.advance(Duration::from_secs(3600));
/// nap.await; // at once
/// # });
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Manual>);

struct Manual {
    start: Instant,
    state: Mutex<ManualState>,
}

struct ManualState {
    passed: Duration,
    wall: SystemTime,
    next_id: u64,
    alarms: BTreeMap<(Instant, u64), Waker>,
}

impl ManualClock {
    /// A clock that stands at 2026-01-01T00:00:00Z.
    #[must_use]
    pub fn new() -> Self {
        Self::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600))
    }

    /// A clock whose wall time stands at `wall`.
    #[must_use]
    pub fn at(wall: SystemTime) -> Self {
        Self(Arc::new(Manual {
            start: Instant::now(),
            state: Mutex::new(ManualState {
                passed: Duration::ZERO,
                wall,
                next_id: 0,
                alarms: BTreeMap::new(),
            }),
        }))
    }

    /// The [`Clock`] to give to a client.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock(Source::Manual(Arc::clone(&self.0)))
    }

    /// Lets `duration` pass, on the monotonic and on the wall clock, and wakes whoever waited for that.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.0.lock();
        state.passed += duration;
        state.wall += duration;
        let now = self.0.start + state.passed;
        let later = state.alarms.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut state.alarms, later);
        drop(state);
        due.into_values().for_each(Waker::wake);
    }

    /// Sets the wall clock, forward or back; the monotonic clock does not move and nobody wakes.
    pub fn set_wall(&self, wall: SystemTime) {
        self.0.lock().wall = wall;
    }

    /// How long until the next alarm rings; `None` while nobody sleeps.
    #[must_use]
    pub fn next_alarm(&self) -> Option<Duration> {
        let now = self.0.now();
        let state = self.0.lock();
        let ((deadline, _), _) = state.alarms.first_key_value()?;
        Some(deadline.saturating_duration_since(now))
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.lock();
        f.debug_struct("ManualClock")
            .field("passed", &state.passed)
            .field("sleepers", &state.alarms.len())
            .finish_non_exhaustive()
    }
}

impl Manual {
    fn lock(&self) -> MutexGuard<'_, ManualState> {
        self.state
            .lock()
            .expect("no code panics while it holds this lock")
    }

    fn now(&self) -> Instant {
        self.start + self.lock().passed
    }
}

/// One sleeper of a [`ManualClock`].
struct Alarm {
    manual: Arc<Manual>,
    deadline: Instant,
    id: Option<u64>,
}

impl Alarm {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.manual.lock();
        if self.manual.start + state.passed >= self.deadline {
            return Poll::Ready(());
        }
        let id = *self.id.get_or_insert_with(|| {
            state.next_id += 1;
            state.next_id
        });
        state.alarms.insert((self.deadline, id), cx.waker().clone());
        Poll::Pending
    }

    fn forget(&mut self) {
        if let Some(id) = self.id.take() {
            self.manual.lock().alarms.remove(&(self.deadline, id));
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_exactly_those_whose_time_has_come() {
        let time = ManualClock::new();
        let mut naps = tokio::task::JoinSet::new();
        for seconds in [1, 2, 3] {
            let nap = time.clock().sleep(Duration::from_secs(seconds));
            naps.spawn(async move {
                nap.await;
                seconds
            });
        }
        tokio::task::yield_now().await;
        assert_eq!(time.next_alarm(), Some(Duration::from_secs(1)));
        time.advance(Duration::from_secs(2));
        let mut woken = [
            naps.join_next().await.unwrap().unwrap(),
            naps.join_next().await.unwrap().unwrap(),
        ];
        woken.sort_unstable();
        assert_eq!(woken, [1, 2]);
        assert_eq!(time.next_alarm(), Some(Duration::from_secs(1)));
        naps.shutdown().await;
        assert_eq!(time.next_alarm(), None, "a dropped sleep forgets its alarm");
    }

    #[test]
    fn the_wall_clock_moves_apart_from_the_monotonic_one() {
        let time = ManualClock::new();
        let clock = time.clock();
        let (before, wall) = (clock.now(), clock.wall());
        time.set_wall(wall - Duration::from_secs(3600));
        assert_eq!(clock.now(), before);
        time.advance(Duration::from_secs(1));
        assert_eq!(clock.now() - before, Duration::from_secs(1));
        assert_eq!(wall - Duration::from_secs(3599), clock.wall());
    }
}
