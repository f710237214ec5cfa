//! A date as somebody wrote it: RFC 822 and its many misreadings, asctime, ISO 8601 with week and ordinal dates.
//!
//! The parts are found by what they look like and not by their place, so that a wrong weekday, a missing second or a
//! month in another language does no harm. What cannot be told apart stays unread: `3/4/2025` has two meanings, and
//! 31 June is no day.
//!
//! Source: RFC 5322 sections 3.3 and 4.3, ISO 8601 (2004) section 4.1.

use jiff::{
    Timestamp,
    civil::{Date, ISOWeekDate, Time, Weekday},
    tz::Offset,
};

use super::names;

/// Longer texts are no dates.
const MAX_LENGTH: usize = 100;

/// Date, time and offset, each as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// The day; the first one of the month or year when no day was written.
    pub(super) date: Date,
    /// Whether a day was written.
    pub(super) has_day: bool,
    time: Time,
    /// `24:00`: midnight at the end of the day.
    ends_day: bool,
    offset: Option<Offset>,
}

impl Written {
    /// The point in time; without an offset it is UTC.
    pub(super) fn instant(self) -> Option<Timestamp> {
        let date = if self.ends_day {
            self.date.tomorrow().ok()?
        } else {
            self.date
        };
        let offset = self.offset.unwrap_or(Offset::UTC);
        offset.to_timestamp(date.to_datetime(self.time)).ok()
    }
}

/// Reads a date; `None` when it is none, or has more than one meaning.
pub(super) fn read(text: &str) -> Option<Written> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let text = names::plain(text);
    // A comment, or a zone by name beside its offset.
    let text = text.split(['(', '[']).next()?.trim();
    iso(text).or_else(|| words(text))
}

/// The digits at the start, and what follows them.
fn digits(text: &str) -> (&str, &str) {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(length)
}

fn number<T: std::str::FromStr>(digits: &str) -> Option<T> {
    digits.parse().ok()
}

/// The year first.
fn iso(text: &str) -> Option<Written> {
    let eastern = text.contains(['年', '년']).then(|| {
        text.replace(['年', '년', '月', '월'], "-")
            .replace(['日', '일'], " ")
            .replace("- ", "-")
    });
    let text = eastern.as_deref().unwrap_or(text);
    let (first, rest) = digits(text);
    let (date, has_day, rest) = match first.len() {
        14 => {
            let date = compact(&first[..8])?;
            let clock = Clock::read(&first[8..])?;
            return clock.at(date, true, rest);
        }
        8 => (compact(first)?, true, rest),
        7 => (ordinal(&first[..4], &first[4..])?, true, rest),
        4 => calendar(first, rest)?,
        _ => return None,
    };
    let rest = rest
        .strip_prefix(['t', '_', ','])
        .unwrap_or(rest)
        .trim_start();
    match Clock::of_start(rest) {
        Some((clock, rest)) => clock.at(date, has_day, rest),
        None => Clock::default().at(date, has_day, rest),
    }
}

fn compact(ymd: &str) -> Option<Date> {
    Date::new(number(&ymd[..4])?, number(&ymd[4..6])?, number(&ymd[6..])?).ok()
}

fn ordinal(year: &str, day: &str) -> Option<Date> {
    let first = Date::new(number(year)?, 1, 1).ok()?;
    first.with().day_of_year(number(day)?).build().ok()
}

