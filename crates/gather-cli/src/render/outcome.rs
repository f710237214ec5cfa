//! How each source of a run came out: how long it took, and where it is not complete why, and what to do about it.
//!
//! Not here: the one line about the whole run (`sentence`).

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use gather_store::{OutcomeState, Run, SourceOutcome};
use jiff::Timestamp;

use super::{View, bars::bar, failure::hint, layout, sentence::plural, style, time};
use crate::escape;

/// Whether there is nothing to say against it.
pub(crate) fn is_well(outcome: &SourceOutcome) -> bool {
    matches!(
        outcome.state,
        Some(OutcomeState::Complete | OutcomeState::Unchanged | OutcomeState::Skipped)
    )
}

/// Whether it brought something, or had nothing new.
pub(crate) fn is_good(outcome: &SourceOutcome) -> bool {
    outcome.state.is_some_and(OutcomeState::is_good)
}

/// For each source that is not complete: why, and with hints also what to do about it, from when the data is that is
/// stored of it (`held`, by source), and what there is to know of those that are.
pub(crate) fn reasons(
    run: &Run,
    held: &HashMap<String, Timestamp>,
    with_hints: bool,
    view: &View,
) -> String {
    let mut text = String::new();
    let mut said = HashSet::new();
    for outcome in run.outcomes.iter().filter(|outcome| !is_well(outcome)) {
        let Some(state) = outcome.state else { continue };
        let (sign, word) = match state {
            OutcomeState::Partial => (style::caution("◐"), "partial".to_owned()),
            OutcomeState::Limited => (style::caution("○"), limited(outcome, view)),
            _ => (style::alarm("✕"), "failed".to_owned()),
        };
        let name = escape::line(&outcome.source);
        let mut line = format!("{sign} {} {word}", style::bold(&name));
        if let Some(reason) = &outcome.reason {
            line.push_str(&format!(": {}", escape::line(reason)));
        }
        if outcome.attempts > 1 {
            line.push_str(&format!(
                ", {} attempts in {}",
                outcome.attempts,
                time::seconds(outcome.took)
            ));
        }
        text.push_str(&layout::wrapped(&line, "", "  ", view.width));
        text.push('\n');
        if !with_hints {
            continue;
        }
        // Forty sources without a network need the same advice once.
        if let Some(advice) = outcome
            .hint
            .as_deref()
            .filter(|advice| said.insert(*advice))
        {
            text.push_str(&hint(advice, "  ", view));
        }
        if let Some(at) = held.get(&outcome.source).filter(|_| !is_good(outcome)) {
            let age = time::days_ago(*at, view);
            text.push_str(&format!(
                "  {}\n",
                style::dim(format!("what is stored of it was good {age}"))
            ));
        }
    }
    for outcome in run
        .outcomes
        .iter()
        .filter(|outcome| with_hints && is_well(outcome))
    {
        let Some(note) = &outcome.reason else {
            continue;
        };
        let line = format!(
            "· {}: {}",
            escape::line(&outcome.source),
            escape::line(note)
        );
        for line in layout::wrapped(&line, "", "  ", view.width).lines() {
            text.push_str(&format!("{}\n", style::dim(line)));
        }
    }
    text
}

fn limited(outcome: &SourceOutcome, view: &View) -> String {
    match outcome.until {
        Some(until) => format!("limited until {}", time::clock(until, view)),
        None => "limited".to_owned(),
    }
}

/// How long each source took, next to the others: a line each, the slowest last.
pub(crate) fn durations(run: &Run, view: &View) -> String {
    let mut outcomes: Vec<&SourceOutcome> = run.outcomes.iter().collect();
    outcomes.sort_by_key(|outcome| outcome.took);
    let names: Vec<_> = outcomes
        .iter()
        .map(|outcome| escape::line(&outcome.source))
        .collect();
    let requests: Vec<String> = outcomes
        .iter()
        .map(|outcome| plural(outcome.attempts.into(), "request"))
        .collect();
    let name_width = layout::widest(names.iter().map(AsRef::as_ref)).min(24);
    let request_width = layout::widest(requests.iter().map(String::as_str));
    let cells = view
        .width
        .saturating_sub(4 + name_width + 2 + request_width + 2 + 9 + 2)
        .clamp(4, 40);
    let millis = |took: Duration| rust_decimal::Decimal::from(took.as_millis());
    let longest = outcomes
        .last()
        .map_or_else(Default::default, |outcome| millis(outcome.took));
    let mut text = String::new();
    for ((outcome, name), requests) in outcomes.iter().zip(&names).zip(&requests) {
        let sign = if is_well(outcome) {
            style::accent("●")
        } else {
            style::alarm("✕")
        };
        let row = format!(
            "{sign} {}  {}  {}  {}",
            layout::left(name, name_width),
            style::dim(layout::right(requests, request_width)),
            layout::right(&time::seconds(outcome.took), 7),
            style::accent(bar(millis(outcome.took), longest, cells)),
        );
        text.push_str(&format!("{row}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{
        super::sentence::tests::{outcome, run},
        *,
    };

    #[test]
    fn what_is_missing_is_named_with_its_reason_and_advice() {
        let view = View {
            width: 80,
            now: "2026-11-20T14:30:00Z".parse().unwrap(),
            zone: TimeZone::UTC,
            links: false,
        };
        let good = "2026-11-20T12:30:00Z".parse().unwrap();
        let held = [("a", good), ("ecb", good)]
            .map(|(name, at)| (name.to_owned(), at))
            .into();
        let plain = |text: &str| anstream::adapter::strip_str(text).to_string();
        let mut limited = outcome("b", OutcomeState::Limited, 0, 0);
        limited.until = Some("2026-11-20T14:32:00Z".parse().unwrap());
        limited.attempts = 1;
        let run = run(vec![
            outcome("a", OutcomeState::Failed, 0, 0),
            limited,
            outcome("ecb", OutcomeState::Complete, 1, 0),
            outcome("c", OutcomeState::Failed, 0, 0),
        ]);
        assert_eq!(
            plain(&reasons(&run, &held, true, &view)),
            "✕ a failed: no answer, 3 attempts in 0.41 s\n  hint: look at the network\n  \
             what is stored of it was good 2 h ago\n○ b limited until 14:32\n\
             ✕ c failed: no answer, 3 attempts in 0.41 s\n",
            "the same advice is given once"
        );
        assert_eq!(
            plain(&reasons(&run, &held, false, &view)),
            "✕ a failed: no answer, 3 attempts in 0.41 s\n○ b limited until 14:32\n\
             ✕ c failed: no answer, 3 attempts in 0.41 s\n"
        );
    }
}
