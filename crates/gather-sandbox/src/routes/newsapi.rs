//! NewsAPI v2. Of `everything` a developer key reaches the first 100; withdrawn articles stay as `[Removed]`.

use http::{StatusCode, header};
use serde_json::{Value, json};

use super::{Asked, count, matches};
use crate::{
    answer::{Answer, Query},
    data::news::{GUARDIAN, OUTLETS, Outlet, Story, Via},
};

/// How many of the newest articles are top headlines, the removed ones included.
const HEADLINES: usize = 40;
/// Where among the headlines the removed ones stand.
const REMOVED: [usize; 2] = [9, 23];
/// How many results a developer key may reach.
const REACHABLE: usize = 100;

#[derive(Debug)]
pub(crate) struct NewsApi {
    articles: Vec<Article>,
    key: Option<String>,
}

#[derive(Debug)]
struct Article {
    /// `None` for a removed one.
    outlet: Option<Outlet>,
    section: &'static str,
    words: String,
    json: Value,
}

impl NewsApi {
    pub(super) fn new(stories: &[Story], key: Option<String>) -> Self {
        let mut articles: Vec<Article> = stories
            .iter()
            .zip(0..)
            .map(|(story, n)| article(story, n))
            .collect();
        for at in REMOVED {
            // It is still found by what it once said.
            let (section, words) = (articles[at].section, articles[at].words.clone());
            articles.insert(at, removed(section, words));
        }
        Self { articles, key }
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        let query = asked.query();
        if let Err(refusal) = self.admit(asked, &query) {
            return refusal;
        }
        let answer = match asked.path {
            "/v2/top-headlines" => self.headlines(&query),
            "/v2/everything" => self.everything(&query),
            "/v2/top-headlines/sources" | "/v2/sources" => Ok(sources()),
            _ => Err(error(
                StatusCode::NOT_FOUND,
                "endpointNotFound",
                "The endpoint does not exist. Expected /v2/top-headlines, /v2/everything or /v2/top-headlines/sources.",
            )),
        };
        let answer = answer.unwrap_or_else(|refusal| refusal);
        // An `Expires` that is no date means "expired already" (RFC 9111 section 5.3); the real service sends it.
        answer
            .with(header::CACHE_CONTROL, "no-cache")
            .with(header::PRAGMA, "no-cache")
            .with(header::EXPIRES, "-1")
    }

    fn admit(&self, asked: Asked<'_>, query: &Query<'_>) -> Result<(), Answer> {
        let given = query
            .filled("apiKey")
            .or_else(|| asked.header("x-api-key"))
            .or_else(|| asked.authorization());
        match (given.filter(|key| !key.is_empty()), self.key.as_deref()) {
            (None, _) => Err(error(
                StatusCode::UNAUTHORIZED,
                "apiKeyMissing",
                "Your API key is missing. Append this to the URL with the apiKey param, or use the x-api-key HTTP header.",
            )),
            (Some(given), Some(key)) if given != key => Err(error(
                StatusCode::UNAUTHORIZED,
                "apiKeyInvalid",
                "Your API key is invalid or incorrect. Check your key, or go to the sandbox's settings to set one.",
            )),
            _ => Ok(()),
        }
    }

    fn headlines(&self, query: &Query<'_>) -> Result<Answer, Answer> {
        let (category, sources) = (query.filled("category"), query.filled("sources"));
        let asked = [
            category,
            sources,
            query.filled("country"),
            query.filled("q"),
        ];
        if asked.iter().all(Option::is_none) {
            return Err(missing("sources, q, language, country, category"));
        }
        if sources.is_some() && (category.is_some() || query.filled("country").is_some()) {
            return Err(error(
                StatusCode::BAD_REQUEST,
                "parameterInvalid",
                "The sources param cannot be combined with country or category.",
            ));
        }
        let found = self.articles.iter().take(HEADLINES).filter(|article| {
            article.is_in(category)
                && article.is_from(sources)
                && matches(query.filled("q"), &article.words)
        });
        page(query, found.collect(), 20)
    }

    fn everything(&self, query: &Query<'_>) -> Result<Answer, Answer> {
        let (sources, domains) = (query.filled("sources"), query.filled("domains"));
        if query.filled("q").is_none() && sources.is_none() && domains.is_none() {
            return Err(missing("q, qInTitle, sources, domains"));
        }
        let found = self.articles.iter().filter(|article| {
            article.is_from(sources)
                && domains
                    .is_none_or(|list| list.split(',').any(|domain| article.is_at(domain.trim())))
                && matches(query.filled("q"), &article.words)
        });
        page(query, found.collect(), REACHABLE)
    }
}

