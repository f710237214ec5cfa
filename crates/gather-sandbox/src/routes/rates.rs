//! Frankfurter v1: reference rates of a day or a range, for any base, and the list of currencies. And v2: rates as rows.
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
        let lines = asked.path.starts_with("/v2/")
            && asked
                .header(header::ACCEPT)
                .is_some_and(|accept| accept.contains("application/x-ndjson"));
        let found = match asked.path {
            "/v2/rates" => self.rows(asked, lines),
            _ => self.look_up(asked),
        };
        match found {
            Ok(body) if lines => Answer::new(StatusCode::OK, "application/x-ndjson", body)
                .with(header::CACHE_CONTROL, "public, max-age=86400"),
            Ok(body) => Answer::json(body)
                .with(header::CACHE_CONTROL, "public, max-age=86400")
                .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
                .revalidated(asked.headers),
            Err((status, message)) => Answer::error(status, &refusal(asked.path, status, message))
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

    /// The second version: one row a rate, the base itself among them.
    fn rows(&self, asked: Asked<'_>, lines: bool) -> Result<String, (StatusCode, &'static str)> {
        const KNOWN: [&str; 8] = [
            "base",
            "quotes",
            "date",
            "from",
            "to",
            "group",
            "providers",
            "expand",
        ];
        let invalid = |message| (StatusCode::UNPROCESSABLE_ENTITY, message);
        let query = asked.query();
        if query.iter().any(|(name, _)| !KNOWN.contains(&name)) {
            return Err(invalid("unknown parameter"));
        }
        let base = query.filled("base").unwrap_or("EUR");
        let quotes: Option<Vec<&str>> =
            query.filled("quotes").map(|list| list.split(',').collect());
        let is_known = |code: &str| CURRENCIES.iter().any(|(known, ..)| *known == code);
        if !is_known(base) || !quotes.iter().flatten().all(|code| is_known(code)) {
            return Err(invalid("unknown currency"));
        }
        let day = |name: &str| match query.filled(name) {
            None => Ok(None),
            Some(text) => text
                .parse::<Date>()
                .map(Some)
                .map_err(|_| invalid("invalid date")),
        };
        let not_found = (StatusCode::NOT_FOUND, "not found");
        let (from, to) = match (day("from")?, day("date")?) {
            (Some(from), None) => (from, day("to")?.unwrap_or(self.newest)),
            (None, date) => {
                let date = date.unwrap_or(self.newest);
                (date, date)
            }
            (Some(_), Some(_)) => return Err(invalid("date and from exclude each other")),
        };
        let to = self.shown(to).ok_or(not_found)?;
        let mut rows = Vec::new();
        let mut last = None;
        for day in self.shown(from).ok_or(not_found)?.series(1.day()) {
            if day > to {
                break;
            }
            if last.replace(fx::working_day(day)) == Some(fx::working_day(day)) {
                continue;
            }
            let per_euro = |code: &str| fx::per_euro(self.seed, day, code).unwrap_or(ONE);
            let price = per_euro(base);
            for (code, ..) in CURRENCIES {
                if quotes.as_ref().is_none_or(|wanted| wanted.contains(&code)) {
                    let rate = fx::number(fx::round((per_euro(code) * ONE + price / 2) / price));
                    rows.push(format!(
                        "{{\"date\":\"{day}\",\"base\":\"{base}\",\"quote\":\"{code}\",\"rate\":{rate}}}"
                    ));
                }
            }
        }
        Ok(if lines {
            rows.join("\n") + "\n"
        } else {
            format!("[{}]", rows.join(","))
        })
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

/// An error as each version writes it.
fn refusal(path: &str, status: StatusCode, message: &str) -> Value {
    if path.starts_with("/v2/") {
        json!({ "status": status.as_u16(), "message": message })
    } else {
        json!({ "message": message })
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
