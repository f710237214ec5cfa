//! Lines over an axis: a count that changes in time, a figure against a number.
//!
//! SVG without styles, as the waterfall is, and with its axis in the same place, so that instants stand under each other.
//! The line is stretched to the width there is; letters and dots are not.

use std::{fmt::Write as _, time::Duration};

use askama::Template;

use crate::{
    drawing::rendered,
    scale::{Scale, Tick},
};

// In pixels.
const TOP: u32 = 8;
const PLOT: u32 = 132;
const FOOT: u32 = 26;

/// What the axis is divided into: finer is not seen, and a run may have thousands of requests.
const ACROSS: f64 = 1000.0;

/// Marks of the axis that goes up, the one at 0 not counted.
const MARKS: f64 = 4.0;

/// A chart.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    words: String,
    along: Vec<Tick>,
    up: Vec<Tick>,
    lines: Vec<Line>,
    dots: Vec<Dot>,
    /// Whether numbers go along, rather than time.
    counts: bool,
}

#[derive(Debug, Clone)]
struct Line {
    kind: &'static str,
    name: String,
    path: String,
}

/// In percent of the plot, from its left and its top.
#[derive(Debug, Clone)]
struct Dot {
    at: f64,
    low: f64,
    middle: f64,
    high: f64,
    hollow: bool,
    words: String,
}

/// A point of a chart of numbers.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) at: usize,
    pub(crate) least: f64,
    pub(crate) middle: f64,
    pub(crate) greatest: f64,
    /// What it was to be.
    pub(crate) predicted: f64,
    pub(crate) worked_out: bool,
    pub(crate) words: String,
}

/// A count with its name, from each instant on at which it changed.
#[derive(Debug, Clone)]
pub(crate) struct Steps<'a> {
    pub(crate) kind: &'static str,
    pub(crate) name: &'a str,
    pub(crate) steps: Vec<(Duration, usize)>,
}

impl Chart {
    /// Counts over the time of an axis as long as `whole`.
    pub(crate) fn of_steps(words: &str, whole: Duration, all: &[Steps<'_>]) -> Self {
        let scale = Scale::new(whole);
        let most = all.iter().flat_map(|one| &one.steps).map(|step| step.1);
        let most = float(most.max().unwrap_or(0));
        let (up, top) = marks(most, true);
        let lines = all.iter().map(|one| {
            let thinned = thinned(&one.steps, &scale);
            let mut path = String::new();
            for (at, (x, count)) in thinned.iter().enumerate() {
                let y = height(float(*count), top);
                // Writing to a string cannot fail.
                let _ = match at {
                    0 => write!(path, "M{x:.1} {y:.1}"),
                    _ => write!(path, "H{x:.1}V{y:.1}"),
                };
            }
            Line {
                kind: one.kind,
                name: one.name.to_owned(),
                path,
            }
        });
        Self {
            words: words.to_owned(),
            along: scale.ticks(),
            up,
            lines: lines.collect(),
            dots: Vec::new(),
            counts: false,
        }
    }

    /// Figures against numbers, with what they were to be.
    pub(crate) fn of_values(words: &str, name: &str, values: &[Value]) -> Self {
        let last = values.iter().map(|value| value.at).max().unwrap_or(0);
        let most = values
            .iter()
            .map(|value| value.greatest.max(value.predicted))
            .fold(1.0, f64::max);
        let (up, top) = marks(most, false);
        // From 0, so that twice as high is twice as much.
        let across = |at: usize| float(at) / float(last.max(1));
        let line = |of: fn(&Value) -> f64| {
            let mut path = String::new();
            for (nth, value) in values.iter().enumerate() {
                let letter = if nth == 0 { 'M' } else { 'L' };
                let (x, y) = (across(value.at) * ACROSS, height(of(value), top));
                let _ = write!(path, "{letter}{x:.1} {y:.1}");
            }
            path
        };
        let percent = |figure: f64| height(figure, top) / f64::from(PLOT) * 100.0;
        let dots = values.iter().map(|value| Dot {
            at: across(value.at) * 100.0,
            low: percent(value.least),
            middle: percent(value.middle),
            high: percent(value.greatest),
            hollow: value.worked_out,
            words: value.words.clone(),
        });
        Self {
            words: words.to_owned(),
            along: values
                .iter()
                .map(|value| Tick {
                    at: across(value.at) * 100.0,
                    label: value.at.to_string(),
                    spare: false,
                })
                .collect(),
            up,
            dots: dots.collect(),
            lines: vec![
                Line {
                    kind: "predicted",
                    name: "predicted".to_owned(),
                    path: line(|value| value.predicted),
                },
                Line {
                    kind: "at-once",
                    name: name.to_owned(),
                    path: line(|value| value.middle),
                },
            ],
            counts: true,
        }
    }

    /// The chart with its legend, as part of a page with its styles.
    pub(crate) fn inline(&self) -> String {
        rendered(&Inline { chart: self })
    }

    fn has_hollow(&self) -> bool {
        self.dots.iter().any(|dot| dot.hollow)
    }

    fn height(&self) -> u32 {
        TOP + PLOT + FOOT
    }

    fn top(&self) -> u32 {
        TOP
    }

    fn plot(&self) -> u32 {
        PLOT
    }
}

#[derive(Template)]
#[template(path = "chart.html")]
struct Inline<'a> {
    chart: &'a Chart,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of requests and sources are far below 2^52"
)]
fn float(count: usize) -> f64 {
    count as f64
}

