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

use bytes::Bytes;
use http::{HeaderMap, header};

use crate::{
    attempt::{Answer, Body, Failed},
    clock::{Clock, far},
    error::{Error, Kind},
    event::EventKind,
    flights::{self, Flight, Flights},
    health::{Attempted, Gate, Health},
    hop::Hop,
    ledger::{LedgerFault, SharedLedger},
    limit::{LaneId, Limiter, Permit, UNANSWERED, Waits},
    pool::Pool,
    rate_headers,
    request::Request,
    response::{Redirect, Response},
    retry::{self, Retry},
    timeouts::{Limit, TimeoutKind, Timeouts, Watch},
    trace::Trace,
    transport::Carrier,
};

/// The longest a request is taken to be under way: a day, where its timeouts are switched off.
const FARTHEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What all requests of one client share.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) pool: Pool,
    /// Carries requests instead of the pool, in tests.
    pub(crate) transport: Option<Carrier>,
    pub(crate) ledger: Option<SharedLedger>,
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
    /// Whether the body is left to be read piece by piece.
    pub(crate) stream: bool,
    /// Whether a 304 gives the places in quotas back.
    pub(crate) unchanged_is_free: bool,
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

/// What the last attempt at one address brought.
struct Last {
    answer: Answer,
    retry_at: Option<SystemTime>,
    permit: Option<Permit>,
}

/// Where a request came to in the end.
pub(crate) struct Landed {
    pub(crate) hop: Hop,
    pub(crate) answer: Answer,
    pub(crate) start: Instant,
    pub(crate) retry_at: Option<SystemTime>,
    /// Only with an open body.
    pub(crate) permit: Option<Permit>,
    pub(crate) redirects: Vec<Redirect>,
}

