//! One answer before it meets the wire, and the two questions every route asks of a request.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// Status, headers and whole body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn new(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let headers = if content_type.is_empty() {
            Vec::new()
        } else {
            vec![(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]
        };
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    /// 200 with a JSON text.
    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        Self::new(StatusCode::OK, "application/json; charset=utf-8", body)
    }

    /// An error with a JSON body.
    pub(crate) fn error(status: StatusCode, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    pub(crate) fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// Adds an `ETag` made from the body, and answers 304 without a body when the client has it already.
    pub(crate) fn revalidated(mut self, asked: &HeaderMap) -> Self {
        let etag = format!("\"{:016x}\"", fingerprint(&self.body));
        let known = asked
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|list| {
                list.split(',')
                    .map(|tag| tag.trim().trim_start_matches("W/"))
                    .any(|tag| tag == "*" || tag == etag)
            });
        if let Ok(etag) = HeaderValue::try_from(etag) {
            self.headers.push((header::ETAG, etag));
        }
        if known {
            self.status = StatusCode::NOT_MODIFIED;
            self.headers
                .retain(|(name, _)| name != header::CONTENT_TYPE);
            self.body = Bytes::new();
        }
        self
    }

    /// What a broken server sends as JSON.
    pub(crate) fn garbage() -> Self {
        Self::new(
            StatusCode::OK,
            "application/json",
            &b"{\"status\": \x00\x1b[2J\xff\xfe <<<< not json, [1, 2,, \"unclosed"[..],
        )
    }

    /// What a hotel's network sends in place of anything.
    pub(crate) fn captive_portal() -> Self {
        let page = "<!DOCTYPE html>\n<html><head><title>Welcome to Harbour Hotel Wi-Fi</title></head>\n<body><h1>Please \
                    log in</h1><form action=\"/login\" method=\"post\"><label>Room <input name=\"room\"></label> \
                    <button>Connect</button></form></body></html>\n";
        Self::new(StatusCode::OK, "text/html; charset=utf-8", page)
    }
}

/// FNV-1a over 64 bits: the same body has the same tag in every process.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The parameters of a query, decoded.
#[derive(Debug)]
pub(crate) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    pub(crate) fn new(text: Option<&'a str>) -> Self {
        Self(url::form_urlencoded::parse(text.unwrap_or_default().as_bytes()).collect())
    }

    /// The first value of that name, empty or not.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| &**value)
    }

    /// The first value of that name that is not empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_tag_is_answered_without_a_body() {
        let fresh = Answer::json("[1]").revalidated(&HeaderMap::new());
        assert_eq!(fresh.status, StatusCode::OK);
        let tag = fresh
            .headers
            .iter()
            .find(|(name, _)| name == header::ETAG)
            .unwrap()
            .1
            .clone();
        let weak =
            HeaderValue::try_from(format!("\"other\", W/{}", tag.to_str().unwrap())).unwrap();
        for known in [tag.clone(), weak] {
            let asked = HeaderMap::from_iter([(header::IF_NONE_MATCH, known)]);
            let again = Answer::json("[1]").revalidated(&asked);
            assert_eq!(
                (again.status, again.body.len()),
                (StatusCode::NOT_MODIFIED, 0)
            );
            assert_eq!(
                Answer::json("[2]").revalidated(&asked).status,
                StatusCode::OK
            );
        }
    }

    #[test]
    fn a_query_is_decoded() {
        let query = Query::new(Some("q=ferry+line%20x&empty=&q=second"));
        assert_eq!(query.get("q"), Some("ferry line x"));
        assert_eq!(
            (query.get("empty"), query.filled("empty"), query.get("none")),
            (Some(""), None, None)
        );
    }
}
