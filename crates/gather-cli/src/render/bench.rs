//! One by one against all at once: what a measurement asks for, and what it came to.

use std::time::Duration;

use gather_draw::{compared, times};
use gather_run::{Cost, Failing, Figures, Point, QuotaCost, Timeline, Way};
use gather_store::OutcomeState;
use rust_decimal::Decimal;

use super::{View, bars::bar, failure::hint, layout, outlook::span, sentence::plural, style, time};
use crate::escape;

/// Cells of the longest bar of a speed-up.
const BAR: usize = 20;

/// What stands before the lines of requests in flight.
const NAME: usize = 13;

/// How many requests are about to be made of whom, and what that takes of their quotas.
pub(crate) fn bench_cost(cost: &Cost, sources: usize, view: &View) -> String {
    let warm_up = if cost.warm_up > 0 {
        "one to warm up, "
    } else {
        ""
    };
    let or_more = if cost.unlearnt.is_empty() {
        ""
    } else {
        " or more"
    };
    let head = format!(
        "{} ({warm_up}{} of both ways) ask {} for {}{or_more}:",
        plural(cost.runs(), "run"),
        plural(cost.rounds, "round"),
        plural(sources as u64, "source"),
        plural(cost.requests(), "request"),
    );
    let mut text = format!("{}\n", layout::wrapped(&head, "", "  ", view.width));
    for host in &cost.hosts {
        let quotas: Vec<String> = host
            .quotas
            .iter()
            .map(|quota| quota_left(quota, view))
            .collect();
        let quotas = if quotas.is_empty() {
            "no quota is declared".to_owned()
        } else {
            quotas.join("; ")
        };
        let name = escape::line(&host.host);
        let line = format!(
            "{} {}, {quotas}",
            style::bold(name),
            plural(host.requests, "request")
        );
        text.push_str(&layout::wrapped(&line, "  ", "    ", view.width));
        text.push('\n');
    }
    if !cost.unlearnt.is_empty() {
        let names: Vec<_> = cost
            .unlearnt
            .iter()
            .map(|name| escape::line(name))
            .collect();
        let of = if names.len() == sources {
            "them".to_owned()
        } else {
            names.join(", ")
        };
        let words = format!(
            "no run of {of} is known: what the first answers lead to comes on top, and is counted after the first run"
        );
        for line in layout::wrapped(&words, "  ", "  ", view.width).lines() {
            text.push_str(&format!("{}\n", style::dim(line)));
        }
    }
    text
}

fn quota_left(quota: &QuotaCost, view: &View) -> String {
    let all = u64::from(quota.requests);
    let of = format!("{all} in {}", span(quota.per));
    match (quota.runs, quota.free_at) {
        (None, _) => format!("{of}, which is waited for"),
        (Some(_), None) => format!("{} left of {of}", all.saturating_sub(quota.taken)),
        (Some(_), Some(at)) => format!(
            "{} left of {of}, enough for one round at {}",
            all.saturating_sub(quota.taken),
            time::clock(at, view)
        ),
    }
}

/// The quotas that have too few places left, a line each.
pub(crate) fn bench_short(cost: &Cost, view: &View) -> String {
    let lines = cost.short().map(|(host, quota)| {
        let line = format!(
            "{}: {}, and {}",
            escape::line(&host.host),
            plural(host.requests, "request"),
            quota_left(quota, view)
        );
        layout::wrapped(&line, "  ", "    ", view.width) + "\n"
    });
    lines.collect()
}

/// What was measured: the figures, requests in flight over time, speed-up against the number of sources.
pub(crate) fn bench(
    figures: &Figures,
    one_by_one: &Timeline,
    at_once: &Timeline,
    points: &[Point],
    view: &View,
) -> String {
    let mut text = table(figures);
    text.push('\n');
    text.push_str(&in_flight(one_by_one, at_once, view));
    if points.len() > 1 {
        text.push('\n');
        text.push_str(&by_sources(points));
    }
    text
}

fn table(figures: &Figures) -> String {
    const HEADER: [&str; 6] = [
        "",
        "median",
        "least – most",
        "predicted",
        "in flight",
        "answers",
    ];
    let rows = compared(figures).map(|one| {
        [
            one.name.to_owned(),
            one.median,
            one.spread,
            one.predicted,
            one.in_flight,
            one.answers,
        ]
    });
    let mut text = columns(&HEADER, &rows);
    text.push_str(&format!(
        "{}\n",
        style::dim("predicted: the sum of the requests, and the longest chain of them")
    ));
    text
}

