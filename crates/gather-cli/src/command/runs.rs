//! `gather runs`: the history of runs, and what one of them did with its time.
//!
//! Only reads. Where the time went, and what would have shortened it, is found in `gather-run`; drawn in `gather-draw`.

use std::{fs, io::Write as _, path::Path as FilePath, time::Duration};

use gather_draw::{Drawing, Fact, ReportPage};
use gather_run::{Advice, Bar, Path, Timeline};
use gather_store::{Run, Store};
use serde::Serialize;

use super::Exit;
use crate::{
    args::{self, Format, RunName, Target},
    escape,
    failure::{Failure, Result},
    render::{self, Cell, Reader, Row},
    session::{Session, shown},
};

/// `gather runs`.
pub(crate) fn runs(session: &Session, args: &args::Runs) -> Result<Exit> {
    let store = session.stored()?;
    let Some(name) = args.run else {
        let runs = match &store {
            Some(store) => store.runs(&session.viewer, args.limit)?,
            None => Vec::new(),
        };
        return list(session, &runs, store.is_some());
    };
    let (store, run) = find(session, store, name)?;
    let timeline = match store.timeline(run.id)? {
        Some(bytes) => {
            let timeline = Timeline::from_bytes(&bytes).map_err(|error| Failure::of(&error))?;
            Some(timeline.seen_by(&session.viewer))
        }
        None => None,
    };
    if args.svg.is_none() && args.html.is_none() && args.har.is_none() {
        return show(session, &run, timeline.as_ref());
    }
    let timeline = timeline.ok_or_else(|| {
        Failure::new(format!("run {} has no timeline", run.id)).hint(
            "a run has one when it has ended, and those of the latest 1,000 are kept; `gather runs` lists them",
        )
    })?;
    write_files(session, args, &run, &timeline)?;
    Ok(Exit::Complete)
}

fn list(session: &Session, runs: &[Run], has_database: bool) -> Result<Exit> {
    if !session.for_people() {
        render::rows(session.format, runs)?;
    } else if !runs.is_empty() {
        render::data(&render::run_table(runs, &session.view()))?;
    } else if has_database {
        session.note("there was no run yet: `gather run` makes one\n");
    }
    Ok(Exit::Complete)
}

fn find(session: &Session, store: Option<Store>, name: RunName) -> Result<(Store, Run)> {
    let unknown = || {
        let what = match name {
            RunName::Last => "there was no run yet".to_owned(),
            RunName::Number(id) => format!("there is no run {id}"),
        };
        Failure::new(what).hint("`gather runs` lists those that there were")
    };
    let store = store.ok_or_else(unknown)?;
    let run = match name {
        RunName::Last => store.runs(&session.viewer, 1)?.pop(),
        RunName::Number(id) => store.run(&session.viewer, id)?,
    };
    let run = run.ok_or_else(unknown)?;
    Ok((store, run))
}

/// One run for a person, or for a program.
fn show(session: &Session, run: &Run, timeline: Option<&Timeline>) -> Result<Exit> {
    if session.for_people() {
        let view = session.view();
        let mut text = render::run_title(run, &view);
        if let Some(timeline) = timeline {
            text.push_str(&render::waterfall(timeline, &view));
        }
        render::data(&text)?;
        if timeline.is_none() {
            session.note("its timeline is not kept: a run has one when it has ended, and those of the latest 1,000 stay\n");
        }
        return Ok(Exit::Complete);
    }
    let path = timeline.map(Timeline::path).unwrap_or_default();
    let requests = timeline.map_or_else(Vec::new, |timeline| requests(timeline, &path));
    match session.format {
        Format::Csv | Format::Ndjson => render::rows(session.format, &requests)?,
        _ => render::document(&Whole {
            run,
            advice: timeline.map_or_else(Vec::new, |timeline| {
                let advice = timeline.advice().into_iter();
                advice.map(Advised::of).collect()
            }),
            path: timeline.map_or_else(Vec::new, |timeline| stretches(timeline, &path)),
            left_out: timeline.map_or(0, Timeline::unlisted),
            requests,
        })?,
    };
    Ok(Exit::Complete)
}

fn write_files(
    session: &Session,
    args: &args::Runs,
    run: &Run,
    timeline: &Timeline,
) -> Result<Reader> {
    let targets = [&args.svg, &args.html, &args.har];
    let out = targets
        .iter()
        .filter(|target| **target == &Some(Target::Out));
    if out.count() > 1 {
        return Err(Failure::new("standard output has room for one of them")
            .hint("give the others a file each"));
    }
    let view = session.view();
    let svg = || {
        let title = format!("Run {}", run.id);
        Drawing::of(timeline, &timeline.path(), "wf", &title).file()
    };
    let html = || page(run, &view).render(timeline);
    let har = || serde_json::to_string(&timeline.report.har()).map_err(|error| Failure::of(&error));
    let mut reader = Reader::Listens;
    for (target, text) in [
        (
            &args.svg,
            &(|| Ok(escape::xml(&svg()).into_owned())) as &dyn Fn() -> Result<String>,
        ),
        (&args.html, &|| Ok(escape::xml(&html()).into_owned())),
        (&args.har, &|| Ok(format!("{}\n", escape::json(&har()?)))),
    ] {
        match target {
            None => {}
            Some(Target::Out) => reader = render::raw(text()?.as_bytes())?,
            Some(Target::File(path)) => {
                write_file(path, &text()?, args.force)?;
                session.note(&format!("wrote `{}`\n", shown(path)));
            }
        }
    }
    Ok(reader)
}