/// Pixels from the top of the plot.
fn height(figure: f64, top: f64) -> f64 {
    f64::from(PLOT) * (1.0 - (figure / top).clamp(0.0, 1.0))
}

/// Round marks from 0 to what is above the most, and the last of them.
fn marks(most: f64, whole: bool) -> (Vec<Tick>, f64) {
    let rough = (most / MARKS).max(1e-3);
    let ten = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|times| times * ten);
    let step = steps.into_iter().find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(ten * 10.0);
    let step = if whole { step.max(1.0) } else { step };
    let digits = usize::from(step < 0.999);
    let mut ticks = Vec::new();
    let mut at = 0.0;
    loop {
        ticks.push(at);
        if at >= most && at > 0.0 {
            break;
        }
        at += step;
    }
    let marks = ticks.into_iter().map(|tick| Tick {
        at: 100.0 * (1.0 - tick / at),
        label: format!("{tick:.digits$}"),
        spare: false,
    });
    (marks.collect(), at)
}

/// Steps with their places across the plot, no two of them in the same one: the greatest count stays.
fn thinned(steps: &[(Duration, usize)], scale: &Scale) -> Vec<(f64, usize)> {
    if steps.len() < 1000 {
        let places = steps.iter();
        return places
            .map(|(at, count)| (scale.percent(*at) / 100.0 * ACROSS, *count))
            .collect();
    }
    let mut thinned: Vec<(f64, usize)> = Vec::new();
    for (at, count) in steps {
        let x = (scale.percent(*at) / 100.0 * ACROSS).round();
        match thinned.last_mut() {
            Some((last, greatest)) if *last >= x => *greatest = (*greatest).max(*count),
            _ => thinned.push((x, *count)),
        }
    }
    // Where it ends is no matter of the greatest.
    if let (Some(end), Some((_, count))) = (thinned.last_mut(), steps.last()) {
        end.1 = *count;
    }
    thinned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn marks_are_round_and_reach_above_the_most() {
        for (most, whole, expected) in [
            (0.0, true, "0, 1"),
            (1.0, true, "0, 1"),
            (4.8, false, "0, 2, 4, 6"),
            (1.2, false, "0.0, 0.5, 1.0, 1.5"),
            (64.0, true, "0, 20, 40, 60, 80"),
            (6.0, true, "0, 2, 4, 6"),
        ] {
            let (marks, top) = marks(most, whole);
            let labels: Vec<_> = marks.iter().map(|mark| mark.label.as_str()).collect();
            assert_eq!(labels.join(", "), expected, "{most}");
            assert!(top >= most, "{most}");
        }
    }

    #[test]
    fn steps_go_across_and_then_up() {
        let steps = vec![(ms(0), 0), (ms(50), 2), (ms(100), 0)];
        let steps = [Steps {
            kind: "at-once",
            name: "all at once",
            steps,
        }];
        let chart = Chart::of_steps("", ms(200), &steps);
        // Half of the axis is 500 of 1000, and two of two the top.
        assert_eq!(chart.lines[0].path, "M0.0 132.0H250.0V0.0H500.0V132.0");
    }

    #[test]
    fn thousands_of_steps_leave_their_peaks() {
        let steps: Vec<_> = (0..50_000_usize)
            .map(|at| (ms(at as u64), if at == 30_007 { 99 } else { at % 3 }))
            .collect();
        let thinned = thinned(&steps, &Scale::new(ms(50_000)));
        assert!(thinned.len() <= 1001, "{}", thinned.len());
        assert_eq!(thinned.iter().map(|step| step.1).max(), Some(99));
        assert_eq!(
            thinned.last().map(|step| step.1),
            steps.last().map(|step| step.1)
        );
    }
}
