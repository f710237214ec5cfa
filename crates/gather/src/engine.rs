//! One request from its first wait to its last byte: limits, attempts, redirects, retries.
//!
//! Every request on the wire passes the limits of its host, redirects and retries too. The permit is held until the
//! body was read or given up.
//!
//! Not here: what goes over the wire (`attempt`), which failures are worth another attempt (`retry`), where redirects
//! may lead (`hop`).

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use http::HeaderMap;

use crate::{
    attempt::{Answer, Failed},
    clock::{Clock, far},
    error::{Error, Kind},
    event::EventKind,
    flights::{self, Flight, Flights},
    health::{Gate, Health},
    hop::Hop,
    limit::{LaneId, Limiter, Permit, Waits},
    pool::Pool,
    request::Request,
    response::Response,
    retry::{self, Retry},
    timeouts::{Limit, TimeoutKind, Timeouts, Watch},
    trace::Trace,
};

/// What all requests of one client share.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) pool: Pool,
    pub(crate) health: Health,
    pub(crate) flights: Option<Flights>,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: Retry,
    pub(crate) body_limit: u64,
    pub(crate) redirects: u32,
    pub(crate) headers: HeaderMap,
}

/// What one request may take, over all its addresses and attempts.
pub(crate) struct Budget {
    pub(crate) timeouts: Timeouts,
    pub(crate) body_limit: u64,
    retry: Retry,
    deadline: Option<Limit>,
    /// When the first attempt began: until then only the deadline counts.
    start: Option<Instant>,
    failures: u32,
}

impl Budget {
    fn begin(&mut self, now: Instant) -> Limit {
        let start = *self.start.get_or_insert(now);
        self.at(start)
    }

    fn limit(&self) -> Option<Limit> {
        self.start.map(|start| self.at(start)).or(self.deadline)
    }

    fn at(&self, start: Instant) -> Limit {
        let total = Limit::new(start, self.timeouts.total, TimeoutKind::Total);
        self.deadline
            .map_or(total, |deadline| total.sooner(deadline))
    }
}

/// What the last attempt brought is what the request brought.
fn conclude(
    result: Result<Answer, Failed>,
    retry_at: Option<SystemTime>,
) -> Result<(Answer, Option<SystemTime>), Error> {
    match result {
        Ok(answer) => Ok((answer, retry_at)),
        Err(failed) => Err(failed.error.with_retry_at(retry_at)),
    }
}

impl Shared {
    /// Asks one request. The deadline, if any, bounds waiting for limits too.
    pub(crate) async fn run(
        &self,
        request: Request,
        deadline: Option<Limit>,
        trace: &mut Trace,
    ) -> Result<Response, Error> {
        trace.tell(|| EventKind::Queued);
        let result = self.fly(&request, deadline, trace).await.map_err(|error| {
            let attempts = trace.attempts();
            match error.url() {
                Some(_) => error,
                None => error.with_url(request.shown_url()),
            }
            .with_attempts(attempts)
        });
        match &result {
            Ok(response) => trace.tell(|| EventKind::Done {
                status: response.status.as_u16(),
                bytes: response.body.len() as u64,
            }),
            Err(error) => {
                trace.course.failed = true;
                trace.tell(|| EventKind::Failed {
                    why: error.to_string(),
                });
            }
        }
        result
    }

    /// Joins an equal request that is under way, or asks.
    async fn fly(
        &self,
        request: &Request,
        deadline: Option<Limit>,
        trace: &mut Trace,
    ) -> Result<Response, Error> {
        let Some((flights, key)) = self.flights.as_ref().zip(flights::key(request)) else {
            return self.ask(request, deadline, trace).await;
        };
        loop {
            let mut other = match flights.join(&key) {
                Flight::Lead(lead) => {
                    let result = self.ask(request, deadline, trace).await;
                    lead.land(&result);
                    return result;
                }
                Flight::Follow(other) => other,
            };
            let landed = other.wait_for(Option::is_some);
            let landed = match deadline {
                None => landed.await,
                Some(deadline) => Watch::new(&self.clock).within(deadline, landed).await?,
            };
            match landed.as_deref() {
                // Its deadline is not ours; and one that was dropped left nothing.
                Ok(Some(Err(error))) if error.is_timeout() || error.is_rate_limited() => {}
                Ok(Some(result)) => return result.clone(),
                Ok(None) | Err(_) => {}
            }
        }
    }

    /// Follows redirects until an answer stays.
    async fn ask(
        &self,
        request: &Request,
        deadline: Option<Limit>,
        trace: &mut Trace,
    ) -> Result<Response, Error> {
        let mut budget = Budget {
            timeouts: request.timeouts.unwrap_or(self.timeouts),
            retry: request.retry.unwrap_or(self.retry),
            body_limit: request.body_limit.unwrap_or(self.body_limit),
            deadline,
            start: None,
            failures: 0,
        };
        let mut hop = self.first_hop(request)?;
        let mut visited = vec![hop.url.clone()];
        loop {
            let (answer, retry_at) = match self.try_hop(&hop, &mut budget, trace).await {
                Ok(last) => last,
                Err(error) => return Err(error.with_url(hop.shown)),
            };
            let Some(next) = self.redirect(request, &hop, &answer)? else {
                let start = budget.start.unwrap_or_else(|| self.clock.now());
                return Ok(Response {
                    status: answer.status,
                    headers: answer.headers,
                    url: hop.url,
                    shown_url: hop.shown,
                    body: answer.body,
                    attempts: trace.attempts(),
                    elapsed: self.clock.now().saturating_duration_since(start),
                    retry_at,
                });
            };
            if visited.len() > self.redirects as usize {
                let why = format!("more than {} redirects", self.redirects);
                return Err(Error::new(Kind::Redirect(why)));
            }
            if next.method == hop.method && visited.contains(&next.url) {
                let why = format!("a redirect leads back to {}", next.shown);
                return Err(Error::new(Kind::Redirect(why)));
            }
            trace.tell(|| EventKind::Redirected);
            visited.push(next.url.clone());
            hop = next;
        }
    }

