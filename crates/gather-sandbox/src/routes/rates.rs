//! Frankfurter v1: reference rates of a day or a range, for any base, and the list of currencies.
//!
//! A weekend answers with the Friday before it and says so in `date`; a future day with the newest.

use http::{StatusCode, header};
use jiff::{Timestamp, ToSpan, civil::Date};
use serde_json::{Value, json};

use super::Asked;
use crate::{
    answer::{Answer, Query},
    data::fx::{self, CURRENCIES, FIRST_DAY, ONE},
};

#[derive(Debug)]
pub(crate) struct Rates {
    seed: u64,
    newest: Date,
}

/// What a question asks for beside its day.
struct Wanted {
    base: String,
    symbols: Vec<&'static str>,
    amount: i128,
}

impl Rates {
    pub(super) fn new(seed: u64, now: Timestamp) -> Self {
        Self {
            seed,
            newest: fx::newest_day(now),
        }
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        match self.look_up(asked) {
            Ok(body) => Answer::json(body)
                .with(header::CACHE_CONTROL, "public, max-age=86400")
                .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
                .revalidated(asked.headers),
            Err((status, message)) => Answer::error(status, &json!({ "message": message }))
                .with(header::CACHE_CONTROL, "no-store"),
        }
    }

    fn look_up(&self, asked: Asked<'_>) -> Result<String, (StatusCode, &'static str)> {
        const NOT_FOUND: (StatusCode, &str) = (StatusCode::NOT_FOUND, "not found");
        let path = asked.path.strip_prefix("/v1/").ok_or(NOT_FOUND)?;
        if path == "currencies" {
            let names = CURRENCIES
                .iter()
                .map(|(code, name, _)| ((*code).to_owned(), Value::from(*name)))
                .collect();
            return Ok(Value::Object(names).to_string());
        }
        let wanted = wanted(&asked.query())?;
        let head = format!(
            "{{\"amount\":{},\"base\":\"{}\"",
            fx::number(wanted.amount),
            wanted.base
        );
        let day = |text: &str| text.parse::<Date>().map_err(|_| NOT_FOUND);
        if let Some((from, to)) = path.split_once("..") {
            let from = self.shown(day(from)?).ok_or(NOT_FOUND)?;
            let to = self
                .shown(if to.is_empty() { self.newest } else { day(to)? })
                .ok_or(NOT_FOUND)?;
            let days = from
                .series(1.day())
                .take_while(|day| *day <= to)
                .filter(|day| fx::working_day(*day) == *day);
            let rates: Vec<String> = days
                .map(|day| format!("\"{day}\":{}", self.rates(day, &wanted)))
                .collect();
            let rates = rates.join(",");
            return Ok(format!(
                "{head},\"start_date\":\"{from}\",\"end_date\":\"{to}\",\"rates\":{{{rates}}}}}"
            ));
        }
        let day = match path {
            "latest" | "current" => self.newest,
            text => self.shown(day(text)?).ok_or(NOT_FOUND)?,
        };
        Ok(format!(
            "{head},\"date\":\"{day}\",\"rates\":{}}}",
            self.rates(day, &wanted)
        ))
    }

    /// The day whose rates are shown for that day.
    fn shown(&self, day: Date) -> Option<Date> {
        Some(fx::working_day(day.min(self.newest))).filter(|day| *day >= FIRST_DAY)
    }

    fn rates(&self, day: Date, wanted: &Wanted) -> String {
        let per_euro = |code: &str| fx::per_euro(self.seed, day, code).unwrap_or(ONE);
        let base = per_euro(&wanted.base);
        let rates: Vec<String> = wanted
            .symbols
            .iter()
            .map(|code| {
                let rate = fx::round((per_euro(code) * ONE + base / 2) / base);
                let rate = if wanted.amount == ONE {
                    rate
                } else {
                    fx::round(rate * wanted.amount / ONE)
                };
                format!("\"{code}\":{}", fx::number(rate))
            })
            .collect();
        format!("{{{}}}", rates.join(","))
    }
}

fn wanted(query: &Query<'_>) -> Result<Wanted, (StatusCode, &'static str)> {
    let invalid = |message| (StatusCode::UNPROCESSABLE_ENTITY, message);
    let known = |code: &str| {
        CURRENCIES
            .iter()
            .map(|(known, ..)| *known)
            .find(|known| known.eq_ignore_ascii_case(code))
    };
    let base = query
        .filled("base")
        .or_else(|| query.filled("from"))
        .unwrap_or("EUR");
    let base = known(base).ok_or((StatusCode::NOT_FOUND, "not found"))?;
    let symbols: Vec<&'static str> = match query.filled("symbols").or_else(|| query.filled("to")) {
        None => CURRENCIES
            .iter()
            .map(|(code, ..)| *code)
            .filter(|code| *code != base)
            .collect(),
        Some(list) => {
            let mut codes: Vec<&str> = list
                .split(',')
                .filter_map(|code| known(code.trim()))
                .collect();
            if codes.as_slice() == [base] {
                return Err(invalid("bad currency pair"));
            }
            codes.retain(|code| *code != base);
            codes.sort_unstable();
            codes.dedup();
            codes
        }
    };
    if symbols.is_empty() {
        return Err((StatusCode::NOT_FOUND, "not found"));
    }
    let amount = query
        .filled("amount")
        .map_or(Some(ONE), millionths)
        .ok_or(invalid("invalid amount"))?;
    Ok(Wanted {
        base: base.to_owned(),
        symbols,
        amount,
    })
}

/// A positive decimal below a billion, in millionths; further decimals are cut.
fn millionths(text: &str) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() > 9 || !digits(whole) || !digits(part) {
        return None;
    }
    let part: String = part.chars().chain("000000".chars()).take(6).collect();
    let micros = format!("{whole}{part}").parse().ok()?;
    (micros > 0).then_some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_positive_decimals() {
        assert_eq!(millionths("1"), Some(ONE));
        assert_eq!(millionths("12.5"), Some(12_500_000));
        assert_eq!(millionths(".25"), Some(250_000));
        for wrong in ["", "0", "0.0", "-1", "1e3", "ten", "99999999999"] {
            assert_eq!(millionths(wrong), None, "{wrong}");
        }
    }
}
