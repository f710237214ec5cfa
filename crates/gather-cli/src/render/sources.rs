//! The declared sources in a table.

use gather_sources::Unready;
use gather_store::{Held, OutcomeState, SourceState};
use serde::Serialize;

use super::{Cell, Row, View, layout, sentence::plural, style, time};
use crate::escape;

/// A declared source, and what is known of it.
#[derive(Debug, Serialize)]
pub(crate) struct SourceLine {
    pub(crate) source: String,
    pub(crate) owner: Option<String>,
    pub(crate) preset: Option<String>,
    pub(crate) yields: Vec<gather_records::RecordKind>,
    /// The first addresses, without secrets.
    pub(crate) urls: Vec<String>,
    /// What it lacks to run.
    pub(crate) missing: Option<String>,
    pub(crate) hint: Option<String>,
    /// What the store knows; `None` when it never ran.
    pub(crate) state: Option<SourceState>,
}

impl Row for SourceLine {
    const HEADER: &'static [&'static str] = &[
        "source",
        "owner",
        "preset",
        "state",
        "reason",
        "good_at",
        "articles",
        "accounts",
        "transactions",
        "budgets",
        "rates",
        "missing",
    ];

    fn cells(&self) -> Vec<Cell> {
        let last = self.state.as_ref().and_then(|state| state.last.as_ref());
        let held = self
            .state
            .as_ref()
            .map(|state| state.held)
            .unwrap_or_default();
        vec![
            Cell::text(&self.source),
            Cell::maybe(self.owner.as_deref()),
            Cell::maybe(self.preset.as_deref()),
            Cell::maybe_plain(last.and_then(|last| last.state)),
            Cell::maybe(last.and_then(|last| last.reason.as_deref())),
            Cell::maybe_plain(self.state.as_ref().and_then(|state| state.good_at)),
            Cell::plain(held.articles),
            Cell::plain(held.accounts),
            Cell::plain(held.transactions),
            Cell::plain(held.budgets),
            Cell::plain(held.rates),
            Cell::maybe(self.missing.as_deref()),
        ]
    }
}

/// A line a source, and what is wrong with it under it.
pub(crate) fn source_table(lines: &[SourceLine], view: &View) -> String {
    let header = ["source", "last run", "last good", "held"];
    let cells: Vec<[String; 4]> = lines
        .iter()
        .map(|line| {
            let state = line.state.as_ref();
            let good = state.and_then(|state| state.good_at);
            [
                escape::line(&line.source).into_owned(),
                how(line),
                good.map_or_else(|| "never".to_owned(), |at| time::days_ago(at, view)),
                state.map_or_else(String::new, |state| held(&state.held)),
            ]
        })
        .collect();
    let widths: Vec<usize> = (0..3)
        .map(|at| {
            let column = cells.iter().map(|row| row[at].as_str());
            layout::widest(column.chain([header[at]])).min(30)
        })
        .collect();
    let mut text = String::new();
    let head: Vec<_> = (0..3)
        .map(|at| layout::left(header[at], widths[at]))
        .collect();
    text.push_str(&style::dim(format!("{}  {}", head.join("  "), header[3])));
    text.push('\n');
    for (line, row) in lines.iter().zip(&cells) {
        let columns: Vec<_> = (0..3)
            .map(|at| layout::left(&row[at], widths[at]))
            .collect();
        text.push_str(format!("{}  {}", columns.join("  "), row[3]).trim_end());
        text.push('\n');
        let last = line.state.as_ref().and_then(|state| state.last.as_ref());
        if let Some(missing) = &line.missing {
            let hint = line
                .hint
                .as_ref()
                .map(|hint| format!("; {hint}"))
                .unwrap_or_default();
            text.push_str(&under(&format!("{missing}{hint}"), view));
        } else if let Some(reason) = last.and_then(|last| last.reason.as_ref()) {
            text.push_str(&under(reason, view));
        }
    }
    text
}

fn under(reason: &str, view: &View) -> String {
    let lines = layout::wrapped(&escape::line(reason), "  ", "  ", view.width);
    lines
        .lines()
        .map(|line| format!("{}\n", style::dim(line)))
        .collect()
}

fn how(line: &SourceLine) -> String {
    if line.missing.is_some() {
        return style::alarm("✕ key missing");
    }
    match line
        .state
        .as_ref()
        .and_then(|state| state.last.as_ref())
        .map(|last| last.state)
    {
        None => style::dim("not asked yet"),
        Some(None) => style::caution("◐ interrupted"),
        Some(Some(state)) => sign(state),
    }
}

/// How a source came out of a run, as a sign and a word.
pub(super) fn sign(state: OutcomeState) -> String {
    match state {
        OutcomeState::Complete | OutcomeState::Unchanged | OutcomeState::Skipped => {
            style::accent(format!("● {state}"))
        }
        OutcomeState::Partial => style::caution(format!("◐ {state}")),
        OutcomeState::Limited => style::caution(format!("○ {state}")),
        OutcomeState::Failed => style::alarm(format!("✕ {state}")),
    }
}

pub(super) fn held(held: &Held) -> String {
    let parts = [
        (held.articles, "article"),
        (held.accounts, "account"),
        (held.transactions, "transaction"),
        (held.budgets, "budget"),
        (held.rates, "rate"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    parts
        .map(|(count, word)| plural(*count, word))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The sources that lack something, a line each.
pub(crate) fn missing(unready: &[Unready], view: &View) -> String {
    let mut text = String::new();
    for one in unready {
        let line = format!(
            "{} {}: {}",
            style::alarm("✕"),
            style::bold(escape::line(&one.source)),
            escape::line(&one.reason)
        );
        text.push_str(&layout::wrapped(&line, "", "  ", view.width));
        text.push('\n');
        text.push_str(&super::failure::hint(&one.hint, "  ", view));
    }
    text
}
