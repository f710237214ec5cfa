//! Which attempts have a row of their own when there are many, and in which order the rows stand.

use std::collections::{HashMap, HashSet};

use crate::report::{Attempt, Report};

/// How many attempts have a row of their own.
pub(super) const ROWS: usize = 40;

/// One line of the picture.
pub(super) enum Row<'a> {
    Attempt {
        attempt: &'a Attempt,
        /// Whether its request is one of the longest chain.
        chain: bool,
    },
    /// Two or more that stand beside one another.
    Folded(Vec<&'a Attempt>),
}

/// The rows: the longest chain first has a right to one, then what failed, then the earliest.
pub(super) fn rows<'a>(report: &'a Report) -> Vec<Row<'a>> {
    let attempts = grouped(report);
    let chain: HashSet<usize> = report.chain.iter().copied().collect();
    let row = |attempt: &'a Attempt| Row::Attempt {
        attempt,
        chain: chain.contains(&attempt.request),
    };
    let mut by_right: Vec<usize> = (0..attempts.len()).collect();
    by_right.sort_by_key(|&at| {
        let attempt = attempts[at];
        if chain.contains(&attempt.request) {
            0
        } else if attempt.error.is_some() {
            1
        } else {
            2
        }
    });
    let mut shown = vec![false; attempts.len()];
    for at in by_right.into_iter().take(ROWS) {
        shown[at] = true;
    }
    let mut rows = Vec::new();
    let mut left = attempts.into_iter().zip(shown).peekable();
    while let Some((attempt, shown)) = left.next() {
        if shown {
            rows.push(row(attempt));
            continue;
        }
        let mut hidden = vec![attempt];
        while let Some((next, _)) = left.next_if(|(_, shown)| !shown) {
            hidden.push(next);
        }
        rows.push(match hidden[..] {
            // A single one takes no more room itself than the line that would stand for it.
            [one] => row(one),
            _ => Row::Folded(hidden),
        });
    }
    rows
}

/// All attempts: requests in the order of their first starts, the attempts of each together.
fn grouped(report: &Report) -> Vec<&Attempt> {
    let mut places = HashMap::new();
    for attempt in &report.timeline {
        let next = places.len();
        places.entry(attempt.request).or_insert(next);
    }
    let mut attempts: Vec<&Attempt> = report.timeline.iter().collect();
    attempts.sort_by_key(|attempt| (places[&attempt.request], attempt.number));
    attempts
}
