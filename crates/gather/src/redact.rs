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
        SECRET_NAMES.contains(&name.to_ascii_lowercase().as_str())
            || secrets
                .iter()
                .any(|secret| !secret.is_empty() && value.contains(&**secret))
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
    text
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
        assert_eq!(
            shown("https://h.example/bot-abc%20123/x", &["abc 123"]),
            "https://h.example/bot-***/x"
        );
    }
}
