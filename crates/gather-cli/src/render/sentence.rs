//! The one honest line of a run: what came, from how many sources, in how long, and what one by one would have cost.
//!
//! Singular and plural are told apart, and so are the first run and the second: "nothing new" is news too.
//!
//! Not here: what is missing and why (`outcome`).

use std::{collections::BTreeMap, time::Duration};

use gather_records::RecordKind;
use gather_store::{Counts, OutcomeState, Run};

use super::{View, layout, outcome::is_good, style, time};

/// Which kinds of record each source yields, by its name.
pub(crate) type Yields = BTreeMap<String, Vec<RecordKind>>;

/// `47 articles from 3 of 4 sources in 0.52 s (one by one: 2.31 s, 4.4x)`
pub(crate) fn sentence(run: &Run, requests: usize, yields: &Yields) -> String {
    let all = run.outcomes.len();
    let good = run
        .outcomes
        .iter()
        .filter(|outcome| is_good(outcome))
        .count();
    let (brought, counts) = brought(run, yields);
    let what = match (good, counts.new + counts.changed + counts.unchanged) {
        (0, _) => "nothing".to_owned(),
        (_, 0)
            if run
                .outcomes
                .iter()
                .any(|o| o.state == Some(OutcomeState::Unchanged)) =>
        {
            "nothing new".to_owned()
        }
        (_, 0) => "no records".to_owned(),
        (_, total) if total == counts.new => brought,
        _ => format!("{brought}, {},", novelty(&counts)),
    };
    let from = match (good, all) {
        (_, 1) => "1 source".to_owned(),
        (0, all) => format!("any of {all} sources"),
        (good, all) if good == all => format!("{all} sources"),
        (good, all) => format!("{good} of {all} sources"),
    };
    let wall = run.wall.unwrap_or_default();
    let mut text = format!("{what} from {from} in {}", time::seconds(wall));
    if let Some(one_by_one) = run.one_by_one.filter(|_| requests > 1 && good > 0) {
        text.push_str(&format!(
            " (one by one: {}, {})",
            time::seconds(one_by_one),
            ratio(one_by_one, wall)
        ));
    }
    text
}

/// The line that a run ends with, in the accent. Only a terminal needs it broken between words.
pub(crate) fn closing(sentence: &str, view: &View) -> String {
    let lines = if console::Term::stderr().is_term() {
        layout::wrapped(sentence, "", "  ", view.width)
    } else {
        sentence.to_owned()
    };
    lines
        .lines()
        .map(|line| format!("{}\n", style::accent(line)))
        .collect()
}

/// How many times as long: `4.4x`.
fn ratio(long: Duration, short: Duration) -> String {
    let times = long.as_secs_f64() / short.as_secs_f64().max(1e-6);
    if times < 99.95 {
        format!("{times:.1}x")
    } else {
        format!("{times:.0}x")
    }
}

fn novelty(counts: &Counts) -> String {
    match (counts.new, counts.changed) {
        (0, 0) => "nothing new".to_owned(),
        (new, 0) => format!("{new} new"),
        (0, changed) => format!("{changed} changed"),
        (new, changed) => format!("{new} new and {changed} changed"),
    }
}

/// What came, in words, and counted.
fn brought(run: &Run, yields: &Yields) -> (String, Counts) {
    use RecordKind::{Account, Article, Budget, Rate, Transaction};
    // In the order in which they are said.
    let mut groups = [
        ("article", 0),
        ("account", 0),
        ("transaction", 0),
        ("budget", 0),
        ("money record", 0),
        ("rate", 0),
        ("record", 0),
    ];
    let mut all = Counts::default();
    for outcome in &run.outcomes {
        let counts = &outcome.counts;
        all.new += counts.new;
        all.changed += counts.changed;
        all.unchanged += counts.unchanged;
        let kinds = yields.get(&outcome.source).map_or(&[][..], Vec::as_slice);
        // An outcome counts records and not kinds: what a source of several kinds brought is said as what they share.
        let group = match kinds {
            [Article] => 0,
            [Account] => 1,
            [Transaction] => 2,
            [Budget] => 3,
            [Rate] => 5,
            [] => 6,
            kinds
                if kinds
                    .iter()
                    .all(|kind| matches!(kind, Account | Transaction | Budget)) =>
            {
                4
            }
            _ => 6,
        };
        groups[group].1 += counts.new + counts.changed + counts.unchanged;
    }
    let parts = groups.iter().filter(|(_, count)| *count > 0);
    (
        listed(
            &parts
                .map(|(word, count)| plural(*count, word))
                .collect::<Vec<_>>(),
        ),
        all,
    )
}

