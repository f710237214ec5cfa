//! `/sources` and `/sources/{name}`: how each stands and why, what its quotas have left, "fetch now".
//!
//! Only sources that the reader may see have a page; of another's nothing tells whether it is there. One that is declared
//! no more, and of which something is held, still has one.
//!
//! Not here: the page of one (`one`), what a state is called (`standing`), what outcomes brought (`runs`).

mod one;

use std::time::Duration;

use axum::{
    extract::{Path, State as Of, rejection::PathRejection},
    response::Response,
};
use gather_run::{Outlook, QuotaOutlook};
use gather_store::{OutcomeState, Run, Snapshot, SourceOutcome, SourceState, Store};

pub(super) use one::fill_one;

use super::{
    address::{Sent, segment},
    answer::Failed,
    part::{Bar, Note, State, Tone},
    plot::Spark,
    reader::{Declared, Reader},
    runs,
    show::{plural, seconds},
    standing::{Due, Stands, known, stands, summary},
    view::{Empty, Here, Latency, QuotaUse, SourceRow, Sources},
};
use crate::app::App;

/// How many runs a latency is of.
const RUNS: usize = 20;

pub(super) async fn list(Of(app): Of<App>, reader: Reader) -> Response {
    let due = Due::of(app.schedule(), &reader.declared());
    reader
        .show(&app, move |reader, store| fill_list(reader, store, &due))
        .await
}

pub(super) async fn show_one(
    Of(app): Of<App>,
    reader: Reader,
    path: Result<Path<String>, PathRejection>,
) -> Response {
    let due = Due::of(app.schedule(), &reader.declared());
    reader
        .show(&app, move |reader, store| {
            let Ok(Path(name)) = path else {
                return Err(no_source());
            };
            fill_one(reader, store, &due, &name)
        })
        .await
}

pub(super) async fn fetch(
    Of(app): Of<App>,
    reader: Reader,
    path: Result<Path<String>, PathRejection>,
    sent: Sent,
) -> Response {
    match path {
        Ok(Path(name)) => runs::fetch(&app, &reader, &[name], sent).await,
        Err(_) => reader.fail(&no_source()),
    }
}

fn no_source() -> Failed {
    Failed::missing("There is no such source.").leading("Sources", "/sources")
}

pub(super) fn fill_list(reader: &Reader, store: &Store, due: &Due) -> Result<Sources, Failed> {
    let declared = reader.declared();
    let outlook = gather_run::outlook(&reader.loaded.plan, store, reader.times.now)?;
    store.snapshot(|moment: &Snapshot<'_>| {
        let shell = reader.shell(moment, "Sources", Here::Sources)?;
        if declared.is_empty() {
            return Ok(Sources {
                shell,
                empty: Some(Empty {
                    sentence: "No source is declared yet.".to_owned(),
                    action: None,
                    command: Some("gather add lwn https://lwn.net/headlines/rss".to_owned()),
                }),
                ..Sources::default()
            });
        }
        let states = moment.source_states(&reader.viewer)?;
        let latest = moment.runs(&reader.viewer, RUNS)?;
        let rows: Vec<SourceRow> = declared
            .iter()
            .map(|one| row(reader, one, known(&states, one), due, &outlook, &latest))
            .collect();
        let marks: Vec<State> = rows.iter().map(|row| row.state).collect();
        Ok(Sources {
            summary: format!(
                "{}: {}",
                plural(rows.len() as u64, "source"),
                summary(&marks)
            ),
            shell,
            rows,
            empty: None,
            may_fetch: true,
        })
    })
}

fn row(
    reader: &Reader,
    one: &Declared,
    state: Option<&SourceState>,
    due: &Due,
    outlook: &Outlook,
    latest: &[Run],
) -> SourceRow {
    let Stands {
        state: mark, word, ..
    } = stands(reader, one, state, due);
    let laid_out = outlook.sources.iter().find(|laid| laid.source == one.name);
    let hosts = laid_out.map_or(&[][..], |laid| &laid.hosts);
    // The one that is nearest to its end is the one that matters.
    let quota = outlook
        .hosts
        .iter()
        .filter(|host| hosts.contains(&host.host))
        .flat_map(|host| &host.quotas)
        .max_by(|a, b| share(a).total_cmp(&share(b)));
    let of_source: Vec<&SourceOutcome> = latest
        .iter()
        .filter_map(|run| {
            let mut outcomes = run.outcomes.iter();
            outcomes.find(|told| told.source == one.name && told.owner == one.owner)
        })
        .collect();
    SourceRow {
        name: one.name.clone(),
        href: reader.to(&format!("/sources/{}", segment(&one.name))),
        own: one.owner.is_some(),
        state: mark,
        word,
        notes: why(
            reader,
            one,
            state,
            mark,
            laid_out.and_then(|laid| laid.reason.as_deref()),
        ),
        good: state
            .and_then(|state| state.good_at)
            .map(|at| reader.times.ago(at)),
        due: due.next.get(&one.name).map(|at| reader.times.ahead(*at)),
        every: match one.lacking {
            // How often it would be asked is not known before it can be.
            Some(_) => String::new(),
            None => format!("every {}", span(one.every)),
        },
        quota: quota.map(|quota| quota_use(reader, quota)),
        latency: latency(&of_source),
    }
}

