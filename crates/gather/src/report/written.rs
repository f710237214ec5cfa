//! A report in writing: what is kept of it for later, with a version of its own.
//!
//! Instants and spans are whole microseconds, what is empty is left out. Figures that follow from others are written all
//! the same: a report whose timeline was shortened tells of more than it lists.
//!
//! Not here: a form for other programs (`har`).

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use http::{Method, Version};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{Asked, Attempt, Report};
use crate::{connect::Connecting, limit::Waits};

/// Raised when what is written changes so that an older reader would misunderstand it.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    version: u32,
    /// Microseconds since 1970.
    started_at: i64,
    wall: u64,
    requests: usize,
    failed: usize,
    attempts: usize,
    received: u64,
    one_by_one: u64,
    longest_chain: u64,
    chain: Vec<usize>,
    peak: usize,
    mean: f64,
    waits: [u64; 4],
    asked: Vec<WrittenAsked>,
    timeline: Vec<WrittenAttempt<'a>>,
}

#[derive(Serialize, Deserialize)]
struct WrittenAsked {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<usize>,
    queued: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    joined: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    failed: bool,
}

#[derive(Serialize, Deserialize)]
struct WrittenAttempt<'a> {
    request: usize,
    number: u32,
    /// Where it is not GET.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<Cow<'a, str>>,
    url: Cow<'a, str>,
    queued: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    waits: [u64; 4],
    started: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    reused: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    connecting: [u64; 3],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_byte: Option<u64>,
    ended: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The version of HTTP, by its place in `VERSIONS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    http: Option<usize>,
    #[serde(default, skip_serializing_if = "is_default")]
    received: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, str>>,
}

const VERSIONS: [Version; 5] = [
    Version::HTTP_09,
    Version::HTTP_10,
    Version::HTTP_11,
    Version::HTTP_2,
    Version::HTTP_3,
];

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

fn span(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

fn write_waits(waits: &Waits) -> [u64; 4] {
    [waits.slot, waits.host, waits.quota, waits.cool_down].map(micros)
}

fn read_waits(written: [u64; 4]) -> Waits {
    let [slot, host, quota, cool_down] = written.map(span);
    Waits {
        slot,
        host,
        quota,
        cool_down,
    }
}

/// Microseconds since 1970, negative before; the nearest there is for a clock beyond them.
fn write_instant(at: SystemTime) -> i64 {
    let whole = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => whole(after),
        Err(before) => -whole(before.duration()),
    }
}

fn read_instant(micros: i64) -> Option<SystemTime> {
    let apart = span(micros.unsigned_abs());
    if micros < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(apart)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(apart)
    }
}

impl WrittenAsked {
    fn of(asked: &Asked) -> Self {
        Self {
            parent: asked.parent,
            queued: micros(asked.queued),
            joined: micros(asked.joined),
            failed: asked.failed,
        }
    }

    fn read(self) -> Asked {
        Asked {
            parent: self.parent,
            queued: span(self.queued),
            joined: span(self.joined),
            failed: self.failed,
        }
    }
}

impl<'a> WrittenAttempt<'a> {
    fn of(attempt: &'a Attempt) -> Self {
        let steps = attempt.connecting;
        Self {
            request: attempt.request,
            number: attempt.number,
            method: (attempt.method != Method::GET).then(|| attempt.method.as_str().into()),
            url: (&*attempt.url).into(),
            queued: micros(attempt.queued),
            waits: write_waits(&attempt.waits),
            started: micros(attempt.started),
            reused: attempt.reused,
            connecting: [steps.resolve, steps.connect, steps.tls].map(micros),
            sent: attempt.sent.map(micros),
            first_byte: attempt.first_byte.map(micros),
            ended: micros(attempt.ended),
            status: attempt.status,
            http: attempt
                .version
                .and_then(|version| VERSIONS.iter().position(|known| *known == version)),
            received: attempt.received,
            error: attempt.error.as_deref().map(Cow::Borrowed),
        }
    }

    fn read(self) -> Result<Attempt, &'static str> {
        let [resolve, connect, tls] = self.connecting.map(span);
        let method = self.method.as_deref().unwrap_or("GET");
        Ok(Attempt {
            request: self.request,
            number: self.number,
            method: Method::from_bytes(method.as_bytes()).map_err(|_| "a method that is none")?,
            url: (*self.url).into(),
            queued: span(self.queued),
            waits: read_waits(self.waits),
            started: span(self.started),
            reused: self.reused,
            connecting: Connecting {
                resolve,
                connect,
                tls,
            },
            sent: self.sent.map(span),
            first_byte: self.first_byte.map(span),
            ended: span(self.ended),
            status: self.status,
            version: self.http.and_then(|at| VERSIONS.get(at).copied()),
            received: self.received,
            error: self.error.map(|error| error.into_owned().into()),
        })
    }
}

impl<'a> Written<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            version: VERSION,
            started_at: write_instant(report.started_at),
            wall: micros(report.wall),
            requests: report.requests,
            failed: report.failed,
            attempts: report.attempts,
            received: report.received,
            one_by_one: micros(report.one_by_one),
            longest_chain: micros(report.longest_chain),
            chain: report.chain.clone(),
            peak: report.peak_in_flight,
            mean: report.mean_in_flight,
            waits: write_waits(&report.waits),
            asked: report.asked.iter().map(WrittenAsked::of).collect(),
            timeline: report.timeline.iter().map(WrittenAttempt::of).collect(),
        }
    }

    /// What stands in it must fit together, so that nobody who reads a report has to ask again.
    fn read(self) -> Result<Report, &'static str> {
        if self.version != VERSION {
            return Err("a report of another version");
        }
        let listed = self.asked.len();
        if self.chain.iter().any(|&request| request >= listed) {
            return Err("a chain of requests that are not listed");
        }
        let parents = self.asked.iter().map(|asked| asked.parent).enumerate();
        if parents
            .into_iter()
            .any(|(request, parent)| parent.is_some_and(|parent| parent >= request))
        {
            return Err("a request before the one that led to it");
        }
        if self.timeline.iter().any(|one| one.request >= listed) {
            return Err("an attempt of a request that is not listed");
        }
        let timeline = self.timeline.into_iter().map(WrittenAttempt::read);
        let mut timeline: Vec<Attempt> = timeline.collect::<Result<_, _>>()?;
        timeline.sort_by_key(|attempt| attempt.started);
        Ok(Report {
            started_at: read_instant(self.started_at).ok_or("an instant that no clock knows")?,
            wall: span(self.wall),
            requests: self.requests,
            failed: self.failed,
            attempts: self.attempts,
            received: self.received,
            one_by_one: span(self.one_by_one),
            longest_chain: span(self.longest_chain),
            chain: self.chain,
            peak_in_flight: self.peak,
            mean_in_flight: self.mean,
            waits: read_waits(self.waits),
            asked: self.asked.into_iter().map(WrittenAsked::read).collect(),
            timeline,
        })
    }
}

/// In a form of its own, with a version, that only [`Report`] reads: to keep a report for later. For other programs
/// there is [`har`](Report::har).
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written::of(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        written.read().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Course, *};

    fn report() -> Report {
        let mut failed = Attempt::by_hand(1, 40, 90);
        failed.method = Method::POST;
        failed.error = Some("connection reset".into());
        failed.status = None;
        failed.waits.quota = Duration::from_millis(40);
        let mut second = Attempt::by_hand(2, 60, 80);
        second.connecting.tls = Duration::from_millis(7);
        second.version = Some(Version::HTTP_2);
        second.first_byte = Some(Duration::from_millis(70));
        let course = |parent, attempt| Course {
            parent,
            attempts: vec![attempt],
            ..Course::default()
        };
        let courses = [
            course(None, Attempt::by_hand(0, 0, 50)),
            course(None, failed),
            course(Some(0), second),
        ];
        let at = SystemTime::UNIX_EPOCH + Duration::from_micros(1_767_225_600_123_456);
        Report::new(&courses, at, Duration::from_millis(95))
    }

    fn again(report: &Report) -> Report {
        serde_json::from_str(&serde_json::to_string(report).unwrap()).unwrap()
    }

    #[test]
    fn what_was_written_reads_the_same() {
        let report = report();
        assert_eq!(again(&report), report);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let good = serde_json::to_value(report()).unwrap();
        for (place, wrong) in [
            ("/version", 2),
            ("/chain/0", 9),
            ("/asked/2/parent", 2),
            ("/timeline/0/request", 3),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(place).unwrap() = wrong.into();
            assert!(serde_json::from_value::<Report>(bad).is_err(), "{place}");
        }
    }

    #[test]
    fn an_instant_before_1970_is_kept() {
        let mut report = report();
        report.started_at = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
        assert_eq!(again(&report), report);
    }
}
