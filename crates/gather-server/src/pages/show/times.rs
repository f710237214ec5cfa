//! Ages, times of day, days and durations, where the reader is.

use std::time::Duration;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::pages::part::When;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Now, and where the reader is.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
}

impl Times {
    /// Today where the reader is.
    pub(crate) fn today(&self) -> Date {
        self.day_of(self.now)
    }

    /// The day of an instant where the reader is.
    pub(crate) fn day_of(&self, then: Timestamp) -> Date {
        then.to_zoned(self.zone.clone()).date()
    }

    /// How old something is: `now`, `5 min`, `2 h`, `3 d`, and after a week the day.
    pub(crate) fn age(&self, then: Timestamp) -> When {
        self.when(then, self.age_words(then))
    }

    /// [`age`](Self::age) in a sentence: `2 h ago`, `just now`, `on 3 Nov`.
    pub(crate) fn ago(&self, then: Timestamp) -> When {
        let seconds = self.now.duration_since(then).as_secs();
        let words = self.age_words(then);
        let words = match seconds {
            ..MINUTE => "just now".to_owned(),
            _ if seconds < 7 * DAY => format!("{words} ago"),
            _ => format!("on {words}"),
        };
        self.when(then, words)
    }

    /// When something will be: `now`, `in 5 min`, `at 14:32`, `at 00:05 on 21 Nov`.
    pub(crate) fn ahead(&self, then: Timestamp) -> When {
        let seconds = then.duration_since(self.now).as_secs();
        let words = match seconds {
            ..MINUTE => "now".to_owned(),
            MINUTE..HOUR => format!("in {} min", seconds / MINUTE),
            _ => format!("at {}", self.clock_words(then)),
        };
        self.when(then, words)
    }

    /// The time of an instant, with the day where it is not today.
    pub(crate) fn clock(&self, then: Timestamp) -> When {
        self.when(then, self.clock_words(then))
    }

    /// A day as a column has it: `19 Nov`, `19 Nov 2025`.
    pub(crate) fn day(&self, day: Date) -> When {
        When {
            words: self.day_words(day),
            exact: day.strftime("%A, %-d %B %Y").to_string(),
            machine: day.to_string(),
        }
    }

    /// A day, with the year where it is another one.
    pub(crate) fn day_words(&self, day: Date) -> String {
        let pattern = if day.year() == self.today().year() {
            "%-d %b"
        } else {
            "%-d %b %Y"
        };
        day.strftime(pattern).to_string()
    }

    /// The head of a day's stories: `Today`, `Yesterday`, `Monday, 16 November`.
    pub(crate) fn day_name(&self, day: Date) -> String {
        let today = self.today();
        if day >= today {
            "Today".to_owned()
        } else if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
            "Yesterday".to_owned()
        } else if day.year() == today.year() {
            day.strftime("%A, %-d %B").to_string()
        } else {
            day.strftime("%A, %-d %B %Y").to_string()
        }
    }

    fn when(&self, then: Timestamp, words: String) -> When {
        When {
            words,
            exact: then
                .to_zoned(self.zone.clone())
                .strftime("%-d %b %Y, %H:%M:%S %Z")
                .to_string(),
            machine: then.to_string(),
        }
    }

    fn age_words(&self, then: Timestamp) -> String {
        // Clocks differ; what is a little in the future is now.
        let seconds = self.now.duration_since(then).as_secs();
        match seconds {
            ..MINUTE => "now".to_owned(),
            MINUTE..HOUR => format!("{} min", seconds / MINUTE),
            HOUR..DAY => format!("{} h", seconds / HOUR),
            _ if seconds < 7 * DAY => format!("{} d", seconds / DAY),
            _ => self.day_words(self.day_of(then)),
        }
    }

    fn clock_words(&self, then: Timestamp) -> String {
        let zoned = then.to_zoned(self.zone.clone());
        let hour = zoned.strftime("%H:%M");
        if zoned.date() == self.today() {
            hour.to_string()
        } else {
            format!("{hour} on {}", self.day_words(zoned.date()))
        }
    }
}

/// A duration with as many digits as say something: `0.52 s`, `41.3 s`, `2 min 5 s`, `3 h`.
pub(crate) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    // What would be rounded up to the next form takes the next form.
    if seconds < 9.995 {
        return format!("{seconds:.2} s");
    }
    if seconds < 99.95 {
        return format!("{seconds:.1} s");
    }
    let whole = duration.as_millis().saturating_add(500) / 1000;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, civil::date};

    use super::*;

    fn times() -> Times {
        Times {
            now: "2026-11-20T09:00:00Z".parse().unwrap(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
        }
    }

    #[test]
    fn an_age_is_given_in_its_largest_unit_and_exactly_on_asking() {
        let times = times();
        for (hours, words, sentence) in [
            (-2.0, "now", "just now"),
            (0.01, "now", "just now"),
            (0.1, "6 min", "6 min ago"),
            (2.9, "2 h", "2 h ago"),
            (50.0, "2 d", "2 d ago"),
            (24.0 * 17.0, "3 Nov", "on 3 Nov"),
            (24.0 * 365.0, "20 Nov 2025", "on 20 Nov 2025"),
        ] {
            let then = times.now - SignedDuration::from_secs_f64(hours * 3600.0);
            assert_eq!(times.age(then).words, words);
            assert_eq!(times.ago(then).words, sentence);
        }
        let when = times.age(times.now);
        assert_eq!(when.exact, "20 Nov 2026, 10:00:00 CET");
        assert_eq!(when.machine, "2026-11-20T09:00:00Z");
    }

    #[test]
    fn what_is_ahead_is_near_or_has_its_time() {
        let times = times();
        let at = |text: &str| times.ahead(text.parse().unwrap()).words;
        assert_eq!(at("2026-11-20T08:00:00Z"), "now");
        assert_eq!(at("2026-11-20T09:05:30Z"), "in 5 min");
        assert_eq!(at("2026-11-20T13:32:00Z"), "at 14:32");
        assert_eq!(at("2026-11-20T23:05:00Z"), "at 00:05 on 21 Nov");
    }

    #[test]
    fn a_day_is_named_by_how_far_it_is() {
        let times = times();
        assert_eq!(times.day_name(date(2026, 11, 20)), "Today");
        assert_eq!(times.day_name(date(2026, 11, 19)), "Yesterday");
        assert_eq!(times.day_name(date(2026, 11, 16)), "Monday, 16 November");
        assert_eq!(times.day_name(date(2025, 1, 3)), "Friday, 3 January 2025");
        assert_eq!(times.day(date(2025, 1, 3)).words, "3 Jan 2025");
    }

    #[test]
    fn durations_are_rounded_into_their_form() {
        for (millis, words) in [
            (520, "0.52 s"),
            (9_996, "10.0 s"),
            (99_960, "1 min 40 s"),
            (120_000, "2 min"),
            (3_600_000, "1 h"),
            (5_400_000, "1 h 30 min"),
        ] {
            assert_eq!(seconds(Duration::from_millis(millis)), words);
        }
    }
}
