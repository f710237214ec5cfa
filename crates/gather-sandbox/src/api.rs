//! What the sandbox plays, and how a setting names one of them or one route of it.
//!
//! A route is named by its path without the query; a pattern that ends in `*` covers every path
//! with that beginning. Where several settings fit a request, the longest pattern decides alone.

use std::{error, fmt, str::FromStr};

/// One simulated server. Each listens on its own port, so each is a host of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Api {
    /// NewsAPI v2: `/v2/top-headlines`, `/v2/everything`, `/v2/top-headlines/sources`. Asks for a key.
    NewsApi,
    /// The Guardian's content API: `/search`. Asks for a key.
    Guardian,
    /// Hacker News on Firebase: `/v0/topstories.json` and the other lists, `/v0/item/{id}.json`, `/v0/maxitem.json`.
    HackerNews,
    /// A publisher's feeds: `/rss.xml` (RSS 2.0), `/atom.xml` (Atom 1.0), `/feed.json` (JSON Feed 1.1).
    Feeds,
    /// GitHub REST: `/repos/acme/gizmo/releases` and `/events`, paged by `Link`, with weak ETags; `/repos/acme/widget` has
    /// moved to it, `/repos/acme/empty` has nothing; `/rate_limit`. Asks for a `User-Agent`; a token is optional.
    GitHub,
    /// Reddit: `POST /api/v1/access_token`; with a token `/r/{sub}/{hot|new|rising|top}` for the subs `handtools` and
    /// `lighthouses`; without one `/r/{sub}/.rss`, and a block page in HTML for everything else.
    Reddit,
    /// OpenWeather: `/data/2.5/weather` and `/data/2.5/forecast`. Asks for a key.
    OpenWeather,
    /// A plain JSON bank: `/accounts`, `/transactions`, `/budgets`. Asks for a bearer token only when one was set.
    Bank,
    /// Frankfurter v1: `/v1/latest`, `/v1/{date}`, `/v1/{from}..{to}`, `/v1/currencies`; and v2: `/v2/rates`.
    Rates,
    /// SimpleFIN: `POST /claim/{demo|v1|troubled}`, once each, gives an access URL to the path of that name, which has
    /// `/accounts`. `v1` answers as version 1 does, `troubled` has errors beside good accounts; `/info`.
    SimpleFin,
    /// The European Central Bank: `/stats/eurofxref/eurofxref-daily.xml`, `-hist-90d.xml`, `-hist.xml`.
    Ecb,
    /// Open Exchange Rates: `/api/latest.json`, `/api/historical/{date}.json`, `/api/currencies.json`, `/api/usage.json`.
    /// Asks for a key.
    OpenExchange,
    /// No product, but what a test of an HTTP client needs: `/bytes/{n}`, `/json/{n}`, `/echo`, `/status/{code}`,
    /// `/delay/{ms}`, `/redirect/{n}`, `/redirect-to?url=&status=`. Takes every method.
    ///
    /// Compressed, whether or not the client asked for it: `/{codings}/{n}` is n bytes of JSON (at most 64 MiB), and
    /// `/bomb/{codings}/{mib}` so many MiB of zeros (at most 1024). Codings are `gzip`, `deflate`, `br`, `zstd`, and
    /// `raw` for a deflate that lacks its wrapper; up to four with `-` between them are applied one around the other,
    /// so `/gzip-br/1000` is brotli around gzip. Each body is made once and kept.
    ///
    /// Paged lists: `/list/{page|offset|cursor|link|next|feed}?total=45&size=10`, 45 items in pages of ten, each kind
    /// with the guards against it tried by `quirk=`: `self` (the next page is this one), `swing` (the next page of the
    /// second is the first), `same` (every page is the first), `shift` (a new item comes in front before each page),
    /// `shrink` (one page fewer each time), `endless` (an empty page is followed by another), `beyond` (a page after
    /// the last is an error). A cursor is `cursor=text`, `base64` (with `+`, `/` and `=`) or `big` (a number beyond 2^53).
    Any,
}

impl Api {
    /// All of them, in the order in which they are listed everywhere.
    pub const ALL: [Self; 13] = [
        Self::NewsApi,
        Self::Guardian,
        Self::HackerNews,
        Self::Feeds,
        Self::GitHub,
        Self::Reddit,
        Self::OpenWeather,
        Self::Bank,
        Self::Rates,
        Self::SimpleFin,
        Self::Ecb,
        Self::OpenExchange,
        Self::Any,
    ];

