//! The one honest line of a run: what came, from how many sources, in how long, and what one by one would have cost.
//!
//! Singular and plural are told apart, and so are the first run and the second: "nothing new" is news too.
//!
//! Not here: what is missing and why (`outcome`).

use std::time::Duration;

use gather_store::{Counts, OutcomeState, Run};

use super::{View, layout, outcome::is_good, style, time};

/// `47 articles from 3 of 4 sources in 0.52 s (one by one: 2.31 s, 4.4x)`
pub(crate) fn sentence(run: &Run, requests: usize) -> String {
    let all = run.outcomes.len();
    let good = run
        .outcomes
        .iter()
        .filter(|outcome| is_good(outcome))
        .count();
    let (brought, counts) = brought(run);
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
    // Where a quota was waited for, one by one would have waited too, and that is not counted: it compares nothing.
    let compares = |one_by_one: &Duration| requests > 1 && good > 0 && *one_by_one >= wall;
    if let Some(one_by_one) = run.one_by_one.filter(compares) {
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
pub(super) fn ratio(long: Duration, short: Duration) -> String {
    let times = long.as_secs_f64() / short.as_secs_f64().max(1e-6);
    if times < 99.95 {
        format!("{times:.1}x")
    } else {
        format!("{times:.0}x")
    }
}

pub(super) fn novelty(counts: &Counts) -> String {
    match (counts.new, counts.changed) {
        (0, 0) => "nothing new".to_owned(),
        (new, 0) => format!("{new} new"),
        (0, changed) => format!("{changed} changed"),
        (new, changed) => format!("{new} new and {changed} changed"),
    }
}

/// What came, in words, and counted.
fn brought(run: &Run) -> (String, Counts) {
    let mut all = Counts::default();
    for outcome in &run.outcomes {
        all.new += outcome.counts.new;
        all.changed += outcome.counts.changed;
        all.unchanged += outcome.counts.unchanged;
        all.kinds += outcome.counts.kinds;
    }
    let kinds = [
        ("article", all.kinds.articles),
        ("account", all.kinds.accounts),
        ("transaction", all.kinds.transactions),
        ("budget", all.kinds.budgets),
        ("rate", all.kinds.rates),
    ];
    let counted: u64 = kinds.iter().map(|(_, count)| count).sum();
    let total = all.new + all.changed + all.unchanged;
    // A run of before the kinds were counted has only their sum.
    let rest = ("record", total.saturating_sub(counted));
    let parts: Vec<String> = kinds
        .into_iter()
        .chain([rest])
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| plural(count, word))
        .collect();
    (listed(&parts), all)
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
pub(crate) fn interrupted(run: &Run) -> String {
    let done = run
        .outcomes
        .iter()
        .filter(|outcome| outcome.state.is_some())
        .count();
    let (brought, _) = brought(run);
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
    use gather_store::{Held, RunId, RunStatus, SourceOutcome};
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
            stop: None,
            counts: Counts {
                new,
                unchanged,
                kinds: Held {
                    articles: new + unchanged,
                    ..Held::default()
                },
                ..Counts::default()
            },
            attempts: 3,
            waited: Duration::ZERO,
            took: Duration::from_millis(410),
            at: None,
        }
    }

    fn of_kinds(
        mut outcome: SourceOutcome,
        [accounts, transactions, budgets, rates]: [u64; 4],
    ) -> SourceOutcome {
        outcome.counts.kinds = Held {
            articles: 0,
            accounts,
            transactions,
            budgets,
            rates,
        };
        outcome
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

    #[test]
    fn the_line_says_what_came_from_where_and_what_it_would_have_cost() {
        use OutcomeState::{Complete, Failed};
        let said = |outcomes| sentence(&run(outcomes), 9);
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
                of_kinds(outcome("bank", Complete, 54, 0), [2, 47, 5, 0]),
                of_kinds(outcome("ecb", Complete, 30, 0), [0, 0, 0, 30])
            ]),
            format!(
                "1 article, 2 accounts, 47 transactions, 5 budgets and 30 rates from 3 sources {end}"
            )
        );
        assert_eq!(
            said(vec![of_kinds(outcome("old", Complete, 9, 0), [0; 4])]),
            format!("9 records from 1 source {end}"),
            "a run whose kinds nobody counted"
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
            interrupted(&run),
            "interrupted after 0.52 s: 1 of 2 sources done, 23 articles kept"
        );
    }
}
