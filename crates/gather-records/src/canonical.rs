//! One address for one story, however it was linked.
//!
//! Dropped is only what addresses the same page on practically every server: scheme, `www.`, the scheme's own port,
//! fragment, tracking parameters, order of parameters, case of escapes, a slash at the end, the marks of an AMP form.
//! A query that chooses the page stays, and so does a fragment that starts with `!`, which is a route.
//!
//! Not here: redirects and `rel=canonical`; they need the page itself. Which parameters track is listed in
//! `tracking`, how AMP forms are marked in `amp`.
//! Source: RFC 3986 section 6.2 (normalisation), the URL standard for percent-encoding.

use std::borrow::Cow;

use url::{Host, Url, form_urlencoded};

use crate::{amp, tracking::is_tracking};

/// How many caches may hold each other.
const MAX_CACHES: usize = 4;

/// The address under which a story is the same story, whichever source linked it: `host/path?query`, without scheme.
///
/// It is a key for comparing and not for fetching; the address to open is the one the source gave. Applied to its own
/// result (with a scheme put before it) it changes nothing.
///
/// ```
/// use gather_records::canonical_url;
///
/// let key = |text: &str| canonical_url(&text.parse().expect("an address"));
/// assert_eq!(key("http://www.a.example:80/n/1/?utm_source=rss#top"), key("https://a.example/n/1"));
/// assert_ne!(key("https://a.example/?id=1"), key("https://a.example/?id=2"));
/// ```
#[must_use]
pub fn canonical_url(url: &Url) -> String {
    let inner = out_of_caches(url);
    let url = inner.as_ref().unwrap_or(url);
    let Some(host) = url.host_str() else {
        return url.as_str().to_owned();
    };
    let host = without_affixes(without_end_dots(host));
    let path = normal_escapes(url.path());
    let mut key = String::new();
    key.push_str(host);
    // The other scheme's own port is dropped too, since the scheme is.
    if let Some(port) = url.port().filter(|port| !matches!(port, 80 | 443)) {
        key.push(':');
        key.push_str(&port.to_string());
    }
    let (page, suffix) = amp::without_amp_endings(path.trim_end_matches('/'));
    key.push_str(page);
    key.push_str(suffix);
    if let Some(query) = url.query() {
        let mut pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(query.as_bytes())
            .filter(|(name, value)| {
                !(is_tracking(name)
                    || amp::is_amp_parameter(name, value)
                    || name.is_empty() && value.is_empty())
            })
            .collect();
        pairs.sort();
        if !pairs.is_empty() {
            key.push('?');
            key.push_str(
                &form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(pairs)
                    .finish(),
            );
        }
    }
    if let Some(route) = url.fragment().filter(|fragment| fragment.starts_with('!')) {
        key.push('#');
        key.push_str(&normal_escapes(route));
    }
    key
}

/// The address that one of a cache of AMP pages holds, which may hold another. Who nests them deeper than that means
/// no page, and the address stays as it is.
fn out_of_caches(url: &Url) -> Option<Url> {
    let held = |url: &Url| {
        let host = without_affixes(url.host_str()?.trim_end_matches('.'));
        amp::from_cache(url, host, &normal_escapes(url.path()))
    };
    let mut inner = held(url)?;
    for _ in 1..MAX_CACHES {
        match held(&inner) {
            Some(next) => inner = next,
            None => return Some(inner),
        }
    }
    held(&inner).is_none().then_some(inner)
}

/// The dots at the end go, unless what is left would be nothing, or a number, which is another host.
fn without_end_dots(host: &str) -> &str {
    let name = host.trim_end_matches('.');
    let is_the_same = name.len() == host.len() || matches!(Host::parse(name), Ok(Host::Domain(_)));
    if is_the_same { name } else { host }
}

