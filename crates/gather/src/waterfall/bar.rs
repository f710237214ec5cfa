//! Time as cells: the axis with its ticks, and the bar of one attempt.

use std::time::Duration;

use crate::report::Attempt;

use super::text;

/// What stands in the last cell of an attempt that failed.
pub(super) const FAILED: char = 'x';

/// The fewest cells from one tick to the next: room for the longest label.
const TICK_ROOM: u128 = 8;

/// What an attempt was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Waiting,
    Connecting,
    FirstByte,
    Body,
}

impl Phase {
    pub(super) const ALL: [Self; 4] =
        [Self::Waiting, Self::Connecting, Self::FirstByte, Self::Body];

    pub(super) fn cell(self) -> char {
        match self {
            Self::Waiting => '·',
            Self::Connecting => '=',
            Self::FirstByte => '-',
            Self::Body => '#',
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting its turn",
            Self::Connecting => "connecting",
            Self::FirstByte => "first byte",
            Self::Body => "body",
        }
    }
}

/// From the start of the fan-out to its end, so many cells wide.
pub(super) struct Axis {
    nanos: u128,
    cells: usize,
}

impl Axis {
    pub(super) fn new(whole: Duration, cells: usize) -> Self {
        Self {
            // A clock that did not move still has one instant.
            nanos: whole.as_nanos().max(1),
            cells,
        }
    }

    fn whole(&self) -> Duration {
        let seconds = u64::try_from(self.nanos / 1_000_000_000).unwrap_or(u64::MAX);
        let rest = u32::try_from(self.nanos % 1_000_000_000).unwrap_or(0);
        Duration::new(seconds, rest)
    }

    /// A line of round ticks with their labels.
    pub(super) fn ticks(&self) -> String {
        let step = self.step();
        let mut line = vec![' '; self.cells];
        let mut write = |at: usize, label: String| {
            let label: Vec<char> = label.chars().collect();
            let fits = at + label.len() <= self.cells;
            if fits {
                line[at..at + label.len()].copy_from_slice(&label);
            } else if let Some(cell) = line.get_mut(at) {
                *cell = '|';
            }
            fits
        };
        let mut labels = 0;
        let mut tick = 0;
        while tick < self.nanos {
            let label = format!("|{}", text::round_duration(tick));
            labels += usize::from(write(self.cell(tick), label));
            tick += step;
        }
        if labels < 2 {
            // No round tick but 0 has room: then the end is told as it is.
            let label = format!("{}|", text::duration(self.whole()));
            write(self.cells - label.chars().count(), label);
        }
        line.into_iter().collect()
    }

    /// The least round step (1, 2 or 5 times a power of ten; whole minutes and hours beyond 60 s) with room for a
    /// label.
    fn step(&self) -> u128 {
        const SECOND: u128 = 1_000_000_000;
        let needed = (self.nanos * TICK_ROOM).div_ceil(self.cells as u128);
        let tens = std::iter::successors(Some(1_000), |ten| Some(ten * 10))
            .take_while(|ten| *ten <= 10 * SECOND)
            .flat_map(|ten| [1, 2, 5].map(|times| times * ten))
            .take_while(|step| *step < 60 * SECOND);
        let clock = [1, 2, 5, 10, 15, 30]
            .map(|minutes| minutes * 60 * SECOND)
            .into_iter()
            .chain([1, 2, 4, 6, 12, 24].map(|hours| hours * 3600 * SECOND));
        tens.chain(clock)
            .find(|step| *step >= needed)
            // So long that it is counted in whole days.
            .unwrap_or_else(|| needed.next_multiple_of(24 * 3600 * SECOND))
    }

    /// The bar of an attempt, padded to the width of the axis.
    pub(super) fn bar(&self, attempt: &Attempt) -> String {
        let marks = marks(attempt);
        let phases: Vec<Option<Phase>> = (0..self.cells).map(|at| self.phase(at, &marks)).collect();
        let mut line: Vec<char> = phases
            .iter()
            .map(|phase| phase.map_or(' ', Phase::cell))
            .collect();
        let mut last = phases.iter().rposition(Option::is_some).unwrap_or(0);
        // What was too short for a cell has one all the same: it was on the wire.
        if phases
            .iter()
            .all(|phase| matches!(phase, None | Some(Phase::Waiting)))
        {
            last = self.cell(marks[1]).min(self.cells - 1);
            line[last] = longest_on_the_wire(&marks).cell();
        }
        if attempt.error.is_some() {
            line[last] = FAILED;
        }
        line.into_iter().collect()
    }

    /// The phase that fills most of a cell, of equals the latest; `None` when less than half a cell is filled.
    fn phase(&self, at: usize, marks: &[u128; 5]) -> Option<Phase> {
        // All times the number of cells, so that the edges of cells are whole.
        let cells = self.cells as u128;
        let from = at as u128 * self.nanos;
        let to = from + self.nanos;
        let filled = |phase: usize| {
            let start = (marks[phase] * cells).max(from);
            let end = (marks[phase + 1] * cells).min(to);
            end.saturating_sub(start)
        };
        let all: u128 = (0..4).map(filled).sum();
        let most = (0..4).max_by_key(|phase| filled(*phase))?;
        (2 * all >= self.nanos).then_some(Phase::ALL[most])
    }

    /// The cell in which an instant lies.
    fn cell(&self, nanos: u128) -> usize {
        usize::try_from(nanos * self.cells as u128 / self.nanos).unwrap_or(self.cells)
    }
}

/// Where the phases begin and the last ends, in nanoseconds, never one before the other. A mark that is missing is
/// where the next one is.
fn marks(attempt: &Attempt) -> [u128; 5] {
    let ended = attempt.ended;
    let first_byte = attempt.first_byte.unwrap_or(ended);
    let sent = attempt.sent.unwrap_or(first_byte);
    let mut marks =
        [attempt.queued, attempt.started, sent, first_byte, ended].map(|mark| mark.as_nanos());
    for at in 1..marks.len() {
        marks[at] = marks[at].max(marks[at - 1]);
    }
    marks
}

/// Of the phases after its turn the one that took longest, of equals the latest.
fn longest_on_the_wire(marks: &[u128; 5]) -> Phase {
    let longest = (1..4).max_by_key(|phase| marks[phase + 1] - marks[*phase]);
    Phase::ALL[longest.unwrap_or(3)]
}
