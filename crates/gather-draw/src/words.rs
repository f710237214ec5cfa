//! Names, durations and the critical path in words.

use std::time::Duration;

use gather_run::{Bar, Lane, Path, Phase, Row, Segment, Timeline};

/// A duration in few letters: `4.2 ms`, `412 ms`, `1.04 s`, `41.3 s`, `125 s`.
#[must_use]
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    let millis = seconds * 1000.0;
    if millis < 9.95 {
        format!("{millis:.1} ms")
    } else if millis < 999.5 {
        format!("{millis:.0} ms")
    } else if seconds < 9.995 {
        format!("{seconds:.2} s")
    } else if seconds < 99.95 {
        format!("{seconds:.1} s")
    } else {
        format!("{seconds:.0} s")
    }
}

/// An address as the name of a request: without scheme, host and leading slash; the host where there is nothing else.
/// Nothing in it acts on whatever shows it.
#[must_use]
pub fn label(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    clean(if path.is_empty() { host } else { path })
}

/// A label of at most so many letters: what is longer loses its middle, since its beginning tells what is asked and its end
/// which.
#[must_use]
pub fn fit(label: &str, most: usize) -> String {
    let letters: Vec<char> = label.chars().collect();
    if letters.len() <= most || most < 3 {
        return label.to_owned();
    }
    let end = (most - 1) * 2 / 3;
    let head: String = letters[..most - 1 - end].iter().collect();
    let tail: String = letters[letters.len() - end..].iter().collect();
    format!("{head}…{tail}")
}

/// The end of a label that is longer than so many letters.
pub(crate) fn tail(label: &str, most: usize) -> String {
    let letters = label.chars().count();
    if letters <= most {
        return label.to_owned();
    }
    let rest: String = label.chars().skip(letters + 1 - most).collect();
    format!("…{rest}")
}

/// A text without what would act on a reader's screen or break a document: controls, and what turns the direction.
pub(crate) fn clean(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
    };
    text.chars()
        .map(|c| if acts(c) { '\u{fffd}' } else { c })
        .collect()
}

/// The last part of an address, which tells requests of one source apart.
fn short(url: &str) -> String {
    let label = label(url);
    let (path, query) = match label.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (&*label, None),
    };
    let mut parts = path.rsplit('/').filter(|part| !part.is_empty());
    let last = parts.next().unwrap_or(path);
    tail(
        &match query {
            Some(query) => format!("{last}?{query}"),
            None => last.to_owned(),
        },
        32,
    )
}

