//! What happens, told to whoever listens: one stream of events a viewer, that can be taken up again.
//!
//! An event says that something changed and where, in a few words; whoever wants the data reads it. The newest events
//! are held, so that a listener whose line broke hears what it missed; one that was away for longer is told to read
//! everything again. Numbers of events grow over a restart, for they begin at the wall clock.
//!
//! Not here: the wire form (`api`), who may listen (`auth`).

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    future::ready,
    stream::{self, Stream, StreamExt as _},
};
use gather::Clock;
use gather_records::Viewer;
use serde::Serialize;
use tokio::sync::broadcast;
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};

/// How many events are held for those who come back.
const HELD: usize = 1024;

/// Where events are told. Clones are one.
#[derive(Clone)]
pub(crate) struct Hub(Arc<Mutex<Ring>>);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Grows with each event, also over a restart.
    pub(crate) id: u64,
    /// `run-started`, `source-progress`, `source-ended`, `run-ended`, `records`, `schedule` or `reset`.
    pub(crate) kind: &'static str,
    /// A JSON object.
    pub(crate) data: String,
}

/// An event with whose it is; `None`: everybody's.
#[derive(Debug, Clone)]
struct Told {
    event: Event,
    owner: Option<String>,
}

struct Ring {
    held: VecDeque<Told>,
    /// The number of the latest event.
    latest: u64,
    /// The number before the first one that this process told.
    before: u64,
    /// `None`: no more events will come.
    line: Option<broadcast::Sender<Told>>,
}

impl Hub {
    pub(crate) fn new(clock: &Clock) -> Self {
        let since = clock.wall().duration_since(std::time::UNIX_EPOCH);
        // A process does not tell a thousand events a millisecond, so a later one begins above an earlier one.
        let latest = since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0)) * 1000;
        Self(Arc::new(Mutex::new(Ring {
            held: VecDeque::with_capacity(HELD),
            latest,
            before: latest,
            line: Some(broadcast::Sender::new(HELD)),
        })))
    }

    /// Tells an event to those who may see what `owner` has, and to everybody where there is none.
    pub(crate) fn tell(&self, kind: &'static str, owner: Option<&str>, data: &impl Serialize) {
        // Only a type with keys that are no text cannot be written, and there is none.
        let Ok(data) = serde_json::to_string(data) else {
            return;
        };
        let mut ring = self.ring();
        ring.latest += 1;
        let told = Told {
            event: Event {
                id: ring.latest,
                kind,
                data,
            },
            owner: owner.map(str::to_owned),
        };
        if ring.held.len() == HELD {
            ring.held.pop_front();
        }
        ring.held.push_back(told.clone());
        if let Some(line) = &ring.line {
            // Nobody listening is no mistake.
            let _ = line.send(told);
        }
    }

    /// The events that a viewer may see, those after `last` first if they are still known; where they are not, a `reset`
    /// says that the listener has to read everything again. Ends when the server stops.
    pub(crate) fn listen(
        &self,
        viewer: Viewer,
        last: Option<u64>,
    ) -> impl Stream<Item = Event> + Send + 'static {
        let (missed, line) = {
            let ring = self.ring();
            (
                last.map_or_else(Vec::new, |last| ring.after(last)),
                ring.line.as_ref().map(broadcast::Sender::subscribe),
            )
        };
        let hub = self.clone();
        let coming = line.map(|line| {
            BroadcastStream::new(line).map(move |told| {
                told.unwrap_or_else(|BroadcastStreamRecvError::Lagged(_)| hub.ring().reset())
            })
        });
        stream::iter(missed)
            .chain(stream::iter(coming).flatten())
            .filter_map(move |told| ready(sees(&viewer, &told).then_some(told.event)))
    }

    /// Ends every stream: the server stops.
    pub(crate) fn close(&self) {
        self.ring().line = None;
    }

    /// The number of the latest event: whoever reads something after this has to hear only what is told later.
    pub(crate) fn latest(&self) -> u64 {
        self.ring().latest
    }

    /// How many listen now.
    pub(crate) fn listeners(&self) -> usize {
        self.ring()
            .line
            .as_ref()
            .map_or(0, broadcast::Sender::receiver_count)
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// What was told after an event, or that it is not known any more.
    fn after(&self, last: u64) -> Vec<Told> {
        let oldest = self
            .held
            .front()
            .map_or(self.latest, |told| told.event.id - 1);
        if last > self.latest || last < oldest.max(self.before) {
            return vec![self.reset()];
        }
        let after = self.held.iter().filter(|told| told.event.id > last);
        after.cloned().collect()
    }

    fn reset(&self) -> Told {
        Told {
            event: Event {
                id: self.latest,
                kind: "reset",
                data: "{}".to_owned(),
            },
            owner: None,
        }
    }
}

fn sees(viewer: &Viewer, told: &Told) -> bool {
    match (viewer.user(), &told.owner) {
        (None, _) | (_, None) => true,
        (Some(user), Some(owner)) => user == owner,
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("latest", &self.ring().latest)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub() -> Hub {
        Hub::new(&Clock::system())
    }

    fn user(name: &str) -> Viewer {
        Viewer::User(name.to_owned())
    }

    async fn kinds(hub: &Hub, viewer: Viewer, last: Option<u64>) -> Vec<&'static str> {
        let stream = hub.listen(viewer, last);
        hub.close();
        let events: Vec<_> = stream.collect().await;
        events.iter().map(|event| event.kind).collect()
    }

    #[tokio::test]
    async fn who_comes_back_hears_what_was_missed_and_no_more() {
        let hub = hub();
        hub.tell("records", None, &1);
        let last = hub.ring().latest;
        hub.tell("run-started", None, &2);
        hub.tell("run-ended", None, &3);
        assert_eq!(
            kinds(&hub, user("ana"), Some(last)).await,
            ["run-started", "run-ended"]
        );
    }

    #[tokio::test]
    async fn who_was_away_for_too_long_or_heard_another_server_reads_everything_again() {
        let hub = hub();
        let first = hub.ring().latest;
        for n in 0..=HELD {
            hub.tell("records", None, &n);
        }
        assert_eq!(hub.ring().after(first).len(), 1);
        assert_eq!(hub.ring().after(first)[0].event.kind, "reset");
        assert_eq!(hub.ring().after(first + 1).len(), HELD);
        let latest = hub.ring().latest;
        for strange in [0, latest + 1, u64::MAX] {
            assert_eq!(hub.ring().after(strange)[0].event.kind, "reset");
        }
        assert!(hub.ring().after(latest).is_empty());
    }

    #[tokio::test]
    async fn nobody_hears_of_what_another_owns() {
        let hub = hub();
        let last = hub.ring().latest;
        hub.tell("run-started", Some("ana"), &1);
        hub.tell("records", Some("ben"), &1);
        hub.tell("run-ended", None, &1);
        assert_eq!(
            kinds(&hub, user("ana"), Some(last)).await,
            ["run-started", "run-ended"]
        );
    }

    #[tokio::test]
    async fn who_does_not_keep_up_is_told_so() {
        let hub = hub();
        let stream = hub.listen(user("ana"), None);
        for n in 0..HELD + 10 {
            hub.tell("records", None, &n);
        }
        hub.close();
        let events: Vec<_> = stream.collect().await;
        assert_eq!(events[0].kind, "reset");
        assert_eq!(events.len(), HELD + 1);
    }
}
