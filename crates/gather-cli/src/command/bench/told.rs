//! What a measurement came to: for a person, for a program, and as a page.

use std::{collections::BTreeMap, time::Duration};

use gather_draw::{BenchPage, Fact, ReportPage};
use gather_run::{Figures, Point, Spread, Timeline, Way, WayFigures};
use serde::Serialize;

use super::{Ended, Measurement};
use crate::{
    args::{self, Format, Target},
    command::{Exit, runs},
    escape,
    failure::Result,
    render::{self, Cell, Row},
    session::{Session, shown},
};

impl Ended {
    /// Tells what was measured, and how it went.
    pub(super) fn end(
        self,
        session: &Session,
        args: &args::Bench,
        measurement: &Measurement,
    ) -> Result<Exit> {
        let Measurement { bench, rounds, .. } = measurement;
        let view = session.view();
        let figures = bench.figures();
        let to_out = args.html == Some(Target::Out);
        if let Some(figures) = &figures {
            let [slow, fast] = middle(measurement, figures);
            if session.for_people() && !to_out {
                let points = &measurement.points;
                render::data(&render::bench(figures, slow, fast, points, &view))?;
            }
            if let Some(target) = &args.html {
                let text = page(session, measurement, figures);
                write(session, args, target, &text)?;
            }
        }
        if !session.for_people() && !to_out {
            data(session, measurement, figures.as_ref())?;
        }
        let failing = bench.failing();
        let mut words = render::bench_failing(failing, bench.runs(), !session.quiet, &view);
        match &figures {
            Some(figures) if !session.quiet => {
                let lost = bench.rounds().len() - figures.rounds;
                if lost > 0 {
                    let lost = render::plural(lost as u64, "round");
                    words.push_str(&format!("{lost} brought nothing and count for nothing\n"));
                }
                words.push_str(&render::closing(&render::bench_sentence(figures), &view));
            }
            Some(_) => {}
            None => words.push_str("nothing was measured\n"),
        }
        if matches!(self, Self::Stopped) {
            words.push_str(&format!(
                "interrupted after {} of {}\n",
                bench.rounds().len(),
                render::plural(*rounds, "round")
            ));
        }
        let spent: u64 = bench.spent().values().sum();
        if !session.quiet && !args.sandbox {
            let spent = format!("spent {}", render::plural(spent, "request"));
            words.push_str(&format!("{}\n", render::dim(spent)));
        }
        render::words(&words);
        Ok(match self {
            Self::Stopped => Exit::Interrupted,
            Self::Done if failing.is_empty() && figures.is_some() => Exit::Complete,
            Self::Done => Exit::Partial,
        })
    }
}

/// The timelines of the middle runs, one by one and at once.
fn middle<'m>(measurement: &'m Measurement, figures: &Figures) -> [&'m Timeline; 2] {
    Way::BOTH.map(|way| {
        let rounds = measurement.bench.rounds();
        &rounds[figures.way(way).middle].way(way).timeline
    })
}

fn write(session: &Session, args: &args::Bench, target: &Target, text: &str) -> Result<()> {
    match target {
        Target::Out => {
            render::raw(text.as_bytes())?;
        }
        Target::File(path) => {
            runs::write_file(path, text, args.force)?;
            session.note(&format!("wrote `{}`\n", shown(path)));
        }
    }
    Ok(())
}

fn page(session: &Session, measurement: &Measurement, figures: &Figures) -> String {
    let view = session.view();
    let at = view.now.to_zoned(view.zone.clone());
    let fact = |name: &str, value: String| Fact {
        name: name.to_owned(),
        value,
    };
    let bench = &measurement.bench;
    let troubles = bench.failing().iter().map(|one| {
        let runs = render::plural(bench.runs(), "run");
        let reason = one.reason.as_deref().unwrap_or(one.state.as_str());
        format!("{}, in {} of {runs}: {reason}", one.source, one.runs)
    });
    let worked_out = measurement.points.iter().any(|point| !point.measured);
    let mut how = vec![
        format!(
            "{}, both ways {} after a run to warm up; each way went first in every other round. The waterfalls are those of \
             the middle runs.",
            measurement.what,
            render::plural(figures.rounds as u64, "time"),
        ),
        "One by one is one request in flight. Every run began with an empty database and no connection, mapped what came \
         and kept it, and ended with the last record kept."
            .to_owned(),
        "The prediction is made of the runs at once: one by one takes the sum of their requests, all at once the longest \
         chain of requests that follow one another."
            .to_owned(),
    ];
    if worked_out {
        how.push(
            "With fewer sources nothing was asked: the recorded requests of the first ones passed through the limits once \
             more. Only the requests count there, not what is done with their answers."
                .to_owned(),
        );
    }
    how.push(format!("Again: {}", measurement.again));
    let page = BenchPage {
        page: ReportPage {
            title: "One by one against all at once".to_owned(),
            when: format!(
                "{}, {}",
                at.strftime("%-d %B %Y, %H:%M:%S %Z"),
                measurement.what
            ),
            line: render::bench_sentence(figures),
            facts: vec![
                fact("sources", bench.sources().count().to_string()),
                fact("requests a run", figures.requests.to_string()),
                fact("rounds", figures.rounds.to_string()),
                fact("speed-up", gather_draw::times(figures.speed_up.median)),
                fact("predicted", gather_draw::times(figures.predicted_speed_up)),
            ],
            troubles: troubles.collect(),
        },
        how,
    };
    let [slow, fast] = middle(measurement, figures);
    let text = page.render(figures, slow, fast, &measurement.points);
    escape::xml(&text).into_owned()
}

