//! What a provider says when it says no: in an error status, or inside a success.
//!
//! A declaration can say where its provider puts the message; otherwise the shapes that are common are looked for.
//! Which words mean what (the key, the quota, the end of a list) is in the declaration's `errors` table.

use crate::{
    ReadError, ReadErrorKind,
    config::{Declaration, Meaning, Means},
    format::{self, xml},
    jq::{Meter, Rc, Val, json},
    mapping::value,
    text,
};

/// What the provider said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
}

/// More errors in one answer are counted only.
const MAX_SAID: usize = 20;
/// Longer messages are cut.
const MAX_MESSAGE: usize = 300;

impl Said {
    fn is_empty(&self) -> bool {
        self.code.is_none() && self.message.is_none()
    }

    /// The message, else the code.
    pub(crate) fn words(&self) -> Option<&str> {
        self.message.as_deref().or(self.code.as_deref())
    }
}

/// The errors inside a body that came with a success: as declared, else one in a common shape. The second value are
/// those that are no errors, but something to know.
pub(crate) fn in_success(
    declaration: &Declaration,
    body: &Val,
    content_type: Option<&str>,
    meter: &Meter,
) -> (Vec<Said>, Vec<String>) {
    let mut said = declared(declaration, body, meter);
    if said.is_empty() {
        said.extend(problem(body, content_type).or_else(|| common(body)));
    }
    let is_note = |said: &Said| {
        meaning(declaration, said, None).is_some_and(|meaning| meaning.means == Means::Note)
    };
    let (notes, errors): (Vec<Said>, Vec<Said>) = said.into_iter().partition(is_note);
    let notes = notes
        .iter()
        .filter_map(|said| Some(format!("the provider says: {}", said.words()?)))
        .collect();
    (errors, notes)
}

/// Several errors as one: all of the words, and the code of the first that the declaration knows.
pub(crate) fn joined(declaration: &Declaration, errors: &[Said]) -> Option<Said> {
    let first = errors
        .iter()
        .find(|said| meaning(declaration, said, None).is_some())
        .or(errors.first())?;
    if errors.len() == 1 {
        return Some(first.clone());
    }
    let mut words: Vec<&str> = errors.iter().filter_map(Said::words).collect();
    words.dedup();
    Some(Said {
        // Without a code the words are what it is known by.
        code: first.code.clone().or_else(|| first.message.clone()),
        message: Some(words.join("; ")),
    })
}

/// The words in the body of an error status.
pub(crate) fn in_failure(
    declaration: &Declaration,
    body: &[u8],
    content_type: Option<&str>,
    meter: &Meter,
) -> Said {
    let value = if is_problem(content_type, "xml") {
        xml::read(body, content_type).ok().map(|read| read.value)
    } else {
        json::parse(body)
            .ok()
            .or_else(|| in_xml(body, content_type))
    };
    let Some(body_value) = value else {
        return Said {
            code: None,
            message: first_line(body),
        };
    };
    joined(declaration, &declared(declaration, &body_value, meter))
        .or_else(|| problem(&body_value, content_type))
        .or_else(|| common(&body_value))
        .or_else(|| loose(&body_value))
        .unwrap_or_default()
}

fn declared(declaration: &Declaration, body: &Val, meter: &Meter) -> Vec<Said> {
    let Some(program) = &declaration.error else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut more = 0_usize;
    for output in program.run(body.clone(), [declaration.params.clone()], meter) {
        // An expression that does not fit this body found no error in it.
        let Ok(output) = output else { break };
        let said = match &output {
            Val::Obj(_) => Said {
                code: words(field(&output, "code")),
                message: words(field(&output, "message")),
            },
            Val::Null | Val::Bool(false) => continue,
            other => Said {
                code: None,
                message: words(Some(other)),
            },
        };
        if said.is_empty() {
            continue;
        }
        if found.len() < MAX_SAID {
            found.push(said);
        } else {
            more += 1;
        }
    }
    if more > 0 {
        found.push(Said {
            code: None,
            message: Some(format!("and {more} more")),
        });
    }
    found
}

/// Whether a media type is that of problem details.
fn is_problem(content_type: Option<&str>, syntax: &str) -> bool {
    content_type
        .and_then(|value| value.split(';').next())
        .and_then(|kind| {
            kind.trim()
                .to_ascii_lowercase()
                .strip_prefix("application/problem+")
                .map(str::to_owned)
        })
        .is_some_and(|found| found == syntax)
}

