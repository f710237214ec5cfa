//! The rows of an answer: what is followed, what becomes a record, and whether that can be believed.
//!
//! Not here: how one row becomes a record (`mapping`).

use gather_records::{Record, RecordKind};

use crate::{
    Filled, ReadError, ReadErrorKind, Reading, Rejected,
    answer::Case,
    config::{Format, Hop, Step},
    jq::{Meter, Val},
    mapping::{self, Mapped, Mapping, Surroundings, value},
    pages::Trail,
    template,
};

/// More values than this are not followed from one answer.
const MAX_FOLLOWS: usize = 2_000;
/// From this many rows on, a majority that does not fit means that the shape has changed.
const JUDGED_ROWS: usize = 4;
/// An answer that yields nothing is suspicious from this size on, in bytes.
const FULL_BODY: usize = 2_048;

const COMPARE: &str = "compare the answer with the declaration, for instance by `gather select`";

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
    ReadError::new(kind, message).with_hint(COMPARE)
}

/// What an answer leads to, and how many rows it had.
pub(crate) fn follows(
    case: &Case<'_>,
    hop: &Hop,
    body: Val,
    meter: &Meter,
) -> Result<(Reading, usize), ReadError> {
    let size = case.answer.body.len();
    let mut reading = Reading::default();
    let full = !case.is_later_page() && (size >= FULL_BODY || is_full(&body));
    let mut seen = std::collections::HashSet::new();
    let mut rows = 0;
    for (row, output) in hop
        .each
        .run(body, [case.declaration.params.clone()], meter)
        .enumerate()
    {
        let output = output.map_err(|reason| expression_failed(&hop.each_text, &reason, meter))?;
        rows += 1;
        if reading.follow.len() == MAX_FOLLOWS {
            reading
                .warnings
                .push(format!("only the first {MAX_FOLLOWS} values are followed"));
            break;
        }
        let url = match value::scalar_text(&output) {
            Some(text) => template::follow(&hop.url, &text, case.answer.final_url),
            None => Err(format!("{} cannot be followed", value::kind(&output))),
        };
        match url {
            Ok(url) => {
                let ask = (case.make)(case.ask.hop + 1, &url, Trail::default());
                if seen.insert(ask.url.clone()) {
                    reading.follow.push(ask);
                }
            }
            Err(reason) => reading.rejected.push(Rejected { row, reason }),
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
    Ok((reading, rows))
}

/// The records of an answer, and how many rows it had.
pub(crate) fn records(
    case: &Case<'_>,
    body: Val,
    meter: &Meter,
) -> Result<(Reading, usize), ReadError> {
    let around = Surroundings {
        base: Some(case.answer.final_url),
        currency: case.declaration.currency,
        params: case.declaration.params.clone(),
        meter,
    };
    let size = case.answer.body.len();
    let full = !case.is_later_page() && (size >= FULL_BODY || is_full(&body));
    let mut reading = Reading::default();
    let mut rows = 0;
    for mapping in &case.step.mappings {
        let mapped = map(mapping, body.clone(), &around, case.ask.hop)?;
        rows += mapped.rows;
        keep(&mut reading, mapping, mapped);
    }
    reading
        .warnings
        .extend(unknown_flips(case, &reading.records));
    if rows == 0
        && let Some(mapping) = case.step.mappings.first()
        && full
    {
        return Err(matched_nothing(mapping.each(), size));
    }
    Ok((reading, rows))
}

/// A word for each account of a `flip` that the answer does not know: a slip there would leave a sign wrong.
fn unknown_flips(case: &Case<'_>, records: &[Record]) -> Vec<String> {
    let mut flips: Vec<&String> = case.step.mappings.iter().flat_map(Mapping::flip).collect();
    flips.sort_unstable();
    flips.dedup();
    flips.retain(|id| {
        !records.iter().any(|record| match record {
            Record::Account(account) => account.id == **id,
            Record::Transaction(transaction) => transaction.account.as_ref() == Some(id),
            _ => false,
        })
    });
    flips
        .iter()
        .filter(|_| !records.is_empty())
        .map(|id| {
            format!(
                "`flip` names the account `{}`, which this answer does not have",
                value::clip(id)
            )
        })
        .collect()
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
    // What is only of another currency fits the shape.
    let misfits = mapped.rejected.len() - mapped.foreign;
    let tried = mapped.records.len() + misfits;
    if let (Some(first), 1..) = (mapped.rejected.first(), misfits) {
        let most = tried >= JUDGED_ROWS && misfits * 2 > tried;
        // The one row of a followed answer says nothing about the others.
        let all = mapped.records.is_empty() && hop == 0;
        if most || all {
            return Err(ReadError::new(
                ReadErrorKind::ShapeChanged,
                format!(
                    "the shape has changed: {misfits} of {tried} rows are no {}; row {}: {}",
                    mapping.kind, first.row, first.reason
                ),
            )
            .with_hint(COMPARE));
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
        .with_hint(COMPARE));
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

/// How many of the records had each optional field that was looked for.
pub(crate) fn filled(step: &Step, records: &[Record]) -> Vec<Filled> {
    let mut counts = Vec::new();
    let mut count = |kind: RecordKind, field: &'static str| {
        let Some(has) = probe(kind, field) else {
            return;
        };
        let of_kind = || records.iter().filter(|record| record.kind() == kind);
        let rows = of_kind().count() as u64;
        if rows > 0 {
            counts.push(Filled {
                kind,
                field,
                filled: of_kind().filter(|record| has(record)).count() as u64,
                rows,
            });
        }
    };
    if step.format == Format::Feed {
        FEED_FIELDS
            .iter()
            .for_each(|field| count(RecordKind::Article, field));
    }
    for mapping in &step.mappings {
        let (_, optional) = mapping::fields(mapping.kind);
        optional
            .iter()
            .filter(|field| mapping.declares(field))
            .for_each(|field| count(mapping.kind, field));
    }
    counts
}

/// What every feed may say of an entry.
const FEED_FIELDS: &[&str] = &[
    "title",
    "url",
    "published_at",
    "author",
    "summary",
    "section",
    "content",
];

/// Looks whether a record has a field; `None` for a field that no record lacks.
fn probe(kind: RecordKind, field: &str) -> Option<fn(&Record) -> bool> {
    macro_rules! is_some {
        ($kind:ident, $field:ident) => {
            Some(|record| matches!(record, Record::$kind(record) if record.$field.is_some()))
        };
    }
    match (kind, field) {
        (RecordKind::Article, "title") => is_some!(Article, title),
        (RecordKind::Article, "url") => is_some!(Article, url),
        (RecordKind::Article, "published_at") => is_some!(Article, published_at),
        (RecordKind::Article, "author") => is_some!(Article, author),
        (RecordKind::Article, "summary") => is_some!(Article, summary),
        (RecordKind::Article, "section") => is_some!(Article, section),
        (RecordKind::Article, "score") => is_some!(Article, score),
        (RecordKind::Article, "comments") => is_some!(Article, comments),
        (RecordKind::Article, "content") => is_some!(Article, content),
        (RecordKind::Account, "as_of") => is_some!(Account, as_of),
        (RecordKind::Transaction, "account") => is_some!(Transaction, account),
        (RecordKind::Transaction, "date") => is_some!(Transaction, date),
        (RecordKind::Transaction, "description") => is_some!(Transaction, description),
        (RecordKind::Transaction, "category") => is_some!(Transaction, category),
        (RecordKind::Transaction, "payee") => is_some!(Transaction, payee),
        (RecordKind::Transaction, "value_date") => is_some!(Transaction, value_date),
        (RecordKind::Transaction, "balance_after") => is_some!(Transaction, balance_after),
        (RecordKind::Budget, "spent") => is_some!(Budget, spent),
        _ => None,
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
    .with_hint(COMPARE)
}

/// Whether there is a list of something within the first few levels.
pub(crate) fn is_full(body: &Val) -> bool {
    fn full(value: &Val, depth: usize) -> bool {
        match value {
            Val::Arr(items) => !items.is_empty(),
            Val::Obj(fields) => depth > 0 && fields.values().any(|value| full(value, depth - 1)),
            _ => false,
        }
    }
    full(body, 4)
}