/// Everything for programs; with lines, each run.
fn data(session: &Session, measurement: &Measurement, figures: Option<&Figures>) -> Result<()> {
    let runs = run_lines(measurement);
    if session.format != Format::Json {
        render::rows(session.format, &runs)?;
        return Ok(());
    }
    let bench = &measurement.bench;
    let failing = bench.failing().iter().map(|one| FailingLine {
        source: &one.source,
        runs: one.runs,
        state: one.state.as_str(),
        reason: one.reason.as_deref(),
    });
    render::document(&Whole {
        sources: bench.sources().collect(),
        rounds: bench.rounds().len(),
        requests_a_run: figures.map(|figures| figures.requests),
        one_by_one: figures.map(|figures| WayLine::of(&figures.one_by_one)),
        all_at_once: figures.map(|figures| WayLine::of(&figures.at_once)),
        speed_up: figures.map(|figures| SpreadLine::of(&figures.speed_up, 1.0)),
        predicted_speed_up: figures.map(|figures| figures.predicted_speed_up),
        by_sources: measurement.points.iter().map(PointLine::of).collect(),
        failing: failing.collect(),
        requests_spent: bench.spent(),
        runs,
    })?;
    Ok(())
}

/// A measurement. What could not be measured is `null`.
#[derive(Serialize)]
struct Whole<'a> {
    sources: Vec<&'a str>,
    rounds: usize,
    requests_a_run: Option<usize>,
    one_by_one: Option<WayLine>,
    all_at_once: Option<WayLine>,
    speed_up: Option<SpreadLine>,
    predicted_speed_up: Option<f64>,
    by_sources: Vec<PointLine>,
    failing: Vec<FailingLine<'a>>,
    /// By host, the run to warm up and what was interrupted included.
    requests_spent: &'a BTreeMap<String, u64>,
    runs: Vec<RunLine>,
}

#[derive(Serialize)]
struct SpreadLine {
    median: f64,
    least: f64,
    most: f64,
}

impl SpreadLine {
    fn of(spread: &Spread, times: f64) -> Self {
        Self {
            median: spread.median * times,
            least: spread.min * times,
            most: spread.max * times,
        }
    }
}

#[derive(Serialize)]
struct WayLine {
    wall_ms: SpreadLine,
    predicted_ms: f64,
    peak_in_flight: usize,
    mean_in_flight: f64,
    answers_per_second: f64,
    bytes_per_second: f64,
}

impl WayLine {
    fn of(way: &WayFigures) -> Self {
        Self {
            wall_ms: SpreadLine::of(&way.seconds, 1000.0),
            predicted_ms: way.predicted * 1000.0,
            peak_in_flight: way.peak_in_flight,
            mean_in_flight: way.mean_in_flight,
            answers_per_second: way.answers_per_second,
            bytes_per_second: way.bytes_per_second,
        }
    }
}

#[derive(Serialize)]
struct PointLine {
    sources: usize,
    measured: bool,
    one_by_one_ms: f64,
    all_at_once_ms: f64,
    speed_up: f64,
    predicted_speed_up: f64,
}

impl PointLine {
    fn of(point: &Point) -> Self {
        Self {
            sources: point.sources,
            measured: point.measured,
            one_by_one_ms: point.one_by_one * 1000.0,
            all_at_once_ms: point.at_once * 1000.0,
            speed_up: point.speed_up.median,
            predicted_speed_up: point.predicted,
        }
    }
}

#[derive(Serialize)]
struct FailingLine<'a> {
    source: &'a str,
    runs: u64,
    state: &'static str,
    reason: Option<&'a str>,
}

/// One run.
#[derive(Serialize)]
struct RunLine {
    round: usize,
    way: &'static str,
    wall_ms: f64,
    sum_ms: f64,
    longest_chain_ms: f64,
    requests: usize,
    answered: usize,
    attempts: usize,
    received: u64,
    peak_in_flight: usize,
    mean_in_flight: f64,
    good_sources: usize,
}

fn run_lines(measurement: &Measurement) -> Vec<RunLine> {
    let millis = |span: Duration| span.as_secs_f64() * 1000.0;
    let mut lines = Vec::new();
    for (at, round) in measurement.bench.rounds().iter().enumerate() {
        for (way, name) in [(Way::OneByOne, "one_by_one"), (Way::AtOnce, "all_at_once")] {
            let run = &round.way(way).measured;
            lines.push(RunLine {
                round: at + 1,
                way: name,
                wall_ms: millis(run.wall),
                sum_ms: millis(run.one_by_one),
                longest_chain_ms: millis(run.longest_chain),
                requests: run.requests,
                answered: run.answered,
                attempts: run.attempts,
                received: run.received,
                peak_in_flight: run.peak_in_flight,
                mean_in_flight: run.mean_in_flight,
                good_sources: run.good,
            });
        }
    }
    lines
}

impl Row for RunLine {
    const HEADER: &'static [&'static str] = &[
        "round",
        "way",
        "wall_ms",
        "sum_ms",
        "longest_chain_ms",
        "requests",
        "answered",
        "attempts",
        "received",
        "peak_in_flight",
        "mean_in_flight",
        "good_sources",
    ];

    fn cells(&self) -> Vec<Cell> {
        let rounded = |figure: f64| Cell::plain(format!("{figure:.3}"));
        vec![
            Cell::plain(self.round),
            Cell::plain(self.way),
            rounded(self.wall_ms),
            rounded(self.sum_ms),
            rounded(self.longest_chain_ms),
            Cell::plain(self.requests),
            Cell::plain(self.answered),
            Cell::plain(self.attempts),
            Cell::plain(self.received),
            Cell::plain(self.peak_in_flight),
            rounded(self.mean_in_flight),
            Cell::plain(self.good_sources),
        ]
    }
}
