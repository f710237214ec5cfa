//! The page that an AMP form of it stands for, as far as the address tells.
//!
//! Publishers mark these forms at the end of the path, by a parameter or by a host of their own; caches put the whole
//! address into their path. What the page itself says (`rel=canonical`) is not known here.
//!
//! Source: the documentation of AMP caches (the format of their addresses), and how publishers do it.

use url::Url;

/// The address inside of that of a cache, which is always the shorter one; `None` when it is none. Host and path are
/// those of the address in their normal form.
pub(crate) fn from_cache(url: &Url, host: &str, path: &str) -> Option<Url> {
    let path = path.strip_prefix('/')?;
    let inner = if host == "cdn.ampproject.org" || host.ends_with(".cdn.ampproject.org") {
        // The document, the document in a viewer, the document as a signed package.
        path.strip_prefix("c/")
            .or_else(|| path.strip_prefix("v/"))
            .or_else(|| path.strip_prefix("wp/"))
    } else if host.starts_with("google.") || matches!(host, "bing.com" | "bing-amp.com") {
        path.strip_prefix("amp/")
    } else {
        None
    }?;
    let (scheme, inner) = match inner.strip_prefix("s/") {
        Some(inner) => ("https", inner),
        None => ("http", inner),
    };
    let (inner_host, _) = inner.split_once('/').unwrap_or((inner, ""));
    if !inner_host.contains('.') {
        return None;
    }
    let mut inner = Url::parse(&format!("{scheme}://{inner}")).ok()?;
    inner.set_query(url.query());
    inner.set_fragment(url.fragment());
    Some(inner)
}

/// The host without `amp.` before it, unless what is left would be no name of a site.
pub(crate) fn without_amp_host(host: &str) -> &str {
    match host.strip_prefix("amp.") {
        Some(rest) if rest.contains('.') => rest,
        _ => host,
    }
}

/// The path without its AMP ending; nothing is ever left of it but a page that exists beside it.
pub(crate) fn without_amp_ending(path: &str) -> Option<String> {
    for (ending, instead) in [(".amp.html", ".html"), (".amp.htm", ".htm")] {
        if let Some(start) = path
            .strip_suffix(ending)
            .filter(|start| !start.ends_with(['/', '.']))
        {
            return Some(format!("{start}{instead}"));
        }
    }
    ["/amp", "/amp.html", ".amp"]
        .iter()
        .find_map(|ending| path.strip_suffix(ending))
        .map(|start| start.trim_end_matches('/'))
        // Neither the site itself nor a segment of dots, which means another place.
        .filter(|start| !start.is_empty() && !start.ends_with('.'))
        .map(str::to_owned)
}

/// Whether a parameter asks for the AMP form.
pub(crate) fn is_amp_parameter(name: &str, value: &str) -> bool {
    let is = |list: &[&str]| list.iter().any(|one| one.eq_ignore_ascii_case(value));
    match name.to_ascii_lowercase().as_str() {
        "amp" | "_amp" => is(&["", "1", "true", "yes"]),
        "output" | "outputtype" => is(&["amp"]),
        _ => false,
    }
}
