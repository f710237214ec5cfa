//! `/runs` and `/runs/{id}`: the history of runs, one run source by source, and "fetch all now".
//!
//! A run is told as its reader sees it: a run of which every source of theirs gave all it had is complete to them, whatever
//! became of others'.
//!
//! Not here: what single outcomes are called (`words`).

mod words;

use std::time::Duration;

use axum::{
    extract::{Path, State as Of, rejection::PathRejection},
    response::Response,
};
use gather_store::{OutcomeState, Run, RunId, RunStatus, Snapshot};

pub(super) use words::{gain, how_far, outcome_row, took};

use gather_draw::{Drawing, path_lines, path_sentence};
use gather_run::Timeline;

use super::{
    address::{Fields, Sent, segment},
    answer::{Failed, Said},
    part::{Link, Note, State, Tone},
    reader::Reader,
    show::{capital, seconds},
    view::{Empty, Here, RunPage, RunRow, Runs, Waterfall},
};
use crate::{
    app::App,
    schedule::{FetchRefused, Fetched},
};

/// Runs on a page.
const PAGE: usize = 25;

/// What a place in a list says that is none.
pub(super) const NO_PLACE: &str = "The place in the list could not be read: this is its beginning.";

pub(super) async fn list(Of(app): Of<App>, reader: Reader) -> Response {
    reader
        .show(&app, |reader, store| {
            store.snapshot(|moment| fill_list(reader, moment))
        })
        .await
}

pub(super) async fn one(
    Of(app): Of<App>,
    reader: Reader,
    path: Result<Path<String>, PathRejection>,
) -> Response {
    reader
        .show(&app, move |reader, store| {
            let id = path.ok().and_then(|Path(id)| id.parse().ok());
            let id: RunId = id.ok_or_else(no_run)?;
            store.snapshot(|moment| fill_one(reader, moment, id))
        })
        .await
}

/// Fetches every source of the reader now.
pub(super) async fn fetch_all(Of(app): Of<App>, reader: Reader, sent: Sent) -> Response {
    fetch(&app, &reader, &[], sent).await
}

/// Fetches sources now, none named means all, and leads back without waiting for them.
pub(super) async fn fetch(app: &App, reader: &Reader, sources: &[String], sent: Sent) -> Response {
    let form = match Fields::sent(sent) {
        Ok(form) => form,
        Err(failed) => return reader.fail(&failed),
    };
    let begun = app
        .schedule()
        .fetch_now(&reader.viewer, sources, Duration::ZERO)
        .await;
    match said(begun) {
        Ok(said) => reader.back_to(form.get("back").unwrap_or_default(), said),
        Err(failed) => reader.fail(&failed),
    }
}

/// What became of "fetch now", for the page that it leads back to.
fn said(begun: Result<Fetched, FetchRefused>) -> Result<Said, Failed> {
    match begun {
        Ok(fetched) if fetched.sources.iter().all(|one| one.outcome.is_some()) => {
            Ok(Said::FetchedAlready)
        }
        Ok(_) => Ok(Said::Fetching),
        Err(FetchRefused::None) => Ok(Said::NothingToFetch),
        Err(FetchRefused::Stopping) => Ok(Said::Stopping),
        Err(FetchRefused::Unknown(_)) => {
            Err(Failed::missing("There is no such source.").leading("Sources", "/sources"))
        }
        Err(FetchRefused::Failed) => Ok(Said::NotBegun),
    }
}

fn no_run() -> Failed {
    Failed::missing("There is no such run.").leading("Runs", "/runs")
}