/// What the last attempt brought is what the request brought.
fn conclude(
    result: Result<Answer, Failed>,
    retry_at: Option<SystemTime>,
    permit: Option<Permit>,
) -> Result<Last, Error> {
    match result {
        Ok(answer) => Ok(Last {
            answer,
            retry_at,
            permit,
        }),
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
        let mut lead = None;
        if let Some((flights, key)) = self.flights.as_ref().zip(flights::key(request)) {
            lead = loop {
                let mut other = match flights.join(&key) {
                    Flight::Lead(lead) => break Some(lead),
                    Flight::Follow(other) => other,
                };
                // It takes no slot of its host.
                trace.leave_line();
                let total = request.timeouts.unwrap_or(self.timeouts).total;
                let total = Limit::new(self.clock.now(), total, TimeoutKind::Total);
                let limit = deadline.map_or(total, |deadline| total.sooner(deadline));
                let landed = other.wait_for(Option::is_some);
                let landed = match Watch::new(&self.clock).within(limit, landed).await {
                    Ok(landed) => landed,
                    // The other may be a future that nobody polls any more: it is not waited for for ever.
                    Err(_) if limit.kind == TimeoutKind::Total => break None,
                    Err(late) => return Err(late),
                };
                match landed.as_deref() {
                    // Its deadline is not ours; and one that was dropped left nothing.
                    Ok(Some(Err(error))) if error.is_of_deadline() => {}
                    Ok(Some(result)) => {
                        if let Ok(response) = result {
                            trace.joined(response.elapsed);
                        }
                        return result.clone();
                    }
                    Ok(None) | Err(_) => {}
                }
            };
        }
        let result = self.ask(request, deadline, trace).await;
        if let Some(lead) = lead {
            lead.land(&result);
        }
        result
    }

    /// Asks, and reads the whole body.
    async fn ask(
        &self,
        request: &Request,
        deadline: Option<Limit>,
        trace: &mut Trace,
    ) -> Result<Response, Error> {
        let landed = self.land(request, deadline, false, trace).await?;
        Ok(Response {
            status: landed.answer.status,
            headers: landed.answer.headers,
            url: landed.hop.url,
            shown_url: landed.hop.shown,
            redirects: landed.redirects.into(),
            body: match landed.answer.body {
                Body::Whole(body) => body,
                Body::Open(_) => Bytes::new(),
            },
            attempts: trace.attempts(),
            elapsed: self.clock.now().saturating_duration_since(landed.start),
            retry_at: landed.retry_at,
        })
    }

    /// Follows redirects until an answer stays.
    pub(crate) async fn land(
        &self,
        request: &Request,
        deadline: Option<Limit>,
        stream: bool,
        trace: &mut Trace,
    ) -> Result<Landed, Error> {
        let mut budget = Budget {
            timeouts: request.timeouts.unwrap_or(self.timeouts),
            retry: request.retry.unwrap_or(self.retry),
            body_limit: request.body_limit.unwrap_or(self.body_limit),
            stream,
            unchanged_is_free: request.unchanged_is_free,
            deadline,
            start: None,
            failures: 0,
        };
        let mut hop = self.first_hop(request)?;
        let mut visited = Vec::new();
        let mut redirects = Vec::new();
        loop {
            let last = match self.try_hop(&hop, &mut budget, trace).await {
                Ok(last) => last,
                Err(error) => return Err(error.with_url(&*hop.shown)),
            };
            let Some(next) = self.redirect(request, &hop, &last.answer)? else {
                return Ok(Landed {
                    start: budget.start.unwrap_or_else(|| self.clock.now()),
                    answer: last.answer,
                    retry_at: last.retry_at,
                    permit: last.permit,
                    hop,
                    redirects,
                });
            };
            if visited.len() >= self.redirects as usize {
                let why = format!("more than {} redirects", self.redirects);
                return Err(Error::new(Kind::Redirect(why)));
            }
            visited.push(hop.url.clone());
            if next.method == hop.method && visited.contains(&next.url) {
                let why = format!("a redirect leads back to {}", next.shown);
                return Err(Error::new(Kind::Redirect(why)));
            }
            trace.tell(|| EventKind::Redirected);
            redirects.push(Redirect {
                status: last.answer.status,
                to: next.url.clone(),
            });
            trace.asks(&next.method);
            if next.host != hop.host {
                trace.leave_line();
            }
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
    ) -> Result<Last, Error> {
        let mut last: Option<(Result<Answer, Failed>, Option<SystemTime>)> = None;
        self.health.asked(&hop.host);
        loop {
            trace.queue();
            let turn = self.turn(hop, budget.limit(), budget, trace).await;
            let (mut permit, waits) = match (turn, last) {
                (Ok(turn), _) => turn,
                (Err(error), None) => return Err(error),
                // There is no time for the attempt that was planned, or the host is left alone by now.
                (Err(error), Some((result, retry_at))) => {
                    return conclude(result, error.retry_at().max(retry_at), None);
                }
            };
            let limit = budget.begin(self.clock.now());
            trace.started(&hop.shown, waits);
            let result = self.attempt(hop, budget, limit, &mut permit, trace).await;
            trace.ended(result.as_ref().err().map(|failed| &failed.error));
            // An open body keeps its slot until it was read or dropped.
            let permit = matches!(
                &result,
                Ok(Answer {
                    body: Body::Open(_),
                    ..
                })
            )
            .then_some(permit);

            if matches!(&result, Err(failed) if failed.stale && !failed.sent) {
                // Nothing was written on the idle connection that turned out closed: this was no attempt.
                trace.forget();
                last = None;
                continue;
            }
            let verdict = self.judge(hop, &result, trace);
            if !verdict.again {
                return conclude(result, verdict.retry_at.filter(|_| verdict.refused), permit);
            }
            let (asked, retry_at) = (verdict.asked, verdict.retry_at);
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
                return conclude(result, retry_at, permit);
            }
            trace.tell(|| EventKind::Retrying {
                pause: wait,
                why: match &result {
                    Ok(answer) => format!("the server answered {}", answer.status),
                    Err(failed) => failed.error.to_string(),
                },
            });
            trace.leave_line();
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
        budget: &Budget,
        trace: &Trace,
    ) -> Result<(Permit, Waits), Error> {
        let open = |until: Instant| {
            let wait = until.saturating_duration_since(self.clock.now());
            Error::new(Kind::CircuitOpen).with_retry_at(Some(self.clock.wall() + wait))
        };
        if let Some(until) = self.health.open_until(&hop.host, self.clock.now()) {
            return Err(open(until));
        }
        loop {
            let (permit, waits) = self.permit(hop.lane, limit, trace).await?;
            if let Gate::Open(until) = self.health.gate(&hop.host, self.clock.now()) {
                return Err(open(until));
            }
            if let Some(permit) = self.book(hop.lane, permit, limit, budget).await? {
                return Ok((permit, waits));
            }
        }
    }

    /// Asks the ledger, where there is one, for the same. `None` when it has nothing, and what is missing waits.
    async fn book(
        &self,
        lane: LaneId,
        mut permit: Permit,
        limit: Option<Limit>,
        budget: &Budget,
    ) -> Result<Option<Permit>, Error> {
        let Some(ledger) = &self.ledger else {
            return Ok(Some(permit));
        };
        let wall = self.clock.wall();
        let in_doubt = budget.timeouts.attempt.min(FARTHEST) + UNANSWERED;
        let reserve = ledger.reserve(self.limiter.claim(lane), wall, in_doubt);
        let answer = match limit {
            None => reserve.await,
            Some(limit) => Watch::new(&self.clock).within(limit, reserve).await?,
        };
        match answer {
            Ok(Ok(booking)) => {
                permit.book(booking);
                Ok(Some(permit))
            }
            Ok(Err((until, cause))) => {
                let wait = until.duration_since(wall).unwrap_or_default();
                // Never at once again: the ledger would be asked without end.
                let wait = wait.max(Duration::from_millis(1));
                self.limiter.full(lane, cause, far(self.clock.now(), wait));
                Ok(None)
            }
            Err(e) => Err(Error::caused_by(Kind::Ledger, LedgerFault(e))),
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

    /// What an attempt means for another one, and for its host: what the host asks for, the whole host gets.
    fn judge(&self, hop: &Hop, result: &Result<Answer, Failed>, trace: &Trace) -> Verdict {
        let (now, wall) = (self.clock.now(), self.clock.wall());
        let answer = match result {
            Ok(answer) => answer,
            Err(failed) => {
                let again = retry::is_transient(&failed.error);
                let fate = if again {
                    Attempted::Failed
                } else {
                    Attempted::Well
                };
                self.health.attempted(&hop.host, fate, now);
                return Verdict {
                    again,
                    refused: false,
                    asked: None,
                    retry_at: None,
                };
            }
        };
        let (status, headers) = (answer.status, &answer.headers);
        let secondary = rate_headers::names_secondary_limit(status, answer.body.bytes());
        let limited = secondary || rate_headers::is_rate_limit(status, headers);
        let again = limited || retry::is_transient_status(status);
        // A server that says when to come back is well, and only busy.
        let told = again.then(|| retry::retry_after(headers, wall)).flatten();
        if again
            && told.is_none()
            && let Some(value) = headers.get(header::RETRY_AFTER)
            && self.health.tell_once(&hop.host)
        {
            trace.tell(|| EventKind::Disregarded {
                what: format!("`Retry-After` of {} is not believed: {value:?}", hop.host),
            });
        }
        let fate = match (again, limited || told.is_some()) {
            (false, _) => Attempted::Well,
            (true, true) => Attempted::Limited,
            (true, false) => Attempted::Failed,
        };
        let refusals = self.health.attempted(&hop.host, fate, now);
        let advice = match told {
            Some(_) => None,
            None => rate_headers::read(headers, status, wall),
        };
        let asked = told
            .or_else(|| rate_headers::pause(advice.as_ref()?))
            .or_else(|| secondary.then(|| rate_headers::secondary_pause(refusals)));
        if let Some(wait) = asked {
            self.limiter.cool(hop.lane, far(now, wait));
            if let Some(ledger) = &self.ledger {
                ledger.cool(&hop.host, wall + wait, wall);
            }
        }
        // One thing among many of the host's is used up: it is not asked again, and the others are.
        let used_up = match asked {
            Some(_) => None,
            None => advice
                .filter(|advice| again && advice.remaining == 0)
                .and_then(|advice| advice.reset),
        };
        Verdict {
            again: again && used_up.is_none(),
            refused: again,
            asked,
            retry_at: asked.or(used_up).map(|wait| wall + wait),
        }
    }
}

/// What an attempt means for another one.
struct Verdict {
    again: bool,
    /// Whether the server would rather have been asked later.
    refused: bool,
    /// How long the host is to be left alone.
    asked: Option<Duration>,
    retry_at: Option<SystemTime>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Client, Request};

    /// Ten thousand of them are under way at once in ten thousand requests.
    #[test]
    fn a_request_under_way_is_small() {
        let client = Client::new();
        let clock = Clock::system();
        let mut trace = Trace::new(clock.clone(), clock.now(), 0, None, None);
        let future = client
            .shared()
            .run(Request::get("http://h/"), None, &mut trace);
        let size = size_of_val(&future);
        assert!(size <= 5 * 1024, "{size} bytes");
    }
}
