//! Listeners of live updates: one of each user that stays, and others that come and go.
//!
//! Numbers of events count all events, those of other users too; so what a user should hear is what the one of that user
//! that stays has heard. Everybody else's events must be a piece of that without a gap, from where they came back to where
//! they left.
//!
//! Source: HTML Living Standard, section 9.2 (server-sent events).

use std::{collections::HashMap, net::SocketAddr, time::Duration};

use http_body_util::BodyExt as _;
use tokio_util::sync::CancellationToken;

use super::{ask::Line, world::World};
use crate::{Fault, tokens::Known};

/// The longest a connection is kept, and the longest a listener is away, but for the one time in `RARELY`.
const STAYS: Duration = Duration::from_secs(20);
const AWAY: Duration = Duration::from_secs(4);
const RARELY: u32 = 8;
const LONG_AWAY: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Listener {
    address: SocketAddr,
    user: Known,
    /// Which user, and which of that user's listeners; the first stays.
    place: usize,
    number: usize,
}

/// An event: its number and its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    id: u64,
    kind: String,
}

/// What a listener heard.
#[derive(Debug)]
pub(super) struct Heard {
    place: usize,
    stayed: bool,
    /// What was heard without a `reset` in between, one stretch after the other.
    stretches: Vec<Vec<Event>>,
    returns: usize,
    faults: Vec<String>,
}

impl Listener {
    pub(super) fn of(world: &World, place: usize, number: usize) -> Self {
        Self {
            address: world.server.address,
            user: world.users[place].clone(),
            place,
            number,
        }
    }

    /// Listens until it is stopped.
    pub(super) async fn listen(self, stop: CancellationToken) -> Result<Heard, Fault> {
        let seed = u64::try_from(self.place * 100 + self.number)?;
        let mut rng = fastrand::Rng::with_seed(seed);
        let stays = self.number == 0;
        let mut heard = Heard {
            place: self.place,
            stayed: stays,
            stretches: vec![Vec::new()],
            returns: 0,
            faults: Vec::new(),
        };
        let (cookie, key) = (self.user.cookie(), self.user.authorization());
        // Half of them are browsers, half programs.
        let known = match self.number % 2 {
            0 => ("cookie", cookie.as_str()),
            _ => ("authorization", key.as_str()),
        };
        let mut last: Option<u64> = None;
        while !stop.is_cancelled() {
            let for_now = async {
                match stays {
                    true => std::future::pending().await,
                    false => tokio::time::sleep(part(&mut rng, STAYS)).await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = for_now => {}
                broken = once(self.address, known, &mut last, &mut heard) => {
                    let why = broken.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
                    heard.faults.push(format!("a stream broke: {why}"));
                }
            }
            let away = if rng.u32(0..RARELY) == 0 {
                LONG_AWAY
            } else {
                AWAY
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(part(&mut rng, away)) => {}
            }
            heard.returns += 1;
        }
        Ok(heard)
    }
}

fn part(rng: &mut fastrand::Rng, of: Duration) -> Duration {
    of.mul_f64(0.1 + 0.9 * rng.f64())
}

/// One connection; comes back only when it breaks.
async fn once(
    address: SocketAddr,
    known: (&'static str, &str),
    last: &mut Option<u64>,
    heard: &mut Heard,
) -> Result<(), Fault> {
    let mut line = Line::open(address).await?;
    let id = last.map(|last| last.to_string());
    let mut headers = vec![known, ("accept", "text/event-stream")];
    headers.extend(id.as_deref().map(|id| ("last-event-id", id)));
    let answer = line.ask("/api/v1/events", &headers).await?;
    if answer.status() != http::StatusCode::OK {
        return Err(format!("answered with {}", answer.status()).into());
    }
    let (mut body, mut text) = (answer.into_body(), String::new());
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        // An event is written at once and is all ASCII but for names of sources, and those here are ASCII.
        text.push_str(std::str::from_utf8(data)?);
        while let Some(end) = text.find("\n\n") {
            if let Some(event) = event(&text[..end]) {
                heard.take(event, last);
            }
            text.drain(..end + 2);
        }
    }
    Ok(())
}

/// An event of its lines; `None` for a comment.
fn event(lines: &str) -> Option<Event> {
    let value = |name: &str| {
        let mut lines = lines.lines().filter_map(|line| line.split_once(':'));
        lines
            .find(|(field, _)| *field == name)
            .map(|(_, value)| value.trim())
    };
    Some(Event {
        id: value("id")?.parse().ok()?,
        kind: value("event")?.to_owned(),
    })
}

impl Heard {
    fn take(&mut self, event: Event, last: &mut Option<u64>) {
        let is_reset = event.kind == "reset";
        // A reset bears the number of the newest event, which may be the last one that was heard.
        let grows = last.is_none_or(|last| event.id > last || (is_reset && event.id == last));
        if !grows {
            self.faults.push(format!(
                "event {} came after {}",
                event.id,
                last.unwrap_or_default()
            ));
        }
        *last = Some(event.id);
        if is_reset {
            self.stretches.push(Vec::new());
        } else if let Some(stretch) = self.stretches.last_mut() {
            stretch.push(event);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.stretches.iter().map(Vec::len).sum()
    }

    pub(super) fn returns(&self) -> usize {
        self.returns
    }

    pub(super) fn resets(&self) -> usize {
        self.stretches.len() - 1
    }
}

/// What was out of order, missing, or another user's.
pub(super) fn faults(all: &[Heard]) -> Vec<String> {
    let mut faults: Vec<String> = all.iter().flat_map(|heard| heard.faults.clone()).collect();
    for stays in all.iter().filter(|heard| heard.stayed) {
        if stays.resets() > 0 {
            faults.push("one that stays was told to read everything again".to_owned());
            continue;
        }
        let whole = &stays.stretches[0];
        let places: HashMap<u64, usize> = whole
            .iter()
            .enumerate()
            .map(|(place, event)| (event.id, place))
            .collect();
        let others = all
            .iter()
            .filter(|heard| heard.place == stays.place && !heard.stayed);
        for stretch in others.flat_map(|heard| &heard.stretches) {
            faults.extend(gap(stretch, whole, &places));
        }
    }
    faults
}

/// Where a stretch is not a piece of the whole.
fn gap(stretch: &[Event], whole: &[Event], places: &HashMap<u64, usize>) -> Option<String> {
    // What was told before the one that stays had come is nobody's measure, and so is what came after it had left.
    let newest = whole.last()?.id;
    let known = |event: &&Event| places.contains_key(&event.id);
    let start = stretch.iter().position(|event| known(&event))?;
    let oldest = whole.first()?.id;
    if let Some(strange) = stretch[..start].iter().find(|event| event.id >= oldest) {
        return Some(format!("event {} is not this user's", strange.id));
    }
    let from = places[&stretch[start].id];
    let heard = stretch[start..]
        .iter()
        .take_while(|event| event.id <= newest);
    let mut pairs = heard.zip(&whole[from..]);
    let (heard, told) = pairs.find(|(heard, told)| heard != told)?;
    Some(format!(
        "event {} ({}) was heard where {} ({}) was told",
        heard.id, heard.kind, told.id, told.kind
    ))
}

#[cfg(test)]
mod tests {
    use super::{Event, Heard, event, faults};