/// What can follow a year of four digits; the rest is behind the date.
fn calendar<'t>(year: &str, rest: &'t str) -> Option<(Date, bool, &'t str)> {
    let y = number(year)?;
    if rest.is_empty() {
        return Some((Date::new(y, 1, 1).ok()?, false, rest));
    }
    if let Some(week) = rest.strip_prefix("-w").or_else(|| rest.strip_prefix('w')) {
        let (week, rest) = (week.get(..2)?, week.get(2..)?);
        let (day, rest) = match digits(rest.strip_prefix('-').unwrap_or(rest)) {
            (day, rest) if day.len() == 1 => (number(day)?, rest),
            _ => (1, rest),
        };
        let weekday = Weekday::from_monday_one_offset(day).ok()?;
        let date = ISOWeekDate::new(y, number(week)?, weekday).ok()?.date();
        return Some((date, true, rest));
    }
    let mark = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '/' | '.' | ' '))?;
    let (month, rest) = digits(&rest[1..]);
    match month.len() {
        3 => return Some((ordinal(year, month)?, true, rest)),
        1 | 2 => {}
        _ => return None,
    }
    let month = number(month)?;
    let (day, behind) = rest.strip_prefix(mark).map_or(("", rest), digits);
    if day.is_empty() || day.len() > 2 || behind.starts_with(':') {
        return (mark == '-' && rest.is_empty())
            .then(|| Date::new(y, month, 1).ok())
            .flatten()
            .map(|date| (date, false, rest));
    }
    Some((Date::new(y, month, number(day)?).ok()?, true, behind))
}

/// Day, month by name and year in any order.
fn words(text: &str) -> Option<Written> {
    let mut months = Vec::new();
    let mut numbers: Vec<&str> = Vec::new();
    let mut clock: Option<Clock> = None;
    let mut zone = String::new();
    let mut leading = 0;
    for part in text
        .split([' ', ',', '\t', '\n', '\r'])
        .filter(|part| !part.is_empty())
    {
        let is_zone = part.starts_with(['+', '-'])
            || !zone.is_empty() && !part.bytes().all(|b| b.is_ascii_digit());
        if clock.is_some() && is_zone {
            zone.push_str(part);
            continue;
        }
        if clock.is_none()
            && part.contains(':')
            && let Some((found, rest)) = Clock::of_start(part)
        {
            clock = Some(found);
            zone.push_str(rest);
            continue;
        }
        if let Some(dotted) = dotted(part) {
            numbers.extend(dotted.0);
            months.push(dotted.1);
            continue;
        }
        if let (Some(late), "") = half_of_day(part)
            && let Some(found) = clock
        {
            clock = Some(found.in_half(late)?);
            continue;
        }
        // `20-Nov-25`, but `quinta-feira` is one word.
        let joints: &[char] = if part.contains(|c: char| c.is_ascii_digit()) {
            &['-', '/']
        } else {
            &[]
        };
        for piece in part.split(joints).filter(|piece| !piece.is_empty()) {
            let (start, suffix) = digits(piece);
            let word = piece.trim_end_matches('.');
            if !start.is_empty() {
                if !matches!(
                    suffix,
                    "" | "." | "st" | "nd" | "rd" | "th" | "er" | "º" | "o"
                ) {
                    return None;
                }
                numbers.push(start);
            } else if let Some(month) = names::month(word) {
                months.push(month);
            } else if names::is_filler(word) {
            } else if clock.is_some() {
                zone.push_str(part);
                break;
            } else if numbers.is_empty() && leading == 0 {
                // A weekday, in whatever language, right or wrong.
                leading = 1;
            } else {
                return None;
            }
        }
    }
    // `mar.` is a Tuesday before it is a March.
    let month = *months.last().filter(|_| months.len() <= 2)?;
    let (day, year) = day_and_year(&numbers)?;
    let date = Date::new(year, month, day.unwrap_or(1)).ok()?;
    clock.unwrap_or_default().at(date, day.is_some(), &zone)
}

/// `20.11.2025`: with points the day comes first wherever it is written so.
fn dotted(part: &str) -> Option<([&str; 2], i8)> {
    let mut parts = part.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let sound = (1..=2).contains(&day.len()) && (1..=2).contains(&month.len()) && year.len() == 4;
    (sound && parts.next().is_none())
        .then(|| number(month))
        .flatten()
        .map(|month| ([day, year], month))
}

