//! Any supported format, or any jq expression, on bytes that are already here: the tools for writing mappings.
//!
//! Formats are told by content, and by the media type where it speaks of rows (CSV, lines of JSON). An answer that a preset reads becomes records; other JSON is shown row by row as it
//! is, numbers untouched.

use std::{fmt, ops::ControlFlow, sync::LazyLock, time::Duration};

use url::Url;

use crate::{
    ReadError, Reading, Rejected, answer,
    config::{self, Declaration, Format},
    feed,
    format::{self, Document, csv},
    jq::{self, Meter, Program, Val, json},
    mapping::Surroundings,
    presets, sniff,
};

/// Time for the expressions of one [`parse`].
const TIME: Duration = Duration::from_secs(30);

/// What [`parse`] made of some bytes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Parsed {
    /// What the bytes turned out to be.
    pub format: ParsedFormat,
    /// One JSON document each: records, or rows as they are.
    pub lines: Vec<String>,
    /// What a person may want to know.
    pub warnings: Vec<String>,
}

/// A format that [`parse`] tells by content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParsedFormat {
    /// RSS or Atom.
    Feed,
    /// JSON Feed.
    JsonFeed,
    /// An answer that this preset reads.
    Preset(String),
    /// Other JSON.
    Json,
    /// Several JSON documents one after the other.
    Ndjson,
    /// CSV, with its delimiter told by content: rows are objects by the first row. See the [shapes](crate#shapes).
    Csv,
    /// XML that is no feed: one object. See the [shapes](crate#shapes).
    Xml,
}

/// The presets that say what their answers look like.
static RECOGNISABLE: LazyLock<Vec<Declaration>> = LazyLock::new(|| {
    presets::presets()
        .filter_map(config::preset_shape)
        .filter(|preset| preset.steps.iter().any(|step| step.looks_like.is_some()))
        .collect()
});

/// Reads bytes of any supported format. Relative links are resolved against `base_url`. An empty input has no lines.
///
/// # Errors
/// [`ReadError`] when the bytes are of no supported format, or broken: broken JSON has its line and column.
pub fn parse(
    bytes: &[u8],
    content_type: Option<&str>,
    base_url: Option<&Url>,
) -> Result<Parsed, ReadError> {
    let meter = Meter::new(Some(TIME));
    if format::is_blank(bytes) {
        return Ok(Parsed {
            format: ParsedFormat::Json,
            lines: Vec::new(),
            warnings: Vec::new(),
        });
    }
    let label = label(content_type);
    if starts_with_markup(bytes) {
        let text = feed::decode(bytes, content_type).text;
        if sniff::root(&text).is_none_or(|root| sniff::feed_format(&root).is_some()) {
            let reading = feed::read(bytes, content_type, base_url)?;
            return Ok(records(ParsedFormat::Feed, &reading));
        }
        let document = format::read(Format::Xml, &csv::Settings::default(), bytes, content_type)?;
        return known(ParsedFormat::Xml, document, base_url, &meter);
    }
    if label == Some(Format::Csv) {
        return table(bytes, content_type, base_url, &meter);
    }
    if label == Some(Format::Ndjson) {
        return lines(bytes, content_type);
    }
    match json::read(bytes) {
        Ok((value, repeated)) => {
            if feed::is_json_feed(&value) {
                let reading = feed::json_feed(value, base_url)?;
                return Ok(records(ParsedFormat::JsonFeed, &reading));
            }
            let document = Document {
                value,
                warnings: repeated
                    .map(|name| format::repeated_name(&name))
                    .into_iter()
                    .collect(),
                ..Document::default()
            };
            known(ParsedFormat::Json, document, base_url, &meter)
        }
        Err(fault) => {
            let several: Result<Vec<Val>, _> = json::parse_many(bytes).collect();
            match several {
                // Bare numbers with tabs between them are a table sooner than documents.
                Ok(values)
                    if matches!(values.first(), Some(Val::Arr(_) | Val::Obj(_)))
                        || csv::sniff(bytes).is_none() =>
                {
                    Ok(rows(
                        ParsedFormat::Ndjson,
                        Document {
                            value: values.into_iter().collect(),
                            ..Document::default()
                        },
                    ))
                }
                Ok(_) => table(bytes, content_type, base_url, &meter),
                Err(_) if format::is_lines(bytes) => lines(bytes, content_type),
                Err(_) if csv::sniff(bytes).is_some() => {
                    table(bytes, content_type, base_url, &meter)
                }
                // Several documents, of which a later one is broken: its place says more.
                Err(later) if (later.line, later.column) > (fault.line, fault.column) => {
                    Err(format::malformed(&later))
                }
                Err(_) => Err(format::malformed(&fault)),
            }
        }
    }
}

