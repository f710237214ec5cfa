//! Exchange rates of thirty currencies on every working day, with the euro in the middle.
//!
//! Rates are whole millionths, so that no answer depends on floating point. Real in size, not in
//! value: each wanders up to half a percent around a fixed middle, by seed and day.

use fastrand::Rng;
use jiff::{Timestamp, ToSpan, civil::Date, civil::Weekday, tz::TimeZone};

/// One, in millionths.
pub(crate) const ONE: i128 = 1_000_000;

/// Code, name, millionths to the euro.
pub(crate) const CURRENCIES: [(&str, &str, i128); 30] = [
    ("AUD", "Australian Dollar", 1_652_300),
    ("BRL", "Brazilian Real", 6_214_000),
    ("CAD", "Canadian Dollar", 1_504_100),
    ("CHF", "Swiss Franc", 941_200),
    ("CNY", "Chinese Renminbi Yuan", 7_731_000),
    ("CZK", "Czech Koruna", 25_120_000),
    ("DKK", "Danish Krone", 7_459_400),
    ("EUR", "Euro", 1_000_000),
    ("GBP", "British Pound", 839_100),
    ("HKD", "Hong Kong Dollar", 8_331_000),
    ("HUF", "Hungarian Forint", 402_150_000),
    ("IDR", "Indonesian Rupiah", 17_012_000_000),
    ("ILS", "Israeli New Sheqel", 3_984_000),
    ("INR", "Indian Rupee", 90_320_000),
    ("ISK", "Icelandic Króna", 146_300_000),
    ("JPY", "Japanese Yen", 163_270_000),
    ("KRW", "South Korean Won", 1_498_300_000),
    ("MXN", "Mexican Peso", 21_640_000),
    ("MYR", "Malaysian Ringgit", 4_742_000),
    ("NOK", "Norwegian Krone", 11_730_000),
    ("NZD", "New Zealand Dollar", 1_801_200),
    ("PHP", "Philippine Peso", 62_410_000),
    ("PLN", "Polish Złoty", 4_312_000),
    ("RON", "Romanian Leu", 4_976_000),
    ("SEK", "Swedish Krona", 11_480_000),
    ("SGD", "Singapore Dollar", 1_431_000),
    ("THB", "Thai Baht", 36_910_000),
    ("TRY", "Turkish Lira", 36_220_000),
    ("USD", "United States Dollar", 1_071_200),
    ("ZAR", "South African Rand", 19_240_000),
];

/// The first day that has rates.
pub(crate) const FIRST_DAY: Date = jiff::civil::date(1999, 1, 4);

/// The day of the newest rates at that instant: today's come at 15:00 UTC, and none on weekends.
pub(crate) fn newest_day(now: Timestamp) -> Date {
    let now = now.to_zoned(TimeZone::UTC);
    let day = if now.hour() < 15 {
        now.date().checked_sub(1.day()).unwrap_or(now.date())
    } else {
        now.date()
    };
    working_day(day)
}

/// That day, or the Friday before it on a weekend.
pub(crate) fn working_day(day: Date) -> Date {
    let back = match day.weekday() {
        Weekday::Saturday => 1,
        Weekday::Sunday => 2,
        _ => 0,
    };
    day.checked_sub(back.days()).unwrap_or(day)
}

/// Millionths of `code` for one euro on that day; `None` for a currency that is not listed.
pub(crate) fn per_euro(seed: u64, day: Date, code: &str) -> Option<i128> {
    let (_, _, middle) = CURRENCIES.iter().find(|(known, ..)| *known == code)?;
    if code == "EUR" {
        return Some(ONE);
    }
    let number =
        u64::from(day.year().unsigned_abs()) * 400 + u64::from(day.day_of_year().unsigned_abs());
    let name = code
        .bytes()
        .fold(0, |name: u64, byte| name << 8 | u64::from(byte));
    let wander = i128::from(Rng::with_seed(seed ^ number << 24 ^ name).i32(-5_000..=5_000));
    Some(round(middle + middle * wander / ONE))
}

/// Rounded by size, as the real service does: large rates have no decimals, small ones six.
pub(crate) fn round(micros: i128) -> i128 {
    let unit = match micros / ONE {
        5_000.. => 1_000_000,
        80.. => 10_000,
        20.. => 1_000,
        1.. => 100,
        _ if micros >= 100 => 10,
        _ => 1,
    };
    (micros + unit / 2) / unit * unit
}

/// The number as JSON, without needless zeros.
pub(crate) fn number(micros: i128) -> String {
    let text = format!("{}.{:06}", micros / ONE, micros % ONE);
    let text = text.trim_end_matches('0');
    if text.ends_with('.') {
        format!("{text}0")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn rates_depend_on_the_day_and_stay_near_their_middle() {
        let monday = date(2026, 11, 16);
        let rate = |day| per_euro(7, day, "USD").unwrap();
        assert_eq!(rate(monday), rate(monday));
        assert_ne!(rate(monday), rate(date(2026, 11, 17)));
        assert!(
            (1_060_000..1_080_000).contains(&rate(monday)),
            "{}",
            rate(monday)
        );
        assert_eq!(per_euro(7, monday, "EUR"), Some(ONE));
        assert_eq!(per_euro(7, monday, "XXX"), None);
    }

    #[test]
    fn weekends_show_fridays_rates() {
        let newest = |text: &str| newest_day(text.parse().unwrap());
        assert_eq!(newest("2026-11-20T16:00:00Z"), date(2026, 11, 20));
        assert_eq!(newest("2026-11-20T09:00:00Z"), date(2026, 11, 19));
        assert_eq!(newest("2026-11-22T20:00:00Z"), date(2026, 11, 20));
        assert_eq!(newest("2026-11-23T09:00:00Z"), date(2026, 11, 20));
    }

    #[test]
    fn numbers_are_rounded_by_size_and_have_no_needless_zeros() {
        let shown = |micros| number(round(micros));
        assert_eq!(shown(1_071_249), "1.0712");
        assert_eq!(shown(17_012_400_000), "17012.0");
        assert_eq!(shown(163_274_999), "163.27");
        assert_eq!(shown(839_104), "0.8391");
        assert_eq!(shown(61), "0.000061");
    }
}
