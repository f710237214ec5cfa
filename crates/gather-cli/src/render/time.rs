//! Ages, days and durations in few letters.

use std::time::Duration;

use jiff::{Timestamp, civil::Date};

use super::View;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How old something is: `now`, `5 min`, `2 h`, `3 d`, and after a week the day.
pub(crate) fn age(then: Timestamp, view: &View) -> String {
    // Clocks differ; what is a little in the future is now.
    let seconds = view.now.duration_since(then).as_secs();
    match seconds {
        ..MINUTE => "now".to_owned(),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        _ if seconds < 7 * DAY => format!("{} d", seconds / DAY),
        _ => day(
            then.to_zoned(view.zone.clone()).date(),
            view.now.to_zoned(view.zone.clone()).date(),
        ),
    }
}

/// [`age`] in a sentence: `2 h ago`, `just now`, `on 3 Nov`.
pub(crate) fn days_ago(then: Timestamp, view: &View) -> String {
    let age = age(then, view);
    if age == "now" {
        "just now".to_owned()
    } else if view.now.duration_since(then).as_secs() < 7 * DAY {
        format!("{age} ago")
    } else {
        format!("on {age}")
    }
}

/// A day, with the year where it is another one: `3 Nov`, `3 Nov 2025`.
pub(crate) fn day(day: Date, today: Date) -> String {
    let pattern = if day.year() == today.year() {
        "%-d %b"
    } else {
        "%-d %b %Y"
    };
    day.strftime(pattern).to_string()
}

/// The time of an instant where the reader is, with the day where it is not today.
pub(crate) fn clock(then: Timestamp, view: &View) -> String {
    let today = view.now.to_zoned(view.zone.clone()).date();
    let then = then.to_zoned(view.zone.clone());
    let hour = then.strftime("%H:%M");
    if then.date() == today {
        hour.to_string()
    } else {
        format!("{hour} on {}", day(then.date(), today))
    }
}

/// A duration with as many digits as say something: `0.52 s`, `41.3 s`, `2 min 5 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    // What would be rounded up to the next form takes the next form.
    if seconds < 9.995 {
        format!("{seconds:.2} s")
    } else if seconds < 99.95 {
        format!("{seconds:.1} s")
    } else {
        let whole = duration.as_millis().saturating_add(500) / 1000;
        match (whole / 60, whole % 60) {
            (minutes, 0) => format!("{minutes} min"),
            (minutes, seconds) => format!("{minutes} min {seconds} s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, civil::date, tz::TimeZone};

    use super::*;

    fn view() -> View {
        View {
            width: 80,
            now: "2026-11-20T09:00:00Z".parse().unwrap(),
            zone: TimeZone::UTC,
            links: false,
        }
    }

    #[test]
    fn an_age_is_given_in_its_largest_unit_and_after_a_week_as_a_day() {
        let view = view();
        for (hours, words, sentence) in [
            (-2.0, "now", "just now"),
            (0.01, "now", "just now"),
            (0.1, "6 min", "6 min ago"),
            (2.9, "2 h", "2 h ago"),
            (50.0, "2 d", "2 d ago"),
            (24.0 * 17.0, "3 Nov", "on 3 Nov"),
            (24.0 * 365.0, "20 Nov 2025", "on 20 Nov 2025"),
        ] {
            let then = view.now - SignedDuration::from_secs_f64(hours * 3600.0);
            assert_eq!(age(then, &view), words);
            assert_eq!(days_ago(then, &view), sentence);
        }
    }

    #[test]
    fn a_time_of_day_has_its_day_when_it_is_another() {
        let view = view();
        assert_eq!(
            clock("2026-11-20T14:32:00Z".parse().unwrap(), &view),
            "14:32"
        );
        assert_eq!(
            clock("2026-11-21T00:05:00Z".parse().unwrap(), &view),
            "00:05 on 21 Nov"
        );
        assert_eq!(day(date(2025, 1, 3), date(2026, 1, 1)), "3 Jan 2025");
    }

    #[test]
    fn durations_are_rounded_into_their_form() {
        for (millis, words) in [
            (520, "0.52 s"),
            (9_994, "9.99 s"),
            (9_996, "10.0 s"),
            (41_260, "41.3 s"),
            (99_960, "1 min 40 s"),
            (120_000, "2 min"),
            (125_400, "2 min 5 s"),
        ] {
            assert_eq!(seconds(Duration::from_millis(millis)), words);
        }
    }
}
