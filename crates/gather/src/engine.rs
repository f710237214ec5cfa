//! One request from its first wait to its last byte: limits, attempts, redirects, retries.
//!
//! Every request on the wire passes the limits of its host, redirects and retries too. The permit is held until the
//! body was read or given up.
//!
//! Not here: which failures are worth another attempt (`retry`), connections (`pool`), codings (`decode`).

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use url::Url;

use crate::{
    clock::{Clock, far},
    connect::Connecting,
    decode::BodyReader,
    error::{Error, Kind},
    event::EventKind,
    host::Host,
    limit::{LaneId, Limiter, Permit, Waits},
    pool::Pool,
    redact,
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
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: Retry,
    pub(crate) body_limit: u64,
    pub(crate) redirects: u32,
    pub(crate) headers: HeaderMap,
}

/// Where a request goes next: its own address, or where a redirect sent it.
struct Hop {
    method: Method,
    url: Url,
    shown: String,
    uri: Uri,
    host: Host,
    lane: LaneId,
    headers: HeaderMap,
    body: Option<Bytes>,
}

/// What one request may take, over all its addresses and attempts.
struct Budget {
    timeouts: Timeouts,
    retry: Retry,
    body_limit: u64,
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

/// A complete answer to one attempt.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// An attempt without an answer.
struct Failed {
    error: Error,
    /// Whether the server may have received the request.
    sent: bool,
    /// Whether it failed because an idle connection had been closed meanwhile.
    stale: bool,
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
        let result = self.ask(&request, deadline, trace).await.map_err(|error| {
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
        let mut last = None;
        loop {
            trace.queue();
            let turn = self.permit(hop.lane, budget.limit(), trace).await;
            let (mut permit, waits) = match (turn, last) {
                (Ok(turn), _) => turn,
                (Err(error), None) => return Err(error),
                // There is no time for the attempt that was planned.
                (Err(error), Some((result, retry_at))) => {
                    return conclude(result, error.retry_at().max(retry_at));
                }
            };
            let limit = budget.begin(self.clock.now());
            trace.started(&hop.shown, waits);
            let result = self.attempt(hop, budget, limit, &mut permit, trace).await;
            trace.ended(result.as_ref().err().map(|failed| &failed.error));
            drop(permit);

            let again = match &result {
                Ok(answer) => retry::is_transient_status(answer.status),
                Err(failed) => retry::is_transient(&failed.error),
            };
            if !again {
                return conclude(result, None);
            }
            let (asked, retry_at) = match &result {
                Ok(answer) => self.asked_to_wait(hop.lane, &answer.headers).unzip(),
                Err(_) => (None, None),
            };
            budget.failures += 1;
            let (may_repeat, pause) = match &result {
                Err(failed) if failed.stale => (retry::is_idempotent(&hop.method), Duration::ZERO),
                Err(failed) if !failed.sent => (true, budget.retry.pause(budget.failures)),
                _ => (
                    retry::is_idempotent(&hop.method),
                    budget.retry.pause(budget.failures),
                ),
            };
            let wait = pause.max(asked.unwrap_or_default());
            if budget.failures >= budget.retry.attempts
                || !may_repeat
                || far(self.clock.now(), wait) >= limit.at
            {
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

    /// One request on the wire and its whole answer.
    async fn attempt(
        &self,
        hop: &Hop,
        budget: &Budget,
        limit: Limit,
        permit: &mut Permit,
        trace: &mut Trace,
    ) -> Result<Answer, Failed> {
        let unsent = |error| Failed {
            error,
            sent: false,
            stale: false,
        };
        let sent = |error| Failed {
            error,
            sent: true,
            stale: false,
        };
        let timeouts = budget.timeouts;
        let limit =
            Limit::new(self.clock.now(), timeouts.attempt, TimeoutKind::Attempt).sooner(limit);
        let mut watch = Watch::new(&self.clock);
        let (response, sender) = loop {
            let connect = Limit::new(self.clock.now(), timeouts.connect, TimeoutKind::Connect);
            let mut steps = Connecting::default();
            let lent = watch
                .within(
                    connect.sooner(limit),
                    self.pool.checkout(&self.clock, &hop.host, &mut steps),
                )
                .await;
            trace.connecting(steps, matches!(&lent, Ok(Ok(lent)) if lent.reused));
            let mut lent = lent.and_then(|lent| lent).map_err(unsent)?;
            let first_byte = Limit::new(
                self.clock.now(),
                timeouts.first_byte,
                TimeoutKind::FirstByte,
            );
            permit.sent();
            trace.sent();
            let answer = watch
                .within(
                    first_byte.sooner(limit),
                    lent.sender.try_send_request(hop.request()),
                )
                .await
                .map_err(sent)?;
            match answer {
                Ok(response) => break (response, lent.sender),
                Err(mut broken) => {
                    let written = broken.take_message().is_none();
                    let error = broken.into_error();
                    let kind = if error.is_parse() {
                        Kind::Protocol
                    } else {
                        Kind::Closed
                    };
                    if written {
                        return Err(Failed {
                            stale: lent.reused && kind == Kind::Closed,
                            sent: true,
                            error: Error::caused_by(kind, error),
                        });
                    }
                    permit.not_sent();
                    if !lent.reused {
                        return Err(unsent(Error::caused_by(kind, error)));
                    }
                    // The idle connection was closed before a byte was written: nobody was asked yet.
                }
            }
        };
        permit.answered();
        let (head, mut body) = response.into_parts();
        trace.first_byte(head.status.as_u16());
        let mut reader = BodyReader::new(&head.headers, budget.body_limit).map_err(sent)?;
        let mut received = 0;
        loop {
            let between = Limit::new(
                self.clock.now(),
                timeouts.between_bytes,
                TimeoutKind::BetweenBytes,
            );
            let frame = watch
                .within(between.sooner(limit), body.frame())
                .await
                .map_err(sent)?;
            match frame {
                None => break,
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data() {
                        received += piece.len() as u64;
                        trace.received(piece.len() as u64);
                        reader.push(piece).map_err(sent)?;
                    }
                }
                Some(Err(e)) => return Err(sent(Error::caused_by(Kind::Truncated, e))),
            }
        }
        let body = reader.finish(received).map_err(sent)?;
        self.pool.check_in(&self.clock, &hop.host, sender);
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        })
    }

    /// What `Retry-After` asks, which the whole host is then left alone for.
    fn asked_to_wait(&self, lane: LaneId, headers: &HeaderMap) -> Option<(Duration, SystemTime)> {
        let wall = self.clock.wall();
        let wait = retry::retry_after(headers, wall)?;
        self.limiter.cool(lane, far(self.clock.now(), wait));
        Some((wait, wall + wait))
    }

    fn first_hop(&self, request: &Request) -> Result<Hop, Error> {
        let url = request.checked()?.clone();
        let mut headers = self.headers.clone();
        for name in request.headers.keys() {
            headers.remove(name);
        }
        for (name, value) in &request.headers {
            headers.append(name.clone(), value.clone());
        }
        self.hop(
            request,
            request.method.clone(),
            url,
            headers,
            request.body.clone(),
        )
        .map_err(|why| Error::new(Kind::Request(why)))
    }

    fn hop(
        &self,
        request: &Request,
        method: Method,
        mut url: Url,
        mut headers: HeaderMap,
        body: Option<Bytes>,
    ) -> Result<Hop, String> {
        url.set_fragment(None);
        let shown = redact::url(&url, &request.secrets);
        let host = Host::of(&url)
            .ok_or_else(|| format!("only http and https addresses are asked, not {shown}"))?;
        let lane = self
            .limiter
            .lane(&host, &request.quotas)
            .map_err(|name| format!("the client knows no quota named `{name}`"))?;
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let uri = Uri::try_from(target).map_err(|e| format!("the address cannot be asked: {e}"))?;
        let name = &url[url::Position::BeforeHost..url::Position::AfterPort];
        let name =
            HeaderValue::try_from(name).map_err(|e| format!("the address cannot be asked: {e}"))?;
        headers.insert(header::HOST, name);
        Ok(Hop {
            method,
            url,
            shown,
            uri,
            host,
            lane,
            headers,
            body,
        })
    }

    /// Where an answer sends the request, if it does (RFC 9110 section 15.4).
    fn redirect(
        &self,
        request: &Request,
        hop: &Hop,
        answer: &Answer,
    ) -> Result<Option<Hop>, Error> {
        let status = answer.status.as_u16();
        if self.redirects == 0 || !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = answer.headers.get(header::LOCATION) else {
            return Ok(None);
        };
        let refuse = |why: String| Error::new(Kind::Redirect(why)).with_url(hop.shown.clone());
        let url = std::str::from_utf8(location.as_bytes())
            .ok()
            .and_then(|location| hop.url.join(location).ok())
            .ok_or_else(|| refuse("the redirect leads to no valid address".to_owned()))?;
        let mut headers = hop.headers.clone();
        let mut body = hop.body.clone();
        // 303 means "GET this"; for 301 and 302 after POST that is what every client does.
        let to_get = match status {
            303 => hop.method != Method::HEAD,
            301 | 302 => hop.method == Method::POST,
            _ => false,
        };
        let method = if to_get {
            Method::GET
        } else {
            hop.method.clone()
        };
        if to_get {
            body = None;
            headers.remove(header::CONTENT_TYPE);
        }
        if Host::of(&url).as_ref() != Some(&hop.host) {
            // Keys were meant for the first host only.
            let secret: Vec<_> = headers
                .iter()
                .filter(|(_, value)| value.is_sensitive())
                .map(|(name, _)| name.clone())
                .collect();
            for name in secret {
                headers.remove(name);
            }
            for name in [
                header::AUTHORIZATION,
                header::COOKIE,
                header::PROXY_AUTHORIZATION,
            ] {
                headers.remove(name);
            }
        }
        self.hop(request, method, url, headers, body)
            .map(Some)
            .map_err(|why| refuse(format!("a redirect is not followed: {why}")))
    }
}

impl Hop {
    fn request(&self) -> http::Request<Full<Bytes>> {
        let mut request = http::Request::new(Full::new(self.body.clone().unwrap_or_default()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }
}
