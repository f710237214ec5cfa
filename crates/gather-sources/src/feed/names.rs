//! Which vocabulary an element belongs to.
//!
//! A namespace decides, and a well-known prefix where none is declared. The many names of RSS and Atom are one here:
//! feeds mix them, and their elements do not contradict each other. Addresses of namespaces are compared without
//! scheme, case and final slash, as publishers write them.

/// A vocabulary that says something about an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ns {
    /// RSS of any version, Atom of either.
    Core,
    Dc,
    DcTerms,
    /// `content:encoded`.
    Content,
    Media,
    Itunes,
    Rdf,
    Xhtml,
    Other,
}

/// The namespace at this address.
pub(super) fn by_address(address: &str) -> Ns {
    let address = address
        .trim()
        .trim_end_matches(['/', '#'])
        .to_ascii_lowercase();
    let rest = address
        .strip_prefix("http://")
        .or_else(|| address.strip_prefix("https://"))
        .unwrap_or(&address);
    match rest {
        "www.w3.org/2005/atom"
        | "purl.org/atom/ns"
        | "purl.org/rss/1.0"
        | "my.netscape.com/rdf/simple/0.9"
        | "channel.netscape.com/rdf/simple/0.9" => Ns::Core,
        _ if rest.starts_with("purl.org/atom/ns")
            || rest.starts_with("backend.userland.com/rss") =>
        {
            Ns::Core
        }
        "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" => Ns::Dc,
        "purl.org/dc/terms" => Ns::DcTerms,
        "purl.org/rss/1.0/modules/content" => Ns::Content,
        "search.yahoo.com/mrss" => Ns::Media,
        "www.itunes.com/dtds/podcast-1.0.dtd" | "example.com/dtds/podcast-1.0.dtd" => Ns::Itunes,
        "www.w3.org/1999/02/22-rdf-syntax-ns" => Ns::Rdf,
        "www.w3.org/1999/xhtml" => Ns::Xhtml,
        _ => Ns::Other,
    }
}

/// The namespace that a prefix usually stands for, where none is declared.
pub(super) fn by_prefix(prefix: &str) -> Ns {
    match prefix {
        "atom" | "atom10" | "atom03" | "a10" | "rss" => Ns::Core,
        "dc" => Ns::Dc,
        "dcterms" => Ns::DcTerms,
        "content" => Ns::Content,
        "media" => Ns::Media,
        "itunes" => Ns::Itunes,
        "rdf" => Ns::Rdf,
        "xhtml" | "html" => Ns::Xhtml,
        _ => Ns::Other,
    }
}
