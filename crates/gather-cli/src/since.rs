//! `--since`: an age, a day or an instant, as a person types it.
//!
//! A day begins at midnight where the reader is; an age is counted back in their calendar, so that `1mo` is the same
//! day of last month and `1d` crosses a change of the clocks as expected.

use std::str::FromStr;

use jiff::{Span, Timestamp, Zoned, civil::Date, tz::TimeZone};

/// From when on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Since {
    /// This long before now.
    Ago(Box<AgoSpan>),
    /// From the beginning of this day.
    Day(Date),
    /// From this instant.
    Instant(Timestamp),
}

/// A span of the calendar; compared by its fields, as it was typed.
#[derive(Debug, Clone)]
pub(crate) struct AgoSpan(Span);

impl PartialEq for AgoSpan {
    fn eq(&self, other: &Self) -> bool {
        self.0.fieldwise() == other.0.fieldwise()
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        // Instants first: a day would also be read off the front of an instant.
        if let Ok(instant) = text.parse() {
            return Ok(Self::Instant(instant));
        }
        if let Ok(zoned) = text.parse::<Zoned>() {
            return Ok(Self::Instant(zoned.timestamp()));
        }
        // `2026-11-20T09:00` would pass as a day and lose its hour.
        if text.len() == "2026-11-20".len()
            && let Ok(day) = text.parse()
        {
            return Ok(Self::Day(day));
        }
        match text.parse::<Span>() {
            Ok(span) if span.is_positive() => Ok(Self::Ago(Box::new(AgoSpan(span)))),
            _ => Err(
                "expected an age such as `2d` or `12h`, a day such as `2026-11-20`, or an instant such as \
                 `2026-11-20T09:00:00Z`"
                    .to_owned(),
            ),
        }
    }
}

impl Since {
    /// The instant meant, for a reader whose clock shows `now`. What lies before all calendars is their beginning.
    pub(crate) fn instant(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Instant(instant) => *instant,
            Self::Day(day) => zone
                .to_ambiguous_zoned(day.at(0, 0, 0, 0))
                .compatible()
                .map_or(Timestamp::MIN, |midnight| midnight.timestamp()),
            Self::Ago(span) => now
                .to_zoned(zone.clone())
                .checked_sub(span.0)
                .map_or(Timestamp::MIN, |then| then.timestamp()),
        }
    }

    /// The day meant, where the reader is.
    pub(crate) fn day(&self, now: Timestamp, zone: &TimeZone) -> Date {
        match self {
            Self::Day(day) => *day,
            Self::Instant(_) | Self::Ago(_) => {
                self.instant(now, zone).to_zoned(zone.clone()).date()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(text: &str) -> String {
        let now: Timestamp = "2026-11-20T09:30:00Z".parse().unwrap();
        let zone = TimeZone::get("Europe/Oslo").unwrap();
        let since: Since = text.parse().unwrap();
        format!("{} {}", since.instant(now, &zone), since.day(now, &zone))
    }

    #[test]
    fn an_age_a_day_and_an_instant_are_told_apart() {
        assert_eq!(meant("2d"), "2026-11-18T09:30:00Z 2026-11-18");
        assert_eq!(meant("12h"), "2026-11-19T21:30:00Z 2026-11-19");
        assert_eq!(meant("1mo"), "2026-10-20T08:30:00Z 2026-10-20");
        assert_eq!(meant("2026-11-01"), "2026-10-31T23:00:00Z 2026-11-01");
        assert_eq!(
            meant("2026-11-20T08:00:00Z"),
            "2026-11-20T08:00:00Z 2026-11-20"
        );
        assert_eq!(
            meant("2026-11-20T00:30+02:00"),
            "2026-11-19T22:30:00Z 2026-11-19"
        );
    }

    #[test]
    fn what_is_none_of_them_is_refused() {
        for wrong in [
            "",
            "yesterday",
            "-2d",
            "0s",
            "2026-13-01",
            "2026-11-20T09:00",
            "2",
        ] {
            assert!(wrong.parse::<Since>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_age_beyond_all_calendars_is_the_beginning() {
        assert!(meant("19000y").starts_with("-009999"));
    }
}
