//! What a server saw: each request's start and end, and the arithmetic over them.
//!
//! A request starts when its head has been read and ends when the last byte of its answer has been
//! handed to the connection, or when the connection is gone. So a client that waits for an answer
//! before it sends the next request is never counted twice. A request that its client abandoned
//! counts until the server notices, which may be after that client's next request has come; use
//! [`Log::peak_in_flight_answered`] where requests are cancelled.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use http::{Method, Request, Version, header};

use crate::Target;

/// How many requests are kept in detail for each API; older ones are only counted.
const KEPT: usize = 200_000;

/// The request headers that are kept, when they were sent.
static HEADERS: [header::HeaderName; 11] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::COOKIE,
    header::HOST,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::RANGE,
    header::USER_AGENT,
    header::HeaderName::from_static("x-api-key"),
];

/// One request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// When its head had been read, on the machine's monotonic clock.
    pub started: Instant,
    /// When its answer had been handed to the connection, or the connection was gone; `None` while in flight.
    pub ended: Option<Instant>,
    /// Whether the answer was handed over in full, so `false` for one that was abandoned, hung, cut or reset.
    pub answered: bool,
    /// The method.
    pub method: Method,
    /// HTTP/1.0, HTTP/1.1 or HTTP/2.
    pub version: Version,
    /// Path and query, as sent.
    pub target: Arc<str>,
    headers: Arc<[(header::HeaderName, String)]>,
    begin: u64,
    end: u64,
}

impl Seen {
    /// The path without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target
            .split_once('?')
            .map_or(&*self.target, |(path, _)| path)
    }

    /// A request header, by its lower-case name. Kept are `accept`, `accept-encoding`, `authorization`, `content-type`,
    /// `cookie`, `host`, `if-modified-since`, `if-none-match`, `range`, `user-agent` and `x-api-key`.
    /// For HTTP/2, which names the host outside its headers, `host` is that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.as_str() == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What one API or route had seen when it was asked. A copy: it does not change afterwards.
#[derive(Debug, Clone)]
pub struct Log {
    seen: Vec<Seen>,
    forgotten: u64,
}

impl Log {
    /// The requests in order of arrival. Kept are the newest 200,000 of an API.
    #[must_use]
    pub fn requests(&self) -> &[Seen] {
        &self.seen
    }

    /// How many requests came, those no longer kept included when the log is of a whole API.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.forgotten + self.seen.len() as u64
    }

    /// How many were in flight when the log was taken.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.seen.iter().filter(|seen| seen.ended.is_none()).count()
    }

    /// The most that were in flight at one moment.
    #[must_use]
    pub fn peak_in_flight(&self) -> usize {
        peak(self.seen.iter())
    }

    /// The same, over those requests alone that were answered in full: exact even when others were cancelled.
    #[must_use]
    pub fn peak_in_flight_answered(&self) -> usize {
        peak(self.seen.iter().filter(|seen| seen.answered))
    }

    /// The most requests that started in any half-open window `[t, t + window)`.
    #[must_use]
    pub fn max_starts_in_window(&self, window: Duration) -> usize {
        let mut oldest = 0;
        let mut most = 0;
        for (newest, seen) in self.seen.iter().enumerate() {
            while oldest < newest
                && seen.started.duration_since(self.seen[oldest].started) >= window
            {
                oldest += 1;
            }
            if window > Duration::ZERO {
                most = most.max(newest - oldest + 1);
            }
        }
        most
    }
}

/// Starts and ends were numbered under one lock, so their order is exact even where the clock shows them as equal.
fn peak<'a>(seen: impl Iterator<Item = &'a Seen>) -> usize {
    let mut events: Vec<(u64, bool)> = Vec::new();
    for seen in seen {
        events.push((seen.begin, true));
        if seen.ended.is_some() {
            events.push((seen.end, false));
        }
    }
    events.sort_unstable();
    let (mut now, mut most) = (0_usize, 0);
    for (_, start) in events {
        if start {
            now += 1;
            most = most.max(now);
        } else {
            now -= 1;
        }
    }
    most
}

/// Where a server writes down what it sees.
#[derive(Debug, Default)]
pub(crate) struct Book(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    seen: VecDeque<Seen>,
    /// The number of the first entry in `seen`.
    first: u64,
    /// How many of the entries before `first` belong to the log as it is since the last reset.
    forgotten: u64,
    tick: u64,
}

impl Book {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        // Nothing in here panics half-way through a change, so a poisoned lock still guards whole data.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin<B>(self: &Arc<Self>, request: &Request<B>) -> Ticket {
        let uri = request.uri();
        let target = uri
            .path_and_query()
            .map_or(uri.path(), |target| target.as_str());
        // Copied, for a `HeaderValue` would keep the connection's whole read buffer alive.
        let headers = HEADERS
            .iter()
            .filter_map(|name| {
                let value = match request.headers().get(name) {
                    Some(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    None if *name == header::HOST => uri.authority()?.to_string(),
                    None => return None,
                };
                Some((name.clone(), value))
            })
            .collect();
        let (method, version, target) = (
            request.method().clone(),
            request.version(),
            Arc::from(target),
        );
        let mut pages = self.pages();
        if pages.seen.len() == KEPT {
            pages.seen.pop_front();
            pages.first += 1;
            pages.forgotten += 1;
        }
        let number = pages.first + pages.seen.len() as u64;
        pages.tick += 1;
        let begin = pages.tick;
        // The clock is read under the lock, so starts are in order.
        let started = Instant::now();
        pages.seen.push_back(Seen {
            started,
            ended: None,
            answered: false,
            method,
            version,
            target,
            headers,
            begin,
            end: 0,
        });
        Ticket {
            book: Arc::clone(self),
            number,
            answered: false,
        }
    }