/// Why a source stands as it does, and what to do about it.
fn why(
    reader: &Reader,
    one: &Declared,
    state: Option<&SourceState>,
    mark: State,
    moved: Option<&str>,
) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    let mut note = |text: String, tone: Tone| {
        if !notes.iter().any(|held| held.text == text) {
            notes.push(Note { text, tone });
        }
    };
    if let Some((reason, hint)) = &one.lacking {
        note(format!("{reason}; {hint}"), Tone::Alarm);
        return notes;
    }
    let last = state.and_then(|state| state.last.as_ref());
    let bad = matches!(
        mark,
        State::Failed | State::Partial | State::Limited | State::GivenUp
    );
    if let Some(last) = last.filter(|_| bad) {
        if let Some(reason) = &last.reason {
            note(reason.clone(), mark.tone());
        }
        if let Some(hint) = &last.hint {
            note(hint.clone(), Tone::Plain);
        }
    }
    if mark == State::GivenUp {
        note(
            "It is not asked again by itself; “Fetch now” asks once more.".to_owned(),
            Tone::Plain,
        );
    }
    let good_at = state.and_then(|state| state.good_at);
    if let Some(at) = good_at.filter(|at| one.is_stale(*at, reader.times.now)) {
        let ago = reader.times.ago(at).words;
        note(
            format!("last good {ago}, wanted every {}", span(one.every)),
            Tone::Quiet,
        );
    }
    if let Some(reason) = moved.filter(|_| mark != State::GivenUp) {
        note(reason.to_owned(), Tone::Quiet);
    }
    notes
}

/// How much of a quota is taken.
fn share(quota: &QuotaOutlook) -> f64 {
    // Counts of requests are far below what a float holds exactly.
    let taken = u32::try_from(quota.taken).unwrap_or(u32::MAX);
    f64::from(taken) / f64::from(quota.requests.max(1))
}

fn quota_use(reader: &Reader, quota: &QuotaOutlook) -> QuotaUse {
    let count = |count| reader.numbers.count(count);
    let spent = quota.taken >= u64::from(quota.requests);
    QuotaUse {
        used: format!("{} / {}", count(quota.taken), count(quota.requests.into())),
        window: format!("in {}", span(quota.per)),
        bar: Bar {
            filled: (share(quota) * 100.0).min(100.0),
            ..Bar::default()
        },
        reset: quota.free_at.filter(|_| spent).map(|at| {
            let ahead = reader.times.ahead(at).words;
            format!("the next is free {ahead}")
        }),
    }
}

/// How long a source took lately, the newest outcome first; one that gave nothing is a gap.
fn latency(outcomes: &[&SourceOutcome]) -> Option<Latency> {
    let asked = outcomes
        .iter()
        .rev()
        .filter(|outcome| outcome.attempts > 0 && outcome.state.is_some());
    let values: Vec<Option<f64>> = asked
        .map(|outcome| {
            let good = outcome.state.is_some_and(OutcomeState::is_good);
            good.then_some(outcome.took.as_secs_f64())
        })
        .collect();
    let good: Vec<f64> = values.iter().flatten().copied().collect();
    if good.is_empty() {
        return None;
    }
    let count = f64::from(u32::try_from(good.len()).unwrap_or(u32::MAX));
    let average = Duration::try_from_secs_f64(good.iter().sum::<f64>() / count).ok()?;
    Some(Latency {
        average: seconds(average),
        spark: Spark::of(&values),
    })
}

/// A length of time that somebody declared: `30 min`, `6 h`, `2 d`, `90 s`.
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => self::seconds(span),
        _ if seconds.is_multiple_of(86_400) && seconds > 86_400 => {
            format!("{} d", seconds / 86_400)
        }
        _ if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}
