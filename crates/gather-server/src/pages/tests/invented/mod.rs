//! Pages filled with invented data, to be rendered and looked at.

mod books;
mod door;
mod money;
mod news;
mod runs;
mod sources;
mod today;

use gather_records::Money;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::pages::{
    part::{Choice, Link, Note, Tone},
    show::{Numbers, Times},
    view::{Here, LastRun, RunTook, Shell, Theme},
};

pub(super) use books::*;
pub(super) use door::*;
pub(super) use news::*;
pub(super) use runs::*;
pub(super) use sources::*;
pub(super) use today::*;

pub(in crate::pages::tests) const N: Numbers = Numbers::ENGLISH;

pub(in crate::pages::tests) fn times() -> Times {
    Times {
        now: "2026-11-19T13:32:05Z".parse().unwrap(),
        zone: TimeZone::get("Europe/Berlin").unwrap(),
    }
}

pub(in crate::pages::tests) fn money(text: &str) -> Money {
    let (amount, currency) = text.split_once(' ').unwrap();
    Money::new(amount.parse().unwrap(), currency.parse().unwrap())
}

pub(in crate::pages::tests) fn minutes_ago(minutes: i64) -> Timestamp {
    times().now - SignedDuration::from_mins(minutes)
}

pub(in crate::pages::tests) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(in crate::pages::tests) fn link(text: &str, href: &str) -> Link {
    Link {
        text: text.to_owned(),
        href: href.to_owned(),
    }
}

pub(in crate::pages::tests) fn note(text: &str, tone: Tone) -> Note {
    Note {
        text: text.to_owned(),
        tone,
    }
}

pub(in crate::pages::tests) fn choice(
    text: &str,
    value: &str,
    count: &str,
    chosen: bool,
) -> Choice {
    Choice {
        text: text.to_owned(),
        value: value.to_owned(),
        count: count.to_owned(),
        chosen,
    }
}

pub(in crate::pages::tests) fn shell(title: &str, here: Here) -> Shell {
    Shell {
        base: String::new(),
        title: title.to_owned(),
        here,
        theme: Theme::System,
        user: Some("ann".to_owned()),
        last_run: Some(LastRun {
            href: "/runs/18".to_owned(),
            running: None,
            took: Some(RunTook {
                wall: "0.52 s".to_owned(),
                waiting: Some("2.31 s".to_owned()),
                gain: Some("4.4x".to_owned()),
                ended: times().ago(minutes_ago(2)),
            }),
        }),
        notice: None,
        problem: None,
        heard: 0,
        zone: "Europe/Berlin".to_owned(),
        back: "/".to_owned(),
    }
}

pub(in crate::pages::tests) fn outside(title: &str) -> Shell {
    Shell {
        user: None,
        last_run: None,
        ..shell(title, Here::Elsewhere)
    }
}
