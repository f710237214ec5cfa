//! A report as a picture in text: a row an attempt, a bar over the time it took.
//!
//! Rows stand in the order in which their requests started, the attempts of one request together. A cell of a bar shows
//! the phase that fills most of it, so what is shorter than half a cell may not show; every bar has at least one cell.
//! No colours, and no characters that are wider than a cell.
//!
//! Not here: the words around it (whoever prints knows better what was asked), files for other programs (`har`).

mod bar;
mod fold;
mod text;

use std::fmt;

use crate::report::{Attempt, Report};

use bar::{Axis, FAILED, Phase};
use fold::Row;

/// The narrowest picture, in cells.
const NARROWEST: usize = 40;

/// What stands before the rows of the longest chain.
const CHAIN: char = '*';

/// Cells of the columns beside the bar, with the spaces between them: chain mark, status and duration.
const BESIDE: usize = 2 + 1 + 1 + 3 + 1 + text::DURATION;

impl Report {
    /// The timeline as a picture in plain text, `width` cells wide, at least 40; every line ends with a newline.
    ///
    /// A row an attempt: address, bar, status, and how long it took once it was its turn. The rows of the longest chain
    /// are marked with `*`; of more than 40 attempts those of the chain, the failed ones and the earliest are shown,
    /// and the rest is counted where it would stand. A legend comes last.
    ///
    /// ```text
    ///                            |0      |200 ms |400 ms |600 ms |800 ms |
    /// * news.example…tories.json ==--------------####                       200 500 ms
    ///   rates.example            ====x                                        - 120 ms
    /// * news.example…000123.json                     ····--------------##   200 400 ms
    ///   · waiting its turn  = connecting  - first byte  # body  x failed
    ///   * longest chain
    /// ```
    #[must_use]
    pub fn waterfall(&self, width: u16) -> impl fmt::Display + '_ {
        Waterfall {
            report: self,
            width: usize::from(width).max(NARROWEST),
        }
    }
}

struct Waterfall<'a> {
    report: &'a Report,
    width: usize,
}

impl fmt::Display for Waterfall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report;
        if report.timeline.is_empty() {
            return match report.requests {
                0 => writeln!(f, "nothing was asked"),
                1 => writeln!(f, "1 request, not sent"),
                n => writeln!(f, "{} requests, none sent", text::count(n)),
            };
        }
        let label = (self.width * 3 / 10).clamp(12, 40);
        let cells = self.width - label - BESIDE;
        let end = report.timeline.iter().map(|attempt| attempt.ended).max();
        let axis = Axis::new(end.unwrap_or_default().max(report.wall), cells);
        writeln!(f, "{:label$}   {}", "", axis.ticks().trim_end())?;
        for row in fold::rows(report) {
            match row {
                Row::Attempt { attempt, chain } => {
                    let mark = if chain { CHAIN } else { ' ' };
                    write!(f, "{mark} ")?;
                    write_row(f, attempt, label, &axis)?;
                }
                Row::Folded(attempts) => {
                    writeln!(
                        f,
                        "  {}",
                        text::fit(&text::folded(&attempts), self.width - 2)
                    )?;
                }
            }
        }
        self.legend(f)
    }
}

impl Waterfall<'_> {
    fn legend(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Phase::ALL
            .iter()
            .map(|phase| format!("{} {}", phase.cell(), phase.name()))
            .collect();
        if self
            .report
            .timeline
            .iter()
            .any(|attempt| attempt.error.is_some())
        {
            parts.push(format!("{FAILED} failed"));
        }
        if !self.report.chain.is_empty() {
            parts.push(format!("{CHAIN} longest chain"));
        }
        let mut line = String::new();
        for part in parts {
            if !line.is_empty() && 2 + text::cells(&line) + 2 + text::cells(&part) > self.width {
                writeln!(f, "  {line}")?;
                line.clear();
            }
            if !line.is_empty() {
                line.push_str("  ");
            }
            line.push_str(&part);
        }
        writeln!(f, "  {line}")
    }
}

fn write_row(
    f: &mut fmt::Formatter<'_>,
    attempt: &Attempt,
    label: usize,
    axis: &Axis,
) -> fmt::Result {
    let name = text::fit(&text::name(attempt), label);
    let status = attempt
        .status
        .map_or_else(|| "-".to_owned(), |status| status.to_string());
    writeln!(
        f,
        "{name:label$} {} {status:>3} {:>duration$}",
        axis.bar(attempt),
        text::duration(attempt.ended.saturating_sub(attempt.started)),
        duration = text::DURATION,
    )
}

#[cfg(test)]
mod tests;
