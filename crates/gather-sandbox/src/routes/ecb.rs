//! The European Central Bank's reference rates: one XML document a span of time, attributes in single quotes.

use http::{StatusCode, header};
use jiff::{Timestamp, ToSpan as _, civil::Date};

use super::Asked;
use crate::{
    answer::Answer,
    data::fx::{self, CURRENCIES, FIRST_DAY},
};

#[derive(Debug)]
pub(crate) struct Ecb {
    seed: u64,
    newest: Date,
}

impl Ecb {
    pub(super) fn new(seed: u64, now: Timestamp) -> Self {
        Self {
            seed,
            newest: fx::newest_day(now),
        }
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        let first = match asked.path.strip_prefix("/stats/eurofxref/") {
            Some("eurofxref-daily.xml") => self.newest,
            Some("eurofxref-hist-90d.xml") => self.newest.saturating_sub(90.days()),
            Some("eurofxref-hist.xml") => FIRST_DAY,
            _ => return Answer::new(StatusCode::NOT_FOUND, "text/html", "<html>Not found</html>"),
        };
        let mut body = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gesmes:Envelope xmlns:gesmes=\"http://www.gesmes.org/xml/2002-08-01\" \
             xmlns=\"http://www.ecb.int/vocabulary/2002-08-01/eurofxref\">\n\t<gesmes:subject>Reference rates</gesmes:subject>\n\t\
             <gesmes:Sender>\n\t\t<gesmes:name>European Central Bank</gesmes:name>\n\t</gesmes:Sender>\n\t<Cube>\n",
        );
        let mut day = self.newest;
        while day >= first {
            self.day(&mut body, day);
            day = fx::working_day(day.saturating_sub(1.day()));
        }
        body.push_str("\t</Cube>\n</gesmes:Envelope>");
        Answer::new(StatusCode::OK, "text/xml", body)
            .with(header::CACHE_CONTROL, "max-age=600")
            .revalidated(asked.headers)
    }

    fn day(&self, body: &mut String, day: Date) {
        use std::fmt::Write as _;
        let _ = writeln!(body, "\t\t<Cube time='{day}'>");
        for (code, ..) in CURRENCIES {
            if let (false, Some(rate)) = (code == "EUR", fx::per_euro(self.seed, day, code)) {
                let rate = fx::number(fx::round(rate));
                let _ = writeln!(body, "\t\t\t<Cube currency='{code}' rate='{rate}'/>");
            }
        }
        body.push_str("\t\t</Cube>\n");
    }
}
