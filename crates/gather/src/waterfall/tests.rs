//! Pictures of reports made by hand.

use std::time::{Duration, SystemTime};

use super::*;
use crate::report::Course;

#[test]
fn placeholder_until_first_look() {
    println!("{}", three().waterfall(40));
    println!("{}", three().waterfall(80));
    println!("{}", three().waterfall(120));
    println!("{}", many(2_000).waterfall(80));
}

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
        failed: false,
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
