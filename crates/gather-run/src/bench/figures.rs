//! What several runs come to: the middle and the extremes, and what the requests' own times foretold.
//!
//! The prediction is made of the runs at once alone: one by one takes the sum of their requests, and at once nothing can
//! be faster than the longest chain of requests that follow one another. It is what every run says of itself, so a
//! measurement of both shows what that is worth.

use std::time::Duration;

use gather::Report;

use super::Way;
use crate::timeline::Timeline;

/// What one run was like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// From its start to the last record kept.
    pub wall: Duration,
    /// The sum over its requests.
    pub one_by_one: Duration,
    /// The longest chain of its requests.
    pub longest_chain: Duration,
    /// How many requests there were.
    pub requests: usize,
    /// How many of them were answered.
    pub answered: usize,
    /// How many requests were put on the wire, retries and redirects counted.
    pub attempts: usize,
    /// Bytes of all bodies as they came.
    pub received: u64,
    /// The most requests in flight at once.
    pub peak_in_flight: usize,
    /// Requests in flight on average.
    pub mean_in_flight: f64,
    /// How many sources gave something.
    pub good: usize,
}

impl Measured {
    pub(super) fn new(report: &Report, wall: Duration, good: usize) -> Self {
        Self {
            wall,
            one_by_one: report.one_by_one,
            longest_chain: report.longest_chain,
            requests: report.requests,
            answered: report.requests.saturating_sub(report.failed),
            attempts: report.attempts,
            received: report.received,
            peak_in_flight: report.peak_in_flight,
            mean_in_flight: report.mean_in_flight,
            good,
        }
    }
}

/// The middle, the least and the greatest of several figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The middle one; between the two middle ones where there are two.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Spread {
    /// `None` of nothing.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(*sorted.get(middle.checked_sub(1)?)?, *sorted.get(middle)?)
        } else {
            *sorted.get(middle)?
        };
        Some(Self {
            median,
            min: *sorted.first()?,
            max: *sorted.last()?,
        })
    }
}

/// One way of fetching, over all rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WayFigures {
    /// What a run took, in seconds.
    pub seconds: Spread,
    /// What it was to take, in seconds.
    pub predicted: f64,
    /// The most requests in flight at once in any run.
    pub peak_in_flight: usize,
    /// Requests in flight on average, of the middle run.
    pub mean_in_flight: f64,
    /// Answers a second, of the middle run.
    pub answers_per_second: f64,
    /// Bytes a second, of the middle run.
    pub bytes_per_second: f64,
    /// The round whose run is the middle one; of two the faster.
    pub middle: usize,
}

/// One by one against all at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// How many rounds they are made of. A round of which one run brought nothing at all is not among them.
    pub rounds: usize,
    /// Requests of the middle run at once.
    pub requests: usize,
    /// One request at a time.
    pub one_by_one: WayFigures,
    /// Every source at once.
    pub at_once: WayFigures,
    /// How many times as long one by one took, round by round; the median is that of the medians.
    pub speed_up: Spread,
    /// What that was to be.
    pub predicted_speed_up: f64,
}

impl Figures {
    /// What rounds come to, each one by one and at once; `None` when there is none in which both ways brought something.
    pub(super) fn of(rounds: &[(Measured, Measured)]) -> Option<Self> {
        let whole: Vec<(usize, Measured, Measured)> = rounds
            .iter()
            .enumerate()
            .map(|(at, (slow, fast))| (at, *slow, *fast))
            .filter(|(_, slow, fast)| slow.good > 0 && fast.good > 0)
            .collect();
        let median = |of: fn(&Measured) -> Duration| {
            Spread::of(whole.iter().map(|(_, _, fast)| of(fast).as_secs_f64()))
        };
        let sum = median(|fast| fast.one_by_one)?.median;
        let chain = median(|fast| fast.longest_chain)?.median;
        let slow: Vec<_> = whole.iter().map(|(at, slow, _)| (*at, *slow)).collect();
        let fast: Vec<_> = whole.iter().map(|(at, _, fast)| (*at, *fast)).collect();
        let one_by_one = WayFigures::of(&slow, sum)?;
        let at_once = WayFigures::of(&fast, chain)?;
        let ratios = whole
            .iter()
            .map(|(_, slow, fast)| ratio(slow.wall.as_secs_f64(), fast.wall.as_secs_f64()));
        Some(Self {
            rounds: whole.len(),
            requests: rounds[at_once.middle].1.requests,
            speed_up: Spread {
                median: ratio(one_by_one.seconds.median, at_once.seconds.median),
                ..Spread::of(ratios)?
            },
            predicted_speed_up: ratio(sum, chain),
            one_by_one,
            at_once,
        })
    }

    /// The figures of one way.
    #[must_use]
    pub fn way(&self, way: Way) -> &WayFigures {
        match way {
            Way::OneByOne => &self.one_by_one,
            Way::AtOnce => &self.at_once,
        }
    }
}

impl WayFigures {
    fn of(runs: &[(usize, Measured)], predicted: f64) -> Option<Self> {
        let mut sorted = runs.to_vec();
        sorted.sort_by_key(|(_, run)| run.wall);
        let (middle, run) = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
        let seconds = run.wall.as_secs_f64().max(1e-9);
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts and bytes of one run are far below 2^52"
        )]
        let per_second = |count: u64| count as f64 / seconds;
        Some(Self {
            seconds: Spread::of(runs.iter().map(|(_, run)| run.wall.as_secs_f64()))?,
            predicted,
            peak_in_flight: runs.iter().map(|(_, run)| run.peak_in_flight).max()?,
            mean_in_flight: run.mean_in_flight,
            answers_per_second: per_second(run.answered as u64),
            bytes_per_second: per_second(run.received),
            middle,
        })
    }
}

