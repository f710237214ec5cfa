//! Addresses with holes: `{name}` is a parameter of the declaration, `{}` the value that a follow-up step follows.
//!
//! A value out of an answer is encoded, so that it stays one piece of the address whatever it says. A template that
//! is `{}` alone takes the whole address from the answer.

use std::collections::BTreeMap;

use url::Url;

use crate::config::Param;

/// Longer values are no part of an address.
const MAX_VALUE: usize = 2_000;
/// Longer addresses out of an answer are not asked.
pub(crate) const MAX_ADDRESS: usize = 8_000;

/// Why a template cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hole {
    /// No such parameter.
    Unknown(String),
    /// A `{` that is not closed.
    Open,
    /// A `{}` where no value is followed.
    Value,
}

/// Puts the parameters in. `{}` stays when `follows`, and is refused otherwise.
pub(crate) fn fill(
    template: &str,
    params: &BTreeMap<String, Param>,
    follows: bool,
) -> Result<String, Hole> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let inside = &rest[at + 1..];
        let end = inside.find('}').ok_or(Hole::Open)?;
        match &inside[..end] {
            "" if follows => out.push_str("{}"),
            "" => return Err(Hole::Value),
            name => match params.get(name) {
                Some(Param::Text(text)) => out.push_str(text),
                Some(Param::Number(number)) => out.push_str(&number.to_string()),
                None => return Err(Hole::Unknown(name.to_owned())),
            },
        }
        rest = &inside[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The address for one value of an answer.
pub(crate) fn follow(template: &str, value: &str, base: &Url) -> Result<Url, String> {
    if template == "{}" && !value.is_empty() {
        return address(value, base);
    }
    if value.is_empty() || value.len() > MAX_VALUE {
        return Err(format!("a value of {} bytes to follow", value.len()));
    }
    let refuse = |what: &str| format!("`{}` is not {what}", crate::mapping::value::clip(value));
    if value.bytes().all(|b| b == b'.') {
        // Dots alone would climb in the path.
        return Err(refuse("a value to follow"));
    }
    let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let text = template.replace("{}", &encoded.replace('+', "%20"));
    Url::parse(&text).map_err(|_| refuse("a value to follow"))
}

/// A whole address out of an answer: of the web, without a user and a password.
pub(crate) fn address(text: &str, base: &Url) -> Result<Url, String> {
    let refuse = |what: &str| format!("`{}` is not {what}", crate::mapping::value::clip(text));
    if text.len() > MAX_ADDRESS {
        return Err(format!("an address of {} bytes", text.len()));
    }
    let mut url = base.join(text).map_err(|_| refuse("an address"))?;
    if !matches!(url.scheme(), "http" | "https")
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(refuse("a plain web address"));
    }
    url.set_fragment(None);
    Ok(url)
}

/// The first parameter of this name.
pub(crate) fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(other, _)| other == name)
        .map(|(_, value)| value.into_owned())
}

/// Sets one parameter; the others keep their place and their spelling.
pub(crate) fn set_query(url: &mut Url, name: &str, value: &str) {
    remove_query(url, |other, _| other == name);
    url.query_pairs_mut().append_pair(name, value);
}

/// Takes out the parameters that `unwanted` (name, value) picks; the others keep their spelling. Whether there were any.
pub(crate) fn remove_query(url: &mut Url, unwanted: impl Fn(&str, &str) -> bool) -> bool {
    let Some(query) = url.query() else {
        return false;
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|piece| {
            !url::form_urlencoded::parse(piece.as_bytes())
                .any(|(name, value)| unwanted(&name, &value))
        })
        .collect();
    let (kept, before) = (kept.join("&"), query.len());
    let removed = kept.len() != before;
    if removed {
        url.set_query((!kept.is_empty()).then_some(kept.as_str()));
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://a.example/list").unwrap()
    }

    #[test]
    fn parameters_are_put_in() {
        let params = BTreeMap::from([
            ("base".to_owned(), Param::Text("http://h:1".to_owned())),
            ("n".to_owned(), Param::Number(20)),
        ]);
        assert_eq!(
            fill("{base}/v0/{n}.json", &params, false).unwrap(),
            "http://h:1/v0/20.json"
        );
        assert_eq!(fill("{base}/{}", &params, true).unwrap(), "http://h:1/{}");
        assert_eq!(fill("{base}/{}", &params, false), Err(Hole::Value));
        assert_eq!(
            fill("{bse}", &params, false),
            Err(Hole::Unknown("bse".to_owned()))
        );
        assert_eq!(fill("x{base", &params, false), Err(Hole::Open));
    }

    #[test]
    fn a_value_stays_one_piece_of_the_address() {
        for (value, path) in [
            ("1", "/i/1.json"),
            ("a b/../c?d#e", "/i/a%20b%2F..%2Fc%3Fd%23e.json"),
        ] {
            let url = follow("https://a.example/i/{}.json", value, &base()).unwrap();
            assert_eq!(url.path(), path);
            assert_eq!(url.host_str(), Some("a.example"));
        }
        assert!(follow("https://a.example/{}/x", "..", &base()).is_err());
        assert!(follow("https://a.example/{}/x", "", &base()).is_err());
    }

    #[test]
    fn an_address_out_of_an_answer_is_a_plain_web_address() {
        let url = follow("{}", "/x#part", &base()).unwrap();
        assert_eq!(url.as_str(), "https://a.example/x");
        for bad in [
            "file:///etc/passwd",
            "http://u:p@a.example/",
            "javascript:0",
        ] {
            assert!(follow("{}", bad, &base()).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_parameter_is_set_and_the_others_are_not_touched() {
        let mut url = Url::parse("https://a.example/?q=a%20b&flag&after=old&x=%2f").unwrap();
        set_query(&mut url, "after", "a+b/c==&d");
        assert_eq!(
            url.query(),
            Some("q=a%20b&flag&x=%2f&after=a%2Bb%2Fc%3D%3D%26d")
        );
        assert_eq!(query(&url, "after").as_deref(), Some("a+b/c==&d"));
        assert!(remove_query(&mut url, |_, _| true));
        assert_eq!(url.query(), None);
    }
}
