use std::time::SystemTime;

use super::*;
use crate::{
    HostLimits, Quota,
    limit::Waits,
    report::{self, Attempt},
};

const MS: Duration = Duration::from_millis(1);

/// A fan-out of requests that were all added at the start and took so long each, as it was under `width` slots of their
/// host.
fn rounds(count: usize, each: u64, width: usize) -> Report {
    let courses: Vec<report::Course> = (0..count)
        .map(|at| {
            let round = u64::try_from(at / width).unwrap() * each;
            let mut attempt = Attempt::by_hand(at, round, round + each);
            attempt.waits.host = MS * u32::try_from(round).unwrap();
            attempt.sent = Some(attempt.started);
            attempt.first_byte = Some(attempt.ended);
            report::Course {
                attempts: vec![attempt],
                ..report::Course::default()
            }
        })
        .collect();
    let wall = courses
        .iter()
        .map(|course| course.attempts[0].ended)
        .max()
        .unwrap();
    Report::new(&courses, SystemTime::UNIX_EPOCH, wall)
}

fn slots(width: usize) -> Limits {
    Limits::new(64).each_host(HostLimits::in_flight(width))
}

#[test]
fn the_recorded_limits_give_the_recorded_time() {
    let report = rounds(20, 100, 6);
    assert_eq!(report.wall, MS * 400);
    assert_eq!(report.replay(&slots(6)).wall, report.wall);
}

#[test]
fn twice_the_slots_need_half_the_rounds() {
    let report = rounds(20, 100, 6);
    assert_eq!(report.replay(&slots(12)).wall, MS * 200);
    assert_eq!(report.replay(&slots(1)).wall, MS * 2000);
    let few = slots(12).with_in_flight(2);
    assert_eq!(report.replay(&few).wall, MS * 1000);
}

#[test]
fn a_quota_counts_its_window_from_the_answer() {
    let report = rounds(4, 100, 6);
    let limits = Limits::new(64)
        .each_host(HostLimits::in_flight(6).quota(Quota::new(2, Duration::from_secs(1))));
    // Two, their answers, a window and its thousandth, and two more.
    assert_eq!(report.replay(&limits).wall, MS * (100 + 1001 + 100));
    let sent = Quota::new(2, Duration::from_secs(1)).at_send();
    let limits = Limits::new(64).each_host(HostLimits::in_flight(6).quota(sent));
    assert_eq!(report.replay(&limits).wall, MS * (1001 + 100));
}

#[test]
fn what_follows_keeps_its_pause() {
    let first = Attempt::by_hand(0, 0, 100);
    let mut second = Attempt::by_hand(1, 130, 200);
    second.queued = MS * 130;
    let courses = [
        report::Course {
            attempts: vec![first],
            ..report::Course::default()
        },
        report::Course {
            parent: Some(0),
            queued: MS * 130,
            attempts: vec![second],
            ..report::Course::default()
        },
    ];
    let report = Report::new(&courses, SystemTime::UNIX_EPOCH, MS * 200);
    let replay = report.replay(&slots(1));
    assert_eq!(replay.ended, [MS * 100, MS * 200]);
}

#[test]
fn a_retry_comes_after_its_pause_and_lets_others_go_before_it() {
    let mut again = Attempt::by_hand(0, 350, 400);
    again.number = 2;
    again.queued = MS * 300;
    again.waits = Waits {
        host: MS * 50,
        ..Waits::default()
    };
    let mut other = Attempt::by_hand(1, 100, 350);
    other.waits.host = MS * 100;
    let courses = [
        report::Course {
            attempts: vec![Attempt::by_hand(0, 0, 100), again],
            ..report::Course::default()
        },
        report::Course {
            attempts: vec![other],
            ..report::Course::default()
        },
    ];
    let report = Report::new(&courses, SystemTime::UNIX_EPOCH, MS * 400);
    assert_eq!(report.replay(&slots(1)).wall, MS * 400);
    assert_eq!(report.replay(&slots(2)).wall, MS * 350);
}

#[test]
fn a_new_connection_costs_what_others_cost() {
    let mut report = rounds(4, 100, 2);
    for attempt in &mut report.timeline {
        attempt.reused = attempt.request >= 2;
        if !attempt.reused {
            attempt.connecting.tls = MS * 30;
        }
    }
    assert_eq!(report.replay(&slots(2)).wall, MS * 200);
    // All at once: those that found a connection open now need one of their own.
    assert_eq!(report.replay(&slots(4)).wall, MS * 130);
    // One at a time: only the first has to connect.
    assert_eq!(report.replay(&slots(1)).wall, MS * (100 + 70 + 100 + 100));
}

#[test]
fn one_that_was_joined_takes_no_slot() {
    let mut report = rounds(2, 100, 1);
    report.timeline.truncate(1);
    report.asked[1].joined = MS * 100;
    assert_eq!(report.replay(&slots(1)).wall, MS * 100);
}

#[test]
fn nothing_asked_takes_no_time() {
    let report = Report::new(&[], SystemTime::UNIX_EPOCH, Duration::ZERO);
    assert_eq!(report.replay(&slots(6)).wall, Duration::ZERO);
}

#[test]
fn what_it_takes_to_hand_a_slot_on_is_not_saved_by_another_limit() {
    // Each of the later two was let go 10 ms after the end that made room for it.
    let courses: Vec<report::Course> = (0..3_u64)
        .map(|at| {
            let mut attempt =
                Attempt::by_hand(usize::try_from(at).unwrap(), at * 110, at * 110 + 100);
            attempt.waits.slot = attempt.started;
            report::Course {
                attempts: vec![attempt],
                ..report::Course::default()
            }
        })
        .collect();
    let report = Report::new(&courses, SystemTime::UNIX_EPOCH, MS * 320);
    let overall = |slots| Limits::new(slots).each_host(HostLimits::in_flight(6));
    assert_eq!(report.replay(&overall(1)).wall, MS * 320);
    assert_eq!(report.replay(&overall(2)).wall, MS * 210);
    assert_eq!(report.replay(&overall(3)).wall, MS * 100);
}