/// How many times as long; 1 where nothing took any time.
fn ratio(long: f64, short: f64) -> f64 {
    if short > 0.0 { long / short } else { 1.0 }
}

/// Both ways with some of the sources.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// How many sources.
    pub sources: usize,
    /// Whether it was measured; else it is worked out.
    pub measured: bool,
    /// One by one, in seconds.
    pub one_by_one: f64,
    /// All at once, in seconds.
    pub at_once: f64,
    /// How many times as long one by one takes.
    pub speed_up: Spread,
    /// What the sum of the requests and their longest chain say of that.
    pub predicted: f64,
}

impl Point {
    /// A measurement with so many sources.
    #[must_use]
    pub fn measured(sources: usize, figures: &Figures) -> Self {
        Self {
            sources,
            measured: true,
            one_by_one: figures.one_by_one.seconds.median,
            at_once: figures.at_once.seconds.median,
            speed_up: figures.speed_up,
            predicted: figures.predicted_speed_up,
        }
    }
}

/// The numbers of sources at which both ways are compared: 1, 2, 4 and so on, and all of them.
#[must_use]
pub fn sizes(all: usize) -> Vec<usize> {
    let doubled = std::iter::successors(Some(1_usize), |size| size.checked_mul(2));
    let smaller = doubled.take_while(|size| *size < all);
    smaller.chain((all > 0).then_some(all)).collect()
}

/// What the first so many sources alone would have taken both ways, by what a run of all of them recorded: nothing is
/// asked for it. It counts the requests alone, without what is done with their answers.
#[must_use]
pub fn worked_out(timeline: &Timeline, sources: usize) -> Option<Point> {
    let of = |request: usize| timeline.source_of.get(request).copied();
    let part = timeline
        .report
        .only(|request| of(request).is_some_and(|source| source < sources));
    let one_by_one = part.one_by_one.as_secs_f64();
    let at_once = part.replay(&timeline.limits).wall.as_secs_f64();
    if part.attempts == 0 || at_once <= 0.0 {
        return None;
    }
    let speed_up = ratio(one_by_one, at_once);
    Some(Point {
        sources,
        measured: false,
        one_by_one,
        at_once,
        speed_up: Spread {
            median: speed_up,
            min: speed_up,
            max: speed_up,
        },
        predicted: ratio(one_by_one, part.longest_chain.as_secs_f64()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(wall: u64, sum: u64, chain: u64) -> Measured {
        Measured {
            wall: Duration::from_millis(wall),
            one_by_one: Duration::from_millis(sum),
            longest_chain: Duration::from_millis(chain),
            requests: 8,
            answered: 6,
            attempts: 9,
            received: 3_000,
            peak_in_flight: 4,
            mean_in_flight: 2.5,
            good: 3,
        }
    }

    fn near(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-9, "{one} {other}");
    }

    #[test]
    fn the_median_is_the_middle_and_the_extremes_are_kept() {
        let spread = Spread::of([5.0, 1.0, 100.0]).unwrap();
        assert_eq!((spread.median, spread.min, spread.max), (5.0, 1.0, 100.0));
        near(Spread::of([4.0, 2.0]).unwrap().median, 3.0);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn what_was_measured_stands_beside_what_the_runs_at_once_foretold() {
        let slow = |wall| run(wall, 9_999, 9_999);
        let all = Figures::of(&[
            (slow(1_000), run(200, 980, 190)),
            (slow(1_200), run(300, 1_000, 200)),
            (slow(1_100), run(250, 1_020, 210)),
        ])
        .unwrap();
        assert_eq!(all.rounds, 3);
        near(all.one_by_one.seconds.median, 1.1);
        near(all.at_once.seconds.median, 0.25);
        near(all.at_once.seconds.max, 0.3);
        near(all.one_by_one.predicted, 1.0);
        near(all.at_once.predicted, 0.2);
        near(all.predicted_speed_up, 5.0);
        near(all.speed_up.median, 4.4);
        // Round by round: 5, 4 and 4.4.
        near(all.speed_up.min, 4.0);
        near(all.speed_up.max, 5.0);
        // The middle run is the third of both.
        assert_eq!((all.one_by_one.middle, all.at_once.middle), (2, 2));
        near(all.at_once.answers_per_second, 24.0);
        near(all.at_once.bytes_per_second, 12_000.0);
    }

    #[test]
    fn a_round_that_brought_nothing_is_no_figure() {
        let nothing = Measured {
            good: 0,
            ..run(1, 1, 1)
        };
        assert_eq!(Figures::of(&[]), None);
        assert_eq!(Figures::of(&[(run(10, 10, 10), nothing)]), None);
        let two = Figures::of(&[
            (nothing, run(10, 10, 10)),
            (run(30, 30, 30), run(10, 30, 10)),
        ]);
        let one = two.unwrap();
        assert_eq!((one.rounds, one.at_once.middle), (1, 1));
        near(one.speed_up.median, 3.0);
    }

    #[test]
    fn sizes_double_up_to_all() {
        assert_eq!(sizes(0), [0; 0]);
        assert_eq!(sizes(1), [1]);
        assert_eq!(sizes(2), [1, 2]);
        assert_eq!(sizes(6), [1, 2, 4, 6]);
        assert_eq!(sizes(8), [1, 2, 4, 8]);
    }
}
