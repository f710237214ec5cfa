//! One by one against all at once as one file for a browser: the figures, both waterfalls on one axis, and what changed
//! with time and with the number of sources.

use std::time::Duration;

use askama::Template;
use gather_run::{Figures, Point, Spread, Timeline, Way, WayFigures};

use crate::{
    chart::{Chart, Steps, Value},
    drawing::{Drawing, rendered},
    report::{ReportPage, page_style},
    words::{clean, span},
};

/// How the charts look.
const CHART: &str = include_str!("../assets/chart.css");

/// One way of fetching, or what the two make of each other, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// `one by one`, `all at once`, `speed-up`.
    pub name: &'static str,
    /// The middle of all rounds.
    pub median: String,
    /// The least and the greatest.
    pub spread: String,
    /// What it was to be.
    pub predicted: String,
    /// Of what that was made.
    pub of: &'static str,
    /// Requests in flight: the most, and on average.
    pub in_flight: String,
    /// Answers a second.
    pub answers: String,
    /// Bytes a second.
    pub bytes: String,
}

/// The three lines that a measurement comes to: one by one, all at once, and the speed-up.
#[must_use]
pub fn compared(figures: &Figures) -> [Compared; 3] {
    let way = |way: Way, of| {
        let WayFigures {
            seconds,
            predicted,
            peak_in_flight,
            mean_in_flight,
            answers_per_second,
            bytes_per_second,
            ..
        } = figures.way(way);
        Compared {
            name: way.as_str(),
            median: seconds_words(seconds.median),
            spread: spread(seconds, seconds_words),
            predicted: seconds_words(*predicted),
            of,
            in_flight: format!("{peak_in_flight}, mean {mean_in_flight:.1}"),
            answers: per_second(*answers_per_second),
            bytes: size(*bytes_per_second),
        }
    };
    [
        way(Way::OneByOne, "sum of the requests"),
        way(Way::AtOnce, "longest chain"),
        Compared {
            name: "speed-up",
            median: times(figures.speed_up.median),
            spread: spread(&figures.speed_up, times),
            predicted: times(figures.predicted_speed_up),
            of: "sum ÷ longest chain",
            in_flight: String::new(),
            answers: String::new(),
            bytes: String::new(),
        },
    ]
}

/// How many times as much: `4.8x`.
#[must_use]
pub fn times(ratio: f64) -> String {
    if ratio < 99.95 {
        format!("{ratio:.1}x")
    } else {
        format!("{ratio:.0}x")
    }
}

fn seconds_words(seconds: f64) -> String {
    span(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// `208 – 220 ms`: the unit once where it is the same.
fn spread(spread: &Spread, words: fn(f64) -> String) -> String {
    let (min, max) = (words(spread.min), words(spread.max));
    match (min.split_once(' '), max.split_once(' ')) {
        (Some((least, unit)), Some((_, other))) if unit == other => format!("{least} – {max}"),
        _ => format!("{min} – {max}"),
    }
}

fn per_second(rate: f64) -> String {
    if rate < 9.95 {
        format!("{rate:.1}/s")
    } else {
        format!("{rate:.0}/s")
    }
}

fn size(bytes: f64) -> String {
    for (unit, name) in [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")] {
        if bytes >= unit {
            return format!("{:.1} {name}/s", bytes / unit);
        }
    }
    format!("{bytes:.0} B/s")
}

/// What stands around the pictures of a measurement.
#[derive(Debug, Clone, Default)]
pub struct BenchPage {
    /// Title, time, the line to remember, figures, and what failed.
    pub page: ReportPage,
    /// How it was measured, a sentence each.
    pub how: Vec<String>,
}

/// What was measured, to be drawn.
#[derive(Debug, Clone, Copy)]
struct Pictures<'a> {
    figures: &'a Figures,
    one_by_one: &'a Timeline,
    at_once: &'a Timeline,
    points: &'a [Point],
}

#[derive(Template)]
#[template(path = "bench.html")]
struct Whole<'a> {
    page: &'a ReportPage,
    how: &'a [String],
    style: String,
    compared: [Compared; 3],
    waterfalls: [(String, String); 2],
    in_flight: String,
    answered: String,
    speed_up: String,
    points: Vec<PointWords>,
}

