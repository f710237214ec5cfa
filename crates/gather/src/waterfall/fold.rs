//! Which attempts have a row of their own when there are many, and in which order the rows stand.

use std::collections::HashMap;

use crate::report::{Attempt, Report};

/// How many attempts have a row of their own.
pub(super) const ROWS: usize = 40;

/// One line of the picture.
pub(super) enum Row<'a> {
    Attempt(&'a Attempt),
    /// Two or more that stand beside one another.
    Folded(Vec<&'a Attempt>),
}

/// The rows: the longest chain first has a right to one, then what failed, then the earliest.
pub(super) fn rows(report: &Report) -> Vec<Row<'_>> {
    let attempts = grouped(report);
    let mut by_right: Vec<usize> = (0..attempts.len()).collect();
    by_right.sort_by_key(|&at| {
        let attempt = attempts[at];
        if report.chain.contains(&attempt.request) {
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
    let mut hidden = Vec::new();
    for (attempt, shown) in attempts.into_iter().zip(shown) {
        if shown {
            fold(&mut rows, &mut hidden);
            rows.push(Row::Attempt(attempt));
        } else {
            hidden.push(attempt);
        }
    }
    fold(&mut rows, &mut hidden);
    rows
}

/// Ends a stretch of hidden attempts. A single one takes no more room itself than the line that would stand for it.
fn fold<'a>(rows: &mut Vec<Row<'a>>, hidden: &mut Vec<&'a Attempt>) {
    match hidden[..] {
        [] => {}
        [one] => rows.push(Row::Attempt(one)),
        _ => rows.push(Row::Folded(hidden.clone())),
    }
    hidden.clear();
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