fn day_and_year(numbers: &[&str]) -> Option<(Option<i8>, i16)> {
    match numbers {
        [year] if year.len() == 4 => Some((None, number(year)?)),
        [year, day] if year.len() == 4 => Some((Some(number(day)?), number(year)?)),
        [day, year] => {
            let value: i16 = number(year)?;
            let year = match (year.len(), value) {
                (2, 0..=49) => 2000 + value,
                // Three digits are an old program's years since 1900.
                (2 | 3, _) => 1900 + value,
                (4, _) => value,
                _ => return None,
            };
            Some((Some(number(day)?), year))
        }
        _ => None,
    }
}

/// A time of day.
#[derive(Debug, Clone, Copy, Default)]
struct Clock {
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
}

impl Clock {
    /// `hh`, `hh:mm`, `hh:mm:ss`, with a fraction, or without the colons; and what follows.
    fn of_start(text: &str) -> Option<(Self, &str)> {
        let (half, text) = half_of_day(text);
        let (first, mut rest) = digits(text);
        let mut clock = match first.len() {
            1 | 2 => Self {
                hour: number(first)?,
                ..Self::default()
            },
            4 | 6 => Self::read(first)?,
            _ => return None,
        };
        if first.len() <= 2 {
            for (place, field) in [&mut clock.minute, &mut clock.second]
                .into_iter()
                .enumerate()
            {
                let Some((part, behind)) = rest.strip_prefix(':').map(digits) else {
                    break;
                };
                // `08:00:` ends with a colon too many.
                if part.is_empty() && place == 1 {
                    rest = behind;
                    break;
                }
                if part.is_empty() || part.len() > 2 {
                    return None;
                }
                *field = number(part)?;
                rest = behind;
            }
        }
        if let Some(fraction) = rest.strip_prefix(['.', ','])
            && let (part, behind) = digits(fraction)
            && !part.is_empty()
        {
            let nine: String = part.chars().chain("000000000".chars()).take(9).collect();
            clock.nanosecond = number(&nine)?;
            rest = behind;
        }
        let (late, rest) = match half_of_day(rest.trim_start()) {
            (None, _) => (half, rest),
            found => found,
        };
        match late {
            Some(late) => Some((clock.in_half(late)?, rest)),
            None => Some((clock, rest)),
        }
    }

    /// An hour of a twelve-hour clock.
    fn in_half(self, late: bool) -> Option<Self> {
        let hour = self.hour % 12 + if late { 12 } else { 0 };
        (1..=12)
            .contains(&self.hour)
            .then_some(Self { hour, ..self })
    }

    /// `hhmm` or `hhmmss`.
    fn read(packed: &str) -> Option<Self> {
        Some(Self {
            hour: number(packed.get(..2)?)?,
            minute: number(packed.get(2..4)?)?,
            second: number(packed.get(4..6).unwrap_or("0"))?,
            nanosecond: 0,
        })
    }

    fn at(self, date: Date, has_day: bool, zone: &str) -> Option<Written> {
        let ends_day = self.hour == 24;
        if ends_day && (self.minute, self.second, self.nanosecond) != (0, 0, 0) {
            return None;
        }
        let hour = if ends_day { 0 } else { self.hour };
        // A leap second has no place of its own.
        let second = self
            .second
            .min(if self.second == 60 { 59 } else { i8::MAX });
        Some(Written {
            date,
            has_day,
            time: Time::new(hour, self.minute, second, self.nanosecond).ok()?,
            ends_day,
            offset: offset(zone)?,
        })
    }
}

/// Whether it is after noon, where the text begins with that.
fn half_of_day(text: &str) -> (Option<bool>, &str) {
    for (mark, late) in [
        ("a.m.", false),
        ("p.m.", true),
        ("am", false),
        ("pm", true),
        ("오전", false),
        ("오후", true),
        ("午前", false),
        ("午後", true),
    ] {
        if let Some(rest) = text.strip_prefix(mark)
            && !rest.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            return (Some(late), rest.trim_start());
        }
    }
    (None, text)
}

