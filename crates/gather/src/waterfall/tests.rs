//! Pictures of reports made by hand.

use std::time::{Duration, SystemTime};

use super::*;
use crate::report::Course;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn attempt(request: usize, url: &str, marks: [u64; 5]) -> Attempt {
    let [queued, started, sent, first_byte, ended] = marks.map(ms);
    let mut attempt = Attempt::by_hand(request, 0, 0);
    attempt.url = url.into();
    attempt.queued = queued;
    attempt.started = started;
    attempt.sent = Some(sent);
    attempt.first_byte = Some(first_byte);
    attempt.ended = ended;
    attempt
}

fn course(parent: Option<usize>, attempts: Vec<Attempt>) -> Course {
    Course {
        parent,
        attempts,
        ..Course::default()
    }
}

/// A list, an item that it led to, and a refused connection.
fn three() -> Report {
    let list = attempt(
        0,
        "https://news.example/v0/topstories.json",
        [0, 0, 60, 400, 500],
    );
    let item = attempt(
        1,
        "https://news.example/v0/item/90000123.json",
        [500, 600, 600, 950, 1_000],
    );
    let mut refused = attempt(2, "https://rates.example/", [0, 0, 0, 0, 120]);
    refused.sent = None;
    refused.first_byte = None;
    refused.status = None;
    refused.error = Some("the connection was refused".into());
    Report::new(
        &[
            course(None, vec![list]),
            course(Some(0), vec![item]),
            course(None, vec![refused]),
        ],
        SystemTime::UNIX_EPOCH,
        ms(1_040),
    )
}

/// One list and what it led to, 20 at a time; the last takes longest, a few fail.
fn many(items: u64) -> Report {
    let list = attempt(0, "https://news.example/list", [0, 0, 20, 90, 100]);
    let mut courses = vec![course(None, vec![list])];
    for item in 1..items {
        let at = 100 + (item / 20) * 10;
        let took = if item == items - 1 { 500 } else { 10 };
        let request = usize::try_from(item).unwrap();
        let mut attempt = attempt(
            request,
            &format!("https://news.example/item/{item}.json"),
            [100, at, at, at + took / 2, at + took],
        );
        if item % 700 == 0 {
            attempt.error = Some("the body broke off".into());
        }
        courses.push(course(Some(0), vec![attempt]));
    }
    Report::new(
        &courses,
        SystemTime::UNIX_EPOCH,
        ms(100 + (items / 20) * 10 + 500),
    )
}

/// The picture, once every line is known to fit.
fn picture(report: &Report, width: u16) -> String {
    let picture = report.waterfall(width).to_string();
    for line in picture.lines() {
        let cells = line.chars().count();
        assert!(cells <= usize::from(width.max(40)), "{cells} cells: {line}");
        assert!(line.chars().all(|c| !c.is_control()), "{line:?}");
    }
    assert!(picture.ends_with('\n'));
    picture
}

/// The cells of the bar of a row, in a picture 80 wide.
fn bar(row: &str) -> String {
    row.chars().skip(27).take(42).collect()
}

#[test]
fn three_attempts_at_three_widths() {
    assert_eq!(
        picture(&three(), 40),
        "\
\x20              |0     1.04 s|
* news.e….json =----##        200 500 ms
  rates.…ample =x               - 120 ms
* news.e….json        ·-----  200 400 ms
  · waiting its turn  = connecting
  - first byte  # body  x failed
  * longest chain
"
    );
    assert_eq!(
        picture(&three(), 80),
        "\
\x20                          |0      |200 ms |400 ms |600 ms |800 ms |
* news.example…tories.json ==--------------####                       200 500 ms
  rates.example            ====x                                        - 120 ms
* news.example…000123.json                     ····--------------##   200 400 ms
  · waiting its turn  = connecting  - first byte  # body  x failed
  * longest chain
"
    );
    let wide = picture(&three(), 120);
    let rows: Vec<&str> = wide.lines().collect();
    assert_eq!(
        rows[0].trim_start(),
        "|0           |200 ms      |400 ms       |600 ms      |800 ms       |"
    );
    assert_eq!(
        rows[3],
        "* news.example/v0/item/90000123.json                                     ······\
         ------------------------###    200 400 ms"
    );
    assert_eq!(rows.len(), 5);
}

#[test]
fn a_width_too_small_is_the_narrowest() {
    for width in [0, 1, 39] {
        assert_eq!(picture(&three(), width), picture(&three(), 40));
    }
    picture(&three(), u16::MAX);
}

#[test]
fn without_attempts_it_says_so() {
    let nothing = Report::new(&[], SystemTime::UNIX_EPOCH, Duration::ZERO);
    assert_eq!(picture(&nothing, 80), "nothing was asked\n");
    let unsent = |n| Report::new(&vec![Course::default(); n], SystemTime::UNIX_EPOCH, ms(5));
    assert_eq!(picture(&unsent(1), 80), "1 request, not sent\n");
    assert_eq!(picture(&unsent(1_500), 80), "1,500 requests, none sent\n");
}