    fn told(ids: &[u64]) -> Vec<Event> {
        ids.iter()
            .map(|id| Event {
                id: *id,
                kind: "records".to_owned(),
            })
            .collect()
    }

    fn heard(stayed: bool, stretches: &[&[u64]]) -> Heard {
        Heard {
            place: 0,
            stayed,
            stretches: stretches.iter().map(|ids| told(ids)).collect(),
            returns: 0,
            faults: Vec::new(),
        }
    }

    #[test]
    fn an_event_is_read_and_a_comment_is_none() {
        let read = event("id: 7\nevent: records\ndata: {\"a\":1}").unwrap();
        assert_eq!((read.id, read.kind.as_str()), (7, "records"));
        assert_eq!(event(": listening\nretry: 3000"), None);
    }

    #[test]
    fn pieces_without_gaps_are_sound_and_a_gap_or_a_strange_event_is_found() {
        let whole = heard(true, &[&[10, 12, 13, 17, 20]]);
        let others = |stretches: &[&[u64]]| {
            [
                heard(true, &[&[10, 12, 13, 17, 20]]),
                heard(false, stretches),
            ]
        };
        assert!(faults(&[whole]).is_empty());
        assert!(faults(&others(&[&[8, 10, 12], &[17, 20, 21]])).is_empty());
        assert!(faults(&others(&[&[]])).is_empty());
        for wrong in [&[10, 13][..], &[12, 13, 14, 17], &[11, 12], &[13, 12]] {
            let all = others(&[wrong]);
            assert_eq!(faults(&all).len(), 1, "{wrong:?}");
        }
    }

    #[test]
    fn numbers_that_do_not_grow_are_found() {
        let mut one = heard(false, &[&[]]);
        let mut last = None;
        for event in told(&[5, 6, 6, 9]) {
            one.take(event, &mut last);
        }
        assert_eq!((one.faults.len(), one.count(), last), (1, 4, Some(9)));
    }
}
