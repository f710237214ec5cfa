//! One answer read: status, format, the provider's own words, then follow-ups or records.
//!
//! The order matters. An error status comes before the body; an empty body is an empty list and no error; a page for
//! people in place of data is named as such; an error inside a success is an error, but what came beside it is kept.
//! When a full body yields nothing, or most of it does not fit, that is "the shape has changed" and not "nothing new".

use std::time::Duration;

use crate::{
    Answer, Ask, ReadError, ReadErrorKind, Reading,
    config::{Declaration, Format, Hop, Means, Step},
    feed,
    jq::{Meter, Val, json},
    mapping::{Mapped, Mapping, Surroundings, value},
    provider,
};

/// Time for the expressions of one answer, and more for each MiB of it.
const TIME: Duration = Duration::from_secs(2);
/// More values than this are not followed from one answer.
const MAX_FOLLOWS: usize = 2_000;
/// From this many rows on, a majority that does not fit means that the shape has changed.
const JUDGED_ROWS: usize = 4;
/// An answer that yields nothing is suspicious from this size on, in bytes.
const FULL_BODY: usize = 2_048;

/// Makes the request for a followed value.
type Follow<'a> = dyn Fn(&str, &str) -> Result<Ask, String> + 'a;

pub(crate) fn read(
    declaration: &Declaration,
    step: &Step,
    hop: usize,
    answer: &Answer<'_>,
    follow: &Follow<'_>,
) -> Result<Reading, ReadError> {
    let mib = u32::try_from(answer.body.len() >> 20).unwrap_or(u32::MAX);
    let meter = Meter::new(Some(TIME.saturating_add(TIME.saturating_mul(mib))));
    if !(200..300).contains(&answer.status) {
        return refused(declaration, step, answer, &meter);
    }
    if answer.status == 204 || is_blank(answer.body) {
        return Ok(Reading::default());
    }
    if step.format == Format::Feed {
        return feed::read(
            answer.body,
            answer.content_type,
            Some(answer.final_url),
            &meter,
        );
    }
    if looks_like_html(answer.body) {
        return Err(ReadError::new(
            ReadErrorKind::NotTheFormat,
            "not JSON: looks like an HTML login or block page",
        )
        .with_hint("open the address in a browser on this machine"));
    }
    let body = json::parse(answer.body).map_err(|fault| malformed(&fault))?;
    if matches!(body, Val::Null) {
        return Ok(Reading {
            skipped: usize::from(hop > 0),
            ..Reading::default()
        });
    }
    let said = provider::in_success(declaration, &body, &meter);
    if let Some(said) = &said
        && provider::meaning(declaration, said, None)
            .is_some_and(|meaning| meaning.means == Means::End)
    {
        return Ok(Reading::default());
    }
    let spoken = body.clone();
    let read = match step.follow.get(hop) {
        Some(hop) => follows(declaration, hop, body, answer.body.len(), &meter, follow),
        None => records(declaration, step, hop, body, answer, &meter),
    };
    match (read, said) {
        // Nothing of what was due, and words instead: they say more than the missing shape.
        (Err(error), None) if error.kind == ReadErrorKind::ShapeChanged && !is_full(&spoken) => {
            Err(provider::bare(&spoken).map_or(error, |said| {
                provider::error(declaration, None, &said, false)
            }))
        }
        (read, None) => read,
        (Ok(mut reading), Some(said))
            if !(reading.records.is_empty() && reading.follow.is_empty()) =>
        {
            let words = said.words().unwrap_or("without words");
            reading.provider_error = Some(format!(
                "the provider reported an error beside the data: {words}"
            ));
            Ok(reading)
        }
        (_, Some(said)) => Err(provider::error(declaration, None, &said, false)),
    }
}

pub(crate) fn malformed(fault: &json::JsonFault) -> ReadError {
    ReadError::new(ReadErrorKind::Malformed, format!("broken JSON: {fault}"))
        .at(fault.line, fault.column)
}

pub(crate) fn is_blank(body: &[u8]) -> bool {
    body.strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(body)
        .iter()
        .all(u8::is_ascii_whitespace)
}

pub(crate) fn looks_like_html(body: &[u8]) -> bool {
    let start: String = String::from_utf8_lossy(&body[..body.len().min(1_000)])
        .trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n'])
        .to_ascii_lowercase();
    let start = match start.strip_prefix("<!--") {
        Some(comment) => comment
            .split_once("-->")
            .map_or("", |(_, rest)| rest.trim_start()),
        None => &start,
    };
    [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<meta",
        "<title",
        "<script",
    ]
    .iter()
    .any(|tag| start.starts_with(tag))
}