impl Article {
    fn is_in(&self, category: Option<&str>) -> bool {
        category.is_none_or(|category| category == self.section)
    }

    fn is_from(&self, sources: Option<&str>) -> bool {
        let id = self.outlet.and_then(|outlet| outlet.id);
        sources.is_none_or(|list| list.split(',').any(|source| Some(source.trim()) == id))
    }

    fn is_at(&self, domain: &str) -> bool {
        self.outlet.is_some_and(|outlet| {
            outlet.host.trim_start_matches("www.") == domain.trim_start_matches("www.")
        })
    }
}

fn page(query: &Query<'_>, found: Vec<&Article>, default_size: usize) -> Result<Answer, Answer> {
    let invalid = |name: &str, range: &str| {
        let message = format!("The {name} param has to be a whole number {range}.");
        error(StatusCode::BAD_REQUEST, "parameterInvalid", &message)
    };
    let size = count(query, "pageSize", default_size, 1..=100)
        .ok_or_else(|| invalid("pageSize", "from 1 to 100"))?;
    let page = count(query, "page", 1, 1..=1_000_000).ok_or_else(|| invalid("page", "from 1"))?;
    let first = (page - 1) * size;
    if first + size > REACHABLE && page > 1 {
        return Err(error(
            StatusCode::UPGRADE_REQUIRED,
            "maximumResultsReached",
            &format!(
                "You have requested too many results. Developer accounts are limited to a max of {REACHABLE} results. You are trying to request results {first} to {}. Please upgrade to a paid plan if you need more results.",
                first + size
            ),
        ));
    }
    let total = found.len();
    let articles: Vec<&Value> = found
        .into_iter()
        .skip(first)
        .take(size)
        .map(|article| &article.json)
        .collect();
    Ok(Answer::json(
        json!({ "status": "ok", "totalResults": total, "articles": articles }).to_string(),
    ))
}

fn article(story: &Story, n: usize) -> Article {
    let Story {
        outlet,
        section,
        title,
        summary,
        ..
    } = story;
    let text = story.paragraphs.join("\r\n");
    let cut = text.char_indices().nth(200).map(|(at, _)| at);
    // Short texts come whole, long ones cut at 200 characters with the number of those left out.
    let content = cut.map_or(text.clone(), |at| {
        format!("{}… [+{} chars]", &text[..at], text[at..].chars().count())
    });
    let author = match n % 9 {
        3 => None,
        // Some publishers give a profile's address in place of a name.
        6 => Some(format!("https://{}/authors/{n}", outlet.host)),
        _ => Some(story.author.clone()),
    };
    let image = (n % 4 != 2).then(|| {
        format!(
            "https://media.{}/{n}.jpg",
            outlet.host.trim_start_matches("www.")
        )
    });
    let json = json!({
        "source": { "id": outlet.id, "name": outlet.name },
        "author": author,
        "title": format!("{title} - {}", outlet.name),
        "description": if n % 11 == 5 { "" } else { summary },
        "url": story.link(Via::NewsApi),
        "urlToImage": image,
        "publishedAt": story.published.to_string(),
        "content": if n % 13 == 4 { Value::Null } else { Value::from(content) },
    });
    Article {
        outlet: Some(*outlet),
        section,
        words: format!("{title} {summary}"),
        json,
    }
}

fn removed(section: &'static str, words: String) -> Article {
    let json = json!({
        "source": { "id": null, "name": "[Removed]" },
        "author": null,
        "title": "[Removed]",
        "description": "[Removed]",
        "url": "https://removed.example",
        "urlToImage": null,
        "publishedAt": "1970-01-01T00:00:00Z",
        "content": "[Removed]",
    });
    Article {
        outlet: None,
        section,
        words,
        json,
    }
}

fn sources() -> Answer {
    let sources: Vec<Value> = [GUARDIAN]
        .iter()
        .chain(&OUTLETS)
        .filter_map(|outlet| {
            Some(json!({
                "id": outlet.id?,
                "name": outlet.name,
                "description": format!("News from {}, invented.", outlet.name),
                "url": format!("https://{}", outlet.host),
                "category": "general",
                "language": "en",
                "country": "us",
            }))
        })
        .collect();
    Answer::json(json!({ "status": "ok", "sources": sources }).to_string())
}

fn missing(params: &str) -> Answer {
    let message = format!(
        "Required parameters are missing. Please set any of the following parameters and try again: {params}."
    );
    error(StatusCode::BAD_REQUEST, "parametersMissing", &message)
}

fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::error(
        status,
        &json!({ "status": "error", "code": code, "message": message }),
    )
}
