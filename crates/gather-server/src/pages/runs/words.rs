//! What outcomes are called and what they brought, wherever they are shown.

use std::time::Duration;

use gather_store::{Counts, OutcomeState, Run, RunStatus, SourceOutcome};

use super::super::{
    part::{Note, State, Tone},
    reader::Reader,
    show::{Numbers, Times, plural, seconds},
    view::{OutcomeRow, RunTook},
};
use crate::schedule::UnderWay;

/// How far the runs under way are: `3 of 5`; `None` where none is.
pub(in crate::pages) fn how_far(under_way: &[UnderWay]) -> Option<String> {
    let all: usize = under_way.iter().map(|run| run.sources.len()).sum();
    let sources = under_way.iter().flat_map(|run| &run.sources);
    let over = sources.filter(|one| one.outcome.is_some()).count();
    (all > 0).then(|| format!("{over} of {all}"))
}

/// How much sooner it was than one by one: `4.4x`. Nothing where it compares nothing: a single request, no answer, or a
/// quota that was waited for, which one by one would have waited for too.
pub(in crate::pages) fn gain(run: &Run) -> Option<String> {
    let (wall, waiting) = (run.wall?, run.one_by_one?);
    let requests: u32 = run.outcomes.iter().map(|one| one.attempts).sum();
    let good = |outcome: &SourceOutcome| outcome.state.is_some_and(OutcomeState::is_good);
    if requests < 2 || wall.is_zero() || waiting < wall || !run.outcomes.iter().any(good) {
        return None;
    }
    let times = waiting.as_secs_f64() / wall.as_secs_f64();
    Some(if times < 99.95 {
        format!("{times:.1}x")
    } else {
        format!("{times:.0}x")
    })
}

/// How long a run took; `None` while it runs, or when it was interrupted.
pub(in crate::pages) fn took(run: &Run, times: &Times) -> Option<RunTook> {
    let gain = gain(run);
    Some(RunTook {
        wall: seconds(run.wall?),
        waiting: run.one_by_one.filter(|_| gain.is_some()).map(seconds),
        gain,
        ended: times.ago(run.ended_at?),
    })
}

/// The mark of an outcome.
pub(super) fn state(outcome: &SourceOutcome, run: RunStatus) -> State {
    match outcome.state {
        Some(OutcomeState::Complete | OutcomeState::Unchanged) => State::Well,
        Some(OutcomeState::Partial) => State::Partial,
        Some(OutcomeState::Limited) => State::Limited,
        Some(OutcomeState::Failed) => State::Failed,
        Some(OutcomeState::Skipped) => State::Skipped,
        None if run == RunStatus::Running => State::Running,
        None => State::Interrupted,
    }
}

/// `20 articles, 6 of them new`.
fn brought(counts: &Counts, state: Option<OutcomeState>, numbers: Numbers) -> String {
    let total = counts.new + counts.changed + counts.unchanged;
    if total == 0 {
        return match state {
            Some(OutcomeState::Unchanged | OutcomeState::Complete) => "nothing new".to_owned(),
            _ => "nothing".to_owned(),
        };
    }
    let kinds = [
        ("article", counts.kinds.articles),
        ("account", counts.kinds.accounts),
        ("transaction", counts.kinds.transactions),
        ("budget", counts.kinds.budgets),
        ("rate", counts.kinds.rates),
    ];
    let parts: Vec<String> = kinds
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| plural(count, word))
        .collect();
    let mut text = if parts.is_empty() {
        plural(total, "record")
    } else {
        parts.join(", ")
    };
    let count = |count| numbers.count(count);
    match (counts.new, counts.changed) {
        (new, _) if new == total => text.push_str(", all new"),
        (0, 0) => text.push_str(", none of them new"),
        (new, 0) => text.push_str(&format!(", {} of them new", count(new))),
        (0, changed) => text.push_str(&format!(", {} of them changed", count(changed))),
        (new, changed) => text.push_str(&format!(
            ", {} of them new, {} changed",
            count(new),
            count(changed)
        )),
    }
    text
}

/// An outcome in a table.
pub(in crate::pages) fn outcome_row(
    reader: &Reader,
    outcome: &SourceOutcome,
    run: RunStatus,
) -> OutcomeRow {
    let state = state(outcome, run);
    let mut notes = Vec::new();
    let mut note = |text: String, tone: Tone| notes.push(Note { text, tone });
    if let Some(reason) = &outcome.reason {
        let tone = match state {
            State::Failed => Tone::Alarm,
            State::Partial | State::Limited | State::Interrupted => Tone::Caution,
            _ => Tone::Quiet,
        };
        note(reason.clone(), tone);
    }
    if let Some(hint) = &outcome.hint {
        note(hint.clone(), Tone::Plain);
    }
    if let Some(until) = outcome.until.filter(|until| *until > reader.times.now) {
        let until = reader.times.clock(until).words;
        note(format!("it may be asked again at {until}"), Tone::Quiet);
    }
    if outcome.counts.rejected > 0 {
        let rows = plural(outcome.counts.rejected, "row");
        note(format!("{rows} could not be read"), Tone::Caution);
    }
    let brought = brought(&outcome.counts, outcome.state, reader.numbers);
    let figure = |span: Duration| {
        if outcome.attempts == 0 && span.is_zero() {
            String::new()
        } else {
            seconds(span)
        }
    };
    OutcomeRow {
        source: super::source_link(reader, &outcome.source),
        state,
        word: match (outcome.state, state) {
            (Some(OutcomeState::Skipped), _) | (None, _) => state.word().to_owned(),
            (Some(state), _) => state.as_str().to_owned(),
        },
        brought,
        requests: reader.numbers.count(outcome.attempts.into()),
        waited: figure(outcome.waited),
        took: figure(outcome.took),
        notes,
    }
}