/// What the root element of an XML body holds, names in lower case: `<Error><Code>…</Code><Message>…`.
fn in_xml(body: &[u8], content_type: Option<&str>) -> Option<Val> {
    if !body.trim_ascii_start().starts_with(b"<") || format::looks_like_html(body) {
        return None;
    }
    let document = xml::read(body, content_type).ok()?.value;
    let Val::Obj(root) = &document else {
        return None;
    };
    match root.values().next()? {
        Val::Obj(fields) => {
            let lower =
                |name: &Val| Val::from(value::text(name).unwrap_or_default().to_lowercase());
            let fields = fields
                .iter()
                .map(|(name, value)| (lower(name), value.clone()));
            Some(Val::Obj(Rc::new(fields.collect())))
        }
        text => Some(Val::Obj(Rc::new(
            [(Val::from("message".to_owned()), text.clone())]
                .into_iter()
                .collect(),
        ))),
    }
}

/// Problem details: the title and what is special this time. Members of a wrong type are as good as absent.
///
/// Source: RFC 9457 section 3.1, and appendix B for XML.
fn problem(body: &Val, content_type: Option<&str>) -> Option<Said> {
    let inner = if is_problem(content_type, "xml") {
        field(body, "problem")?
    } else if is_problem(content_type, "json") {
        body
    } else {
        return None;
    };
    let text = |name: &str| {
        field(inner, name)
            .filter(|value| value::text(value).is_some())
            .and_then(|value| words(Some(value)))
    };
    let message = match (text("title"), text("detail")) {
        (Some(title), Some(detail)) if title != detail => Some(value::clip_to(
            &format!("{}: {detail}", title.trim_end_matches(['.', ':'])),
            MAX_MESSAGE,
        )),
        (title, detail) => detail.or(title),
    };
    let code = text("type").filter(|kind| kind != "about:blank");
    Some(Said {
        message: message.or_else(|| code.is_none().then(|| "a problem without words".to_owned())),
        code,
    })
}

/// The shapes that say "error" without doubt.
fn common(body: &Val) -> Option<Said> {
    let status = field(body, "status").and_then(value::text);
    if matches!(status.as_deref(), Some("error" | "fail" | "failed")) {
        return Some(loose(body).unwrap_or_else(|| Said {
            code: None,
            message: Some("status: error".to_owned()),
        }));
    }
    let code = field(body, "cod").and_then(value::scalar_text);
    if let Some(number) = code.as_deref().and_then(|code| code.parse::<u32>().ok())
        && number >= 400
    {
        return Some(Said {
            code: Some(number.to_string()),
            message: words(field(body, "message")),
        });
    }
    if let Some(said) = field(body, "json").and_then(errors) {
        return Some(said);
    }
    if let Some(said) = errors(body) {
        return Some(said);
    }
    let refused = ["ok", "success"]
        .iter()
        .any(|name| matches!(field(body, name), Some(Val::Bool(false))));
    if refused && let Some(said) = loose(body) {
        return Some(said);
    }
    match field(body, "error") {
        Some(error @ Val::Obj(_)) => one_of(error),
        Some(Val::Bool(true)) => loose(body).or_else(|| {
            Some(Said {
                code: None,
                message: Some("error: true".to_owned()),
            })
        }),
        Some(text @ Val::TStr(_)) => words(Some(text)).map(|message| Said {
            code: None,
            message: Some(message),
        }),
        _ => None,
    }
}

/// A list or a table `errors` that is not empty.
fn errors(body: &Val) -> Option<Said> {
    match field(body, "errors")? {
        Val::Arr(list) => list.first().and_then(one_of),
        errors @ Val::Obj(fields) if !fields.is_empty() => one_of(errors).or_else(|| {
            Some(Said {
                code: None,
                message: Some(value::clip_to(&json::to_line(errors), MAX_MESSAGE)),
            })
        }),
        _ => None,
    }
}

/// Words where providers tend to put them, in a body that is already known to be bad.
fn loose(body: &Val) -> Option<Said> {
    let inner = field(body, "response").unwrap_or(body);
    let message = [
        "message",
        "error_description",
        "detail",
        "error",
        "msg",
        "summary",
        "title",
    ]
    .iter()
    .find_map(|name| words(field(inner, name)));
    let code = ["code", "error_code"]
        .iter()
        .find_map(|name| words(field(inner, name)));
    let said = Said { code, message };
    (!said.is_empty()).then_some(said)
}

