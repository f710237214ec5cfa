//! The declaration that is proposed: text for `gather.toml`, with every key of the address taken out and named.
//!
//! A proposal is text because that is what a person pastes; it is checked by reading it as a configuration and the
//! answer by it (`prove`), so what is proposed has worked once.

use base64::Engine as _;
use gather_records::RecordKind;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Specimen;
use crate::{Answer, Config, Reading, SecretRef};

/// Parameters that hold a key, compared without case, `_` and `-`.
const KEYS: &[&str] = &[
    "key",
    "apikey",
    "accesskey",
    "accesstoken",
    "token",
    "auth",
    "authtoken",
    "authkey",
    "appid",
    "appkey",
    "xapikey",
    "clientsecret",
    "secret",
    "subscriptionkey",
    "apitoken",
    "password",
];

/// A declaration that follows what was found.
#[derive(Debug, Clone, Default)]
pub struct Proposal {
    pub(super) name: String,
    /// Told above the declaration.
    pub(super) comment: Option<String>,
    pub(super) preset: Option<String>,
    /// The address is that of a feed.
    pub(super) feed: bool,
    pub(super) url: Option<Url>,
    /// The start of the address, where a preset has another.
    pub(super) base: Option<String>,
    pub(super) format: Option<&'static str>,
    /// What stands between the cells of CSV, where it is no comma.
    pub(super) delimiter: Option<char>,
    /// The one key of `pages`, and its value.
    pub(super) pages: Option<(&'static str, String)>,
    pub(super) currency: Option<gather_records::Currency>,
    /// What a preset has to be told.
    pub(super) params: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) keys: Vec<Key>,
    /// The variable that the preset names for its key.
    pub(super) known_variable: Option<String>,
    pub(super) mappings: Vec<(RecordKind, Vec<(&'static str, String)>)>,
}

/// A key that stood in the address.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) place: KeyPlace,
    pub(super) value: SecretString,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyPlace {
    /// The password of this user.
    Basic(String),
    /// This parameter of the query.
    Query(String),
}

impl Proposal {
    /// A declaration of a feed, without having asked for it. `about` is told in a comment above it.
    #[must_use]
    pub fn of_feed(url: &Url, about: Option<&str>) -> Self {
        // An address without a name says less than the title.
        let name = match (url.domain(), about) {
            (None, Some(about)) => super::free_name(about, &|_| false),
            _ => super::source_name(url),
        };
        let mut proposal = Self {
            name,
            feed: true,
            comment: about.map(str::to_owned),
            ..Self::default()
        };
        proposal.url = Some(proposal.without_keys(url));
        proposal
    }

    /// A declaration of a preset as it is.
    #[must_use]
    pub fn of_preset(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            preset: Some(name.to_owned()),
            ..Self::default()
        }
    }

    /// The address that is declared, without keys; `None` where that is the preset's.
    #[must_use]
    pub fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// A name for the source, made of its host: `lwn` for `https://lwn.net/…`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The preset it builds on.
    #[must_use]
    pub fn preset(&self) -> Option<&str> {
        self.preset.as_deref()
    }

    /// The environment variables that its keys are to be put into; empty when the address holds none.
    #[must_use]
    pub fn variables(&self, name: &str) -> Vec<String> {
        let mut names: Vec<String> = (0..self.keys.len()).map(|at| variable(name, at)).collect();
        if let (Some(first), Some(known)) = (names.first_mut(), &self.known_variable) {
            first.clone_from(known);
        }
        names
    }

    /// The declaration as TOML, for a source of this name: one or several tables, ending with a line break. Keys of the
    /// address are named ([`variables`](Self::variables)) and not in it.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        let mut text = String::new();
        if let Some(comment) = &self.comment {
            let words: String = comment
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            text.push_str(&format!("# {}\n", words.trim()));
        }
        let table = format!("source.{}", key(name));
        text.push_str(&format!("[{table}]\n"));
        let mut line = |key: &str, value: String| text.push_str(&format!("{key} = {value}\n"));
        if let Some(preset) = self.preset.as_deref().filter(|preset| *preset != name) {
            line("preset", quoted(preset));
        }
        if let Some(base) = &self.base {
            line("base", quoted(base));
        }
        if let Some(url) = &self.url {
            line(
                if self.feed { "feed" } else { "url" },
                quoted(&hole_free(url.as_str())),
            );
        }
        if let Some(format) = self.format {
            line("format", quoted(format));
        }
        if let Some(delimiter) = self.delimiter {
            let delimiter = quoted(&delimiter.to_string());
            line("csv", format!("{{ delimiter = {delimiter} }}"));
        }
        if let Some((key, value)) = &self.pages {
            line("pages", format!("{{ {key} = {} }}", quoted(value)));
        }
        if let Some(currency) = self.currency {
            line("currency", quoted(&currency.to_string()));
        }
        if !self.params.is_empty() {
            let params = self
                .params
                .iter()
                .map(|(name, value)| format!("{} = {}", key(name), quoted(value)));
            line(
                "params",
                format!("{{ {} }}", params.collect::<Vec<_>>().join(", ")),
            );
        }
        let own_key = |key: &Key| match &key.place {
            KeyPlace::Basic(user) => Some(format!("{{ basic = {} }}", quoted(user))),
            // Presets say themselves where their key goes.
            KeyPlace::Query(_) if self.preset.is_some() => None,
            KeyPlace::Query(parameter) => Some(format!("{{ query = {} }}", quoted(parameter))),
        };
        let mut more = Vec::new();
        for (at, one) in self.keys.iter().enumerate() {
            let named = format!("{{ env = {} }}", quoted(&variable(name, at)));
            match &one.place {
                _ if at == 0 && self.known_variable.is_some() => {}
                KeyPlace::Query(parameter) if at > 0 => more.push((parameter.clone(), named)),
                _ => {
                    line("key", named);
                    if let Some(auth) = own_key(one) {
                        line("auth", auth);
                    }
                }
            }
        }
        let plain = self
            .query
            .iter()
            .map(|(name, value)| (name.clone(), quoted(&hole_free(value))));
        let query: Vec<(String, String)> = plain.chain(more).collect();
        if !query.is_empty() {
            text.push_str(&format!("[{table}.query]\n"));
            for (name, value) in query {
                text.push_str(&format!("{} = {value}\n", key(&name)));
            }
        }
        for (kind, lines) in &self.mappings {
            text.push_str(&format!("[{table}.{kind}]\n"));
            for (field, expression) in lines {
                text.push_str(&format!("{field} = {}\n", quoted(expression)));
            }
        }
        text
    }