struct PointWords {
    sources: usize,
    one_by_one: String,
    at_once: String,
    speed_up: String,
    predicted: String,
    how: &'static str,
}

impl PointWords {
    fn of(point: &Point) -> Self {
        Self {
            sources: point.sources,
            one_by_one: seconds_words(point.one_by_one),
            at_once: seconds_words(point.at_once),
            speed_up: times(point.speed_up.median),
            predicted: times(point.predicted),
            how: if point.measured {
                "measured"
            } else {
                "worked out"
            },
        }
    }
}

impl BenchPage {
    /// The whole file. The timelines are those of the middle runs.
    #[must_use]
    pub fn render(
        &self,
        figures: &Figures,
        one_by_one: &Timeline,
        at_once: &Timeline,
        points: &[Point],
    ) -> String {
        let how: Vec<String> = self.how.iter().map(|how| clean(how)).collect();
        let pictures = Pictures {
            figures,
            one_by_one,
            at_once,
            points,
        };
        rendered(&Whole {
            page: &self.page.clean(),
            how: &how,
            style: format!("{}{CHART}", page_style()),
            compared: compared(figures),
            waterfalls: pictures.waterfalls(),
            in_flight: pictures.in_flight(),
            answered: pictures.answered(),
            speed_up: pictures.speed_up(),
            points: points.iter().map(PointWords::of).collect(),
        })
    }
}

impl Pictures<'_> {
    fn both(&self) -> [(Way, &'static str, &Timeline); 2] {
        [
            (Way::OneByOne, "one-by-one", self.one_by_one),
            (Way::AtOnce, "at-once", self.at_once),
        ]
    }

    /// The longer of both, which is as long as every axis of time.
    fn whole(&self) -> Duration {
        self.one_by_one.wall.max(self.at_once.wall)
    }

    /// Each with its heading.
    fn waterfalls(&self) -> [(String, String); 2] {
        self.both().map(|(way, id, timeline)| {
            let title = title(way, timeline);
            let path = timeline.path();
            let drawing = Drawing::within(timeline, &path, id, &title, self.whole());
            (title, drawing.inline())
        })
    }

    fn in_flight(&self) -> String {
        let [slow, fast] = Way::BOTH.map(|way| self.figures.way(way).peak_in_flight);
        let words =
            format!("Requests in flight: one by one at most {slow}, all at once at most {fast}");
        self.steps(&words, Timeline::in_flight)
    }

    fn answered(&self) -> String {
        let [slow, fast] =
            Way::BOTH.map(|way| per_second(self.figures.way(way).answers_per_second));
        let words = format!("Answers that have come: one by one {slow}, all at once {fast}");
        self.steps(&words, Timeline::answered)
    }

    fn steps(&self, words: &str, of: fn(&Timeline) -> Vec<(Duration, usize)>) -> String {
        let steps = self.both().map(|(way, kind, timeline)| Steps {
            kind,
            name: way.as_str(),
            steps: of(timeline),
        });
        Chart::of_steps(words, self.whole(), &steps).inline()
    }

    fn speed_up(&self) -> String {
        let values: Vec<Value> = self
            .points
            .iter()
            .map(|point| {
                let words = PointWords::of(point);
                Value {
                    at: point.sources,
                    least: point.speed_up.min,
                    middle: point.speed_up.median,
                    greatest: point.speed_up.max,
                    predicted: point.predicted,
                    worked_out: !point.measured,
                    words: format!(
                        "{}: {} {}, predicted {}",
                        sources(point.sources),
                        words.how,
                        words.speed_up,
                        words.predicted
                    ),
                }
            })
            .collect();
        let last = self.points.last().map(PointWords::of);
        let words = last.map_or_else(String::new, |last| {
            format!(
                "Speed-up against the number of sources: {} with {}, predicted {}",
                last.speed_up,
                sources(last.sources),
                last.predicted
            )
        });
        Chart::of_values(&words, "speed-up", &values).inline()
    }
}

fn sources(count: usize) -> String {
    format!("{count} source{}", if count == 1 { "" } else { "s" })
}

/// `One by one: 1.02 s`
fn title(way: Way, timeline: &Timeline) -> String {
    let name = match way {
        Way::OneByOne => "One by one",
        Way::AtOnce => "All at once",
    };
    format!("{name}: {}", span(timeline.wall))
}
