//! Time along an axis: percentages, and round ticks.

use std::time::Duration;

/// Ticks that an axis of a drawing has at most, the one at 0 counted.
const TICKS: usize = 6;

/// Round instants from 0 to the end of a run with their labels, about `most` of them; the last may be its end.
#[must_use]
pub fn ticks(whole: Duration, most: usize) -> Vec<(Duration, String)> {
    let step = step(whole.as_nanos(), most);
    let mut ticks = Vec::new();
    let mut at = 0;
    while at <= whole.as_nanos() {
        let instant = Duration::from_nanos(u64::try_from(at).unwrap_or(u64::MAX));
        ticks.push((instant, label(at)));
        at += step;
    }
    ticks
}

/// From the start of a run to its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    whole: Duration,
}

/// A round instant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// In percent of the axis.
    pub(crate) at: f64,
    pub(crate) label: String,
    /// Whether a narrow page can do without.
    pub(crate) spare: bool,
}

impl Scale {
    pub(crate) fn new(whole: Duration) -> Self {
        // A run that took no time still has one instant.
        Self {
            whole: whole.max(Duration::from_micros(1)),
        }
    }

    /// An instant in percent, within the axis.
    pub(crate) fn percent(&self, at: Duration) -> f64 {
        (at.as_secs_f64() / self.whole.as_secs_f64() * 100.0).min(100.0)
    }

    /// Round instants from 0 on, that leave room for the last label.
    pub(crate) fn ticks(&self) -> Vec<Tick> {
        let ticks = ticks(self.whole, TICKS).into_iter();
        let ticks = ticks.map(|(instant, label)| (self.percent(instant), label));
        ticks
            .filter(|(at, _)| *at <= 95.0)
            .enumerate()
            .map(|(nth, (at, label))| Tick {
                at,
                label,
                spare: nth % 2 == 1,
            })
            .collect()
    }
}

const MILLI: u128 = 1_000_000;
const SECOND: u128 = 1_000 * MILLI;
const MINUTE: u128 = 60 * SECOND;

/// The least round step, in nanoseconds, that makes few enough ticks.
fn step(whole: u128, most: usize) -> u128 {
    let needed = whole.div_ceil(most.max(1) as u128).max(1);
    let tens = std::iter::successors(Some(1_000), |ten| Some(ten * 10))
        .take_while(|ten| *ten <= 10 * SECOND)
        .flat_map(|ten| [1, 2, 5].map(|times| times * ten))
        .take_while(|step| *step < MINUTE);
    let clock = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440].map(|minutes| minutes * MINUTE);
    tens.chain(clock)
        .find(|step| *step >= needed)
        .unwrap_or_else(|| needed.next_multiple_of(1440 * MINUTE))
}

fn label(nanos: u128) -> String {
    if nanos == 0 {
        return "0".to_owned();
    }
    for (unit, name) in [
        (60 * MINUTE, "h"),
        (MINUTE, "min"),
        (SECOND, "s"),
        (MILLI, "ms"),
    ] {
        if nanos.is_multiple_of(unit) {
            return format!("{} {name}", nanos / unit);
        }
    }
    format!("{} µs", nanos / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        for (millis, expected) in [
            (0, "0"),
            (7, "0, 2 ms, 4 ms, 6 ms"),
            (423, "0, 100 ms, 200 ms, 300 ms, 400 ms"),
            (1_040, "0, 200 ms, 400 ms, 600 ms, 800 ms"),
            (41_000, "0, 10 s, 20 s, 30 s"),
            (600_000, "0, 2 min, 4 min, 6 min, 8 min"),
        ] {
            let ticks = Scale::new(Duration::from_millis(millis)).ticks();
            let labels: Vec<&str> = ticks.iter().map(|tick| &*tick.label).collect();
            assert_eq!(labels.join(", "), expected, "{millis}");
            assert!(ticks.iter().all(|tick| tick.at <= 95.0));
        }
    }

    #[test]
    fn nothing_lies_beyond_the_end() {
        let scale = Scale::new(Duration::from_millis(10));
        assert!((scale.percent(Duration::from_millis(5)) - 50.0).abs() < 1e-9);
        assert!((scale.percent(Duration::from_secs(5)) - 100.0).abs() < 1e-9);
    }
}