    fn end(&self, number: u64, answered: bool) {
        let mut pages = self.pages();
        pages.tick += 1;
        let end = pages.tick;
        let seen = number
            .checked_sub(pages.first)
            .and_then(|at| pages.seen.get_mut(usize::try_from(at).ok()?));
        if let Some(seen) = seen {
            seen.ended = Some(Instant::now());
            seen.answered = answered;
            seen.end = end;
        }
    }

    pub(crate) fn read(&self, target: &Target) -> Log {
        let pages = self.pages();
        let seen: Vec<Seen> = pages
            .seen
            .iter()
            .filter(|seen| target.covers(seen.path()))
            .cloned()
            .collect();
        Log {
            seen,
            forgotten: if target.path.is_none() {
                pages.forgotten
            } else {
                0
            },
        }
    }

    /// Forgets everything; what is in flight ends unseen.
    pub(crate) fn reset(&self) {
        let mut pages = self.pages();
        pages.first += pages.seen.len() as u64;
        pages.seen.clear();
        pages.forgotten = 0;
    }
}

/// One request in flight; dropping it is its end.
#[derive(Debug)]
pub(crate) struct Ticket {
    book: Arc<Book>,
    number: u64,
    answered: bool,
}

impl Ticket {
    pub(crate) fn answered(&mut self) {
        self.answered = true;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.book.end(self.number, self.answered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Api;

    fn book() -> Arc<Book> {
        Arc::default()
    }

    fn begin(book: &Arc<Book>, target: &str) -> Ticket {
        book.begin(&Request::get(target).body(()).unwrap())
    }

    fn log_with_starts(millis: &[u64]) -> Log {
        let book = book();
        for _ in millis {
            begin(&book, "/");
        }
        let mut log = book.read(&Api::Any.into());
        let zero = Instant::now();
        for (seen, ms) in log.seen.iter_mut().zip(millis) {
            seen.started = zero + Duration::from_millis(*ms);
        }
        log
    }

    #[test]
    fn a_window_is_open_at_its_end() {
        let log = log_with_starts(&[0, 999, 1000, 1001, 3000]);
        let most = |ms| log.max_starts_in_window(Duration::from_millis(ms));
        assert_eq!(most(1), 1);
        assert_eq!(most(2), 2);
        assert_eq!(most(1000), 3);
        assert_eq!(most(1001), 3);
        assert_eq!(most(1002), 4);
        assert_eq!(most(3000), 4);
        assert_eq!(most(3001), 5);
        assert_eq!(most(0), 0);
        assert_eq!(
            log_with_starts(&[]).max_starts_in_window(Duration::from_secs(1)),
            0
        );
    }

    #[test]
    fn starts_at_the_same_instant_share_a_window() {
        assert_eq!(
            log_with_starts(&[5, 5, 5]).max_starts_in_window(Duration::from_nanos(1)),
            3
        );
    }

    #[test]
    fn peak_counts_overlaps_and_leaves_the_abandoned_out_when_asked() {
        let book = book();
        let mut first = begin(&book, "/a?x=1");
        let abandoned = begin(&book, "/b");
        first.answered();
        drop(first);
        let mut second = begin(&book, "/a?x=2");
        let log = book.read(&Api::Any.into());
        assert_eq!(
            (log.total(), log.in_flight(), log.peak_in_flight()),
            (3, 2, 2)
        );
        second.answered();
        drop(second);
        drop(abandoned);
        let log = book.read(&Api::Any.into());
        assert_eq!(
            (
                log.in_flight(),
                log.peak_in_flight(),
                log.peak_in_flight_answered()
            ),
            (0, 2, 1)
        );
        let route = book.read(&(Api::Any, "/a").into());
        assert_eq!((route.total(), route.peak_in_flight()), (2, 1));
        assert_eq!(route.requests()[1].target.as_ref(), "/a?x=2");
    }

    #[test]
    fn what_was_in_flight_at_a_reset_ends_unseen() {
        let book = book();
        let before = begin(&book, "/");
        book.reset();
        let after = begin(&book, "/");
        drop(before);
        let log = book.read(&Api::Any.into());
        assert_eq!((log.total(), log.in_flight()), (1, 1));
        drop(after);
        assert_eq!(book.read(&Api::Any.into()).in_flight(), 0);
    }

    #[test]
    fn older_requests_are_counted_when_no_longer_kept() {
        let book = book();
        for _ in 0..KEPT + 3 {
            begin(&book, "/");
        }
        let log = book.read(&Api::Any.into());
        assert_eq!(log.requests().len(), KEPT);
        assert_eq!(log.total(), KEPT as u64 + 3);
        assert_eq!(log.in_flight(), 0);
    }
}
