//! Charts that are drawn here: a line over time, columns a month, a spark.
//!
//! Pages may not carry style, so everything is placed by SVG's own attributes: lines in a stretched view box, words and
//! levels at percentages, which keeps letters their size on a page of any width. A chart repeats what figures say beside
//! it; whoever cannot see it gets its summary.
//! Numbers are floating point here, and only here: for drawing, never for a figure.

use std::fmt::Write as _;

use askama::{Template, filters::HtmlSafe};
use jiff::civil::Date;
use serde::Serialize;

use super::part::Figure;

/// The height of a [`Plot`] in its view box; the width is [`WIDE`].
const HIGH: f64 = 200.0;
const WIDE: f64 = 1000.0;

/// A line over days, which holds its value until the next point. A script draws over it with the same data.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "part/plot.html")]
pub(crate) struct Plot {
    /// What it is of: `Net worth in EUR`, `Accounts in EUR` where there are others.
    pub(crate) label: String,
    /// What it says, in a sentence.
    pub(crate) summary: String,
    line: String,
    area: String,
    levels: Vec<Tick>,
    days: Vec<Tick>,
    data: String,
}

/// A word on an axis.
#[derive(Debug, Clone, Default)]
struct Tick {
    label: String,
    /// In percent of the axis from the left, or from the top.
    at: f64,
    /// Whether a narrow page can do without.
    spare: bool,
}

/// What the script draws from.
#[derive(Serialize)]
struct Data<'a> {
    unit: &'a str,
    /// Seconds since 1970, at midnight UTC, which is how a day is a number.
    x: Vec<i64>,
    y: Vec<f64>,
}

impl Plot {
    /// Draws points by day, the earliest first; `None` for less than two, which are no line.
    ///
    /// `level` writes the value of a tick.
    pub(crate) fn of(
        label: String,
        summary: String,
        unit: &str,
        points: &[(Date, f64)],
        level: impl Fn(f64) -> String,
    ) -> Option<Self> {
        let [(first, _), .., (last, _)] = points else {
            return None;
        };
        let number = |day: &Date| f64::from((*day - *first).get_days());
        let span = number(last).max(1.0);
        let x = |day: &Date| number(day) / span * WIDE;
        let values = points.iter().map(|(_, value)| *value);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let steps = levels(low, high);
        let (bottom, top) = (steps[0], steps[steps.len() - 1]);
        let range = (top - bottom).max(f64::EPSILON);
        let y = |value: f64| (top - value) / range * HIGH;

        let mut line = String::new();
        for (at, (day, value)) in points.iter().enumerate() {
            // Writing to a string does not fail.
            let _ = if at == 0 {
                write!(line, "M{:.1} {:.1}", x(day), y(*value))
            } else {
                write!(line, "H{:.1}V{:.1}", x(day), y(*value))
            };
        }
        let floor = y(bottom.max(0.0).min(top));
        let area = format!("{line}V{floor:.1}H0Z");
        let data = Data {
            unit,
            x: points
                .iter()
                .map(|(day, _)| i64::from((*day - Date::constant(1970, 1, 1)).get_days()) * 86_400)
                .collect(),
            y: points.iter().map(|(_, value)| *value).collect(),
        };
        Some(Self {
            label,
            summary,
            line,
            area,
            levels: steps
                .iter()
                .rev()
                .map(|&value| Tick {
                    label: level(value),
                    at: (top - value) / range * 100.0,
                    spare: false,
                })
                .collect(),
            days: day_ticks(*first, *last),
            data: serde_json::to_string(&data).unwrap_or_default(),
        })
    }
}

/// Three to six round values that hold all of a range.
fn levels(low: f64, high: f64) -> Vec<f64> {
    let spread = if high > low {
        high - low
    } else {
        high.abs().max(1.0)
    };
    let rough = spread / 3.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= rough)
        .unwrap_or(power * 10.0);
    let mut at = (low / step).floor() * step;
    let mut found = vec![at];
    while at < high && found.len() < 8 {
        at += step;
        found.push(at);
    }
    if found.len() == 1 {
        found.push(at + step);
    }
    found
}

