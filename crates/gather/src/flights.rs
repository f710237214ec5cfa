//! Single-flight: equal GETs that are under way at the same time are one request, whose answer all of them get.
//!
//! Equal means same address and headers, no body, and nothing that the request sets for itself. Whoever asks first
//! does the work; if it is dropped, one of the others takes over.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

use http::Method;
use tokio::sync::watch;

use crate::{error::Error, request::Request, response::Response};

type Outcome = Result<Response, Error>;

/// Those under way, by what makes requests equal.
type Table = HashMap<Box<[u8]>, watch::Receiver<Option<Outcome>>>;

#[derive(Default)]
pub(crate) struct Flights(Mutex<Table>);

pub(crate) enum Flight<'f> {
    /// Does the work, and says what came of it.
    Lead(Lead<'f>),
    /// Waits for what comes of somebody else's work.
    Follow(watch::Receiver<Option<Outcome>>),
}

pub(crate) struct Lead<'f> {
    flights: &'f Flights,
    key: Box<[u8]>,
    sender: watch::Sender<Option<Outcome>>,
}

impl Flights {
    pub(crate) fn join(&self, key: &[u8]) -> Flight<'_> {
        let mut flights = self.lock();
        if let Some(receiver) = flights.get(key) {
            return Flight::Follow(receiver.clone());
        }
        let (sender, receiver) = watch::channel(None);
        flights.insert(key.into(), receiver);
        Flight::Lead(Lead {
            flights: self,
            key: key.into(),
            sender,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0
            .lock()
            .expect("no code panics while it holds this lock")
    }
}

impl Lead<'_> {
    /// Everybody who waits gets this. Costs a copy only when somebody does.
    pub(crate) fn land(self, outcome: &Outcome) {
        self.flights.lock().remove(&self.key);
        // One receiver was in the table, and is gone now.
        if self.sender.receiver_count() > 0 {
            self.sender.send_replace(Some(outcome.clone()));
        }
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        // After `land` somebody else may already lead under this key.
        if flights
            .get(&self.key)
            .is_some_and(|receiver| receiver.same_channel(&self.sender.subscribe()))
        {
            flights.remove(&self.key);
        }
    }
}

/// What makes two requests one; `None` for a request that must stay its own.
pub(crate) fn key(request: &Request) -> Option<Box<[u8]>> {
    let url = request.url.as_ref().ok()?;
    let special = request.method != Method::GET
        || request.body.is_some()
        || request.timeouts.is_some()
        || request.retry.is_some()
        || request.body_limit.is_some()
        || request.guarded
        || !request.quotas.is_empty();
    if special {
        return None;
    }
    let mut key = url.as_str().as_bytes().to_vec();
    for (name, value) in &request.headers {
        key.push(b'\n');
        key.extend_from_slice(name.as_str().as_bytes());
        key.push(b':');
        key.extend_from_slice(value.as_bytes());
    }
    Some(key.into())
}
