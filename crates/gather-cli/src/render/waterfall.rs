//! The waterfall of a run in the terminal: a row a request under its source, time from left to right.
//!
//! A cell shows what fills most of it: dots for waiting, light shade for connecting, blocks for what was on the wire, dark
//! shade for mapping and keeping. Blocks end on an eighth of a cell. The critical path has the accent, and a mark before
//! its rows for whoever sees no colour.
//!
//! Not here: what is critical, and what would have been faster (`gather-run`).

use std::time::Duration;

use gather_run::{Bar, Phase, Row, Timeline, fewer};

use super::{View, bars::EIGHTHS, layout, style};
use crate::escape;

/// Rows at most: a screen or two.
const ROWS: usize = 60;

/// What stands before the rows of the critical path.
const MARK: &str = "▸";

/// Cells of the figures to the right.
const FIGURES: usize = 11;

/// What is told apart in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Waiting,
    Connecting,
    Wire,
    Work,
}

const KINDS: [Kind; 4] = [Kind::Waiting, Kind::Connecting, Kind::Wire, Kind::Work];

impl Kind {
    fn of(phase: Phase) -> Self {
        match phase {
            Phase::Resolving | Phase::Connecting | Phase::Tls => Self::Connecting,
            Phase::FirstByte | Phase::Body => Self::Wire,
            Phase::Mapping | Phase::Keeping => Self::Work,
            _ => Self::Waiting,
        }
    }

    fn cell(self) -> &'static str {
        match self {
            Self::Waiting => "·",
            Self::Connecting => "░",
            Self::Wire => "█",
            Self::Work => "▓",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Connecting => "connecting",
            Self::Wire => "answering",
            Self::Work => "mapping and keeping",
        }
    }
}

/// The waterfall, its legend, and what would have shortened the run.
pub(crate) fn waterfall(timeline: &Timeline, view: &View) -> String {
    let path = timeline.path();
    let mut text = String::new();
    if let Some(sentence) = gather_draw::path_sentence(timeline, &path) {
        let sentence = escape::line(&sentence);
        text.push_str(&layout::wrapped(&sentence, "", "  ", view.width));
        text.push('\n');
    }
    let label = (view.width * 3 / 10).clamp(14, 40);
    let cells = view.width.saturating_sub(2 + label + 1 + FIGURES).max(8);
    let scale = Scale {
        whole: timeline.wall.max(Duration::from_micros(1)),
        cells,
    };
    let lanes = fewer(timeline.rows(&path), ROWS);
    if lanes.is_empty() {
        text.push_str("nothing was asked\n");
        return text;
    }
    text.push('\n');
    let indent = " ".repeat(2 + label + 1);
    text.push_str(&style::dim(format!("{indent}{}", scale.axis())));
    text.push('\n');
    for lane in &lanes {
        text.push_str(&style::bold(escape::line(&lane.source.name)));
        text.push('\n');
        for row in &lane.rows {
            text.push_str(&line(row, label, &scale));
            text.push('\n');
        }
        if let Some(note) = gather_draw::lane_note(lane) {
            text.push_str(&format!("{}\n", style::dim(format!("  {note}"))));
        }
    }
    text.push('\n');
    text.push_str(&legend(view));
    for advice in timeline.advice() {
        let advice = escape::line(&advice.to_string()).into_owned();
        let lines = layout::wrapped(&advice, "→ ", "  ", view.width);
        text.push_str(&style::accent("→"));
        text.push_str(&lines['→'.len_utf8()..]);
        text.push('\n');
    }
    text
}

fn legend(view: &View) -> String {
    let mut parts: Vec<String> = KINDS
        .iter()
        .map(|kind| format!("{} {}", kind.cell(), kind.name()))
        .collect();
    parts.push(format!("{MARK} critical path"));
    let lines = layout::wrapped(&parts.join("  "), "  ", "  ", view.width);
    lines
        .lines()
        .map(|line| format!("{}\n", style::dim(line)))
        .collect()
}

fn line(row: &Row<'_>, label: usize, scale: &Scale) -> String {
    let critical = !row.on_path.is_empty();
    let (from, to) = row.span();
    let name = gather_draw::fit(&escape::line(&gather_draw::label(row.url())), label);
    let name = layout::left(&name, label).into_owned();
    let bar = scale.bar(&row.bars, |text, kind| match kind {
        Kind::Waiting => style::dim(text),
        _ if critical => style::accent(text),
        _ => text.to_owned(),
    });
    let took = gather_draw::span(to.saturating_sub(from));
    let figure = match (row.error(), row.status()) {
        (Some(_), _) => style::alarm(format!("✕ {took}")),
        (None, Some(200) | None) => took,
        (None, Some(status)) => format!("{status} {took}"),
    };
    let (mark, name) = if critical {
        (style::accent(MARK), style::accent(name))
    } else {
        (" ".to_owned(), name)
    };
    format!("{mark} {name} {bar}{}", layout::right(&figure, FIGURES))
}