/// What a lane has besides its rows: `and 12 more, 1 not sent, 2 not finished`.
#[must_use]
pub fn lane_note(lane: &Lane<'_>) -> Option<String> {
    let more = match (lane.left_out, lane.rows.len()) {
        (0, _) => None,
        (1, 0) => Some("1 request".to_owned()),
        (left_out, 0) => Some(format!("{left_out} requests")),
        (left_out, _) => Some(format!("and {left_out} more")),
    };
    let counted = |count: usize, what| (count > 0).then(|| format!("{count} {what}"));
    let parts: Vec<String> = [
        more,
        counted(lane.unsent, "not sent"),
        counted(lane.unfinished, "not finished"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What a run waited for, in a sentence without a dot: `1.04 s, of which 1.00 s was hackernews: topstories.json, then
/// 90000123.json`. `None` where nothing was asked.
#[must_use]
pub fn path_sentence(timeline: &Timeline, path: &Path) -> Option<String> {
    let mut spent = vec![Duration::ZERO; timeline.sources.len()];
    for segment in &path.segments {
        if let Some(request) = segment.request {
            spent[timeline.source_of[request]] += segment.bar.took();
        }
    }
    let (source, most) = spent
        .iter()
        .enumerate()
        .max_by_key(|&(at, spent)| (*spent, usize::MAX - at))
        .filter(|(_, spent)| !spent.is_zero())?;
    let steps: Vec<String> = path
        .requests()
        .into_iter()
        .filter(|&request| timeline.source_of[request] == source)
        .filter_map(|request| {
            let mut attempts = timeline.report.timeline.iter();
            attempts.find(|attempt| attempt.request == request)
        })
        .map(|attempt| short(&attempt.url))
        .collect();
    let steps = match &steps[..] {
        [first, .., last] if steps.len() > 4 => {
            format!("{first}, then {} more, then {last}", steps.len() - 2)
        }
        steps => steps.join(", then "),
    };
    let name = clean(&timeline.sources[source].name);
    let (wall, most) = (span(timeline.wall), span(*most));
    Some(format!("{wall}, of which {most} was {name}: {steps}"))
}

/// One stretch of the critical path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathLine {
    /// From when, counted from the start of the run.
    pub from: Duration,
    /// How long.
    pub took: Duration,
    /// The source; empty for what gather did by itself.
    pub source: String,
    /// The request; empty for what gather did by itself.
    pub request: String,
    /// What it did: `first byte`, `waiting for the host's quota`.
    pub what: String,
}

/// The critical path line by line. Stretches shorter than a two hundredth of the run are joined with what follows.
#[must_use]
pub fn path_lines(timeline: &Timeline, path: &Path) -> Vec<PathLine> {
    let least = timeline.wall / 200;
    let mut lines: Vec<PathLine> = Vec::new();
    let mut from = None;
    for segment in &path.segments {
        let began = *from.get_or_insert(segment.bar.from);
        let took = segment.bar.to.saturating_sub(began);
        if took < least {
            continue;
        }
        from = None;
        let line = path_line(timeline, segment, began, took);
        match lines.last_mut() {
            Some(last) if last.same(&line) => last.took += line.took,
            _ => lines.push(line),
        }
    }
    if let (Some(from), Some(last)) = (from, lines.last_mut()) {
        last.took += path
            .segments
            .last()
            .map_or(Duration::ZERO, |end| end.bar.to.saturating_sub(from));
    }
    lines
}

impl PathLine {
    /// When it began, in words.
    #[must_use]
    pub fn from_words(&self) -> String {
        span(self.from)
    }

    /// How long it took, in words.
    #[must_use]
    pub fn took_words(&self) -> String {
        span(self.took)
    }

    fn same(&self, other: &Self) -> bool {
        (&self.source, &self.request, &self.what) == (&other.source, &other.request, &other.what)
    }
}

fn path_line(timeline: &Timeline, segment: &Segment, from: Duration, took: Duration) -> PathLine {
    let request = segment.request;
    let source = request.map(|request| &timeline.sources[timeline.source_of[request]]);
    let url = request.and_then(|request| {
        let mut attempts = timeline.report.timeline.iter();
        attempts.find(|attempt| attempt.request == request)
    });
    PathLine {
        from,
        took,
        source: source.map_or_else(String::new, |source| clean(&source.name)),
        request: url.map_or_else(String::new, |attempt| short(&attempt.url)),
        what: match segment.cause {
            Some(cause) => format!("waiting for {}", cause.as_str()),
            None => segment.bar.phase.as_str().to_owned(),
        },
    }
}

/// Everything about one row, for whoever points at it: `GET https://… · 200 · 412 ms: waiting 100 ms, first byte 300 ms`.
pub(crate) fn row_words(row: &Row<'_>) -> String {
    let method = row
        .attempts
        .first()
        .map_or("GET", |attempt| attempt.method.as_str());
    let (from, to) = row.span();
    let mut words = format!("{method} {}", clean(row.url()));
    match (row.status(), row.error()) {
        (_, Some(error)) => words.push_str(&format!(" · failed: {}", clean(error))),
        (Some(status), None) => words.push_str(&format!(" · {status}")),
        (None, None) => {}
    }
    if row.attempts.len() > 1 {
        words.push_str(&format!(" · {} attempts", row.attempts.len()));
    }
    words.push_str(&format!(
        " · {}: {}",
        span(to.saturating_sub(from)),
        phase_words(&row.bars)
    ));
    words
}

/// `waiting 100 ms, first byte 300 ms`
pub(crate) fn phase_words(bars: &[Bar]) -> String {
    let spent = Phase::OF_REQUESTS.map(|phase| {
        let of = bars.iter().filter(|bar| bar.phase == phase);
        (phase, of.map(Bar::took).sum::<Duration>())
    });
    let parts: Vec<String> = spent
        .into_iter()
        .filter(|(_, spent)| !spent.is_zero())
        .map(|(phase, spent)| format!("{} {}", phase.as_str(), self::span(spent)))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_digits_that_say_something() {
        for (micros, expected) in [
            (0, "0.0 ms"),
            (4_210, "4.2 ms"),
            (9_949, "9.9 ms"),
            (9_950, "10 ms"),
            (412_345, "412 ms"),
            (999_499, "999 ms"),
            (999_500, "1.00 s"),
            (41_300_000, "41.3 s"),
            (125_000_000, "125 s"),
        ] {
            assert_eq!(span(Duration::from_micros(micros)), expected, "{micros}");
        }
    }

    #[test]
    fn a_request_is_called_by_what_tells_it_apart() {
        assert_eq!(label("https://h.example/v0/item/1.json"), "v0/item/1.json");
        assert_eq!(label("https://h.example/"), "h.example");
        assert_eq!(label("https://h.example"), "h.example");
        assert_eq!(short("https://h.example/v0/item/1.json"), "1.json");
        assert_eq!(short("https://h.example/v0/items/?page=2"), "items?page=2");
        assert_eq!(tail("abcdef", 4), "…def");
        assert_eq!(fit("v0/item/90000123.json", 13), "v0/i…123.json");
        assert_eq!(fit("short", 13), "short");
        assert_eq!(clean("a\u{1b}[2J\u{202e}b"), "a\u{fffd}[2J\u{fffd}b");
    }
}
