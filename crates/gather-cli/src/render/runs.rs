//! Runs in a table, and the head of one.
//!
//! Not here: where the time of one went (`waterfall`).

use gather_store::{Counts, OutcomeState, Run, RunStatus};

use super::{
    View, layout,
    outcome::{is_good, is_well, reasons},
    sentence::{interrupted, novelty, ratio, sentence},
    style, time,
};
use crate::escape;

/// A line a run, the newest first, and under it the sources that did not give all.
pub(crate) fn run_table(runs: &[Run], view: &View) -> String {
    const HEADER: [&str; 7] = [
        "run",
        "began",
        "outcome",
        "took",
        "one by one",
        "gain",
        "brought",
    ];
    let rows: Vec<[String; 7]> = runs
        .iter()
        .map(|run| {
            let span = |span: Option<_>| span.map_or_else(String::new, time::seconds);
            let gain = run
                .one_by_one
                .zip(run.wall)
                .filter(|(one_by_one, wall)| one_by_one >= wall && !wall.is_zero());
            [
                run.id.to_string(),
                time::days_ago(run.started_at, view),
                status(run.status),
                span(run.wall),
                span(run.one_by_one),
                gain.map_or_else(String::new, |(one_by_one, wall)| ratio(one_by_one, wall)),
                brought(run),
            ]
        })
        .collect();
    let widths: Vec<usize> = (0..6)
        .map(|at| layout::widest(rows.iter().map(|row| row[at].as_str()).chain([HEADER[at]])))
        .collect();
    let line = |cells: [&str; 7]| {
        let columns: Vec<_> = (0..6)
            .map(|at| match at {
                0 | 3 | 4 | 5 => layout::right(cells[at], widths[at]),
                _ => layout::left(cells[at], widths[at]),
            })
            .collect();
        let line = format!("{}  {}", columns.join("  "), cells[6]);
        line.trim_end().to_owned()
    };
    let mut text = format!("{}\n", style::dim(line(HEADER)));
    for (run, row) in runs.iter().zip(&rows) {
        text.push_str(&line(row.each_ref().map(String::as_str)));
        text.push('\n');
        let indent = " ".repeat(widths[0] + 2);
        let troubles = troubles(run);
        if !troubles.is_empty() {
            let lines = layout::wrapped(&troubles.join(", "), &indent, &indent, view.width);
            text.push_str(&format!("{lines}\n"));
        }
    }
    text
}

/// The head of one run: which, when, how, and what was missing.
pub(crate) fn run_title(run: &Run, view: &View) -> String {
    let at = time::clock(run.started_at, view);
    let mut text = format!(
        "{} {} {}\n",
        style::bold(format!("Run {}", run.id)),
        status(run.status),
        style::dim(format!("at {at}")),
    );
    text.push_str(&layout::wrapped(&run_sentence(run), "", "  ", view.width));
    text.push('\n');
    text.push_str(&reasons(
        run,
        &std::collections::HashMap::new(),
        false,
        view,
    ));
    text
}

/// What a run brought, and in how long.
pub(crate) fn run_sentence(run: &Run) -> String {
    let requests: u32 = run.outcomes.iter().map(|outcome| outcome.attempts).sum();
    match run.status {
        RunStatus::Running => "still running".to_owned(),
        // A run whose process died never said how long it took.
        RunStatus::Interrupted if run.wall.is_none() => "it was killed before its end".to_owned(),
        RunStatus::Interrupted => interrupted(run),
        _ => sentence(run, requests as usize),
    }
}

/// How a run stands, as a sign and a word.
fn status(status: RunStatus) -> String {
    match status {
        RunStatus::Complete => style::accent(format!("● {status}")),
        RunStatus::Running => format!("… {status}"),
        RunStatus::Partial | RunStatus::Interrupted => style::caution(format!("◐ {status}")),
        RunStatus::Failed => style::alarm(format!("✕ {status}")),
    }
}

fn brought(run: &Run) -> String {
    if !run.outcomes.iter().any(is_good) {
        return "nothing".to_owned();
    }
    let mut all = Counts::default();
    for outcome in &run.outcomes {
        all.new += outcome.counts.new;
        all.changed += outcome.counts.changed;
    }
    novelty(&all)
}

/// The sources that did not give all, each with its sign.
fn troubles(run: &Run) -> Vec<String> {
    run.outcomes
        .iter()
        .filter(|outcome| !is_well(outcome) && outcome.state.is_some())
        .map(|outcome| {
            let sign = match outcome.state {
                Some(OutcomeState::Partial) => style::caution("◐"),
                Some(OutcomeState::Limited) => style::caution("○"),
                _ => style::alarm("✕"),
            };
            format!("{sign} {}", escape::line(&outcome.source))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::tz::TimeZone;

    use super::{
        super::sentence::tests::{outcome, run},
        *,
    };

    #[test]
    fn a_run_is_a_line_with_its_troubles_under_it() {
        let view = View {
            width: 80,
            now: "2026-11-20T14:30:00Z".parse().unwrap(),
            zone: TimeZone::UTC,
            links: false,
        };
        let mut good = run(vec![outcome("a", OutcomeState::Complete, 12, 3)]);
        good.status = RunStatus::Complete;
        good.started_at = "2026-11-20T12:30:00Z".parse().unwrap();
        good.wall = Some(Duration::from_millis(520));
        good.one_by_one = Some(Duration::from_millis(2310));
        let mut bad = run(vec![
            outcome("a", OutcomeState::Complete, 1, 0),
            outcome("bank", OutcomeState::Failed, 0, 0),
            outcome("ecb", OutcomeState::Limited, 0, 0),
        ]);
        bad.status = RunStatus::Partial;
        bad.started_at = good.started_at;
        bad.wall = Some(Duration::from_millis(1040));
        bad.one_by_one = Some(Duration::from_millis(900));
        let text = run_table(&[bad, good], &view);
        assert_eq!(
            anstream::adapter::strip_str(&text).to_string(),
            "run  began    outcome       took  one by one  gain  brought\n\
             \u{20}18  2 h ago  ◐ partial   1.04 s      0.90 s        1 new\n\
             \u{20}    ✕ bank, ○ ecb\n\
             \u{20}18  2 h ago  ● complete  0.52 s      2.31 s  4.4x  12 new\n"
        );
    }
}
