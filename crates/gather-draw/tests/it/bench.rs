//! The page of a measurement.

use gather_draw::{BenchPage, ReportPage, compared};
use gather_run::{Figures, Point, Spread, Timeline, WayFigures};

use crate::timelines::{asked, timeline};

/// Two requests after each other, and side by side.
fn both() -> [Timeline; 2] {
    let ways = [[100, 200], [0, 100]];
    ways.map(|[from, to]| {
        let requests = [
            asked(0, "https://tides.example/a.json", [0, 0, 100]),
            asked(1, "https://purse.example/b.json", [0, from, to]),
        ];
        timeline(["tides", "purse"], &requests)
    })
}

fn spread(median: f64) -> Spread {
    Spread {
        median,
        min: median * 0.9,
        max: median * 1.1,
    }
}

fn figures() -> Figures {
    let way = |seconds, predicted, peak_in_flight| WayFigures {
        seconds: spread(seconds),
        predicted,
        peak_in_flight,
        mean_in_flight: 0.96,
        answers_per_second: 2.0 / seconds,
        bytes_per_second: 12_345.0,
        middle: 0,
    };
    Figures {
        rounds: 3,
        requests: 2,
        one_by_one: way(1.02, 1.0, 1),
        at_once: way(0.21, 0.2, 2),
        speed_up: spread(4.86),
        predicted_speed_up: 5.0,
    }
}

fn point(sources: usize, measured: bool) -> Point {
    Point {
        sources,
        measured,
        one_by_one: 0.2,
        at_once: 0.1,
        speed_up: spread(2.0),
        predicted: 2.1,
    }
}

fn page(title: &str, points: &[Point]) -> String {
    let page = BenchPage {
        page: ReportPage {
            title: title.to_owned(),
            ..ReportPage::default()
        },
        how: vec!["Measured three times.".to_owned()],
    };
    let [one_by_one, at_once] = both();
    page.render(&figures(), &one_by_one, &at_once, points)
}

/// A piece of the page, from a mark to the next heading.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let from = page.split_once(heading);
    let from = from.unwrap_or_else(|| panic!("no {heading} in {page}")).1;
    from.split("<h2>").next().unwrap()
}

#[test]
fn what_was_measured_stands_beside_what_was_predicted() {
    let [slow, fast, ratio] = compared(&figures());
    assert_eq!((&*slow.median, &*slow.predicted), ("1.02 s", "1.00 s"));
    assert_eq!(slow.spread, "918 ms – 1.12 s");
    assert_eq!(fast.spread, "189 – 231 ms");
    assert_eq!(fast.in_flight, "2, mean 1.0");
    assert_eq!((&*slow.answers, &*fast.answers), ("2.0/s", "9.5/s"));
    assert_eq!(fast.bytes, "12.3 kB/s");
    assert_eq!((&*ratio.median, &*ratio.predicted), ("4.9x", "5.0x"));
    assert_eq!(ratio.spread, "4.4x – 5.3x");
}

#[test]
fn both_waterfalls_have_one_axis_of_time() {
    let page = page("Both", &[]);
    let [one_by_one, at_once] = both();
    assert!(one_by_one.wall > at_once.wall);
    let slow = section(&page, "<h2>One by one: ");
    let fast = section(&page, "<h2>All at once: ");
    for part in [slow, fast] {
        assert_eq!(part.matches("class=\"wf-row\"").count(), 2, "{part}");
    }
    let ticks = |part: &str| -> Vec<String> {
        let ticks = part.split("class=\"wf-tick\" x1=\"").skip(1);
        ticks
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    };
    assert!(ticks(slow).len() > 2);
    assert_eq!(ticks(slow), ticks(fast));
    // Names of patterns are told apart, else one drawing takes those of the other.
    assert!(slow.contains("id=\"one-by-one-waiting\"") && fast.contains("id=\"at-once-waiting\""));
}

#[test]
fn requests_in_flight_and_answers_are_steps_of_both_ways() {
    let page = page("Both", &[]);
    let in_flight = section(&page, "<h2>Requests in flight</h2>");
    assert_eq!(
        in_flight
            .matches("class=\"ch-line ch-one-by-one\" vector")
            .count(),
        1
    );
    assert_eq!(
        in_flight
            .matches("class=\"ch-line ch-at-once\" vector")
            .count(),
        1
    );
    assert!(
        in_flight.contains("one by one at most 1, all at once at most 2"),
        "{in_flight}"
    );
    let answers = section(&page, "<h2>Answers that have come</h2>");
    assert!(
        answers.contains("one by one 2.0/s, all at once 9.5/s"),
        "{answers}"
    );
    let [slow, fast] = both();
    let counts = |steps: Vec<(std::time::Duration, usize)>| -> Vec<usize> {
        steps.into_iter().map(|step| step.1).collect()
    };
    assert_eq!(counts(slow.in_flight()), [0, 1, 1, 0]);
    assert_eq!(counts(fast.in_flight()), [0, 2, 0]);
    assert_eq!(counts(slow.answered()), [0, 1, 2]);
    assert_eq!(counts(fast.answered()), [0, 2]);
}

#[test]
fn what_was_worked_out_is_told_from_what_was_measured() {
    let hollow = |page: &str| page.matches("class=\"ch-dot ch-hollow\"").count();
    let measured = page("Both", &[point(1, true), point(2, true)]);
    assert_eq!(hollow(&measured), 0);
    assert!(!measured.contains("worked out"));
    // A point, and the legend.
    let partly = page("Both", &[point(1, false), point(2, true)]);
    assert_eq!(hollow(&partly), 2);
    assert!(partly.contains("<td>worked out</td>") && partly.contains("<td>measured</td>"));
    assert!(partly.contains("1 source: worked out 2.0x, predicted 2.1x"));
    assert!(!page("Both", &[]).contains("number of sources"));
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_believes_no_text() {
    let page = page(
        "</title><script>alert(1)</script>\u{202e}",
        &[point(1, true)],
    );
    assert!(page.contains("default-src 'none'"));
    for outside in [
        "<script", "src=", "<link", "@import", "url(http", "\u{202e}",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
}
