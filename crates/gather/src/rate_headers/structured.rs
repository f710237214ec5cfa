//! The IETF's own fields, `RateLimit` and `RateLimit-Policy`, as structured fields (RFC 9651).
//!
//! From draft -08 on both are lists of strings with parameters: `"burst";r=50;t=30` and `"burst";q=100;w=60`. Draft
//! -07 had a dictionary and bare numbers: `limit=100, remaining=50, reset=30` and `100;w=60`. A field that breaks its
//! own rules is ignored as a whole; parameters that the draft does not name are comments.

use std::time::Duration;

use http::HeaderMap;
use sfv::{BareItem, Dictionary, Item, List, ListEntry, Parameters, Parser};

use super::{Reading, Scope, reset::Reset};

const LIMITS: &str = "ratelimit";
const POLICIES: &str = "ratelimit-policy";

/// What a policy's quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Requests,
    ContentBytes,
    ConcurrentRequests,
    Other,
}

#[derive(Debug)]
struct Policy {
    /// Its name from -08 on, before that its quota.
    name: BareItem,
    unit: Unit,
    window: Option<Duration>,
}

/// What both fields say together.
pub(super) fn readings(headers: &HeaderMap) -> Vec<Reading> {
    let Some(text) = joined(headers, LIMITS) else {
        return Vec::new();
    };
    let policies = joined(headers, POLICIES)
        .and_then(|text| policies(&text))
        .unwrap_or_default();
    limits(&text, &policies)
        .or_else(|| Some(vec![draft_07(&text, &policies)?]))
        .unwrap_or_default()
}

/// The window that a bare list such as `100, 100;w=60` names for its first number: the longest, if several have it.
pub(super) fn window_of_first(text: &str) -> Option<Duration> {
    let list: List = Parser::new(text).parse().ok()?;
    let items: Option<Vec<&Item>> = list.iter().map(item).collect();
    let items = items?;
    let first = &items.first()?.bare_item;
    items
        .iter()
        .filter(|item| item.bare_item == *first)
        .filter_map(|item| window(&item.params)?)
        .max()
}

/// The lines of a list field as one (RFC 9651 section 4.2).
fn joined(headers: &HeaderMap, name: &str) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = headers
        .get_all(name)
        .iter()
        .map(http::HeaderValue::as_bytes)
        .collect();
    (!lines.is_empty()).then(|| lines.join(&b", "[..]))
}

/// `RateLimit` from draft -08 on.
fn limits(text: &[u8], policies: &[Policy]) -> Option<Vec<Reading>> {
    let list: List = Parser::new(text).parse().ok()?;
    let mut readings = Vec::with_capacity(list.len());
    for entry in &list {
        let Item { bare_item, params } = item(entry)?;
        bare_item.as_string()?;
        partition_key(params)?;
        let remaining = whole(params.get("r")?)?;
        let reset = match params.get("t") {
            None => None,
            Some(seconds) => Some(Reset::After(Duration::from_secs(whole(seconds)?))),
        };
        let policy = policies.iter().find(|policy| policy.name == *bare_item);
        let counts = match policy.map_or(Unit::Requests, |policy| policy.unit) {
            Unit::Requests => true,
            // How many requests so many bytes are is unknown; without any left, none will do.
            Unit::ContentBytes => remaining == 0,
            // That many may be under way at once: nothing to be waited out.
            Unit::ConcurrentRequests | Unit::Other => false,
        };
        if counts {
            readings.push(Reading {
                remaining,
                reset,
                window: policy.and_then(|policy| policy.window),
                scope: Scope::Host,
            });
        }
    }
    Some(readings)
}

/// `RateLimit` in draft -07.
fn draft_07(text: &[u8], policies: &[Policy]) -> Option<Reading> {
    let fields: Dictionary = Parser::new(text).parse().ok()?;
    let field = |name: &str| Some(&item(fields.get(name)?)?.bare_item);
    let limit = field("limit")?;
    whole(limit)?;
    Some(Reading {
        remaining: whole(field("remaining")?)?,
        reset: Some(Reset::After(Duration::from_secs(whole(field("reset")?)?))),
        window: policies
            .iter()
            .filter(|policy| policy.name == *limit)
            .filter_map(|policy| policy.window)
            .max(),
        scope: Scope::Host,
    })
}

/// `RateLimit-Policy` in either form.
fn policies(text: &[u8]) -> Option<Vec<Policy>> {
    let list: List = Parser::new(text).parse().ok()?;
    list.iter()
        .map(|entry| {
            let Item { bare_item, params } = item(entry)?;
            let unit = if bare_item.as_string().is_some() {
                whole(params.get("q")?)?;
                partition_key(params)?;
                unit(params)?
            } else {
                whole(bare_item)?;
                Unit::Requests
            };
            Some(Policy {
                name: bare_item.clone(),
                unit,
                window: window(params)?,
            })
        })
        .collect()
}

/// The unit of a quota; `None` when what stands there is no string.
fn unit(params: &Parameters) -> Option<Unit> {
    let Some(unit) = params.get("qu") else {
        return Some(Unit::Requests);
    };
    Some(match unit.as_string()?.as_str() {
        "requests" => Unit::Requests,
        "content-bytes" => Unit::ContentBytes,
        "concurrent-requests" => Unit::ConcurrentRequests,
        _ => Unit::Other,
    })
}

/// The window, if there is one; `None` when what stands there is none.
#[expect(
    clippy::option_option,
    reason = "the outer tells malformed from fine, the inner whether it stands there"
)]
fn window(params: &Parameters) -> Option<Option<Duration>> {
    match params.get("w") {
        None => Some(None),
        Some(seconds) => match whole(seconds)? {
            0 => None,
            seconds => Some(Some(Duration::from_secs(seconds))),
        },
    }
}

/// The key of a partition says whose quota it is; here it only has to be well formed.
fn partition_key(params: &Parameters) -> Option<()> {
    match params.get("pk") {
        None => Some(()),
        Some(key) => key.as_byte_sequence().map(|_| ()),
    }
}

fn item(entry: &ListEntry) -> Option<&Item> {
    match entry {
        ListEntry::Item(item) => Some(item),
        ListEntry::InnerList(_) => None,
    }
}

/// An integer that is not negative.
fn whole(item: &BareItem) -> Option<u64> {
    u64::try_from(i64::from(item.as_integer()?)).ok()
}
