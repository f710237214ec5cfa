//! One answer read: status, format, the provider's own words, then follow-ups or records, then the next page.
//!
//! The order matters. An error status comes before the body; an empty body is an empty list and no error; a page for
//! people in place of data is named as such; an error inside a success is an error, but what came beside it is kept.
//! When a full body yields nothing, or most of it does not fit, that is "the shape has changed" and not "nothing new".
//!
//! Not here: formats (`format`, `feed`), rows (`rows`), words of providers (`provider`), paging (`pages`).

use std::time::Duration;

use url::Url;

use crate::{
    Answer, Ask, ReadError, ReadErrorKind, Reading,
    config::{Declaration, Format, Means, Step},
    feed, format,
    jq::{Meter, Val},
    pages::{Trail, Turn},
    provider, rows,
};
pub(crate) use crate::{
    format::{is_blank, looks_like_html},
    rows::{keep, map},
};

/// Time for the expressions of one answer, and more for each MiB of it.
const TIME: Duration = Duration::from_secs(2);

/// An answer, and how it is to be read.
pub(crate) struct Case<'a> {
    pub(crate) declaration: &'a Declaration,
    pub(crate) step: &'a Step,
    pub(crate) ask: &'a Ask,
    pub(crate) answer: &'a Answer<'a>,
    /// Makes the request for an address and a trail; a hop further when it follows from the answer.
    pub(crate) make: &'a dyn Fn(usize, &Url, Trail) -> Ask,
}

impl Case<'_> {
    /// A page after the first of its list: that list has had rows.
    pub(crate) fn is_later_page(&self) -> bool {
        self.ask.page() > 1
    }
}

pub(crate) fn read(case: &Case<'_>) -> Result<Reading, ReadError> {
    let Case {
        declaration,
        step,
        ask,
        answer,
        ..
    } = case;
    let mib = u32::try_from(answer.body.len() >> 20).unwrap_or(u32::MAX);
    let meter = Meter::new(Some(TIME.saturating_add(TIME.saturating_mul(mib))));
    if !(200..300).contains(&answer.status) {
        return refused(case, &meter);
    }
    if answer.status == 204 || is_blank(answer.body) {
        return Ok(Reading::default());
    }
    if step.format == Format::Feed {
        let reading = feed::read(answer.body, answer.content_type, Some(answer.final_url))?;
        let read = reading.records.len() + reading.rejected.len();
        return Ok(turned(case, &Val::Null, reading, read, &meter));
    }
    let document = format::read(step.format, &step.csv, answer.body, answer.content_type)?;
    if matches!(document.value, Val::Null) {
        return Ok(Reading {
            skipped: usize::from(ask.hop > 0),
            ..Reading::default()
        });
    }
    let body = document.value;
    let (errors, notes) = provider::in_success(declaration, &body, answer.content_type, &meter);
    let said = provider::joined(declaration, &errors);
    if let Some(said) = &said
        && provider::meaning(declaration, said, None)
            .is_some_and(|meaning| meaning.means == Means::End)
    {
        return Ok(Reading::default());
    }
    let read = match step.follow.get(ask.hop) {
        Some(hop) => rows::follows(case, hop, body.clone(), &meter),
        None => rows::records(case, body.clone(), &meter),
    };
    let finish = |(mut reading, rows): (Reading, usize)| {
        reading.rejected.extend(document.rejected);
        reading.warnings.extend(document.warnings);
        reading.warnings.extend(notes);
        turned(case, &body, reading, rows, &meter)
    };
    match (read, said) {
        // Nothing of what was due, and words instead: they say more than the missing shape.
        (Err(error), None)
            if error.kind == ReadErrorKind::ShapeChanged && !rows::is_full(&body) =>
        {
            Err(provider::bare(&body).map_or(error, |said| {
                provider::error(declaration, None, &said, false)
            }))
        }
        (read, None) => read.map(finish),
        (Ok((mut reading, rows)), Some(said))
            if !(reading.records.is_empty() && reading.follow.is_empty()) =>
        {
            let words = said.words().unwrap_or("without words");
            reading.provider_error = Some(format!(
                "the provider reported an error beside the data: {words}"
            ));
            Ok(finish((reading, rows)))
        }
        (_, Some(said)) => Err(provider::error(declaration, None, &said, false)),
    }
}

/// The reading with its counts, and with the page that comes after.
fn turned(
    case: &Case<'_>,
    body: &Val,
    mut reading: Reading,
    rows: usize,
    meter: &Meter,
) -> Reading {
    reading.filled = rows::filled(case.step, &reading.records);
    if let Some(pages) = case.step.pages(case.ask.hop) {
        let turn = Turn {
            ask: case.ask,
            answer: case.answer,
            body,
            params: &case.declaration.params,
            rows,
            meter,
        };
        pages.turn(&turn, &mut reading, &|url, trail| {
            (case.make)(case.ask.hop, url, trail)
        });
    }
    reading
}

fn refused(case: &Case<'_>, meter: &Meter) -> Result<Reading, ReadError> {
    let Case {
        declaration,
        step,
        answer,
        ..
    } = case;
    let html = looks_like_html(answer.body);
    let said = provider::in_failure(declaration, answer.body, answer.content_type, meter);
    // A bare status is too little to believe that a list is empty, and enough to believe that it has ended.
    let status = case.is_later_page().then_some(answer.status);
    let ends = provider::meaning(declaration, &said, status)
        .is_some_and(|meaning| meaning.means == Means::End);
    if ends {
        let words = said.words().unwrap_or("no more");
        return Ok(Reading {
            warnings: vec![format!("the list ends here: {words}")],
            ..Reading::default()
        });
    }
    if step.optional && answer.status == 404 {
        return Ok(Reading {
            warnings: vec![format!("`{}` is not offered (404)", step.name)],
            ..Reading::default()
        });
    }
    Err(provider::error(
        declaration,
        Some(answer.status),
        &said,
        html,
    ))
}
