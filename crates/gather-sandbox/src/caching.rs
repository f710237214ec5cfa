//! How a route lets its answers be kept: validators, freshness, and conditional requests.
//!
//! A rule replaces what the route itself would say about caching: the route is asked as if nobody had a copy, its
//! validators are dropped, and the rule's take their place. It holds for every answer with status 200 to GET and HEAD.
//!
//! Not here: where a rule is looked up (`rules`). Source: RFC 9110 sections 8.8 and 13, RFC 9111.

use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822};

use crate::{
    ParseError,
    answer::{Answer, fingerprint},
    fault,
};

/// The headers of a route that a rule replaces.
const ABOUT_KEEPING: [HeaderName; 7] = [
    header::AGE,
    header::CACHE_CONTROL,
    header::ETAG,
    header::EXPIRES,
    header::LAST_MODIFIED,
    header::PRAGMA,
    header::VARY,
];

/// The shapes that servers give an `ETag`. The first four are made from the body, so they change with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tag {
    /// `"6f2c…"`
    Strong,
    /// `W/"6f2c…"`
    Weak,
    /// `6f2c…`, which is not how the standard wants it, and is met.
    Unquoted,
    /// `"6f2c…,a, b"`, one tag with commas inside.
    Commas,
    /// Exactly this text, whatever the body is.
    Text(String),
}

impl Tag {
    fn of(&self, body: &[u8]) -> String {
        let mark = fingerprint(body);
        match self {
            Self::Strong => format!("\"{mark:016x}\""),
            Self::Weak => format!("W/\"{mark:016x}\""),
            Self::Unquoted => format!("{mark:016x}"),
            Self::Commas => format!("\"{mark:016x},a, b\""),
            Self::Text(text) => text.clone(),
        }
    }
}

/// What a route says about keeping its answers. Nothing, until something is added.
///
/// ```
/// use gather_sandbox::{Caching, Tag};
///
/// let moving = Caching::none()
///     .etag(Tag::Weak)
///     .last_modified("Fri, 20 Nov 2026 08:00:00 GMT")
///     .header("cache-control", "max-age=60, stale-if-error=86400")
///     .header("vary", "Accept-Language")
///     .not_modified_header("cache-control", "max-age=600");
/// assert_ne!(moving, Caching::none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "it has to be set for a target"]
pub struct Caching {
    tag: Option<Tag>,
    last_modified: Option<String>,
    headers: Vec<(String, String)>,
    not_modified: Vec<(String, String)>,
    ignores: bool,
}

impl Caching {
    /// No validator, no header about freshness, every request answered in full.
    pub fn none() -> Self {
        Self::default()
    }

    /// Sends an `ETag`, and answers 304 to an `If-None-Match` that has it.
    ///
    /// A tag matches when the header is exactly the tag that was sent, or, where it is a well-formed list, when one of
    /// the list equals it but for a `W/`.
    pub fn etag(mut self, tag: Tag) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Sends this `Last-Modified`, and answers 304 to an `If-Modified-Since` that is the same text or a date not
    /// before it. It is not looked at when the request has an `If-None-Match`.
    pub fn last_modified(mut self, date: impl Into<String>) -> Self {
        self.last_modified = Some(date.into());
        self
    }

    /// Sends a header, such as `cache-control`, `expires`, `age` or `vary`, in place of the route's own of that name.
    /// The same name twice is sent twice.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What a 304 says otherwise than the full answer would: another `etag`, a longer `cache-control`.
    ///
    /// A tag that is sent only so is believed by later requests as well.
    pub fn not_modified_header(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.not_modified.push((name.into(), value.into()));
        self
    }

    /// Sends validators and never heeds them: every answer is 200 with the whole body.
    pub fn ignores_conditions(mut self) -> Self {
        self.ignores = true;
        self
    }

    pub(crate) fn check(&self) -> Result<(), ParseError> {
        let texts = self.headers.iter().chain(&self.not_modified);
        for (name, value) in texts {
            fault::header(name, value)?;
        }
        if let Some(Tag::Text(text)) = &self.tag {
            fault::header("etag", text)?;
        }
        if let Some(date) = &self.last_modified {
            fault::header("last-modified", date)?;
        }
        Ok(())
    }