/// The first of each month, or of some months, or else some days; at most eight.
fn day_ticks(first: Date, last: Date) -> Vec<Tick> {
    let span = f64::from((last - first).get_days()).max(1.0);
    let percent = |day: Date| f64::from((day - first).get_days()) / span * 100.0;
    let months = (i32::from(last.year()) - i32::from(first.year())) * 12 + i32::from(last.month())
        - i32::from(first.month());
    let mut found = Vec::new();
    if months < 2 {
        let every = ((last - first).get_days() / 4).max(1);
        let mut day = first;
        while day < last {
            found.push((day, day.strftime("%-d %b").to_string()));
            match day.checked_add(jiff::Span::new().days(every)) {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
    } else {
        let every = [1, 2, 3, 6, 12, 24, 60, 120]
            .into_iter()
            .find(|every| months / every <= 7)
            .unwrap_or(240);
        let mut day = first.first_of_month();
        loop {
            let count = i32::from(day.year()) * 12 + i32::from(day.month()) - 1;
            if day >= first && count % every == 0 {
                let pattern = if day.month() == 1 { "%Y" } else { "%b" };
                found.push((day, day.strftime(pattern).to_string()));
            }
            match day.checked_add(jiff::Span::new().months(1)) {
                Ok(next) if next <= last => day = next,
                _ => break,
            }
        }
    }
    found
        .into_iter()
        .enumerate()
        // A word at the right edge would be cut off.
        .filter(|(_, (day, _))| percent(*day) <= 95.0)
        .map(|(at, (day, label))| Tick {
            label,
            at: percent(day),
            spare: at % 2 == 1,
        })
        .collect()
}

/// A column a month; each leads to its transactions.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "part/months.html")]
pub(crate) struct Months {
    pub(crate) label: String,
    pub(crate) columns: Vec<Column>,
}

/// One month.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    /// `Nov`.
    pub(crate) label: String,
    /// `November 2026`.
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) chosen: bool,
    /// Its height, 0 to 100.
    pub(crate) height: f64,
    pub(crate) figure: Figure,
    /// Still going on.
    pub(crate) open: bool,
}

impl Column {
    /// Where it begins below the top of its drawing, in px: 20 are for its figure, 120 for the highest.
    fn top(&self) -> f64 {
        20.0 + (100.0 - self.height) * 1.2
    }
}

/// A small line without words, the oldest first.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "part/spark.html")]
pub(crate) struct Spark {
    line: String,
    /// What had no value, as places from the left.
    gaps: Vec<f64>,
}

impl Spark {
    /// Draws values from zero up; `None` is a gap, such as a run that failed. A single value makes no line.
    pub(crate) fn of(values: &[Option<f64>]) -> Self {
        if values.len() < 2 {
            return Self::default();
        }
        let top = values.iter().flatten().copied().fold(0.0, f64::max);
        let step = 100.0 / f64::from(u32::try_from(values.len() - 1).unwrap_or(u32::MAX));
        let (mut line, mut gaps, mut pen_down, mut x) = (String::new(), Vec::new(), false, 0.0);
        for value in values {
            match value {
                Some(value) => {
                    let y = 18.0 - value / top.max(f64::EPSILON) * 16.0;
                    let _ = write!(line, "{}{x:.1} {y:.1}", if pen_down { "L" } else { "M" });
                    pen_down = true;
                }
                None => {
                    gaps.push(x);
                    pen_down = false;
                }
            }
            x += step;
        }
        Self { line, gaps }
    }
}

// The output of a template is markup already; what went into it was escaped there.
impl HtmlSafe for Plot {}
impl HtmlSafe for Months {}
impl HtmlSafe for Spark {}