fn refused(
    declaration: &Declaration,
    step: &Step,
    answer: &Answer<'_>,
    meter: &Meter,
) -> Result<Reading, ReadError> {
    let html = looks_like_html(answer.body);
    let said = provider::in_failure(declaration, answer.body, meter);
    if provider::meaning(declaration, &said, Some(answer.status))
        .is_some_and(|meaning| meaning.means == Means::End)
    {
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

fn expression_failed(what: &str, reason: &str, meter: &Meter) -> ReadError {
    let kind = if meter.is_spent() {
        ReadErrorKind::Expression
    } else {
        ReadErrorKind::ShapeChanged
    };
    let message = match kind {
        ReadErrorKind::Expression => format!("`{what}` took too long and was stopped"),
        _ => format!("the shape has changed: `{what}` does not fit the answer: {reason}"),
    };
    ReadError::new(kind, message)
        .with_hint("compare the answer with the declaration, for instance by `gather select`")
}

fn follows(
    declaration: &Declaration,
    hop: &Hop,
    body: Val,
    size: usize,
    meter: &Meter,
    follow: &Follow<'_>,
) -> Result<Reading, ReadError> {
    let mut reading = Reading::default();
    let full = size >= FULL_BODY || is_full(&body);
    let mut seen = std::collections::HashSet::new();
    for (row, output) in hop
        .each
        .run(body, [declaration.params.clone()], meter)
        .enumerate()
    {
        let output = output.map_err(|reason| expression_failed(&hop.each_text, &reason, meter))?;
        if reading.follow.len() == MAX_FOLLOWS {
            reading
                .warnings
                .push(format!("only the first {MAX_FOLLOWS} values are followed"));
            break;
        }
        let ask = match value::scalar_text(&output) {
            Some(text) => follow(&hop.url, &text),
            None => Err(format!("{} cannot be followed", value::kind(&output))),
        };
        match ask {
            Ok(ask) => {
                if seen.insert(ask.url.clone()) {
                    reading.follow.push(ask);
                }
            }
            Err(reason) => reading.rejected.push(crate::Rejected { row, reason }),
        }
    }
    if reading.follow.is_empty() {
        if let Some(first) = reading.rejected.first() {
            return Err(expression_failed(&hop.each_text, &first.reason, meter));
        }
        if full {
            return Err(matched_nothing(&hop.each_text, size));
        }
    }
    Ok(reading)
}

fn records(
    declaration: &Declaration,
    step: &Step,
    hop: usize,
    body: Val,
    answer: &Answer<'_>,
    meter: &Meter,
) -> Result<Reading, ReadError> {
    let around = Surroundings {
        base: Some(answer.final_url),
        currency: declaration.currency,
        params: declaration.params.clone(),
        meter,
    };
    let full = answer.body.len() >= FULL_BODY || is_full(&body);
    let mut reading = Reading::default();
    let mut rows = 0;
    for mapping in &step.mappings {
        let mapped = map(mapping, body.clone(), &around, hop)?;
        rows += mapped.rows;
        keep(&mut reading, mapping, mapped);
    }
    if rows == 0
        && let Some(mapping) = step.mappings.first()
        && full
    {
        return Err(matched_nothing(mapping.each(), answer.body.len()));
    }
    Ok(reading)
}

/// Runs one mapping and judges what came of it.
pub(crate) fn map(
    mapping: &Mapping,
    body: Val,
    around: &Surroundings<'_>,
    hop: usize,
) -> Result<Mapped, ReadError> {
    let mapped = mapping
        .run(body, around)
        .map_err(|reason| expression_failed(mapping.each(), &reason, around.meter))?;
    let tried = mapped.records.len() + mapped.rejected.len();
    if let Some(first) = mapped.rejected.first() {
        let most = tried >= JUDGED_ROWS && mapped.rejected.len() * 2 > tried;
        // The one row of a followed answer says nothing about the others.
        let all = mapped.records.is_empty() && hop == 0;
        if most || all {
            return Err(ReadError::new(
                ReadErrorKind::ShapeChanged,
                format!(
                    "the shape has changed: {} of {tried} rows are no {}; row {}: {}",
                    mapped.rejected.len(),
                    mapping.kind,
                    first.row,
                    first.reason
                ),
            )
            .with_hint(
                "compare the answer with the declaration, for instance by `gather select`",
            ));
        }
    }
    if tried >= JUDGED_ROWS
        && let Some((field, (count, reason))) = mapped
            .left_empty
            .iter()
            .find(|(_, (count, _))| count * 2 > tried)
    {
        return Err(ReadError::new(
            ReadErrorKind::ShapeChanged,
            format!("the shape has changed: `{field}` cannot be read in {count} of {tried} rows: {reason}"),
        )
        .with_hint("compare the answer with the declaration, for instance by `gather select`"));
    }
    Ok(mapped)
}

/// Adds what a mapping yielded to a reading.
pub(crate) fn keep(reading: &mut Reading, mapping: &Mapping, mapped: Mapped) {
    reading.records.extend(mapped.records);
    reading.rejected.extend(mapped.rejected);
    reading.skipped += mapped.skipped;
    for (field, (count, reason)) in mapped.left_empty {
        reading.warnings.push(format!(
            "`{field}` of {count} {}{} left empty: {reason}",
            mapping.kind,
            if count == 1 { "" } else { "s" }
        ));
    }
}

fn matched_nothing(selector: &str, size: usize) -> ReadError {
    let size = if size >= 1024 {
        format!("{} KB", size / 1024)
    } else {
        format!("{size}-byte")
    };
    ReadError::new(
        ReadErrorKind::ShapeChanged,
        format!("the shape has changed: `{selector}` matched 0 rows of a {size} body"),
    )
    .with_hint("compare the answer with the declaration, for instance by `gather select`")
}

/// Whether there is a list of something within the first few levels.
fn is_full(body: &Val) -> bool {
    fn full(value: &Val, depth: usize) -> bool {
        match value {
            Val::Arr(items) => !items.is_empty(),
            Val::Obj(fields) => depth > 0 && fields.values().any(|value| full(value, depth - 1)),
            _ => false,
        }
    }
    full(body, 4)
}