    /// Takes the conditions out of a request, so that its route does not see them.
    pub(crate) fn conditions(headers: &mut HeaderMap) -> HeaderMap {
        let mut conditions = HeaderMap::new();
        for name in [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE] {
            for value in headers.get_all(&name) {
                conditions.append(name.clone(), value.clone());
            }
            headers.remove(&name);
        }
        conditions
    }

    /// The answer with what the rule says, or the 304 in its place.
    pub(crate) fn apply(&self, mut answer: Answer, conditions: &HeaderMap) -> Answer {
        if answer.status != StatusCode::OK {
            return answer;
        }
        let mut said = self.headers.clone();
        let tag = self.tag.as_ref().map(|tag| tag.of(&answer.body));
        said.extend(tag.clone().map(|tag| ("etag".to_owned(), tag)));
        said.extend(
            self.last_modified
                .clone()
                .map(|date| ("last-modified".to_owned(), date)),
        );
        let known = !self.ignores && self.is_known(tag.as_deref(), conditions);
        answer
            .headers
            .retain(|(name, _)| !ABOUT_KEEPING.contains(name));
        say(&mut answer, &said);
        if known {
            answer.status = StatusCode::NOT_MODIFIED;
            answer
                .headers
                .retain(|(name, _)| *name != header::CONTENT_TYPE);
            answer.body = bytes::Bytes::new();
            say(&mut answer, &self.not_modified);
        }
        answer
    }

    fn is_known(&self, tag: Option<&str>, conditions: &HeaderMap) -> bool {
        let renewed = self
            .not_modified
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("etag"))
            .map(|(_, value)| value.as_str());
        let ours: Vec<&str> = tag.into_iter().chain(renewed).collect();
        if conditions.contains_key(header::IF_NONE_MATCH) {
            return conditions
                .get_all(header::IF_NONE_MATCH)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .any(|asked| ours.iter().any(|tag| matches(asked, tag)));
        }
        let since = conditions
            .get(header::IF_MODIFIED_SINCE)
            .and_then(|value| value.to_str().ok());
        match (since, self.last_modified.as_deref()) {
            (Some(since), Some(modified)) => {
                since == modified
                    || matches!((date(since), date(modified)), (Some(a), Some(b)) if a >= b)
            }
            _ => false,
        }
    }
}

fn say(answer: &mut Answer, lines: &[(String, String)]) {
    // Whether they are header lines was checked when the rule was set.
    let lines: Vec<(HeaderName, HeaderValue)> = lines
        .iter()
        .filter_map(|(name, value)| fault::header(name, value).ok())
        .collect();
    answer
        .headers
        .retain(|(name, _)| lines.iter().all(|(said, _)| said != name));
    answer.headers.extend(lines);
}

fn date(text: &str) -> Option<Timestamp> {
    rfc2822::parse(text).ok().map(|date| date.timestamp())
}

/// Whether an `If-None-Match` names the tag.
fn matches(asked: &str, tag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    asked.trim() == tag
        || asked.trim() == "*"
        || tags(asked).any(|listed| opaque(listed) == opaque(tag))
}

/// The well-formed tags of a list; a comma inside of quotes belongs to its tag.
fn tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let start = rest.find(['W', '"'])?;
        rest = &rest[start..];
        let open = rest.find('"')?;
        let close = open + 1 + rest[open + 1..].find('"')?;
        let tag = &rest[..=close];
        rest = &rest[close + 1..];
        Some(tag)
    })
}

const FORMS: &str = "expected `strong`, `weak`, `unquoted` or `commas` (an ETag), `modified=DATE`, `ignore` (conditions), \
     or a header as `cache-control=max-age=60`, with `;` between several";

impl FromStr for Caching {
    type Err = ParseError;

