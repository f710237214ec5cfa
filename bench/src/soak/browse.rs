//! Browsers with pages open, which ask for them again and again, and programs that ask the API.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{ask::Line, world::World};
use crate::{Fault, tokens::Known};

/// What is asked for in turn. The front page comes every other time.
const PATHS: [&str; 8] = [
    "/",
    "/news",
    "/",
    "/sources",
    "/",
    "/runs",
    "/",
    "/api/v1/dashboard",
];

/// Between two pages.
const PAUSE: Duration = Duration::from_millis(500);

/// So many pages over one connection; then it is closed and another opened.
const A_CONNECTION: usize = 15;

/// What all browsers saw together.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<Count>);

#[derive(Debug, Default)]
struct Count {
    asked: usize,
    failed: usize,
    /// Since the last look.
    lately: usize,
    slowest: Duration,
}

#[derive(Debug)]
pub(super) struct Browser {
    address: SocketAddr,
    user: Known,
    number: usize,
}

impl Browser {
    pub(super) fn of(world: &World, user: &Known, number: usize) -> Self {
        Self {
            address: world.server.address,
            user: user.clone(),
            number,
        }
    }

    pub(super) async fn browse(self, seen: &Seen, stop: CancellationToken) -> Result<(), Fault> {
        let cookie = self.user.cookie();
        let paths = PATHS.iter().cycle().skip(self.number);
        let mut line = None;
        for (turn, path) in paths.enumerate() {
            if turn % A_CONNECTION == 0 {
                line = None;
            }
            let open: &mut Line = match &mut line {
                Some(open) => open,
                none => none.insert(Line::open(self.address).await?),
            };
            let start = Instant::now();
            let (status, _) = open.read(path, &[("cookie", &cookie)]).await?;
            seen.note(start.elapsed(), status == http::StatusCode::OK);
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
        Ok(())
    }
}

impl Seen {
    fn note(&self, took: Duration, good: bool) {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        count.asked += 1;
        count.lately += 1;
        count.failed += usize::from(!good);
        count.slowest = count.slowest.max(took);
    }

    /// How many pages there were since the last look, and what the slowest took, in milliseconds.
    pub(super) fn take(&self) -> (usize, f64) {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slowest = std::mem::take(&mut count.slowest);
        (
            std::mem::take(&mut count.lately),
            slowest.as_secs_f64() * 1000.0,
        )
    }

    /// How many pages there were at all, and how many of them were not answered well.
    pub(super) fn all(&self) -> (usize, usize) {
        let count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (count.asked, count.failed)
    }
}