pub(super) fn write_file(path: &FilePath, text: &str, force: bool) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let failure = Failure::new(format!("`{}` cannot be written", shown(path)));
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Failure::new(format!("`{}` is there already", shown(path)))
                    .hint("name another file, or write over it with `--force`")
            }
            _ => failure.because(Some(&error)),
        }
    })
}

/// What stands around the drawing.
fn page(run: &Run, view: &render::View) -> ReportPage {
    let fact = |name: &str, value: Option<Duration>| {
        value.map(|value| Fact {
            name: name.to_owned(),
            value: gather_draw::span(value),
        })
    };
    let at = run.started_at.to_zoned(view.zone.clone());
    let troubles = run.outcomes.iter().filter_map(|outcome| {
        let reason = outcome.reason.as_deref()?;
        Some(format!("{}: {reason}", outcome.source))
    });
    ReportPage {
        title: format!("Run {}", run.id),
        when: format!("{}, {}", at.strftime("%-d %B %Y, %H:%M:%S %Z"), run.status),
        line: render::run_sentence(run),
        facts: [
            fact("took", run.wall),
            fact("one by one", run.one_by_one),
            fact("longest chain", run.longest_chain),
        ]
        .into_iter()
        .flatten()
        .collect(),
        troubles: troubles.collect(),
    }
}

/// Everything about a run, for programs. Times are microseconds from its start.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    run: &'a Run,
    /// What it waited for, without holes.
    path: Vec<Stretch>,
    advice: Vec<Advised>,
    /// How many requests are not listed.
    left_out: usize,
    requests: Vec<RequestLine>,
}

#[derive(Serialize)]
struct Advised {
    #[serde(flatten)]
    advice: Advice,
    sentence: String,
}

impl Advised {
    fn of(advice: Advice) -> Self {
        Self {
            sentence: advice.to_string(),
            advice,
        }
    }
}

#[derive(Serialize)]
struct Stretch {
    /// `null` for what gather did by itself.
    request: Option<usize>,
    source: Option<String>,
    phase: &'static str,
    cause: Option<&'static str>,
    from_us: u64,
    to_us: u64,
}

#[derive(Serialize)]
struct RequestLine {
    request: usize,
    source: String,
    url: String,
    status: Option<u16>,
    error: Option<String>,
    attempts: usize,
    received: u64,
    from_us: u64,
    to_us: u64,
    critical: bool,
    phases: Vec<PhaseLine>,
}

#[derive(Serialize)]
struct PhaseLine {
    phase: &'static str,
    from_us: u64,
    to_us: u64,
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

fn stretches(timeline: &Timeline, path: &Path) -> Vec<Stretch> {
    let segments = path.segments.iter();
    segments
        .map(|segment| Stretch {
            request: segment.request,
            source: segment.request.map(|request| {
                let source = timeline.source_of[request];
                timeline.sources[source].name.clone()
            }),
            phase: segment.bar.phase.as_str(),
            cause: segment.cause.map(gather::WaitCause::as_str),
            from_us: micros(segment.bar.from),
            to_us: micros(segment.bar.to),
        })
        .collect()
}

fn requests(timeline: &Timeline, path: &Path) -> Vec<RequestLine> {
    let phase = |bar: &Bar| PhaseLine {
        phase: bar.phase.as_str(),
        from_us: micros(bar.from),
        to_us: micros(bar.to),
    };
    let mut lines = Vec::new();
    for lane in timeline.rows(path) {
        for row in lane.rows {
            let (from, to) = row.span();
            lines.push(RequestLine {
                request: row.request,
                source: lane.source.name.clone(),
                url: row.url().to_owned(),
                status: row.status(),
                error: row.error().map(str::to_owned),
                attempts: row.attempts.len(),
                received: row.attempts.iter().map(|attempt| attempt.received).sum(),
                from_us: micros(from),
                to_us: micros(to),
                critical: !row.on_path.is_empty(),
                phases: row.bars.iter().map(phase).collect(),
            });
        }
    }
    lines
}

impl Row for RequestLine {
    const HEADER: &'static [&'static str] = &[
        "request", "source", "url", "status", "error", "attempts", "received", "from_us", "to_us",
        "critical",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::plain(self.request),
            Cell::text(&self.source),
            Cell::text(&self.url),
            Cell::maybe_plain(self.status),
            Cell::maybe(self.error.as_deref()),
            Cell::plain(self.attempts),
            Cell::plain(self.received),
            Cell::plain(self.from_us),
            Cell::plain(self.to_us),
            Cell::plain(self.critical),
        ]
    }
}

impl Row for Run {
    const HEADER: &'static [&'static str] = &[
        "run",
        "started_at",
        "ended_at",
        "status",
        "wall_ms",
        "one_by_one_ms",
        "longest_chain_ms",
        "sources",
        "good",
        "new",
        "changed",
        "unchanged",
        "requests",
    ];

    fn cells(&self) -> Vec<Cell> {
        let millis = |span: Option<Duration>| Cell::maybe_plain(span.map(|span| span.as_millis()));
        let sum = |of: fn(&gather_store::SourceOutcome) -> u64| {
            Cell::plain(self.outcomes.iter().map(of).sum::<u64>())
        };
        vec![
            Cell::plain(self.id),
            Cell::plain(self.started_at),
            Cell::maybe_plain(self.ended_at),
            Cell::plain(self.status),
            millis(self.wall),
            millis(self.one_by_one),
            millis(self.longest_chain),
            Cell::plain(self.outcomes.len()),
            sum(|outcome| u64::from(render::is_good(outcome))),
            sum(|outcome| outcome.counts.new),
            sum(|outcome| outcome.counts.changed),
            sum(|outcome| outcome.counts.unchanged),
            sum(|outcome| u64::from(outcome.attempts)),
        ]
    }
}
