//! How each source stands, in a state, a word and a note: what is declared, laid over its last outcome and its age.
//!
//! A source is stale when its last good data is older than twice its interval. What is being asked now says so first;
//! what needs somebody comes before what is well.
//!
//! Not here: the page of a source (`sources`), how outcomes are worded (`runs`).

use std::collections::{BTreeMap, BTreeSet};

use gather_store::{OutcomeState, SourceState, Stop};
use jiff::Timestamp;

use super::{
    address::segment,
    part::State,
    reader::{Declared, Reader},
    view::{Chip, Strip},
};
use crate::schedule::Schedule;

/// So many sources stand in the strip; of more, those that need nobody are only counted.
const MOST_CHIPS: usize = 14;
/// A reason in the strip is cut after so many characters; the page of the source has all of it.
const LONGEST_NOTE: usize = 60;

/// What only the schedule knows.
#[derive(Debug, Clone, Default)]
pub(super) struct Due {
    pub(super) next: BTreeMap<String, Timestamp>,
    pub(super) given_up: BTreeSet<String>,
}

impl Due {
    pub(super) fn of(schedule: &Schedule, declared: &[Declared]) -> Self {
        let mut due = Self::default();
        for one in declared {
            if let Some(at) = schedule.next_due(&one.name) {
                due.next.insert(one.name.clone(), at);
            }
            if schedule.given_up(&one.name) {
                due.given_up.insert(one.name.clone());
            }
        }
        due
    }
}

/// How a source stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stands {
    pub(super) state: State,
    /// The state as it is said of this source: `failed 4 times in a row`, `limited until 14:32`.
    pub(super) word: String,
    /// What the strip says of it: an age, or why it is not well.
    pub(super) note: String,
}

/// What the store knows of a declared source.
pub(super) fn known<'s>(states: &'s [SourceState], one: &Declared) -> Option<&'s SourceState> {
    let mut states = states.iter();
    states.find(|state| state.source == one.name && state.owner == one.owner)
}

/// How a declared source stands.
pub(super) fn stands(
    reader: &Reader,
    one: &Declared,
    known: Option<&SourceState>,
    due: &Due,
) -> Stands {
    let plain = |state: State| Stands {
        state,
        word: state.word().to_owned(),
        note: state.word().to_owned(),
    };
    if one.lacking.is_some() {
        return plain(State::Lacking);
    }
    let asked = reader.under_way.iter().flat_map(|run| &run.sources);
    let mut asked = asked.filter(|progress| progress.outcome.is_none());
    if let Some(progress) =
        asked.find(|progress| progress.source == one.name && progress.owner == one.owner)
    {
        let mut stands = plain(State::Running);
        if progress.known > 1 {
            stands.note = format!("{} of {}", progress.done, progress.known);
        }
        return stands;
    }
    let last = known.and_then(|known| known.last.as_ref());
    if due.given_up.contains(&one.name) {
        let mut stands = plain(State::GivenUp);
        stands.note = match last.and_then(|last| last.stop) {
            Some(Stop::Gone) => "gone for good".to_owned(),
            Some(Stop::Refused) => "its key is refused".to_owned(),
            None => stands.note,
        };
        return stands;
    }
    let good_at = known.and_then(|known| known.good_at);
    let reason = || last.and_then(|last| last.reason.as_deref()).map(cut);
    let state = last.and_then(|last| last.state);
    let stale = good_at.is_some_and(|at| one.is_stale(at, reader.times.now));
    let age = good_at.map(|at| reader.times.age(at).words);
    match (state, age) {
        (Some(OutcomeState::Failed), _) => {
            let mut stands = plain(State::Failed);
            stands.note = reason().unwrap_or(stands.note);
            stands
        }
        (Some(OutcomeState::Limited), _) => {
            let mut stands = plain(State::Limited);
            if let Some(until) = last.and_then(|last| last.until) {
                let until = reader.times.clock(until).words;
                stands.word = format!("limited until {until}");
                stands.note.clone_from(&stands.word);
            }
            stands
        }
        (_, Some(age)) if stale => Stands {
            note: format!("stale {age}"),
            ..plain(State::Stale)
        },
        (Some(OutcomeState::Partial), _) => {
            let mut stands = plain(State::Partial);
            stands.note = reason().unwrap_or(stands.note);
            stands
        }
        (_, Some(age)) => Stands {
            note: age,
            ..plain(State::Well)
        },
        (_, None) => plain(State::Fresh),
    }
}

/// A reason for a place where little room is.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_NOTE) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

/// How much a state asks for somebody; the most first.
fn urgency(state: State) -> u8 {
    match state {
        State::Failed => 0,
        State::Lacking => 1,
        State::GivenUp => 2,
        State::Stale => 3,
        State::Limited => 4,
        State::Interrupted => 5,
        State::Partial => 6,
        State::Running => 7,
        State::Fresh => 8,
        State::Well => 9,
        State::Skipped => 10,
    }
}

/// `3 well, 1 stale, 1 failed`.
pub(super) fn summary(states: &[State]) -> String {
    let mut counted: Vec<(u8, State, usize)> = Vec::new();
    for &state in states {
        match counted.iter_mut().find(|(_, held, _)| *held == state) {
            Some((_, _, count)) => *count += 1,
            None => counted.push((urgency(state), state, 1)),
        }
    }
    counted.sort_by_key(|(urgency, _, _)| std::cmp::Reverse(*urgency));
    let parts: Vec<String> = counted
        .iter()
        .map(|(_, state, count)| match state {
            State::Lacking => format!("{count} without its key"),
            _ => format!("{count} {}", state.word()),
        })
        .collect();
    parts.join(", ")
}

/// All declared sources in one line.
pub(super) fn strip(reader: &Reader, states: &[SourceState], due: &Due) -> Strip {
    let declared = reader.declared();
    let mut all: Vec<(Stands, &Declared)> = declared
        .iter()
        .map(|one| (stands(reader, one, known(states, one), due), one))
        .collect();
    let summary = summary(
        &all.iter()
            .map(|(stands, _)| stands.state)
            .collect::<Vec<_>>(),
    );
    // Stable: those in the same state stay as they are declared.
    all.sort_by_key(|(stands, _)| urgency(stands.state));
    let worst = all.first().map(|(stands, _)| stands.state);
    let rest = all.split_off(all.len().min(MOST_CHIPS));
    let well = rest.iter().all(|(stands, _)| stands.state == State::Well);
    Strip {
        more: match rest.len() {
            0 => None,
            more if well => Some(format!("{more} more, all well")),
            more => Some(format!("{more} more")),
        },
        chips: all
            .into_iter()
            .map(|(stands, one)| Chip {
                name: one.name.clone(),
                href: reader.to(&format!("/sources/{}", segment(&one.name))),
                state: stands.state,
                note: stands.note,
            })
            .collect(),
        summary,
        worst,
    }
}