/// What a media type says beyond doubt.
fn label(content_type: Option<&str>) -> Option<Format> {
    let kind = content_type?.split(';').next()?.trim().to_ascii_lowercase();
    match kind.as_str() {
        "text/csv" | "text/tab-separated-values" => Some(Format::Csv),
        _ if format::is_labelled_lines(&kind) => Some(Format::Ndjson),
        _ => None,
    }
}

/// Whether the first character is that of a tag, in any encoding that begins with a mark or like ASCII.
fn starts_with_markup(bytes: &[u8]) -> bool {
    let first = bytes
        .iter()
        .find(|b| !b.is_ascii_whitespace() && !matches!(b, 0xEF | 0xBB | 0xBF | 0xFE | 0xFF | 0));
    first == Some(&b'<')
}

fn lines(bytes: &[u8], content_type: Option<&str>) -> Result<Parsed, ReadError> {
    let settings = csv::Settings::default();
    let document = format::read(Format::Ndjson, &settings, bytes, content_type)?;
    Ok(rows(ParsedFormat::Ndjson, document))
}

fn table(
    bytes: &[u8],
    content_type: Option<&str>,
    base_url: Option<&Url>,
    meter: &Meter,
) -> Result<Parsed, ReadError> {
    let settings = csv::sniff(bytes).unwrap_or_default();
    let document = format::read(Format::Csv, &settings, bytes, content_type)?;
    known(ParsedFormat::Csv, document, base_url, meter)
}

/// Records where a preset knows such an answer, else rows as they are.
fn known(
    format: ParsedFormat,
    document: Document,
    base_url: Option<&Url>,
    meter: &Meter,
) -> Result<Parsed, ReadError> {
    match by_preset(&document.value, base_url, meter)? {
        Some(mut found) => {
            found.warnings.splice(0..0, document.warnings);
            Ok(found)
        }
        None => Ok(rows(format, document)),
    }
}

/// Rows as they are: the elements of an array, or the document itself.
fn rows(format: ParsedFormat, document: Document) -> Parsed {
    let mut warnings = document.warnings;
    warnings.extend(document.rejected.iter().map(rejected));
    Parsed {
        format,
        lines: match &document.value {
            Val::Arr(rows) => rows.iter().map(json::to_line).collect(),
            one => vec![json::to_line(one)],
        },
        warnings,
    }
}

fn rejected(rejected: &Rejected) -> String {
    format!("row {} was rejected: {}", rejected.row, rejected.reason)
}

fn by_preset(
    document: &Val,
    base_url: Option<&Url>,
    meter: &Meter,
) -> Result<Option<Parsed>, ReadError> {
    for preset in RECOGNISABLE.iter() {
        for step in &preset.steps {
            let Some(looks_like) = &step.looks_like else {
                continue;
            };
            let verdict = looks_like
                .run(document.clone(), [preset.params.clone()], meter)
                .next();
            if !matches!(verdict, Some(Ok(Val::Bool(true)))) {
                continue;
            }
            let around = Surroundings {
                base: base_url.or((!step.in_key).then_some(&step.url)),
                currency: preset.currency,
                params: preset.params.clone(),
                meter,
            };
            let mut reading = Reading::default();
            for mapping in &step.mappings {
                let mapped = answer::map(mapping, document.clone(), &around, step.follow.len())?;
                answer::keep(&mut reading, mapping, mapped);
            }
            return Ok(Some(records(
                ParsedFormat::Preset(preset.name.clone()),
                &reading,
            )));
        }
    }
    Ok(None)
}