    /// Takes the keys out of an address, and gives what is left.
    pub(super) fn without_keys(&mut self, url: &Url) -> Url {
        let mut plain = url.clone();
        plain.set_fragment(None);
        if !url.username().is_empty() || url.password().is_some() {
            self.keys.push(Key {
                place: KeyPlace::Basic(decoded(url.username())),
                value: decoded(url.password().unwrap_or_default()).into(),
            });
            // Only addresses without a host refuse this, and those are not fetched.
            let _ = plain.set_username("");
            let _ = plain.set_password(None);
        }
        let (keys, rest): (Vec<_>, Vec<_>) = url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .partition(|(name, value)| is_key(name) && !value.is_empty());
        if keys.is_empty() {
            return plain;
        }
        self.keys.extend(keys.into_iter().map(|(name, value)| Key {
            place: KeyPlace::Query(name),
            value: value.into(),
        }));
        plain.set_query(None);
        if !rest.is_empty() {
            plain.query_pairs_mut().extend_pairs(rest);
        }
        plain
    }

    /// Reads the proposal as a configuration, and the answer by it.
    pub(super) fn prove(&self, specimen: &Specimen<'_>) -> Result<Reading, String> {
        let text = self.text(&self.name);
        let config = Config::parse(&text, "proposal").map_err(|errors| {
            errors.errors.first().map_or_else(
                || "cannot be declared".to_owned(),
                |error| error.message.clone(),
            )
        })?;
        let variables = self.variables(&self.name);
        let secret = |wanted: &SecretRef| {
            let at = match wanted {
                SecretRef::Env(name) => variables.iter().position(|known| known == name),
                _ => None,
            };
            // A preset's key that the address does not have: the answer came without it.
            Ok(at.map_or_else(|| "none".into(), |at| self.keys[at].value.clone()))
        };
        let resolved = config.resolve(&secret);
        let source = resolved.sources.first().ok_or("cannot be declared")?;
        let asks = source.first_asks();
        let ask = asks
            .iter()
            .find(|ask| ask.url().path() == specimen.url.path())
            .or_else(|| asks.first())
            .ok_or("asks nothing")?;
        let answer = Answer {
            status: 200,
            content_type: specimen.content_type,
            final_url: specimen.final_url,
            body: specimen.body,
            links: specimen.links,
        };
        source.read(ask, &answer).map_err(|error| error.to_string())
    }
}