/// Columns, the first to the left and the others to the right, under a head.
fn columns<const N: usize>(header: &[&str; N], rows: &[[String; N]]) -> String {
    let widths: [usize; N] = std::array::from_fn(|at| {
        let column = rows.iter().map(|row| row[at].as_str());
        layout::widest(column.chain([header[at]]))
    });
    let line = |cells: [&str; N]| {
        let cells = cells.iter().zip(widths).enumerate();
        let cells: Vec<_> = cells
            .map(|(at, (cell, width))| match at {
                0 => layout::left(cell, width),
                _ => layout::right(cell, width),
            })
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    let mut text = format!("{}\n", style::dim(line(*header)));
    for row in rows {
        text.push_str(&line(row.each_ref().map(String::as_str)));
        text.push('\n');
    }
    text
}

/// How many requests were in flight, both ways on one axis of time.
fn in_flight(one_by_one: &Timeline, at_once: &Timeline, view: &View) -> String {
    let whole = one_by_one.wall.max(at_once.wall);
    let most = [one_by_one, at_once].map(|timeline| timeline.report.peak_in_flight);
    let most = most.into_iter().max().unwrap_or(0).max(1);
    let cells = view.width.saturating_sub(NAME).max(8);
    let mut text = format!(
        "{}\n",
        style::dim(format!("in flight over time, █ is {most}"))
    );
    for (way, timeline) in [(Way::OneByOne, one_by_one), (Way::AtOnce, at_once)] {
        let heights = heights(&timeline.in_flight(), whole, most, cells);
        text.push_str(&format!(
            "{}{}\n",
            layout::left(way.as_str(), NAME),
            heights.trim_end()
        ));
    }
    let end = gather_draw::span(whole);
    let axis = layout::apart("0", &end, cells);
    text.push_str(&format!("{}{}\n", " ".repeat(NAME), style::dim(axis)));
    text
}

/// A count over time as blocks, each as high as the count is on average over its cell; what is above nothing is seen.
fn heights(steps: &[(Duration, usize)], whole: Duration, most: usize, cells: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let cell = whole.as_secs_f64().max(1e-9) / count(cells);
    let mut filled = vec![0.0; cells];
    let ends = steps.iter().skip(1).map(|step| step.0).chain([whole]);
    for ((from, height), to) in steps.iter().zip(ends) {
        let (from, to) = (from.as_secs_f64(), to.as_secs_f64());
        for (at, filled) in filled.iter_mut().enumerate() {
            let (left, right) = (cell * count(at), cell * count(at + 1));
            let shared = (to.min(right) - from.max(left)).max(0.0);
            *filled += shared / cell * count(*height) / count(most);
        }
    }
    let block = |filled: f64| {
        let reached = (1..=8_u32).take_while(|nth| filled * 8.0 >= f64::from(*nth) - 0.5);
        match reached.count() {
            0 if filled < 0.01 => ' ',
            0 => BLOCKS[0],
            nth => BLOCKS[nth - 1],
        }
    };
    filled.into_iter().map(block).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "cells of a terminal and requests in flight are few"
)]
fn count(of: usize) -> f64 {
    of as f64
}

fn by_sources(points: &[Point]) -> String {
    const HEADER: [&str; 6] = [
        "sources",
        "one by one",
        "all at once",
        "predicted",
        "speed-up",
        "",
    ];
    let seconds =
        |seconds: f64| gather_draw::span(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let most = points
        .iter()
        .map(|point| point.speed_up.median)
        .fold(0.0, f64::max);
    let decimal = |figure: f64| Decimal::from_f64_retain(figure).unwrap_or_default();
    let worked_out = points.iter().any(|point| !point.measured);
    let rows: Vec<[String; 6]> = points
        .iter()
        .map(|point| {
            let mark = match (point.measured, worked_out) {
                (false, _) => "*",
                (true, true) => " ",
                (true, false) => "",
            };
            let bar = bar(decimal(point.speed_up.median), decimal(most), BAR);
            [
                layout::right(&format!("{}{mark}", point.sources), 7).into_owned(),
                seconds(point.one_by_one),
                seconds(point.at_once),
                times(point.predicted),
                times(point.speed_up.median),
                layout::left(&bar, BAR).into_owned(),
            ]
        })
        .collect();
    let mut text = columns(&HEADER, &rows);
    if worked_out {
        text.push_str(&format!(
            "{}\n",
            style::dim("* worked out from the middle run at once, not measured")
        ));
    }
    text
}

/// `all at once is 4.8x as fast as one by one: 212 ms against 1.02 s (predicted: 5.0x)`
pub(crate) fn bench_sentence(figures: &Figures) -> String {
    let [slow, fast, ratio] = compared(figures);
    format!(
        "all at once is {} as fast as one by one: {} against {} (predicted: {})",
        ratio.median, fast.median, slow.median, ratio.predicted
    )
}

/// The sources that did not give all in some of the runs.
pub(crate) fn bench_failing(
    failing: &[Failing],
    runs: u64,
    with_hints: bool,
    view: &View,
) -> String {
    let mut text = String::new();
    for one in failing {
        let (sign, word) = match one.state {
            OutcomeState::Partial => (style::caution("◐"), "was partial"),
            OutcomeState::Limited => (style::caution("○"), "was limited"),
            _ => (style::alarm("✕"), "failed"),
        };
        let mut line = format!(
            "{sign} {} {word} in {} of {}",
            style::bold(escape::line(&one.source)),
            one.runs,
            plural(runs, "run")
        );
        if let Some(reason) = &one.reason {
            line.push_str(&format!(": {}", escape::line(reason)));
        }
        text.push_str(&layout::wrapped(&line, "", "  ", view.width));
        text.push('\n');
        if let Some(advice) = one.hint.as_deref().filter(|_| with_hints) {
            text.push_str(&hint(advice, "  ", view));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_as_high_as_the_count_is_on_average() {
        let ms = Duration::from_millis;
        let steps = [(ms(0), 0), (ms(10), 4), (ms(25), 1), (ms(30), 0)];
        // Nothing, four of four, half of the time four and half one, and nothing again.
        assert_eq!(heights(&steps, ms(40), 4, 4), " █▅ ");
        // A moment among many is seen.
        let short = [(ms(0), 0), (ms(10), 1), (ms(11), 0)];
        assert_eq!(heights(&short, ms(40), 1, 1), "▁");
    }

    #[test]
    fn columns_stand_under_their_heads() {
        let rows = [["a".to_owned(), "12 ms".to_owned()]];
        let text = columns(&["way", "took"], &rows);
        let plain = console::strip_ansi_codes(&text);
        assert_eq!(plain, "way   took\na    12 ms\n");
    }
}