/// An offset as numbers or as a name. `Some(None)`: none, or one that is not known.
#[expect(clippy::option_option, reason = "no offset is one of the good answers")]
fn offset(zone: &str) -> Option<Option<Offset>> {
    let zone = zone.trim().trim_end_matches('.');
    if zone.is_empty() {
        return Some(None);
    }
    let letters = zone.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, numbers) = zone.split_at(letters);
    let numbers = numbers.trim_start();
    let minutes = if numbers.is_empty() {
        match names::zone(name) {
            Some(minutes) => minutes,
            None if name.len() <= 5 => return Some(None),
            None => return None,
        }
    } else {
        let sign = match numbers.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        // `GMT+2`, `UTC-05:00`; a name before an offset says the same twice.
        if name.len() > 5 {
            return None;
        }
        let (first, rest) = digits(numbers[1..].trim_start());
        let (hours, minutes): (i32, i32) = match (first.len(), rest.strip_prefix(':').map(digits)) {
            (1 | 2, Some((minutes, ""))) if minutes.len() == 2 => {
                (number(first)?, number(minutes)?)
            }
            (1 | 2, None) => (number(first)?, 0),
            (3, None) => (number(&first[..1])?, number(&first[1..])?),
            (4, None) => (number(&first[..2])?, number(&first[2..])?),
            _ => return None,
        };
        let behind = if first.len() >= 3 || !rest.starts_with(':') {
            rest.trim()
        } else {
            ""
        };
        if minutes > 59 || !behind.chars().all(|c| c.is_ascii_alphabetic()) {
            return None;
        }
        sign * (hours * 60 + minutes)
    };
    Offset::from_seconds(minutes * 60).ok().map(Some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> String {
        read(text)
            .and_then(Written::instant)
            .map_or_else(|| "unknown".to_owned(), |instant| instant.to_string())
    }

    #[test]
    fn case_66_a_date_is_read_however_it_is_written() {
        for text in [
            "Thu, 20 Nov 2025 08:00:00 GMT",
            "Sun, 20 Nov 2025 08:00:00 GMT",
            "20 Nov 2025 08:00 UT",
            "20 Nov 25 08:00:00 Z",
            "Thu, 20 Nov 125 08:00:00 GMT",
            "Thursday, 20-Nov-25 08:00:00 GMT",
            "Thu, 20 November 2025 03:00:00 EST",
            "Thu, 20 Nov 2025 09:00:00 CET",
            "Thu, 20 Nov 2025 08:00:00 A",
            "Thu, 20 Nov 2025 08:00:00 XYZ",
            "Thu, 20 Nov 2025 13:30:00 +0530",
            "Thu, 20 Nov 2025 13:30:00 +05:30",
            "Thu, 20 Nov 2025 13:30:00 GMT+0530",
            "Thu, 20 Nov 2025 03:00:00 -0500 (EST)",
            "Thu, 20 Nov 2025 03:00:00 -0500 EST",
            "Thu,20 Nov 2025  8:00:00",
            "Thu Nov 20 08:00:00 2025",
            "Thu Nov 20 08:00:00 UTC 2025",
            "Nov 20, 2025 8:00 AM",
            "November 20th, 2025 08:00",
            "2025-11-20T08:00:00Z",
            "2025-11-20t08:00:00z",
            "2025-11-20 08:00:00",
            "2025-11-20 08:00",
            "2025-11-20T08Z",
            "2025-11-20T13:30+0530",
            "2025-11-20 13:30:00 +05:30",
            "2025-11-20T08:00:00.000000001Z",
            "2025-11-20T08:00:00,5Z",
            "2025/11/20 08:00:00",
            "2025-324T08:00Z",
            "2025324T080000Z",
            "2025-W47-4T08:00:00Z",
            "2025W474T08",
            "20251120T080000Z",
            "20251120080000",
            "2025-11-20T08:00:00[Europe/London]",
            "20.11.2025 08:00",
            "2025年11月20日 08:00:00",
            "2025년 11월 20일 오전 8:00:00",
        ] {
            assert!(
                at(text).starts_with("2025-11-20T08:00:00"),
                "{text}: {}",
                at(text)
            );
        }
        for (text, instant) in [
            ("2025-11-20T23:59:60Z", "2025-11-20T23:59:59Z"),
            ("Thu, 20 Nov 2025 24:00:00 GMT", "2025-11-21T00:00:00Z"),
            ("2025-11-20T24:00:00Z", "2025-11-21T00:00:00Z"),
            ("Thu, 20 Nov 2025 12:30 am", "2025-11-20T00:30:00Z"),
            ("20 Nov 2025 12:30 PM", "2025-11-20T12:30:00Z"),
            ("01 Jan 50 00:00:00 GMT", "1950-01-01T00:00:00Z"),
            ("01 Jan 49 00:00:00 GMT", "2049-01-01T00:00:00Z"),
            ("2025-11-20", "2025-11-20T00:00:00Z"),
            ("2025-11-20+02:00", "2025-11-19T22:00:00Z"),
            ("2025-11", "2025-11-01T00:00:00Z"),
            ("2025", "2025-01-01T00:00:00Z"),
            ("2025-W01", "2024-12-30T00:00:00Z"),
            ("March 2025", "2025-03-01T00:00:00Z"),
        ] {
            assert_eq!(at(text), instant, "{text}");
        }
    }

    #[test]
    fn case_66_months_have_names_in_many_languages() {
        for text in [
            "jue, 20 noviembre 2025 08:00:00 GMT",
            "Jue, 20 de noviembre de 2025 08:00",
            "jeudi 20 novembre 2025 à 08:00",
            "Donnerstag, 20. November 2025 08:00 Uhr",
            "giovedì 20 novembre 2025 08:00",
            "quinta-feira, 20 de novembro de 2025 08:00",
            "donderdag 20 november 2025 08:00",
            "czwartek, 20 listopada 2025 08:00",
            "20 ноября 2025 08:00",
        ] {
            assert_eq!(at(text), "2025-11-20T08:00:00Z", "{text}");
        }
        for (text, day) in [
            ("mar., 18 mars 2025", "2025-03-18"),
            ("Mar, 4 Mar 2025", "2025-03-04"),
            ("mar, 02 dic 2025", "2025-12-02"),
            ("1er août 2025", "2025-08-01"),
            ("3 mrt 2025", "2025-03-03"),
            ("Mo, 3. März 2025", "2025-03-03"),
            ("15 mag 2025", "2025-05-15"),
            ("15 out 2025", "2025-10-15"),
            ("15 ene 2025", "2025-01-15"),
        ] {
            assert_eq!(
                read(text).map(|w| w.date.to_string()).as_deref(),
                Some(day),
                "{text}"
            );
        }
    }

    #[test]
    fn case_66_what_is_no_day_or_has_two_meanings_is_unknown() {
        for text in [
            "Thu, 31 Jun 26 24:00:00 EST",
            "30 Feb 2025",
            "3/4/2025",
            "31/12/2025",
            "2025-13-01",
            "2025-11-20T25:00:00Z",
            "2025-11-20T24:30:00Z",
            "2025-11-20T08:61:00Z",
            "2025-11-20 and more",
            "2025-366",
            "2025-W54-1",
            "20 Nov",
            "Nov",
            "yesterday",
            "soon, 5 minutes",
            "",
            "08:00",
            "20 jui 2025",
            "20 Nov 2025 08:00 +99:99",
        ] {
            assert_eq!(at(text), "unknown", "{text}");
        }
        assert_eq!(at(&"2025 ".repeat(1_000)), "unknown");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(
            text in "([0-9]{1,4}|Nov|mar|T|Z|W|:|-|\\+|\\.|,| |/|GMT|am|年|\\PC){0,16}",
        ) {
            let _ = read(&text).and_then(Written::instant);
        }
    }
}