/// Time as cells.
struct Scale {
    whole: Duration,
    cells: usize,
}

impl Scale {
    /// An instant in cells.
    fn at(&self, instant: Duration) -> f64 {
        instant.as_secs_f64() / self.whole.as_secs_f64() * self.cells as f64
    }

    /// Round instants, each at its place.
    fn axis(&self) -> String {
        let mut line = vec![' '; self.cells];
        for (instant, label) in gather_draw::ticks(self.whole, self.cells / 9) {
            let label: Vec<char> = label.chars().collect();
            let start = cell_of(self.at(instant));
            if start + label.len() <= line.len() {
                line[start..start + label.len()].copy_from_slice(&label);
            }
        }
        line.into_iter().collect::<String>().trim_end().to_owned()
    }

    /// A bar as wide as the scale, each stretch of a kind written by `paint`.
    fn bar(&self, bars: &[Bar], paint: impl Fn(&str, Kind) -> String) -> String {
        let mut cells: Vec<(Kind, &str)> =
            (0..self.cells).map(|cell| self.cell(bars, cell)).collect();
        if let Some(first) = bars.first()
            && cells.iter().all(|(_, text)| *text == " ")
        {
            // What was too short to be seen was there all the same.
            let at = cell_of(self.at(first.from)).min(self.cells - 1);
            cells[at] = (Kind::Wire, "▏");
        }
        let mut line = String::new();
        let mut stretch = String::new();
        for at in 0..cells.len() {
            let (kind, text) = cells[at];
            stretch.push_str(text);
            if cells.get(at + 1).is_none_or(|(next, _)| *next != kind) {
                line.push_str(&paint(&stretch, kind));
                stretch.clear();
            }
        }
        line
    }

    fn cell(&self, bars: &[Bar], cell: usize) -> (Kind, &'static str) {
        let (left, right) = (cell as f64, cell as f64 + 1.0);
        let mut filled = [0.0_f64; 4];
        let mut begins = right;
        for bar in bars {
            let (from, to) = (self.at(bar.from).max(left), self.at(bar.to).min(right));
            if to > from {
                filled[Kind::of(bar.phase) as usize] += to - from;
                begins = begins.min(from);
            }
        }
        let all: f64 = filled.iter().sum();
        // Of equals the later, which is what came of the earlier.
        let most = (0..4)
            .max_by(|one, other| filled[*one].total_cmp(&filled[*other]))
            .unwrap_or(0);
        let kind = KINDS[most];
        let text = if kind != Kind::Wire || all >= 15.0 / 16.0 {
            if all >= 0.5 { kind.cell() } else { " " }
        } else if begins - left < 1.0 / 16.0 {
            EIGHTHS[eighths(all)]
        } else if all >= 0.75 {
            "█"
        } else if all >= 0.3 {
            "▐"
        } else if all >= 1.0 / 16.0 {
            "▕"
        } else {
            " "
        };
        let text = if text.is_empty() { " " } else { text };
        (kind, text)
    }
}

/// The cell in which a place lies.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place is no less than 0 and no more than the cells of a line"
)]
fn cell_of(place: f64) -> usize {
    place as usize
}

/// A part of a cell in eighths, less than all of it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a cell is between 0 and 1"
)]
fn eighths(part: f64) -> usize {
    ((part * 8.0).round() as usize).min(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(phase: Phase, from: u64, to: u64) -> Bar {
        Bar {
            phase,
            from: Duration::from_millis(from),
            to: Duration::from_millis(to),
        }
    }

    fn drawn(bars: &[Bar]) -> String {
        let scale = Scale {
            whole: Duration::from_millis(80),
            cells: 10,
        };
        scale.bar(bars, |text, _| text.to_owned())
    }

    #[test]
    fn bars_end_on_an_eighth_of_a_cell() {
        assert_eq!(drawn(&[bar(Phase::Body, 0, 20)]), "██▌       ");
        assert_eq!(drawn(&[bar(Phase::Body, 8, 17)]), " █▏       ");
        assert_eq!(drawn(&[bar(Phase::Body, 12, 24)]), " ▐█       ");
        assert_eq!(drawn(&[bar(Phase::Body, 0, 80)]), "██████████");
    }

    #[test]
    fn kinds_are_told_apart_without_colour() {
        let bars = [
            bar(Phase::Waiting, 0, 16),
            bar(Phase::Tls, 16, 32),
            bar(Phase::FirstByte, 32, 56),
            bar(Phase::Mapping, 56, 72),
        ];
        assert_eq!(drawn(&bars), "··░░███▓▓ ");
    }

    #[test]
    fn what_was_short_is_seen() {
        assert_eq!(
            drawn(&[Bar {
                phase: Phase::FirstByte,
                from: Duration::from_millis(40),
                to: Duration::from_micros(40_010),
            }]),
            "     ▏    "
        );
    }
}