    /// Tries one address until it answers, or another attempt is not worth it or not possible in time. The last
    /// answer counts then, with the time at which asking again may succeed.
    async fn try_hop(
        &self,
        hop: &Hop,
        budget: &mut Budget,
        trace: &mut Trace,
    ) -> Result<(Answer, Option<SystemTime>), Error> {
        let mut last: Option<(Result<Answer, Failed>, Option<SystemTime>)> = None;
        self.health.asked(&hop.host);
        loop {
            trace.queue();
            let turn = self.turn(hop, budget.limit(), trace).await;
            let (mut permit, waits) = match (turn, last) {
                (Ok(turn), _) => turn,
                (Err(error), None) => return Err(error),
                // There is no time for the attempt that was planned, or the host is left alone by now.
                (Err(error), Some((result, retry_at))) => {
                    return conclude(result, error.retry_at().max(retry_at));
                }
            };
            let limit = budget.begin(self.clock.now());
            trace.started(&hop.shown, waits);
            let result = self.attempt(hop, budget, limit, &mut permit, trace).await;
            trace.ended(result.as_ref().err().map(|failed| &failed.error));
            drop(permit);

            if matches!(&result, Err(failed) if failed.stale && !failed.sent) {
                // Nothing was written on the idle connection that turned out closed: this was no attempt.
                trace.forget();
                last = None;
                continue;
            }
            let transient = match &result {
                Ok(answer) => retry::is_transient_status(answer.status),
                Err(failed) => retry::is_transient(&failed.error),
            };
            let (asked, retry_at) = match &result {
                Ok(answer) if transient => self.asked_to_wait(hop.lane, &answer.headers).unzip(),
                _ => (None, None),
            };
            // A host that says when to come back is well, and only busy.
            let well = !transient || asked.is_some();
            self.health.attempted(&hop.host, well, self.clock.now());
            if !transient {
                return conclude(result, None);
            }
            budget.failures += 1;
            let stale = matches!(&result, Err(failed) if failed.stale);
            let unsent = matches!(&result, Err(failed) if !failed.sent);
            let pause = if stale {
                Duration::ZERO
            } else {
                budget.retry.pause(budget.failures)
            };
            let wait = pause.max(asked.unwrap_or_default());
            let may_retry = budget.failures < budget.retry.attempts
                && (unsent || retry::is_idempotent(&hop.method))
                && far(self.clock.now(), wait) < limit.at
                && self.health.may_retry(&hop.host);
            if !may_retry {
                return conclude(result, retry_at);
            }
            trace.tell(|| EventKind::Retrying {
                pause: wait,
                why: match &result {
                    Ok(answer) => format!("the server answered {}", answer.status),
                    Err(failed) => failed.error.to_string(),
                },
            });
            // What the server asked for is waited out with the host's other requests, in the queue.
            self.clock.sleep(pause).await;
            last = Some((result, retry_at));
        }
    }

    /// Waits for its turn, unless the host is left alone: before the wait, since it would be for nothing, and after
    /// it, since much may have happened.
    async fn turn(
        &self,
        hop: &Hop,
        limit: Option<Limit>,
        trace: &Trace,
    ) -> Result<(Permit, Waits), Error> {
        let open = |until: Instant| {
            let wait = until.saturating_duration_since(self.clock.now());
            Error::new(Kind::CircuitOpen).with_retry_at(Some(self.clock.wall() + wait))
        };
        if let Some(until) = self.health.open_until(&hop.host, self.clock.now()) {
            return Err(open(until));
        }
        let turn = self.permit(hop.lane, limit, trace).await?;
        match self.health.gate(&hop.host, self.clock.now()) {
            Gate::Closed => Ok(turn),
            Gate::Open(until) => Err(open(until)),
        }
    }

    /// Waits for its turn, no longer than `limit`.
    async fn permit(
        &self,
        lane: LaneId,
        limit: Option<Limit>,
        trace: &Trace,
    ) -> Result<(Permit, Waits), Error> {
        let mut acquire = pin!(self.limiter.acquire(lane, limit.map(|limit| limit.at)));
        let mut told = !trace.listens();
        let turn = std::future::poll_fn(|cx| {
            let poll = acquire.as_mut().poll(cx);
            if poll.is_pending() && !told {
                told = true;
                trace.waiting(acquire.cause());
            }
            poll
        });
        let turn = match limit {
            None => turn.await,
            Some(limit) => Watch::new(&self.clock).within(limit, turn).await?,
        };
        match (turn, limit) {
            // The slot came free because its holder ran out of the same time: nothing is sent any more.
            (Ok(_), Some(limit)) if self.clock.now() >= limit.at => Err(limit.error()),
            (Ok(turn), _) => Ok(turn),
            (Err(too_long), _) => {
                let wait = too_long.until.saturating_duration_since(self.clock.now());
                Err(Error::new(Kind::Limited(too_long.cause))
                    .with_retry_at(Some(self.clock.wall() + wait)))
            }
        }
    }

    /// What `Retry-After` asks, which the whole host is then left alone for.
    fn asked_to_wait(&self, lane: LaneId, headers: &HeaderMap) -> Option<(Duration, SystemTime)> {
        let wall = self.clock.wall();
        let wait = retry::retry_after(headers, wall)?;
        self.limiter.cool(lane, far(self.clock.now(), wait));
        Some((wait, wall + wait))
    }
}
