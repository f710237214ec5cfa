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

/// The path without its AMP endings, as its start and what has to follow it (`/a.amp.html` is `/a` and `.html`).
/// Nothing is ever left of it but a page that can exist beside it.
pub(crate) fn without_amp_endings(path: &str) -> (&str, &'static str) {
    // Neither the site itself nor a segment of dots, which means another place.
    let is_page = |path: &&str| !path.is_empty() && !path.ends_with(['/', '.']);
    let mut rest = path;
    loop {
        let (mut page, suffix) = [".html", ".htm"]
            .into_iter()
            .find_map(|suffix| Some((rest.strip_suffix(suffix)?, suffix)))
            .unwrap_or((rest, ""));
        while let Some(shorter) = page.strip_suffix(".amp").filter(is_page) {
            page = shorter;
        }
        let beside = page
            .strip_suffix("/amp")
            .map(|path| path.trim_end_matches('/'));
        match beside.filter(is_page) {
            Some(beside) => rest = beside,
            None => return (page, suffix),
        }
    }
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
