//! Addresses with holes: `{name}` is a parameter of the declaration, `{}` the value that a follow-up step follows.
//!
//! A value out of an answer is encoded, so that it stays one piece of the address whatever it says. A template that
//! is `{}` alone takes the whole address from the answer.

use std::collections::BTreeMap;

use url::Url;

use crate::config::Param;

/// Longer values are no part of an address.
const MAX_VALUE: usize = 2_000;

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

/// The address for one value of an answer, and whether the answer chose the address as a whole.
pub(crate) fn follow(template: &str, value: &str, base: &Url) -> Result<(Url, bool), String> {
    if value.is_empty() || value.len() > MAX_VALUE {
        return Err(format!("a value of {} bytes to follow", value.len()));
    }
    let refuse = |what: &str| format!("`{}` is not {what}", crate::mapping::value::clip(value));
    if template == "{}" {
        let url = base.join(value).map_err(|_| refuse("an address"))?;
        if !matches!(url.scheme(), "http" | "https")
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(refuse("a plain web address"));
        }
        return Ok((url, true));
    }
    if value.bytes().all(|b| b == b'.') {
        // Dots alone would climb in the path.
        return Err(refuse("a value to follow"));
    }
    let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let text = template.replace("{}", &encoded.replace('+', "%20"));
    let url = Url::parse(&text).map_err(|_| refuse("a value to follow"))?;
    Ok((url, false))
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
            let (url, foreign) = follow("https://a.example/i/{}.json", value, &base()).unwrap();
            assert_eq!((url.path(), foreign), (path, false));
            assert_eq!(url.host_str(), Some("a.example"));
        }
        assert!(follow("https://a.example/{}/x", "..", &base()).is_err());
        assert!(follow("https://a.example/{}/x", "", &base()).is_err());
    }

    #[test]
    fn an_address_out_of_an_answer_is_foreign() {
        let (url, foreign) = follow("{}", "/x", &base()).unwrap();
        assert_eq!((url.as_str(), foreign), ("https://a.example/x", true));
        for bad in [
            "file:///etc/passwd",
            "http://u:p@a.example/",
            "javascript:0",
        ] {
            assert!(follow("{}", bad, &base()).is_err(), "{bad}");
        }
    }
}
