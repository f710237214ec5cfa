//! Addresses of the dashboard: written, read, and told apart from those that lead elsewhere.
//!
//! What a browser says of where to go back to is text from outside: only what stays on this server, under its base path,
//! is followed. Fields of an address are never an error: what is not known is not looked at, the last of several counts.

use std::borrow::Cow;

use axum::extract::{Form, rejection::FormRejection};
use url::{Url, form_urlencoded};

use super::answer::Failed;

/// An origin that only serves to resolve addresses: nothing is ever asked of it.
const SOMEWHERE: &str = "http://gather.invalid";

/// A form that was sent, or why it is none.
pub(super) type Sent = Result<Form<Vec<(String, String)>>, FormRejection>;

/// The fields of an address or of a form, each as it was written, without blanks at its ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn of_query(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self::new(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())))
    }

    pub(crate) fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name, value.trim().to_owned()))
                .collect(),
        )
    }

    /// The fields of a form.
    pub(super) fn sent(sent: Sent) -> Result<Self, Failed> {
        match sent {
            Ok(Form(pairs)) => Ok(Self::new(pairs)),
            Err(_) => Err(Failed::unreadable("What was sent is no form.")),
        }
    }

    /// The value of a field that is filled.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.last(name).filter(|value| !value.is_empty())
    }

    /// The value of a field that is there, filled or not.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter().rev();
        let found = fields.find(|(held, _)| held == name)?;
        Some(found.1.as_str())
    }

    /// The same without some, and with others in their place; an empty value leaves a field out.
    pub(crate) fn with(&self, changes: &[(&str, &str)]) -> Self {
        let kept = self
            .0
            .iter()
            .filter(|(name, value)| {
                !value.is_empty() && changes.iter().all(|(changed, _)| changed != name)
            })
            .cloned();
        let new = changes
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self(kept.chain(new).collect())
    }

    /// Only these fields, where they are filled.
    pub(crate) fn only(&self, names: &[&str]) -> Self {
        let kept = names
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), self.get(name)?.to_owned())));
        Self(kept.collect())
    }

    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        self.0.clone()
    }

    /// A path with these fields.
    pub(crate) fn after(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.0);
        format!("{path}?{}", query.finish())
    }
}

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> Cow<'_, str> {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~' | b'.');
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if plain(byte) {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    Cow::Owned(written)
}

/// Whether a text can be a segment of a path at all: browsers take dots away, and nothing is no segment.
pub(crate) fn can_be_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..")
}

/// An address as a browser would follow it, if that leads to a page of this server under the base path; else the front
/// page. `said` is put into its query, in the place of one that is there.
pub(crate) fn inside(base: &str, address: &str, said: Option<&str>) -> String {
    let front = || Fields::default().with(&[("said", said.unwrap_or_default())]);
    resolved(base, address, said).unwrap_or_else(|| front().after(&format!("{base}/")))
}

fn resolved(base: &str, address: &str, said: Option<&str>) -> Option<String> {
    // Browsers take tabs and line breaks out and a backslash for a slash; nothing that this server writes has either.
    if !address.starts_with('/') || address.contains(|c: char| c.is_control() || c == '\\') {
        return None;
    }
    let somewhere = Url::parse(SOMEWHERE).ok()?;
    let followed = somewhere.join(address).ok()?;
    if followed.origin() != somewhere.origin()
        || !followed.username().is_empty()
        || followed.password().is_some()
    {
        return None;
    }
    let path = followed.path();
    // `/..//host` has become `//host`, which would be another host to whoever reads it next.
    let below = path.strip_prefix(base)?;
    if path.starts_with("//") || !below.starts_with('/') {
        return None;
    }
    let fields = Fields::of_query(followed.query()).with(&[("said", said.unwrap_or_default())]);
    let mut written = fields.after(path);
    if let Some(fragment) = followed.fragment() {
        written.push('#');
        written.push_str(fragment);
    }
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_never_leaves_this_server() {
        for address in [
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/..//evil.example",
            "/gather/..//evil.example",
            "/gather/../..//evil.example/x",
            "/./\\evil.example",
            "https://evil.example/",
            "http:evil.example",
            "javascript:alert(1)",
            "evil.example",
            "",
            " /news",
            "/gather\u{0}",
        ] {
            assert_eq!(inside("", address, None), "/", "{address:?}");
            assert_eq!(inside("/gather", address, None), "/gather/", "{address:?}");
        }
        // Below another path of the same host other programs may live.
        for address in ["/", "/other", "/gatherer/x", "/gather/../other"] {
            assert_eq!(inside("/gather", address, None), "/gather/", "{address}");
        }
    }

    #[test]
    fn the_way_back_keeps_its_query_and_says_once_what_became_of_it() {
        assert_eq!(
            inside(
                "",
                "/news?q=a%26b&said=kept&which=unread#story-7",
                Some("marked")
            ),
            "/news?q=a%26b&which=unread&said=marked#story-7"
        );
        assert_eq!(
            inside("/gather", "/gather/news?q=ü", None),
            "/gather/news?q=%C3%BC"
        );
        assert_eq!(inside("", "/news?said=kept", None), "/news");
        assert_eq!(inside("", "//x", Some("kept")), "/?said=kept");
        // What ends up in a header is plain ASCII.
        assert!(inside("", "/ü?ß#é", Some("kept")).is_ascii());
    }

    #[test]
    fn a_segment_is_one_segment_whatever_is_in_it() {
        assert_eq!(segment("checking-1"), "checking-1");
        assert_eq!(segment("a/b?c#d%e f"), "a%2Fb%3Fc%23d%25e%20f");
        assert_eq!(segment("Ü"), "%C3%9C");
    }

    #[test]
    fn fields_are_changed_one_by_one() {
        let fields = Fields::of_query(Some("q=a&which=&source=x&q=b+c"));
        assert_eq!(fields.get("q"), Some("b c"));
        assert_eq!(
            (fields.get("which"), fields.last("which")),
            (None, Some(""))
        );
        assert_eq!(fields.with(&[("q", "")]).after("/news"), "/news?source=x");
        assert_eq!(
            fields.with(&[("q", "d&e"), ("source", "")]).after("/news"),
            "/news?q=d%26e"
        );
    }
}