/// How a run stands for its reader.
fn state(run: &Run) -> (State, String) {
    let all = run.outcomes.len();
    let is_good = |state: OutcomeState| state.is_good() || state == OutcomeState::Skipped;
    let good = run
        .outcomes
        .iter()
        .filter(|one| one.state.is_some_and(is_good));
    let whole = |state: OutcomeState| is_good(state) && state != OutcomeState::Partial;
    let whole = run
        .outcomes
        .iter()
        .filter(|one| one.state.is_some_and(whole));
    let (good, whole) = (good.count(), whole.count());
    match run.status {
        RunStatus::Running => {
            let over = run
                .outcomes
                .iter()
                .filter(|one| one.state.is_some())
                .count();
            (State::Running, format!("{over} of {all} so far"))
        }
        RunStatus::Interrupted => (State::Interrupted, "interrupted".to_owned()),
        _ if whole == all => (State::Well, "complete".to_owned()),
        _ if good == 0 => (State::Failed, "failed".to_owned()),
        _ => (
            State::Partial,
            format!(
                "{whole} of {all} {}",
                if all == 1 { "source" } else { "sources" }
            ),
        ),
    }
}

pub(super) fn fill_list(reader: &Reader, moment: &Snapshot<'_>) -> Result<Runs, Failed> {
    let mut shell = reader.shell(moment, "Runs", Here::Runs)?;
    let before = reader.fields.get("before");
    let from: Option<RunId> = before.and_then(|before| before.parse().ok());
    if before.is_some() && from.is_none() {
        shell.notice = Some(Note {
            text: NO_PLACE.to_owned(),
            tone: Tone::Caution,
        });
    }
    // One more than a page says whether there is another.
    let mut runs = match from {
        None => moment.runs(&reader.viewer, PAGE + 1)?,
        Some(from) => moment.runs_before(&reader.viewer, from, PAGE + 1)?,
    };
    let more = runs.len() > PAGE;
    runs.truncate(PAGE);
    let older = runs.last().map(|run| run.id).filter(|_| more);
    let longest = runs
        .iter()
        .flat_map(|run| [run.wall, run.one_by_one])
        .flatten()
        .max()
        .unwrap_or_default();
    let empty = runs.is_empty().then(|| {
        if from.is_some() {
            Empty {
                sentence: "There is no older run.".to_owned(),
                action: Some(reader.link("The newest", "/runs")),
                command: None,
            }
        } else {
            Empty {
                sentence: "No run yet. The schedule begins one by itself when a source is due."
                    .to_owned(),
                action: None,
                command: Some("gather run".to_owned()),
            }
        }
    });
    Ok(Runs {
        rows: runs.iter().map(|run| row(reader, run, longest)).collect(),
        older: older.map(|id| reader.to(&format!("/runs?before={id}"))),
        empty,
        shell,
    })
}

fn row(reader: &Reader, run: &Run, longest: Duration) -> RunRow {
    let (state, word) = state(run);
    let share = |span: Option<Duration>| {
        let span = span.unwrap_or_default().as_secs_f64();
        (span / longest.as_secs_f64().max(f64::EPSILON) * 100.0).clamp(0.0, 100.0)
    };
    let figure = |span: Option<Duration>| span.map(seconds).unwrap_or_default();
    let gain = gain(run);
    let waiting = run.one_by_one.filter(|_| gain.is_some());
    let troubles = run.outcomes.iter().filter_map(|outcome| {
        let state = words::state(outcome, run.status);
        let well = matches!(state, State::Well | State::Skipped | State::Running);
        (!well).then(|| (state, source_link(reader, &outcome.source)))
    });
    let (mut new, mut changed) = (0, 0);
    for outcome in &run.outcomes {
        new += outcome.counts.new;
        changed += outcome.counts.changed;
    }
    let count = |count| reader.numbers.count(count);
    RunRow {
        id: run.id.to_string(),
        href: reader.to(&format!("/runs/{}", run.id)),
        state,
        word,
        started: reader.times.clock(run.started_at),
        wall: figure(run.wall),
        waiting: figure(waiting),
        gain: gain.unwrap_or_default(),
        wall_bar: share(run.wall),
        waiting_bar: share(waiting),
        brought: match (new, changed) {
            (0, 0) => "nothing new".to_owned(),
            (new, 0) => format!("{} new", count(new)),
            (0, changed) => format!("{} changed", count(changed)),
            (new, changed) => format!("{} new, {} changed", count(new), count(changed)),
        },
        troubles: troubles.collect(),
    }
}