    /// Its name in flags and reports: `newsapi`, `guardian`, `hackernews`, `feeds`, `github`, `reddit`, `openweather`, `bank`,
    /// `rates`, `simplefin`, `ecb`, `openexchange`, `any`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NewsApi => "newsapi",
            Self::Guardian => "guardian",
            Self::HackerNews => "hackernews",
            Self::Feeds => "feeds",
            Self::GitHub => "github",
            Self::Reddit => "reddit",
            Self::OpenWeather => "openweather",
            Self::Bank => "bank",
            Self::Rates => "rates",
            Self::SimpleFin => "simplefin",
            Self::Ecb => "ecb",
            Self::OpenExchange => "openexchange",
            Self::Any => "any",
        }
    }

    /// What the real service's base URL ends with, empty where it is the root.
    pub(crate) fn base_path(self) -> &'static str {
        match self {
            Self::NewsApi => "/v2",
            Self::HackerNews => "/v0",
            Self::Rates => "/v1",
            Self::OpenWeather => "/data/2.5",
            Self::SimpleFin => "/demo",
            Self::Ecb => "/stats/eurofxref",
            Self::OpenExchange => "/api",
            Self::Guardian | Self::Feeds | Self::GitHub | Self::Reddit | Self::Bank | Self::Any => {
                ""
            }
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Api {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL
            .into_iter()
            .find(|api| api.name() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                ParseError::new(format!(
                    "`{text}` is not a simulated API; expected one of {names}"
                ))
            })
    }
}

/// A whole [`Api`], or one of its routes: what latency, faults and logs are set and asked for.
///
/// Made from `Api::Guardian`, from `(Api::HackerNews, "/v0/item/*")`, or from text such as `hackernews/v0/item/*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    pub(crate) api: Api,
    pub(crate) path: Option<String>,
}

impl Target {
    /// The API this is, or belongs to.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api
    }

    /// The path pattern, when it is one route.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Whether a request for `path` (no query) to this API falls under it.
    pub(crate) fn covers(&self, path: &str) -> bool {
        match self.path.as_deref() {
            None => true,
            Some(pattern) => match pattern.strip_suffix('*') {
                Some(start) => path.starts_with(start),
                None => path == pattern,
            },
        }
    }

    pub(crate) fn check(&self) -> Result<(), ParseError> {
        match self.path.as_deref() {
            Some(path) if !path.starts_with('/') => Err(ParseError::new(format!(
                "the route `{path}` of {} does not start with `/`; expected a path such as `/search` or `/v0/item/*`",
                self.api
            ))),
            Some(path) if path.contains('?') => Err(ParseError::new(format!(
                "the route `{path}` of {} has a query; a route is a path alone",
                self.api
            ))),
            _ => Ok(()),
        }
    }
}

impl From<Api> for Target {
    fn from(api: Api) -> Self {
        Self { api, path: None }
    }
}

impl From<(Api, &str)> for Target {
    fn from((api, path): (Api, &str)) -> Self {
        Self {
            api,
            path: Some(path.to_owned()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}",
            self.api,
            self.path.as_deref().unwrap_or_default()
        )
    }
}

impl FromStr for Target {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.find('/') {
            Some(slash) => Ok((text[..slash].parse::<Api>()?, &text[slash..]).into()),
            None => Ok(text.parse::<Api>()?.into()),
        }
    }
}

/// Text that names no API, latency or fault; it says what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError(String);

impl ParseError {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_api_is_read_back_from_its_name() {
        for api in Api::ALL {
            assert_eq!(api.to_string().parse::<Api>(), Ok(api));
            assert_eq!(Api::ALL[api.index()], api);
        }
        let refused = "guardain".parse::<Api>().unwrap_err();
        assert!(refused.to_string().contains("guardian"), "{refused}");
    }

    #[test]
    fn a_route_covers_its_path_and_a_star_covers_what_begins_like_it() {
        let item: Target = "hackernews/v0/item/*".parse().unwrap();
        assert_eq!(item, (Api::HackerNews, "/v0/item/*").into());
        assert!(item.covers("/v0/item/1.json"));
        assert!(!item.covers("/v0/topstories.json"));
        let search = Target::from((Api::Guardian, "/search"));
        assert!(search.covers("/search") && !search.covers("/search/x"));
        assert!(Target::from(Api::Guardian).covers("/search/x"));
        assert!(Target::from((Api::Guardian, "search")).check().is_err());
    }
}