/// `1 article`, `2 articles`.
pub(crate) fn plural(count: u64, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// `a`, `a and b`, `a, b and c`.
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What an interrupted run leaves behind.
pub(crate) fn interrupted(run: &Run, yields: &Yields) -> String {
    let done = run
        .outcomes
        .iter()
        .filter(|outcome| outcome.state.is_some())
        .count();
    let (brought, _) = brought(run, yields);
    let kept = if brought.is_empty() {
        "nothing kept yet".to_owned()
    } else {
        format!("{brought} kept")
    };
    format!(
        "interrupted after {}: {done} of {} done, {kept}",
        time::seconds(run.wall.unwrap_or_default()),
        plural(run.outcomes.len() as u64, "source"),
    )
}

#[cfg(test)]
pub(super) mod tests {
    use gather_store::{RunId, RunStatus, SourceOutcome};
    use jiff::Timestamp;

    use super::*;

    pub(crate) fn outcome(
        source: &str,
        state: OutcomeState,
        new: u64,
        unchanged: u64,
    ) -> SourceOutcome {
        SourceOutcome {
            source: source.to_owned(),
            owner: None,
            state: Some(state),
            reason: (state == OutcomeState::Failed).then(|| "no answer".to_owned()),
            hint: (state == OutcomeState::Failed).then(|| "look at the network".to_owned()),
            until: None,
            counts: Counts {
                new,
                unchanged,
                ..Counts::default()
            },
            attempts: 3,
            waited: Duration::ZERO,
            took: Duration::from_millis(410),
            at: None,
        }
    }

    pub(crate) fn run(outcomes: Vec<SourceOutcome>) -> Run {
        Run {
            id: "18".parse::<RunId>().unwrap(),
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            status: RunStatus::Partial,
            wall: Some(Duration::from_millis(520)),
            one_by_one: Some(Duration::from_millis(2310)),
            longest_chain: None,
            outcomes,
        }
    }

    fn yields() -> Yields {
        use RecordKind::{Account, Article, Rate, Transaction};
        [
            ("a", vec![Article]),
            ("b", vec![Article]),
            ("bank", vec![Account, Transaction]),
            ("ecb", vec![Rate]),
        ]
        .map(|(name, kinds)| (name.to_owned(), kinds))
        .into()
    }

    #[test]
    fn the_line_says_what_came_from_where_and_what_it_would_have_cost() {
        use OutcomeState::{Complete, Failed};
        let said = |outcomes| sentence(&run(outcomes), 9, &yields());
        let end = "in 0.52 s (one by one: 2.31 s, 4.4x)";
        assert_eq!(
            said(vec![
                outcome("a", Complete, 40, 0),
                outcome("b", Complete, 7, 0),
                outcome("x", Failed, 0, 0)
            ]),
            format!("47 articles from 2 of 3 sources {end}")
        );
        assert_eq!(
            said(vec![
                outcome("a", Complete, 1, 0),
                outcome("bank", Complete, 51, 0),
                outcome("ecb", Complete, 30, 0)
            ]),
            format!("1 article, 51 money records and 30 rates from 3 sources {end}")
        );
        assert_eq!(
            said(vec![outcome("a", Complete, 0, 40)]),
            format!("40 articles, nothing new, from 1 source {end}")
        );
        assert_eq!(
            said(vec![
                outcome("a", Complete, 2, 40),
                outcome("b", Complete, 0, 1)
            ]),
            format!("43 articles, 2 new, from 2 sources {end}")
        );
        assert_eq!(
            said(vec![outcome("a", Failed, 0, 0), outcome("b", Failed, 0, 0)]),
            "nothing from any of 2 sources in 0.52 s"
        );
        assert_eq!(
            said(vec![outcome("a", Failed, 0, 0)]),
            "nothing from 1 source in 0.52 s"
        );
    }

    #[test]
    fn an_interrupted_run_says_what_is_kept() {
        let mut half = outcome("b", OutcomeState::Complete, 3, 0);
        half.state = None;
        let run = run(vec![outcome("a", OutcomeState::Complete, 20, 0), half]);
        assert_eq!(
            interrupted(&run, &yields()),
            "interrupted after 0.52 s: 1 of 2 sources done, 23 articles kept"
        );
    }
}