pub(super) fn source_link(reader: &Reader, source: &str) -> Link {
    reader.link(source, &format!("/sources/{}", segment(source)))
}

pub(super) fn fill_one(
    reader: &Reader,
    moment: &Snapshot<'_>,
    id: RunId,
) -> Result<RunPage, Failed> {
    let found = moment.run(&reader.viewer, id)?.ok_or_else(no_run)?;
    let before = moment.runs_before(&reader.viewer, id, 1)?.pop();
    let after = moment.run_after(&reader.viewer, id)?;
    let to = |run: Run| reader.to(&format!("/runs/{}", run.id));
    let (state, word) = state(&found);
    let requests: u64 = found
        .outcomes
        .iter()
        .map(|one| u64::from(one.attempts))
        .sum();
    let sum = |of: fn(&gather_store::Counts) -> u64| -> u64 {
        found.outcomes.iter().map(|one| of(&one.counts)).sum()
    };
    let facts = [
        ("Requests", requests),
        ("New", sum(|counts| counts.new)),
        ("Changed", sum(|counts| counts.changed)),
        ("As before", sum(|counts| counts.unchanged)),
        ("Rejected", sum(|counts| counts.rejected)),
    ];
    let facts = facts.map(|(name, count)| (name.to_owned(), reader.numbers.count(count)));
    let (waterfall, sentence) = waterfall(reader, moment, id)?.unzip();
    Ok(RunPage {
        shell: reader.shell(moment, &format!("Run {id}"), Here::Runs)?,
        id: id.to_string(),
        state,
        word: match state {
            State::Partial => format!("{word} gave all they had"),
            _ => word,
        },
        started: reader.times.ago(found.started_at),
        line: line(&found),
        chain: sentence.flatten().map(|sentence| Note {
            text: format!("{sentence}."),
            tone: Tone::Plain,
        }),
        running: found.ended_at.is_none(),
        facts: facts.into(),
        waterfall,
        outcomes: found
            .outcomes
            .iter()
            .map(|outcome| outcome_row(reader, outcome, found.status))
            .collect(),
        before: before.map(to),
        after: after.map(to),
    })
}

/// The line to remember: `0.52 s for 2.31 s of waiting, 4.4x`.
fn line(run: &Run) -> String {
    let Some(wall) = run.wall else {
        return match run.status {
            RunStatus::Running => "It is under way.".to_owned(),
            _ => "It was stopped before its end: what had been kept by then stays.".to_owned(),
        };
    };
    match (run.one_by_one, gain(run)) {
        (Some(waiting), Some(gain)) => {
            format!(
                "{} for {} of waiting, {gain}",
                seconds(wall),
                seconds(waiting)
            )
        }
        _ => seconds(wall),
    }
}

/// What a run did with its time, as far as its reader may see; `None` where its timeline is not kept, or is not one that
/// this program reads.
fn waterfall(
    reader: &Reader,
    moment: &Snapshot<'_>,
    run: RunId,
) -> Result<Option<(Waterfall, Option<String>)>, Failed> {
    let Some(bytes) = moment.timeline(run)? else {
        return Ok(None);
    };
    let timeline = match Timeline::from_bytes(&bytes) {
        Ok(timeline) => timeline.seen_by(&reader.viewer),
        Err(error) => {
            tracing::warn!(%run, %error, "a timeline cannot be read");
            return Ok(None);
        }
    };
    let path = timeline.path();
    let drawing = Drawing::of(&timeline, &path, "wf", &format!("Run {run}"));
    let lines = path_lines(&timeline, &path).into_iter();
    let drawn = Waterfall {
        drawing: drawing.inline(),
        path: lines
            .map(|line| (line.from_words(), line.took_words(), line.what))
            .collect(),
        advice: timeline
            .advice()
            .iter()
            .map(|advice| format!("{}.", capital(&advice.to_string())))
            .collect(),
    };
    Ok(Some((drawn, path_sentence(&timeline, &path))))
}
