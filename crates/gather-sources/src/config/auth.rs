//! How the key is presented: the value of `auth`.

use toml::{Spanned, de::DeValue};
use url::Url;

use super::{
    draft::{Auth, Setting},
    place::Placed,
    read::Reader,
    values,
};

const SHAPES: &str = "`\"bearer\"`, `\"url\"`, `{ header = \"NAME\" }`, `{ query = \"NAME\" }`, `{ basic = \"USER\" }` or `{ oauth2 = { token = \"URL\", id = … } }`";
const KEYS: &[&str] = &["header", "prefix", "query", "basic", "oauth2"];
const OAUTH2_KEYS: &[&str] = &["token", "id", "scope", "send"];

impl Reader<'_> {
    pub(super) fn auth(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Placed<Auth>> {
        let place = self.place(value.span());
        match value.get_ref().as_str() {
            Some("bearer") => {
                return Some(Placed {
                    value: Auth::Bearer,
                    place,
                });
            }
            Some("url") => {
                return Some(Placed {
                    value: Auth::Url,
                    place,
                });
            }
            _ => {}
        }
        if !value.get_ref().is_table() {
            self.expected(SHAPES, value.get_ref(), value);
            return None;
        }
        let (mut found, mut prefix) = (Vec::new(), String::new());
        for (key, key_place, value) in self.table(value) {
            match key {
                "header" => {
                    let name = self.text(value)?.value;
                    if !values::is_header_name(&name) {
                        self.problems.push(
                            self.place(value.span())
                                .problem(format!("`{name}` is not a header name")),
                        );
                        return None;
                    }
                    found.push(Auth::Header {
                        name: name.to_ascii_lowercase(),
                        prefix: String::new(),
                    });
                }
                "query" => found.push(Auth::Query {
                    name: self.text(value)?.value,
                }),
                "basic" => found.push(Auth::Basic {
                    user: self.text(value)?.value,
                }),
                "oauth2" => found.push(self.oauth2(value)?),
                "prefix" => prefix = self.text(value)?.value,
                _ => {
                    self.unknown(key, &key_place, KEYS);
                    return None;
                }
            }
        }
        match (found.pop(), found.is_empty()) {
            (Some(Auth::Header { name, .. }), true) => Some(Placed {
                value: Auth::Header { name, prefix },
                place,
            }),
            (Some(auth), true) if prefix.is_empty() => Some(Placed { value: auth, place }),
            _ => {
                self.problems.push(place.problem(format!(
                    "expected exactly one of {SHAPES}; `prefix` goes with `header` only"
                )));
                None
            }
        }
    }

    /// OAuth2 client credentials.
    fn oauth2(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Auth> {
        let place = self.place(value.span());
        let (mut url, mut id, mut scope, mut in_form) = (None, None, None, false);
        let before = self.problems.len();
        for (key, key_place, value) in self.table(value) {
            match key {
                "token" => url = self.value(value, token_endpoint),
                "id" => id = self.setting(value),
                "scope" => scope = self.text(value).map(|scope| scope.value),
                "send" => {
                    if let Some(send) = self.value(value, |v| match v.as_str() {
                        Some("basic") => Ok(false),
                        Some("form") => Ok(true),
                        _ => Err("expected `\"basic\"` or `\"form\"`".to_owned()),
                    }) {
                        in_form = send.value;
                    }
                }
                _ => self.unknown(key, &key_place, OAUTH2_KEYS),
            }
        }
        if self.problems.len() > before {
            return None;
        }
        match (url, id) {
            (Some(url), Some(id)) if id.value != Setting::Off => Some(Auth::OAuth2 {
                url: url.value,
                id: id.value,
                scope,
                in_form,
            }),
            _ => {
                self.problems.push(
                    place
                        .problem("`oauth2` needs `token`, the address that gives tokens, and `id`, the client's name there")
                        .help("the client's secret is the source's `key`"),
                );
                None
            }
        }
    }
}

fn token_endpoint(value: &DeValue<'_>) -> Result<Url, String> {
    let text = values::text(value)?;
    Url::parse(&text)
        .ok()
        .filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
        })
        .ok_or_else(|| {
            format!("`{text}` is not the address of a token endpoint; expected one such as `https://example.org/token`")
        })
}
