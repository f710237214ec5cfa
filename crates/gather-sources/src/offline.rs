//! Any supported format, or any jq expression, on bytes that are already here: the tools for writing mappings.
//!
//! Formats are told by content. An answer that a preset reads becomes records; other JSON is shown row by row as it
//! is, numbers untouched.

use std::{fmt, ops::ControlFlow, sync::LazyLock, time::Duration};

use url::Url;

use crate::{
    ReadError, Reading, answer,
    config::{self, Declaration},
    feed,
    jq::{self, Meter, Program, Val, json},
    mapping::Surroundings,
    presets,
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
    /// Other JSON, or several JSON documents one after the other.
    Json,
}

/// The presets that say what their answers look like.
static RECOGNISABLE: LazyLock<Vec<Declaration>> = LazyLock::new(|| {
    presets::presets()
        .filter_map(|preset| config::preset_declaration(preset.name).ok())
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
    let first = bytes
        .iter()
        .copied()
        .find(|b| !b.is_ascii_whitespace() && !matches!(b, 0xEF | 0xBB | 0xBF | 0xFE | 0xFF | 0));
    if first == Some(b'<') {
        let reading = feed::read(bytes, content_type, base_url, &meter)?;
        return Ok(records(ParsedFormat::Feed, &reading));
    }
    let mut documents = Vec::new();
    for document in json::parse_many(bytes) {
        documents.push(document.map_err(|fault| answer::malformed(&fault))?);
    }
    if let [one] = &documents[..] {
        if feed::is_json_feed(one) {
            let reading = feed::json_feed(one.clone(), base_url, &meter)?;
            return Ok(records(ParsedFormat::JsonFeed, &reading));
        }
        if let Some(found) = by_preset(one, base_url, &meter)? {
            return Ok(found);
        }
    }
    let lines = match &documents[..] {
        [Val::Arr(rows)] => rows.iter().map(json::to_line).collect(),
        all => all.iter().map(json::to_line).collect(),
    };
    Ok(Parsed {
        format: ParsedFormat::Json,
        lines,
        warnings: Vec::new(),
    })
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
                base: Some(base_url.unwrap_or(&step.url)),
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
    warnings.extend(
        reading
            .rejected
            .iter()
            .map(|rejected| format!("row {} was rejected: {}", rejected.row, rejected.reason)),
    );
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
