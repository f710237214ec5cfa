//! Single-flight: equal GETs that are under way at the same time are one request, whose answer all of them get.
//!
//! Equal means same address and headers, no body, and nothing that the request sets for itself. Whoever asks first
//! does the work; if it is dropped, one of the others takes over.

use std::{
    collections::hash_map::Entry,
    sync::{Arc, Mutex, MutexGuard},
};

use http::Method;
use tokio::sync::watch;

use crate::{error::Error, hash::HashMap, request::Request, response::Response};

type Outcome = Result<Response, Error>;

/// Those under way, by what makes requests equal, with where to tell the outcome if anybody else wants it.
type Table = HashMap<Arc<[u8]>, Option<watch::Sender<Option<Outcome>>>>;

#[derive(Default)]
pub(crate) struct Flights(Mutex<Table>);

pub(crate) enum Flight<'f> {
    /// Does the work, and says what came of it.
    Lead(Lead<'f>),
    /// Waits for what comes of somebody else's work; the channel closes without a word when that is dropped.
    Follow(watch::Receiver<Option<Outcome>>),
}

pub(crate) struct Lead<'f> {
    flights: &'f Flights,
    key: Arc<[u8]>,
}

impl Flights {
    pub(crate) fn join(&self, key: &Arc<[u8]>) -> Flight<'_> {
        match self.lock().entry(Arc::clone(key)) {
            Entry::Occupied(mut other) => {
                // Most requests are never joined, so the channel is made by the first who does.
                let sender = other
                    .get_mut()
                    .get_or_insert_with(|| watch::Sender::new(None));
                Flight::Follow(sender.subscribe())
            }
            Entry::Vacant(vacant) => {
                vacant.insert(None);
                Flight::Lead(Lead {
                    flights: self,
                    key: Arc::clone(key),
                })
            }
        }
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
        let followers = self.flights.lock().remove(&self.key).flatten();
        if let Some(followers) = followers {
            followers.send_replace(Some(outcome.clone()));
        }
        // It is out of the table, and somebody else may already lead under this key.
        std::mem::forget(self);
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.key);
    }
}

/// What makes two requests one; `None` for a request that must stay its own.
pub(crate) fn key(request: &Request) -> Option<Arc<[u8]>> {
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