fn records(format: ParsedFormat, reading: &Reading) -> Parsed {
    let mut warnings = reading.warnings.clone();
    warnings.extend(reading.rejected.iter().map(rejected));
    match reading.skipped {
        0 => {}
        1 => warnings.push("1 row was left out as declared".to_owned()),
        n => warnings.push(format!("{n} rows were left out as declared")),
    }
    Parsed {
        format,
        lines: reading
            .records
            .iter()
            .map(|record| serde_json::to_string(record).expect("records have string keys only"))
            .collect(),
        warnings,
    }
}

/// A compiled jq expression. Unlike one of a declaration it may define functions, and nothing limits its time.
#[derive(Debug)]
pub struct Selector {
    program: Program,
}

/// Why a selection failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelectError {
    /// Whether the expression is to blame; otherwise the input is.
    pub in_expression: bool,
    /// Line in the expression or the input, from 1; 0 when the place is not known.
    pub line: usize,
    /// Column in characters, from 1; 0 when the place is not known.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.in_expression {
            "expression"
        } else {
            "input"
        };
        match (self.line, self.column) {
            (0, _) | (_, 0) => write!(f, "{place}: {}", self.message),
            (line, column) => write!(f, "{place}, line {line}, column {column}: {}", self.message),
        }
    }
}

impl std::error::Error for SelectError {}

impl Selector {
    /// Compiles a jq expression.
    ///
    /// # Errors
    /// [`SelectError`] with the place in the expression.
    pub fn compile(expression: &str) -> Result<Self, SelectError> {
        jq::check(expression, true)
            .and_then(|()| jq::compile(expression, &[]))
            .map(|program| Self { program })
            .map_err(|faults| {
                let fault = faults.into_iter().next();
                let start = fault.as_ref().map_or(0, |fault| fault.span.start);
                let (line, column) = json::position(expression.as_bytes(), start);
                SelectError {
                    in_expression: true,
                    line,
                    column,
                    message: fault
                        .map_or_else(|| "cannot be read".to_owned(), |fault| fault.message),
                }
            })
    }

    /// Runs it over each JSON document of `input` and hands every output to `sink` as one line of JSON, as soon as it
    /// is there. `sink` says when to stop, so an endless expression can be cut off.
    ///
    /// # Errors
    /// [`SelectError`] at the first document that is no JSON, or the first failure of the expression. What came
    /// before has reached `sink`.
    pub fn run(
        &self,
        input: &[u8],
        sink: &mut dyn FnMut(String) -> ControlFlow<()>,
    ) -> Result<(), SelectError> {
        let meter = Meter::new(None);
        for document in json::parse_many(input) {
            let document = document.map_err(|fault| SelectError {
                in_expression: false,
                line: fault.line,
                column: fault.column,
                message: fault.message,
            })?;
            for output in self.program.run(document, [], &meter) {
                let output = output.map_err(|message| SelectError {
                    in_expression: true,
                    line: 0,
                    column: 0,
                    message,
                })?;
                if sink(json::to_line(&output)).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Runs a jq expression over each JSON document of `input`: every output as one line of JSON.
///
/// ```
/// let lines = gather_sources::select(".[] | .n", br#"[{"n": 0.10}, {"n": 2}]"#)?;
/// assert_eq!(lines, ["0.10", "2"]);
///
/// let error = gather_sources::select(".", b"[1, oops]").unwrap_err();
/// assert_eq!((error.line, error.column), (1, 5));
/// # Ok::<(), gather_sources::SelectError>(())
/// ```
///
/// # Errors
/// [`SelectError`] for a wrong expression, a broken input, or a failure of the expression.
pub fn select(expression: &str, input: &[u8]) -> Result<Vec<String>, SelectError> {
    let mut lines = Vec::new();
    Selector::compile(expression)?.run(input, &mut |line| {
        lines.push(line);
        ControlFlow::Continue(())
    })?;
    Ok(lines)
}
