//! A timeline as bytes for the store: JSON with a version, compressed, and never larger than [`Timeline::MOST_BYTES`].
//!
//! What is too large is shortened: the critical path stays, then what failed, then what was tried more than once, then what
//! took longest. What would have shortened the run is found before, since a part of it does not explain it.

use std::{fmt, io::Read as _, time::Duration};

use gather::{Limits, Report};
use serde::{Deserialize, Serialize};

use super::{Advice, Timeline, TimelineSource, Work};

/// The most bytes that a kept timeline may unfold to: far more than any within the bound does that was written here.
const MOST_TEXT: u64 = 16 * 1024 * 1024;

/// More requests than ever fit: what is beyond need not be tried.
const MOST_REQUESTS: usize = 8_000;

const VERSION: u32 = 1;
const LEVEL: i32 = 6;

/// Why a kept timeline cannot be read.
#[derive(Debug)]
pub struct TimelineError(Box<str>);

impl fmt::Display for TimelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the timeline of this run cannot be read: {}", self.0)
    }
}

impl std::error::Error for TimelineError {}

impl TimelineError {
    fn because(why: impl fmt::Display) -> Self {
        Self(why.to_string().into())
    }
}

#[derive(Serialize, Deserialize)]
struct Written<R, L, A> {
    version: u32,
    sources: Vec<WrittenSource>,
    source_of: Vec<usize>,
    report: R,
    work: Vec<[u64; 4]>,
    limits: L,
    before: u64,
    wall: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    advice: Option<A>,
}

#[derive(Serialize, Deserialize)]
struct WrittenSource {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

impl Timeline {
    /// The most bytes that are kept of one run.
    pub const MOST_BYTES: usize = 64 * 1024;

    /// At most [`MOST_BYTES`](Self::MOST_BYTES) bytes that [`Timeline::from_bytes`] reads. What is too large is shortened, and says so.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut most = MOST_REQUESTS;
        let mut shorter;
        let mut timeline = self;
        loop {
            if timeline.source_of.len() > most {
                shorter = self.shortened(most);
                timeline = &shorter;
            }
            let bytes = timeline.written();
            if bytes.len() <= Self::MOST_BYTES || timeline.source_of.is_empty() {
                return bytes;
            }
            // A little less than what would just fit, and always less than before.
            let fits = timeline.source_of.len() * Self::MOST_BYTES / bytes.len();
            most = (fits - fits / 16).min(timeline.source_of.len() - 1);
        }
    }

    /// Reads what [`Timeline::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`TimelineError`], when these are other bytes, or those of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TimelineError> {
        let reader = zstd::Decoder::new(bytes).map_err(TimelineError::because)?;
        let mut text = Vec::new();
        let read = reader.take(MOST_TEXT + 1).read_to_end(&mut text);
        read.map_err(TimelineError::because)?;
        if text.len() as u64 > MOST_TEXT {
            return Err(TimelineError::because("it is too large"));
        }
        let version: Version = serde_json::from_slice(&text).map_err(TimelineError::because)?;
        if version.version != VERSION {
            return Err(TimelineError::because(format_args!(
                "it is of version {}, and this program reads {VERSION}",
                version.version
            )));
        }
        let written: Written<Report, Limits, Vec<Advice>> =
            serde_json::from_slice(&text).map_err(TimelineError::because)?;
        let requests = written.report.asked.len();
        let sources = written.sources.len();
        let fits = written.source_of.len() == requests
            && written.source_of.iter().all(|&source| source < sources)
            && (written.left_out.is_empty() || written.left_out.len() == sources)
            && written
                .work
                .iter()
                .all(|[request, ..]| usize::try_from(*request).is_ok_and(|at| at < requests));
        if !fits {
            return Err(TimelineError::because("its parts do not fit together"));
        }
        let span = Duration::from_micros;
        let work = written.work.into_iter();
        Ok(Self {
            left_out: if written.left_out.is_empty() {
                vec![0; sources]
            } else {
                written.left_out
            },
            sources: written
                .sources
                .into_iter()
                .map(|source| TimelineSource {
                    name: source.name,
                    owner: source.owner,
                })
                .collect(),
            source_of: written.source_of,
            report: written.report,
            work: work
                .filter_map(|[request, began, mapped, kept]| {
                    Some(Work {
                        request: usize::try_from(request).ok()?,
                        began: span(began),
                        mapped: span(mapped),
                        kept: span(kept),
                    })
                })
                .collect(),
            limits: written.limits,
            before: span(written.before),
            wall: span(written.wall),
            advice: written.advice,
        })
    }

    fn written(&self) -> Vec<u8> {
        let written = Written {
            version: VERSION,
            sources: self
                .sources
                .iter()
                .map(|source| WrittenSource {
                    name: source.name.clone(),
                    owner: source.owner.clone(),
                })
                .collect(),
            source_of: self.source_of.clone(),
            report: &self.report,
            work: self
                .work
                .iter()
                .map(|work| {
                    [
                        work.request as u64,
                        micros(work.began),
                        micros(work.mapped),
                        micros(work.kept),
                    ]
                })
                .collect(),
            limits: &self.limits,
            before: micros(self.before),
            wall: micros(self.wall),
            left_out: if self.unlisted() > 0 {
                self.left_out.clone()
            } else {
                Vec::new()
            },
            advice: self.advice.as_ref(),
        };
        let text = serde_json::to_vec(&written).expect("what is written has only texts as keys");
        // At once, so that the little there usually is takes tables of its own size.
        zstd::bulk::compress(&text, LEVEL).expect("memory can be written and read")
    }

    /// The same with at most so many requests, those that tell most.
    fn shortened(&self, most: usize) -> Self {
        let mut tells = vec![0_u8; self.source_of.len()];
        for request in self.path().requests() {
            tells[request] = 3;
        }
        let attempts = self.attempts();
        let mut order: Vec<usize> = (0..tells.len()).collect();
        order.sort_by_cached_key(|&request| {
            let of = &attempts[request];
            let failed = u8::from(self.report.asked[request].failed) * 2;
            let again = u8::from(of.len() > 1);
            let took = of
                .last()
                .zip(of.first())
                .map(|(last, first)| last.ended.saturating_sub(first.started));
            std::cmp::Reverse((tells[request].max(failed).max(again), took))
        });
        let mut keep = vec![false; tells.len()];
        for &request in order.iter().take(most) {
            keep[request] = true;
        }
        let mut short = self.keep(
            |report, keep| report.shorten(keep),
            |request, _| keep[request],
        );
        for (&source, keep) in self.source_of.iter().zip(&keep) {
            short.left_out[source] += usize::from(!keep);
        }
        short.advice = Some(self.advice());
        short
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}