    /// `weak;cache-control=max-age=60`, `modified=Fri, 20 Nov 2026 08:00:00 GMT;ignore`.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut caching = Self::none();
        for part in text
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            caching = match (part, part.split_once('=')) {
                ("strong", _) => caching.etag(Tag::Strong),
                ("weak", _) => caching.etag(Tag::Weak),
                ("unquoted", _) => caching.etag(Tag::Unquoted),
                ("commas", _) => caching.etag(Tag::Commas),
                ("ignore", _) => caching.ignores_conditions(),
                (_, Some(("modified", date))) => caching.last_modified(date),
                (_, Some((name, value))) => caching.header(name, value),
                _ => {
                    return Err(ParseError::new(format!(
                        "`{part}` says nothing about caching; {FORMS}"
                    )));
                }
            };
        }
        caching.check()?;
        Ok(caching)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(caching: &Caching, name: HeaderName, value: &str) -> Answer {
        let asked = HeaderMap::from_iter([(name, HeaderValue::try_from(value).unwrap())]);
        caching.apply(Answer::json("[1]").with(header::ETAG, "\"own\""), &asked)
    }

    fn tag_of(answer: &Answer) -> String {
        let mut tags = answer
            .headers
            .iter()
            .filter(|(name, _)| name == header::ETAG);
        let tag = tags.next().unwrap().1.to_str().unwrap().to_owned();
        assert!(tags.next().is_none(), "one tag and no second");
        tag
    }

    #[test]
    fn every_shape_of_tag_is_known_again_when_it_comes_back_as_it_was() {
        for tag in [Tag::Strong, Tag::Weak, Tag::Unquoted, Tag::Commas] {
            let caching = Caching::none().etag(tag.clone());
            let sent = tag_of(&ask(&caching, header::IF_NONE_MATCH, "\"other\""));
            let again = ask(&caching, header::IF_NONE_MATCH, &sent);
            assert_eq!(
                (again.status, again.body.len()),
                (StatusCode::NOT_MODIFIED, 0),
                "{tag:?}"
            );
            let half = &sent[..sent.len() / 2];
            assert_eq!(
                ask(&caching, header::IF_NONE_MATCH, half).status,
                StatusCode::OK,
                "{tag:?}"
            );
        }
    }

    #[test]
    fn a_list_is_read_with_commas_inside_of_tags() {
        assert_eq!(
            tags(r#""a,b", W/"c" , "d""#).collect::<Vec<_>>(),
            [r#""a,b""#, r#"W/"c""#, r#""d""#]
        );
        assert!(matches(r#""x", "a,b""#, r#"W/"a,b""#));
        assert!(!matches(r#""a", "b""#, r#""a,b""#));
        assert!(matches("abc", "abc") && !matches("\"abc\"", "abc"));
    }

    #[test]
    fn a_date_counts_only_without_a_tag() {
        let modified = "Fri, 20 Nov 2026 08:00:00 GMT";
        let caching = Caching::none().last_modified(modified);
        let status = |since| ask(&caching, header::IF_MODIFIED_SINCE, since).status;
        assert_eq!(status(modified), StatusCode::NOT_MODIFIED);
        assert_eq!(
            status("Fri, 20 Nov 2026 08:00:01 GMT"),
            StatusCode::NOT_MODIFIED
        );
        assert_eq!(status("Fri, 20 Nov 2026 07:59:59 GMT"), StatusCode::OK);
        assert_eq!(status("yesterday"), StatusCode::OK);
        let both = HeaderMap::from_iter([
            (
                header::IF_MODIFIED_SINCE,
                HeaderValue::from_static("Fri, 20 Nov 2026 08:00:00 GMT"),
            ),
            (header::IF_NONE_MATCH, HeaderValue::from_static("\"none\"")),
        ]);
        assert_eq!(
            caching.apply(Answer::json("[1]"), &both).status,
            StatusCode::OK
        );
    }

    #[test]
    fn a_304_may_say_something_new_and_is_believed_afterwards() {
        let caching = Caching::none()
            .etag(Tag::Text("\"old\"".to_owned()))
            .not_modified_header("etag", "\"new\"");
        for known in ["\"old\"", "\"new\""] {
            let answer = ask(&caching, header::IF_NONE_MATCH, known);
            assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
            assert_eq!(tag_of(&answer), "\"new\"");
        }
        assert_eq!(
            tag_of(&ask(&caching, header::IF_NONE_MATCH, "x")),
            "\"old\""
        );
    }

    #[test]
    fn a_rule_is_read_from_text() {
        assert_eq!(
            "weak;cache-control=max-age=60".parse(),
            Ok(Caching::none()
                .etag(Tag::Weak)
                .header("cache-control", "max-age=60"))
        );
        assert_eq!(
            "strong; ignore".parse(),
            Ok(Caching::none().etag(Tag::Strong).ignores_conditions())
        );
        for wrong in ["fast", "bad name=1"] {
            assert!(wrong.parse::<Caching>().is_err(), "{wrong}");
        }
    }
}