/// A message without any wrapper, in a body that holds nothing of what was due.
pub(crate) fn bare(body: &Val) -> Option<Said> {
    let message = ["message", "detail", "msg"]
        .iter()
        .find_map(|name| words(field(body, name)))?;
    Some(Said {
        code: words(field(body, "code")),
        message: Some(message),
    })
}

fn one_of(error: &Val) -> Option<Said> {
    match error {
        Val::Obj(_) => loose(error),
        // A list such as `["RATELIMIT", "you are doing that too much", "ratelimit"]`.
        Val::Arr(parts) => {
            let said = Said {
                code: words(parts.first()),
                message: words(parts.get(1)),
            };
            (!said.is_empty()).then_some(said)
        }
        other => words(Some(other)).map(|message| Said {
            code: None,
            message: Some(message),
        }),
    }
}

pub(crate) fn field<'v>(value: &'v Val, name: &str) -> Option<&'v Val> {
    match value {
        Val::Obj(fields) => fields.get(&Val::from(name.to_owned())),
        _ => None,
    }
}

fn words(value: Option<&Val>) -> Option<String> {
    text::from_html(&value::scalar_text(value?)?, MAX_MESSAGE)
}

fn first_line(body: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&body[..body.len().min(2_000)]).into_owned();
    if start.trim_start().starts_with('<') {
        return None;
    }
    text::from_plain(start.lines().find(|line| !line.trim().is_empty())?, 120)
}

/// What the declaration says about these words, else about this HTTP status.
pub(crate) fn meaning<'d>(
    declaration: &'d Declaration,
    said: &Said,
    status: Option<u16>,
) -> Option<&'d Meaning> {
    [&said.code, &said.message]
        .into_iter()
        .flatten()
        .find_map(|words| declaration.errors.get(words))
        .or_else(|| declaration.errors.get(&status?.to_string()))
}

/// The error for what the provider said, with an HTTP status of 400 and above or inside a success.
pub(crate) fn error(
    declaration: &Declaration,
    status: Option<u16>,
    said: &Said,
    html: bool,
) -> ReadError {
    let meaning = meaning(declaration, said, status);
    let kind = match (meaning.map(|meaning| meaning.means), status) {
        (Some(Means::Key), _) => ReadErrorKind::Key,
        (Some(Means::Quota), _) => ReadErrorKind::Limited,
        (Some(Means::Request), _) => ReadErrorKind::Request,
        (Some(Means::Retry), _) => ReadErrorKind::Unavailable,
        (_, Some(511)) => ReadErrorKind::NotTheFormat,
        (_, Some(403)) if html => ReadErrorKind::NotTheFormat,
        (_, Some(401 | 402 | 403 | 407)) => ReadErrorKind::Key,
        (_, Some(429)) => ReadErrorKind::Limited,
        (_, Some(408 | 425 | 500..=599)) => ReadErrorKind::Unavailable,
        (_, Some(400..=499)) => ReadErrorKind::Request,
        _ => ReadErrorKind::Provider,
    };
    let message = match (status, said.words()) {
        (Some(status), Some(words)) => format!("answered {status}: {words}"),
        (Some(status), None) if html => {
            format!("answered {status} with an HTML page, which looks like a login or block page")
        }
        (Some(status), None) => format!("answered {status}"),
        (None, words) => format!("reported an error: {}", words.unwrap_or("without words")),
    };
    let mut error = ReadError::new(kind, message);
    error.status = status;
    error.code.clone_from(&said.code);
    error.hint = meaning
        .and_then(|meaning| meaning.hint.clone())
        .or_else(|| match (kind, &declaration.key) {
            (ReadErrorKind::Key, Some(key)) => Some(format!("check the key: {key}")),
            (ReadErrorKind::Key, None) => Some("it may want a `key`".to_owned()),
            (ReadErrorKind::NotTheFormat, _) => {
                Some("open the address in a browser on this machine".to_owned())
            }
            (ReadErrorKind::Request, _) => {
                Some(format!("look at the declaration of `{}`", declaration.name))
            }
            _ => None,
        });
    error
}