/// Whether a parameter of an address holds a key.
fn is_key(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect();
    KEYS.contains(&plain.as_str())
}

/// The keys that stand in an address, for redaction.
pub(super) fn keys_in(url: &Url) -> Vec<SecretString> {
    let mut proposal = Proposal::default();
    proposal.without_keys(url);
    let keys = proposal.keys.into_iter();
    let present = keys.filter(|key| !key.value.expose_secret().is_empty());
    present
        .flat_map(|key| {
            let pair = match &key.place {
                KeyPlace::Basic(user) => {
                    let pair = format!("{user}:{}", key.value.expose_secret());
                    let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
                    Some(SecretString::from(encoded))
                }
                _ => None,
            };
            pair.into_iter().chain([key.value])
        })
        .collect()
}

fn decoded(text: &str) -> String {
    // A part of an address is decoded as a form is, but for the plus.
    url::form_urlencoded::parse(text.replace('+', "%2B").as_bytes())
        .map(|(name, value)| {
            if value.is_empty() {
                name.into_owned()
            } else {
                format!("{name}={value}")
            }
        })
        .collect::<Vec<_>>()
        .join("&")
}

/// The variable for a key of a source.
fn variable(name: &str, at: usize) -> String {
    let mut stem: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    if !stem.starts_with(|c: char| c.is_ascii_alphabetic()) {
        stem.insert_str(0, "SOURCE_");
    }
    match at {
        0 => format!("{stem}_KEY"),
        more => format!("{stem}_KEY_{}", more + 1),
    }
}

/// A text as a value of TOML.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A text as a key of TOML.
fn key(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Braces stand for parameters in a declaration, so those of the address are encoded.
fn hole_free(text: &str) -> String {
    text.replace('{', "%7B").replace('}', "%7D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_the_address_is_named_and_not_written() {
        let url = Url::parse("https://a.example/v1?q=x%20y&API_key=s3cret&page=7#top").unwrap();
        let mut proposal = Proposal {
            name: "a".into(),
            ..Proposal::default()
        };
        proposal.url = Some(proposal.without_keys(&url));
        proposal.mappings = vec![(RecordKind::Article, vec![("id", ".id".into())])];
        let text = proposal.text("my news");
        assert_eq!(
            text,
            "[source.\"my news\"]\nurl = \"https://a.example/v1?q=x+y&page=7\"\nkey = { env = \"MY_NEWS_KEY\" }\n\
             auth = { query = \"API_key\" }\n[source.\"my news\".article]\nid = \".id\"\n"
        );
        Config::parse(&text, "x").unwrap();
        assert_eq!(proposal.variables("my news"), ["MY_NEWS_KEY"]);
        assert!(!format!("{proposal:?}").contains("s3cret"));
    }

    #[test]
    fn a_password_of_the_address_becomes_basic_authentication() {
        let url = Url::parse("https://ada:p%2Bw@a.example/feed?token=t").unwrap();
        let mut proposal = Proposal {
            feed: true,
            ..Proposal::default()
        };
        proposal.url = Some(proposal.without_keys(&url));
        let text = proposal.text("a");
        assert_eq!(
            text,
            "[source.a]\nfeed = \"https://a.example/feed\"\nkey = { env = \"A_KEY\" }\nauth = { basic = \"ada\" }\n\
             [source.a.query]\ntoken = { env = \"A_KEY_2\" }\n"
        );
        Config::parse(&text, "x").unwrap();
        let keys: Vec<_> = keys_in(&url)
            .iter()
            .map(|key| key.expose_secret().to_owned())
            .collect();
        // The pair as Basic authentication sends it, too.
        assert_eq!(keys, ["YWRhOnArdw==", "p+w", "t"]);
    }

    #[test]
    fn names_of_any_script_and_braces_survive() {
        let url = Url::parse("https://a.example/x?t={n}").unwrap();
        let mut proposal = Proposal {
            feed: true,
            comment: Some("two\nlines".into()),
            ..Proposal::default()
        };
        proposal.url = Some(proposal.without_keys(&url));
        for name in ["日本", "a\"b", "7up", "o'clock"] {
            let text = proposal.text(name);
            let config =
                Config::parse(&text, "x").unwrap_or_else(|errors| panic!("{errors}: {text}"));
            assert_eq!(config.declarations().next().unwrap().name(), name);
        }
    }
}