/// `www.` and `amp.` go, unless what is left would be no name of a site.
fn without_affixes(mut host: &str) -> &str {
    loop {
        let shorter = amp::without_amp_host(without_www(host));
        if shorter.len() == host.len() {
            return host;
        }
        host = shorter;
    }
}

fn without_www(host: &str) -> &str {
    match host.strip_prefix("www.") {
        Some(rest) if rest.contains('.') && !rest.starts_with("www.") => rest,
        _ => host,
    }
}

/// Escapes in upper case; those of letters, digits and `-._~` written out, since they mean the same.
fn normal_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let code = rest
            .get(1..3)
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(char::from(byte))
            }
            Some(_) => out.push_str(&rest[..3].to_ascii_uppercase()),
            None => {
                out.push('%');
                rest = &rest[1..];
                continue;
            }
        }
        rest = &rest[3..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> String {
        canonical_url(&Url::parse(text).unwrap())
    }

    #[test]
    fn case_55_the_same_page_has_one_key() {
        let one = key("https://a.example/n/k%C3%A9lp?a=1&b=2");
        for same in [
            "http://a.example/n/k%C3%A9lp?a=1&b=2",
            "https://www.a.example/n/k%C3%A9lp?a=1&b=2",
            "https://A.EXAMPLE/n/k%C3%A9lp?a=1&b=2",
            "https://a.example:443/n/k%C3%A9lp?a=1&b=2",
            "http://a.example:80/n/k%C3%A9lp?a=1&b=2",
            "https://a.example./n/k%C3%A9lp?a=1&b=2",
            "https://a.example/n/k%c3%a9lp?a=1&b=2",
            "https://a.example/n/kélp?a=1&b=2",
            "https://a.example/%6E/k%C3%A9lp?a=1&b=2",
            "https://a.example/n/k%C3%A9lp/?a=1&b=2",
            "https://a.example/n/k%C3%A9lp?b=2&a=1",
            "https://a.example/n/k%C3%A9lp?a=%31&b=2&",
            "https://a.example/n/k%C3%A9lp?a=1&b=2#comments",
            "https://a.example/n/k%C3%A9lp?utm_source=rss&a=1&utm_medium=x&b=2&fbclid=Zz&GCLID=1&mc_cid=9",
        ] {
            assert_eq!(key(same), one, "{same}");
        }
        assert_eq!(one, "a.example/n/k%C3%A9lp?a=1&b=2");
        assert_eq!(key("https://a.example/"), key("https://a.example"));
        assert_eq!(key("https://a.example/?utm_campaign=x"), "a.example");
    }

    #[test]
    fn case_55_an_amp_form_is_its_page() {
        let one = key("https://a.example/n/story?id=1");
        for same in [
            "https://a.example/n/story/amp?id=1",
            "https://a.example/n/story/amp/?id=1",
            "https://a.example/n/story.amp?id=1",
            "https://a.example/n/story?amp=1&id=1",
            "https://a.example/n/story?id=1&amp",
            "https://a.example/n/story?id=1&outputType=amp",
            "https://amp.a.example/n/story?id=1",
            "https://www.amp.a.example/n/story/amp?id=1",
            "https://www.google.com/amp/s/a.example/n/story?id=1",
            "https://www.google.co.uk/amp/s/www.a.example/n/story/amp/?id=1&usqp=mq331AQ",
            "https://google.de/amp/a.example/n/story?id=1",
            "https://a-example.cdn.ampproject.org/c/s/a.example/n/story?id=1&amp_js_v=0.1",
            "https://a-example.cdn.ampproject.org/v/a.example/n/story?id=1",
            "https://www.google.com/amp/s/a-example.cdn.ampproject.org/c/s/a.example/n/story?id=1",
        ] {
            assert_eq!(key(same), one, "{same}");
        }
        assert_eq!(
            key("https://a.example/n/story.amp.html"),
            key("https://a.example/n/story.html")
        );
        assert_eq!(
            key("https://a.example/n/story/amp.html"),
            key("https://a.example/n/story/")
        );
    }

    #[test]
    fn case_56_what_only_looks_like_amp_stays() {
        for (one, other) in [
            ("https://a.example/amp", "https://a.example/"),
            ("https://amp.dev/", "https://dev/"),
            (
                "https://a.example/guitars/lamp",
                "https://a.example/guitars/l",
            ),
            ("https://a.example/?amp=5", "https://a.example/"),
            ("https://a.example/amp/s/b.example/", "https://b.example/"),
            ("https://www.google.com/amp/s/nothing", "https://nothing/"),
            (
                "https://www.google.com/search?q=amp",
                "https://www.google.com/",
            ),
            ("https://a.example/n/.amp.html", "https://a.example/n/.html"),
        ] {
            assert_ne!(key(one), key(other), "{one} and {other}");
        }
        // Nobody's page, but somebody's attempt to keep us busy.
        let nested = format!("https://{}a.example/", "google.com/amp/".repeat(50_000));
        assert!(key(&nested).starts_with("google.com/amp/google.com/"));
        for piece in ["/amp", ".amp", ".amp.html", "/amp.html"] {
            let long = format!("https://a.example/x{}", piece.repeat(100_000));
            assert!(key(&long).starts_with("a.example/x"), "{piece}");
        }
    }

    #[test]
    fn case_56_what_chooses_the_page_stays() {
        for (one, other) in [
            ("https://a.example/?id=1", "https://a.example/?id=2"),
            (
                "https://a.example/watch?v=abc",
                "https://a.example/watch?v=abd",
            ),
            ("https://a.example/#!/one", "https://a.example/#!/two"),
            ("https://a.example/#!/one", "https://a.example/"),
            ("https://a.example/x?a=1", "https://a.example/x?a=1&a=2"),
            ("https://a.example:8080/", "https://a.example/"),
            ("https://a.example/a%2Fb", "https://a.example/a/b"),
            ("https://a.example/A", "https://a.example/a"),
            ("https://www.com/", "https://com/"),
            ("https://a.example/?ref=main", "https://a.example/?ref=next"),
        ] {
            assert_ne!(key(one), key(other), "{one} and {other}");
        }
        assert_eq!(key("https://a.example/?id=1&utm_id=3"), "a.example?id=1");
    }

    #[test]
    fn a_host_of_dots_stays_the_host() {
        assert_eq!(key("http://../x"), "../x");
        assert_ne!(key("http://../x"), key("http://.../x"));
        assert_eq!(key("http://a.example../x"), "a.example/x");
        assert_eq!(key("http://0../x"), "0../x");
        assert_eq!(key("http://127.0.0.1./x"), "127.0.0.1/x");
    }

    #[test]
    fn what_has_no_host_is_left_alone() {
        assert_eq!(key("mailto:a@b.example"), "mailto:a@b.example");
        assert_eq!(key("data:text/plain,x#y"), "data:text/plain,x#y");
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(
            path in "(/|[a-z]|%[0-9a-fA-F]{2}|%|é| |\\.|\\?|&|=|#|!|\\+|utm_x=1|;|amp|/amp|\\.amp|/s/|html|\\PC){0,40}",
            host in "(www\\.|amp\\.){0,4}(a\\.example|google\\.com|x\\.cdn\\.ampproject\\.org|dev|0|\\.)\\.{0,2}",
            port in prop::option::of(1_u16..),
        ) {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            if let Ok(url) = Url::parse(&format!("https://{host}{port}/{path}")) {
                let once = canonical_url(&url);
                let again = canonical_url(&Url::parse(&format!("https://{once}")).unwrap());
                prop_assert_eq!(once, again);
            }
        }

        #[test]
        fn any_address_has_a_key(text in "\\PC{0,60}") {
            if let Ok(url) = Url::parse(&text) {
                let key = canonical_url(&url);
                prop_assert!(!key.is_empty());
            }
        }
    }
}
