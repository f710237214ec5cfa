//! Names, durations and counts in few cells.

use std::time::Duration;

use crate::report::Attempt;

/// Cells of the longest [`duration`].
pub(super) const DURATION: usize = 6;

/// The address without its scheme; later attempts say which they are.
pub(super) fn name(attempt: &Attempt) -> String {
    let url = &*attempt.url;
    let short = url.split_once("://").map_or(url, |(_, rest)| rest);
    // A bare host is told by its name alone.
    let short = match short.strip_suffix('/') {
        Some(host) if !host.contains('/') => host,
        _ => short,
    };
    // Addresses are ASCII without controls; a program that made its own report may not know.
    let plain: String = short
        .chars()
        .map(|c| {
            if c == ' ' || c.is_ascii_graphic() {
                c
            } else {
                '?'
            }
        })
        .collect();
    match attempt.number {
        0 | 1 => plain,
        number => format!("  {number}. {plain}"),
    }
}

/// At most `room` cells: what is too long loses its middle, since hosts differ at the start and paths at the end.
pub(super) fn fit(text: &str, room: usize) -> String {
    let all = cells(text);
    if all <= room {
        return text.to_owned();
    }
    let head = room.saturating_sub(1).div_ceil(2);
    let tail = room.saturating_sub(1) - head;
    text.chars()
        .take(head)
        .chain(['…'])
        .chain(text.chars().skip(all - tail))
        .collect()
}

/// How many cells a text takes: every character written here takes one.
pub(super) fn cells(text: &str) -> usize {
    text.chars().count()
}

/// What stands for attempts that have no row.
pub(super) fn folded(attempts: &[&Attempt]) -> String {
    let took = attempts
        .iter()
        .map(|attempt| attempt.ended.saturating_sub(attempt.started));
    let shortest = took.clone().min().unwrap_or_default();
    let longest = took.max().unwrap_or_default();
    let failed = attempts
        .iter()
        .filter(|attempt| attempt.error.is_some())
        .count();
    let mut text = format!("… {} more like these", count(attempts.len()));
    if failed > 0 {
        text.push_str(&format!(", {} failed", count(failed)));
    }
    let (shortest, longest) = (duration(shortest), duration(longest));
    if shortest == longest {
        text.push_str(&format!(", {longest} each"));
    } else {
        text.push_str(&format!(", {shortest} to {longest}"));
    }
    text
}

/// Thousands apart: `1,960`.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Two or three figures and a unit, in at most six cells.
pub(super) fn duration(duration: Duration) -> String {
    let (seconds, micros) = (duration.as_secs(), duration.as_micros());
    match micros {
        0..100 => format!("{micros} µs"),
        100..9_950 => tenths(micros, 1_000, "ms"),
        // From here on, what would round up to the next unit is written in it.
        9_950..999_500 => format!("{} ms", (micros + 500) / 1_000),
        999_500..9_995_000 => {
            let hundredths = (micros + 5_000) / 10_000;
            format!("{}.{:02} s", hundredths / 100, hundredths % 100)
        }
        9_995_000..99_950_000 => tenths(micros, 1_000_000, "s"),
        99_950_000..599_500_000 => format!("{} s", (micros + 500_000) / 1_000_000),
        _ => match seconds {
            0..600 => "10 min".to_owned(),
            600..36_000 => format!("{} min", seconds / 60),
            36_000..864_000 => format!("{} h", seconds / 3_600),
            _ => match seconds / 86_400 {
                days @ 0..1_000 => format!("{days} d"),
                _ => ">999 d".to_owned(),
            },
        },
    }
}

/// One decimal, rounded.
fn tenths(micros: u128, unit: u128, name: &str) -> String {
    let tenths = (micros * 10 + unit / 2) / unit;
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

/// A tick's label: in the largest unit in which it is short and exact.
pub(super) fn round_duration(nanos: u128) -> String {
    const MICRO: u128 = 1_000;
    const MILLI: u128 = 1_000 * MICRO;
    const SECOND: u128 = 1_000 * MILLI;
    if nanos == 0 {
        return "0".to_owned();
    }
    for (unit, name) in [
        (86_400 * SECOND, "d"),
        (3_600 * SECOND, "h"),
        (60 * SECOND, "min"),
        (SECOND, "s"),
        (MILLI, "ms"),
    ] {
        if nanos.is_multiple_of(unit) {
            return format!("{} {name}", nanos / unit);
        }
        // 1.5 s, but 90 s and not 1.5 min: minutes and more have no tenths.
        if unit <= SECOND && nanos > unit && nanos.is_multiple_of(unit / 10) {
            return format!("{}.{} {name}", nanos / unit, nanos % unit / (unit / 10));
        }
    }
    format!("{} µs", nanos / MICRO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_fits_its_six_cells() {
        for (micros, expected) in [
            (0, "0 µs"),
            (99, "99 µs"),
            (100, "0.1 ms"),
            (9_949, "9.9 ms"),
            (9_950, "10 ms"),
            (999_499, "999 ms"),
            (999_500, "1.00 s"),
            (1_044_900, "1.04 s"),
            (9_994_999, "9.99 s"),
            (9_995_000, "10.0 s"),
            (99_949_999, "99.9 s"),
            (99_950_000, "100 s"),
            (599_499_999, "599 s"),
            (599_500_000, "10 min"),
            (600_000_000, "10 min"),
            (35_999_000_000, "599 min"),
            (36_000_000_000, "10 h"),
            (10 * 86_400_000_000, "10 d"),
            (999 * 86_400_000_000, "999 d"),
            (u64::MAX, ">999 d"),
        ] {
            let text = duration(Duration::from_micros(micros));
            assert_eq!(text, expected, "{micros}");
        }
    }

    #[test]
    fn thousands_stand_apart() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_960, "1,960"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(count(number), expected);
        }
    }

    #[test]
    fn a_tick_is_labelled_exactly() {
        const MILLI: u128 = 1_000_000;
        for (nanos, expected) in [
            (0, "0"),
            (5_000, "5 µs"),
            (200 * MILLI, "200 ms"),
            (MILLI / 2, "500 µs"),
            (1_500 * MILLI, "1.5 s"),
            (90_000 * MILLI, "90 s"),
            (120_000 * MILLI, "2 min"),
            (5_400_000 * MILLI, "90 min"),
            (86_400_000 * MILLI, "1 d"),
        ] {
            assert_eq!(round_duration(nanos), expected);
        }
    }

    #[test]
    fn what_is_too_long_loses_its_middle() {
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(fit("abcdefgh", 5), "ab…gh");
        assert_eq!(fit("abcdefgh", 1), "…");
        let mut attempt = Attempt::by_hand(0, 0, 0);
        attempt.url = "https://***@h.example/a\u{1b}[31m\u{4e16}".into();
        attempt.number = 3;
        assert_eq!(name(&attempt), "  3. ***@h.example/a?[31m?");
        attempt.url = "http://h.example/".into();
        assert_eq!(name(&attempt), "  3. h.example");
    }
}
