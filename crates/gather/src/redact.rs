//! Addresses as they may be shown: without passwords, and without keys in the query.

use url::Url;

/// What stands where something was taken out.
pub(crate) const HIDDEN: &str = "***";

/// Names of query parameters that carry keys in the APIs people use.
const SECRET_NAMES: [&str; 19] = [
    "access_token",
    "api-key",
    "api_key",
    "apikey",
    "app_id",
    "app_key",
    "appid",
    "auth",
    "client_secret",
    "code",
    "id_token",
    "key",
    "password",
    "refresh_token",
    "secret",
    "sig",
    "signature",
    "subscription-key",
    "token",
];

/// The address without user name, password, keys in the query, and without any of `secrets`, however it is encoded.
pub(crate) fn url(url: &Url, secrets: &[Box<str>]) -> String {
    let nothing_to_hide = secrets.is_empty()
        && url.query().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if nothing_to_hide {
        return url.as_str().to_owned();
    }
    let mut shown = url.clone();
    if !shown.username().is_empty() || shown.password().is_some() {
        // Both calls only fail for addresses that cannot have a user name, which then have none to hide.
        let _ = shown.set_password(None);
        let _ = shown.set_username(HIDDEN);
    }
    let is_secret = |name: &str, value: &str| {
        SECRET_NAMES.contains(&name.to_ascii_lowercase().as_str()) || holds(value, secrets)
    };
    if url
        .query_pairs()
        .any(|(name, value)| is_secret(&name, &value))
    {
        let mut query = String::new();
        for (name, value) in url.query_pairs() {
            if !query.is_empty() {
                query.push('&');
            }
            query.extend(url::form_urlencoded::byte_serialize(name.as_bytes()));
            query.push('=');
            if is_secret(&name, &value) {
                query.push_str(HIDDEN);
            } else {
                query.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
            }
        }
        shown.set_query(Some(&query));
    }
    let mut text = shown.to_string();
    // What is left is the path and the fragment, where a key may stand as it is or percent-encoded.
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(&**secret, HIDDEN);
        let mut path = Url::parse("http://h/").expect("a constant address");
        path.set_path(secret);
        text = text.replace(&path.path()[1..], HIDDEN);
    }
    // An address within an address is encoded once more for each time it was put into another.
    if text.contains('%') && holds(&text, secrets) {
        let parts = text.split_inclusive(['/', '?', '&', '=', '#']);
        text = parts
            .map(|part| {
                let end = part.trim_end_matches(['/', '?', '&', '=', '#']);
                if holds(end, secrets) {
                    format!("{HIDDEN}{}", &part[end.len()..])
                } else {
                    part.to_owned()
                }
            })
            .collect();
    }
    text
}

/// So often a text is decoded to look for a secret in it.
const DECODED: usize = 4;

/// Whether a secret stands in a part of an address, however often it was encoded.
fn holds(part: &str, secrets: &[Box<str>]) -> bool {
    let mut text = part.to_owned();
    for _ in 0..=DECODED {
        let spaced = text.replace('+', " ");
        let found = |secret: &str| text.contains(secret) || spaced.contains(secret);
        let mut present = secrets.iter().filter(|secret| !secret.is_empty());
        if present.any(|secret| found(secret)) {
            return true;
        }
        // A form decodes `+` and ends at `&`: neither is wanted here.
        let form = text
            .replace('+', "%2B")
            .replace('&', "%26")
            .replace('=', "%3D");
        let decoded: String = url::form_urlencoded::parse(form.as_bytes())
            .map(|(name, _)| name)
            .collect();
        if decoded == text {
            return false;
        }
        text = decoded;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, secrets: &[&str]) -> String {
        let secrets: Vec<Box<str>> = secrets.iter().map(|&secret| secret.into()).collect();
        url(&Url::parse(text).unwrap(), &secrets)
    }

    #[test]
    fn passwords_and_keys_are_not_shown() {
        assert_eq!(
            shown("https://me:hunter2@h.example/x?q=a+b&apiKey=K%26%2B1", &[]),
            "https://***@h.example/x?q=a+b&apiKey=***"
        );
        assert_eq!(
            shown("https://h.example/x?q=1#y", &[]),
            "https://h.example/x?q=1#y"
        );
    }

    #[test]
    fn case_30_a_secret_is_hidden_by_its_value_wherever_it_stands() {
        let secret = "k&+ é1";
        assert_eq!(
            shown("https://h.example/x?who=k%26%2B+%C3%A91&b=2", &[secret]),
            "https://h.example/x?who=***&b=2"
        );
        for often in ["a%2B%2F%26", "a%252B%252F%2526", "a%25252B%25252F%252526"] {
            let url =
                format!("https://h.example/to/GET+{often}!/x?back=%2Flist%3Fk%3D{often}&c#{often}");
            assert_eq!(
                shown(&url, &["a+/&"]),
                "https://h.example/to/***/x?back=***&c=#***"
            );
        }
        assert_eq!(
            shown("https://h.example/bot-abc%20123/x", &["abc 123"]),
            "https://h.example/bot-***/x"
        );
    }
}