#[test]
fn one_attempt_fills_the_axis() {
    let one = attempt(0, "http://h.example/", [0, 0, 10, 30, 40]);
    let report = Report::new(&[course(None, vec![one])], SystemTime::UNIX_EPOCH, ms(40));
    let picture = picture(&report, 80);
    let rows: Vec<&str> = picture.lines().collect();
    assert_eq!(
        rows[0].trim_start(),
        "|0        |10 ms     |20 ms    |30 ms"
    );
    assert_eq!(
        bar(rows[1]),
        format!("{}{}{}", "=".repeat(10), "-".repeat(21), "#".repeat(11))
    );
    assert_eq!(rows.len(), 3, "{picture}");
    assert!(!picture.contains("failed"));
}

#[test]
fn of_many_attempts_the_chain_the_failed_and_the_earliest_have_rows() {
    let report = many(2_000);
    for width in [40, 80, 120] {
        picture(&report, width);
    }
    let picture = picture(&report, 80);
    let rows: Vec<&str> = picture.lines().collect();
    assert!(rows[1].starts_with("* news.example/list "), "{}", rows[1]);
    assert!(
        rows[2].starts_with("  news.example/item/1.json "),
        "{}",
        rows[2]
    );
    let folded: Vec<&str> = picture
        .lines()
        .filter(|row| row.contains('…') && row.contains("more"))
        .collect();
    assert_eq!(
        folded,
        [
            "  … 663 more like these, 10 ms each",
            "  … 699 more like these, 10 ms each",
            "  … 598 more like these, 10 ms each",
        ]
    );
    let last = rows
        .iter()
        .rfind(|row| row.ends_with("ms") && !row.contains("more"))
        .unwrap();
    assert!(last.starts_with("* news.example…m/1999.json "), "{last}");
    assert!(last.ends_with("200 500 ms"), "{last}");
    assert_eq!(
        picture
            .lines()
            .filter(|row| row.ends_with(" ms") && bar(row).contains('x'))
            .count(),
        2
    );
    // 40 rows, 3 that stand for others, the axis and the legend.
    assert_eq!(rows.len(), 40 + 3 + 1 + 2, "{picture}");
    let named: usize = folded
        .iter()
        .map(|row| row.split(' ').nth(3).unwrap().parse::<usize>().unwrap())
        .sum();
    assert_eq!(named + 40, 2_000);
}

#[test]
fn failures_among_the_folded_are_counted() {
    let mut report = many(2_000);
    for attempt in &mut report.timeline {
        attempt.error = Some("the body broke off".into());
    }
    let picture = picture(&report, 80);
    assert!(
        picture.contains("  … 1,960 more like these, 1,960 failed, 10 ms each\n"),
        "{picture}"
    );
}

#[test]
fn a_lone_hidden_attempt_is_shown() {
    // 41 attempts: 39 early ones and the chain, and one that would be folded alone.
    let report = many(41);
    assert!(!picture(&report, 80).contains("more like"));
    assert_eq!(picture(&report, 80).lines().count(), 41 + 1 + 1);
}

#[test]
fn attempts_of_one_request_stand_together_and_are_numbered() {
    let first = attempt(0, "http://a.example/x", [0, 0, 10, 20, 30]);
    let mut again = attempt(0, "http://a.example/y", [30, 500, 500, 600, 700]);
    again.number = 2;
    let other = attempt(1, "http://b.example/x", [0, 5, 10, 20, 30]);
    let report = Report::new(
        &[course(None, vec![first, again]), course(None, vec![other])],
        SystemTime::UNIX_EPOCH,
        ms(700),
    );
    let picture = picture(&report, 80);
    let names: Vec<&str> = picture
        .lines()
        .skip(1)
        .take(3)
        .map(|row| row[..26].trim_end())
        .collect();
    assert_eq!(
        names,
        ["* a.example/x", "*   2. a.example/y", "  b.example/x"]
    );
}

#[test]
fn an_attempt_too_short_for_a_cell_has_one_all_the_same() {
    let short = attempt(0, "http://a.example/", [0, 300, 300, 301, 301]);
    let long = attempt(1, "http://b.example/", [0, 0, 0, 10_000, 10_000]);
    let still = attempt(2, "http://c.example/", [10_000; 5]);
    let courses = [short, long, still].map(|attempt| course(None, vec![attempt]));
    let picture = picture(
        &Report::new(&courses, SystemTime::UNIX_EPOCH, ms(10_000)),
        80,
    );
    let bars: Vec<String> = picture.lines().skip(1).take(3).map(bar).collect();
    assert_eq!(bars[1].trim_end(), "·-");
    assert_eq!(bars[0], "-".repeat(42));
    assert_eq!(bars[2].trim_start(), "#");
}

#[test]
fn a_clock_that_did_not_move_and_one_that_ran_away_have_pictures() {
    let still = Report::new(
        &[course(None, vec![attempt(0, "http://a.example/", [0; 5])])],
        SystemTime::UNIX_EPOCH,
        Duration::ZERO,
    );
    assert!(picture(&still, 80).contains("a.example"));
    let mut endless = attempt(0, "http://a.example/", [0; 5]);
    endless.ended = Duration::MAX;
    endless.first_byte = Some(Duration::MAX);
    // The clock went backwards, and the marks with it.
    endless.started = ms(7);
    let endless = Report::new(
        &[course(None, vec![endless])],
        SystemTime::UNIX_EPOCH,
        Duration::MAX,
    );
    assert!(picture(&endless, 80).contains(">999 d"));
}
