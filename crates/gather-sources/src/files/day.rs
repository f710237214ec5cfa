//! Days as banks write them: in which order, and which day once that is known.
//!
//! `03/04/2026` has two readings, so the order is decided for the whole file, and only by dates that have no other
//! reading. What stands behind a date, such as a time or a zone, never moves it.
//!
//! Not here: instants and the dates of feeds (`mapping::date`).

use jiff::civil::Date;

use super::{DateOrder, Proof, error::Open};
use crate::mapping::{
    date::names::{is_filler, month, plain},
    value::clip,
};

/// A date taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// It has one reading only.
    Plain(Date),
    /// Three numbers; the year is the first or the last.
    Open {
        parts: [u16; 3],
        /// It is the last one, and has four digits or a mark of its own.
        year_is_last: bool,
    },
}

/// A part of a date.
enum Token {
    Number {
        value: u16,
        digits: usize,
    },
    Month(i8),
    /// Quicken's mark for years from 2000 on.
    Apostrophe,
}

impl Day {
    /// `None`: it is no date, whatever the order.
    pub(super) fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > 60 {
            return None;
        }
        if text.len() >= 8 && text.as_bytes()[..8].iter().all(u8::is_ascii_digit) {
            let behind = text.as_bytes().get(8);
            return (text.len() == 8 || behind.is_some_and(|byte| b"T ".contains(byte)))
                .then(|| packed(text))
                .flatten()
                .map(Self::Plain);
        }
        let tokens = tokens(text)?;
        let number = |index: usize| match tokens.get(index) {
            Some(Token::Number { value, digits }) => Some((*value, *digits)),
            _ => None,
        };
        match tokens.as_slice() {
            [
                Token::Number { .. },
                Token::Month(month),
                Token::Number { .. },
            ] => {
                let ((first, width), (last, last_width)) = (number(0)?, number(2)?);
                let plain = if width == 4 {
                    date(first, *month, last)
                } else {
                    date(year(last, last_width)?, *month, first)
                };
                plain.map(Self::Plain)
            }
            [
                Token::Month(month),
                Token::Number { .. },
                Token::Number { .. },
            ] => {
                let ((day, _), (last, width)) = (number(1)?, number(2)?);
                date(year(last, width)?, *month, day).map(Self::Plain)
            }
            [
                Token::Number { .. },
                Token::Number { .. },
                Token::Apostrophe,
                Token::Number { .. },
            ] => {
                let ((a, _), (b, _), (year, width)) = (number(0)?, number(1)?, number(3)?);
                let year = if width == 4 { year } else { year + 2000 };
                Some(Self::Open {
                    parts: [a, b, year],
                    year_is_last: true,
                })
            }
            [
                Token::Number { .. },
                Token::Number { .. },
                Token::Number { .. },
            ] => {
                let ((a, a_width), (b, b_width), (c, c_width)) =
                    (number(0)?, number(1)?, number(2)?);
                if b_width > 2 {
                    return None;
                }
                match (a_width, c_width) {
                    (4, 1 | 2) => date(a, i8::try_from(b).ok()?, c).map(Self::Plain),
                    (1 | 2, 4) => Some(Self::Open {
                        parts: [a, b, c],
                        year_is_last: true,
                    }),
                    (1 | 2, 2) => Some(Self::Open {
                        parts: [a, b, c],
                        year_is_last: false,
                    }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The day in one order; `None`: there is no such day.
    pub(super) fn date(self, order: DateOrder) -> Option<Date> {
        match self {
            Self::Plain(date) => Some(date),
            Self::Open {
                parts: [a, b, c],
                year_is_last,
            } => {
                let short = if year_is_last { 4 } else { 2 };
                let (y, m, d) = match order {
                    DateOrder::Dmy => (year(c, short)?, b, a),
                    DateOrder::Mdy => (year(c, short)?, a, b),
                    DateOrder::Ymd if year_is_last => return None,
                    DateOrder::Ymd => (year(a, 2)?, b, c),
                };
                date(y, i8::try_from(m).ok()?, d)
            }
        }
    }

    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

/// `20261120`, and whatever stands behind the eight digits.
pub(super) fn packed(text: &str) -> Option<Date> {
    let digits = text.get(..8)?;
    let part = |from: usize, to: usize| digits[from..to].parse::<u16>().ok();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    date(part(0, 4)?, i8::try_from(part(4, 6)?).ok()?, part(6, 8)?)
}

/// A day that exists; years before 1900 are typing errors and zeros.
pub(super) fn date(year: u16, month: i8, day: u16) -> Option<Date> {
    let year = i16::try_from(year).ok().filter(|year| *year >= 1900)?;
    Date::new(year, month, i8::try_from(day).ok()?).ok()
}

/// Years of two digits are those from 1970 to 2069.
pub(super) fn year(written: u16, width: usize) -> Option<u16> {
    match width {
        4 => Some(written),
        2 if written < 70 => Some(written + 2000),
        2 => Some(written + 1900),
        _ => None,
    }
}

/// Numbers and names up to where a time begins.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::with_capacity(4);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let width = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, behind) = rest.split_at(width);
            if behind.starts_with(':') || tokens.len() == 4 {
                // The time of day.
                break;
            }
            tokens.push(Token::Number {
                value: digits.parse().ok()?,
                digits: width,
            });
            rest = behind;
        } else if first.is_alphabetic() {
            let width = rest
                .find(|c: char| !c.is_alphabetic())
                .unwrap_or(rest.len());
            let (word, behind) = rest.split_at(width);
            if word.eq_ignore_ascii_case("t") && tokens.len() == 3 {
                break;
            }
            let word = plain(word);
            match month(&word) {
                Some(month) => tokens.push(Token::Month(month)),
                None if is_filler(&word) => {}
                None => return None,
            }
            rest = behind;
        } else {
            match first {
                '\'' | '\u{2019}' => tokens.push(Token::Apostrophe),
                '/' | '-' | '.' | ' ' | ',' => {}
                _ => return None,
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    Some(tokens)
}

/// What all dates of a file say about their order.
#[derive(Debug)]
pub(super) struct Orders {
    /// Whether each of day-month-year, month-day-year and year-month-day is still possible, and a line against it.
    against: [Option<Proof>; 3],
    /// A date that is another day when day and month change places.
    example: Option<(Proof, Day)>,
    /// A date that is another day when the year comes first.
    year_first: Option<(Proof, Day)>,
    /// The first numbers of dates with a year of two digits: years hardly vary in a file, days do.
    firsts: Vec<u16>,
    is_open: bool,
}

const ORDERS: [DateOrder; 3] = [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd];

impl Default for Orders {
    fn default() -> Self {
        Self {
            against: [const { None }; 3],
            example: None,
            year_first: None,
            firsts: Vec::new(),
            is_open: false,
        }
    }
}

impl Orders {
    pub(super) fn add(&mut self, line: usize, text: &str, day: Day) {
        let Day::Open {
            parts,
            year_is_last,
        } = day
        else {
            return;
        };
        let read = ORDERS.map(|order| day.date(order));
        // There is no such day in any order: the row will be rejected and says nothing.
        if read == [None; 3] {
            return;
        }
        self.is_open = true;
        if !year_is_last && self.firsts.len() < 3 && !self.firsts.contains(&parts[0]) {
            self.firsts.push(parts[0]);
        }
        for (against, date) in self.against.iter_mut().zip(read) {
            if date.is_none() && against.is_none() {
                *against = Some(Proof::new(line, text));
            }
        }
        let differ = |a: Option<Date>, b: Option<Date>| a.is_some() && b.is_some() && a != b;
        if self.example.is_none() && differ(read[0], read[1]) {
            self.example = Some((Proof::new(line, text), day));
        }
        if self.year_first.is_none() && (differ(read[0], read[2]) || differ(read[1], read[2])) {
            self.year_first = Some((Proof::new(line, text), day));
        }
    }

    /// The order that the dates leave, and the lines that prove it; what stays open is asked for.
    pub(super) fn decide(mut self, open: &mut Open) -> (DateOrder, Vec<Proof>) {
        if !self.is_open {
            return (DateOrder::Ymd, Vec::new());
        }
        // Three different numbers in front are days and not years.
        let by_days = self.firsts.len() > 2 && self.against[2].is_none();
        let left: Vec<DateOrder> = ORDERS
            .into_iter()
            .zip(&self.against)
            .filter(|(order, against)| against.is_none() && !(by_days && *order == DateOrder::Ymd))
            .map(|(order, _)| order)
            .collect();
        let example = if left.contains(&DateOrder::Ymd) {
            self.year_first.or(self.example)
        } else {
            self.example
        };
        match (left.as_slice(), &example) {
            ([one], _) => {
                // That the year is not in front of a date which ends with it proves nothing.
                let told = if self.firsts.is_empty() { 2 } else { 3 };
                let proof = self.against.iter_mut().take(told);
                return (*one, proof.filter_map(Option::take).collect());
            }
            // Every reading is the same day.
            ([one, ..], None) => return (*one, Vec::new()),
            _ => {}
        }
        let (message, proof) = if left.is_empty() {
            let proof = self
                .against
                .iter_mut()
                .take(2)
                .filter_map(Option::take)
                .collect();
            ("no one order of day, month and year fits all dates", proof)
        } else {
            let proof = example.iter().map(|(proof, _)| proof.clone()).collect();
            ("dates can be read in more than one order", proof)
        };
        let candidates = if left.is_empty() {
            ORDERS.to_vec()
        } else {
            left
        };
        let choices: Vec<(String, String)> = candidates
            .into_iter()
            .map(|order| {
                let day = example.as_ref().and_then(|(_, day)| day.date(order));
                let meaning = day.map_or_else(|| order.to_string(), |date| date.to_string());
                (format!("\"{}\"", order.key()), meaning)
            })
            .collect();
        let choices: Vec<(&str, &str)> = choices
            .iter()
            .map(|(value, meaning)| (value.as_str(), meaning.as_str()))
            .collect();
        open.ask("date_order", message, proof, &choices);
        (DateOrder::Ymd, Vec::new())
    }
}

/// Why a text is no day.
pub(super) fn no_day(text: &str, order: DateOrder) -> String {
    match Day::new(text) {
        Some(_) => format!(
            "`{}` is not a day of the calendar in the order {order}",
            clip(text)
        ),
        None => format!("`{}` is not a date", clip(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, order: DateOrder) -> String {
        Day::new(text)
            .and_then(|day| day.date(order))
            .map_or_else(|| "none".to_owned(), |date| date.to_string())
    }

    #[test]
    fn days_are_read_in_every_notation() {
        use DateOrder::{Dmy, Mdy, Ymd};
        for (text, order, day) in [
            ("2026-11-20", Dmy, "2026-11-20"),
            ("2026/11/20 23:59:59", Mdy, "2026-11-20"),
            ("2026-11-20T23:30:00-05:00", Dmy, "2026-11-20"),
            ("20261120", Dmy, "2026-11-20"),
            ("20261120T010203", Dmy, "2026-11-20"),
            ("20.11.2026", Dmy, "2026-11-20"),
            ("20.11.26", Dmy, "2026-11-20"),
            ("3/4/2026", Mdy, "2026-03-04"),
            ("3/4/2026", Dmy, "2026-04-03"),
            ("26/03/04", Ymd, "2026-03-04"),
            ("6/ 4'18", Mdy, "2018-06-04"),
            ("28.02'2009", Dmy, "2009-02-28"),
            ("12 May 2025", Mdy, "2025-05-12"),
            ("12-May-25", Mdy, "2025-05-12"),
            ("May 12, 2025", Dmy, "2025-05-12"),
            ("12. März 2025", Mdy, "2025-03-12"),
            ("20/11/2026 7:05 PM", Dmy, "2026-11-20"),
            ("1/2/99", Dmy, "1999-02-01"),
        ] {
            assert_eq!(read(text, order), day, "{text}");
        }
        for text in [
            "",
            "20",
            "2026",
            "31.02.2026",
            "0/0/2026",
            "00000000",
            "2026-13-01",
            "1.234,56",
            "20261399",
            "12:30",
            "12 Maybe 2025",
            "1/2/3/4",
            "123456789",
            "1.1.126",
            "99999/1/1",
        ] {
            assert_eq!(read(text, DateOrder::Dmy), "none", "{text}");
        }
    }

    fn decide(dates: &[&str]) -> String {
        let mut orders = Orders::default();
        for (line, text) in (1..).zip(dates) {
            orders.add(line, text, Day::new(text).unwrap());
        }
        let mut open = Open::default();
        let (order, proof) = orders.decide(&mut open);
        match open.refuse() {
            Ok(()) => format!("{} by {proof:?}", order.key()),
            Err(fault) => fault.in_file("x").to_string(),
        }
    }

    #[test]
    fn the_order_is_decided_by_the_whole_file_or_not_at_all() {
        assert!(decide(&["03/04/2026", "13/04/2026"]).starts_with("dmy by [Proof { line: 2"));
        assert!(decide(&["03/04/2026", "04/13/2026"]).starts_with("mdy"));
        assert!(decide(&["05/05/2026", "06/06/2026"]).starts_with("dmy by []"));
        let open = decide(&["05/05/2026", "03/04/2026"]);
        assert!(
            open.contains("line 2: `03/04/2026`")
                && open.contains("`date_order = \"dmy\"` (2026-04-03)")
                && open.contains("`date_order = \"mdy\"` (2026-03-04)")
                && !open.contains("ymd"),
            "{open}"
        );
        let open = decide(&["13/04/2026", "04/13/2026"]);
        assert!(open.contains("no one order"), "{open}");
        // Years of two digits may be in front.
        assert!(decide(&["25/12/24", "25/11/30"]).contains("date_order"));
        assert!(decide(&["11/14/25", "12/01/25", "13/13/25", "10/02/25"]).contains("mdy"));
        assert!(decide(&["14/11/25", "01/12/25", "02/10/25"]).starts_with("dmy"));
    }
}
