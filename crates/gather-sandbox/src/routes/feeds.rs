//! A publisher's feeds: RSS 2.0, Atom 1.0 and JSON Feed 1.1, with validators for conditional requests.
//!
//! Source: the RSS 2.0 specification, RFC 4287 (Atom), jsonfeed.org version 1.1.

use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822, tz::TimeZone};
use serde_json::{Value, json};

use super::Asked;
use crate::{
    answer::Answer,
    data::news::{GAZETTE, Story, Via},
};

#[derive(Debug)]
pub(crate) struct Feeds {
    rss: Bytes,
    atom: Bytes,
    json: Bytes,
    modified: HeaderValue,
}

impl Feeds {
    pub(super) fn new(rss: &[Story], atom: &[Story], now: Timestamp) -> Self {
        let newest = rss
            .iter()
            .chain(atom)
            .map(|story| story.published)
            .max()
            .unwrap_or(now);
        let modified =
            HeaderValue::try_from(http_date(newest)).unwrap_or(HeaderValue::from_static("0"));
        Self {
            rss: rss_feed(rss).into(),
            atom: atom_feed(atom).into(),
            json: json_feed(rss).into(),
            modified,
        }
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        let (content_type, body) = match asked.path {
            "/rss.xml" => ("application/rss+xml; charset=utf-8", &self.rss),
            "/atom.xml" => ("application/atom+xml; charset=utf-8", &self.atom),
            "/feed.json" => ("application/feed+json", &self.json),
            _ => {
                return Answer::new(
                    StatusCode::NOT_FOUND,
                    "text/html; charset=utf-8",
                    "<h1>404 Not Found</h1>\n",
                );
            }
        };
        let mut answer = Answer::new(StatusCode::OK, content_type, body.clone());
        answer
            .headers
            .push((header::LAST_MODIFIED, self.modified.clone()));
        answer
            .with(header::CACHE_CONTROL, "max-age=900")
            .revalidated(asked.headers)
    }
}

pub(super) fn http_date(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

fn rss_date(time: Timestamp) -> String {
    rfc2822::to_string(&time.to_zoned(TimeZone::UTC)).unwrap_or_else(|_| http_date(time))
}

/// Text for an element or an attribute.
pub(super) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

fn html(story: &Story) -> String {
    story
        .paragraphs
        .iter()
        .map(|paragraph| format!("<p>{}</p>", xml(paragraph)))
        .collect()
}

fn newest(stories: &[Story]) -> Timestamp {
    stories
        .iter()
        .map(|story| story.published)
        .max()
        .unwrap_or_default()
}

fn rss_feed(stories: &[Story]) -> String {
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n<title>{}</title>\n\
         <link>https://{host}/</link>\n<description>News from the harbour, invented.</description>\n<language>en</language>\n\
         <lastBuildDate>{}</lastBuildDate>\n<ttl>60</ttl>\n\
         <atom:link href=\"https://{host}/rss.xml\" rel=\"self\" type=\"application/rss+xml\"/>\n",
        xml(GAZETTE.name),
        rss_date(newest(stories)),
        host = GAZETTE.host,
    );
    for (story, n) in stories.iter().zip(0_u32..) {
        let link = xml(&story.link(Via::Rss));
        // Some items have an opaque guid, the others their address.
        let guid = if n % 5 == 2 {
            format!(
                "<guid isPermaLink=\"false\">gazette-{:x}</guid>",
                crate::answer::fingerprint(story.path.as_bytes())
            )
        } else {
            format!("<guid>{}</guid>", xml(&story.url()))
        };
        let _ = write!(
            feed,
            "<item>\n<title>{}</title>\n<link>{link}</link>\n{guid}\n<pubDate>{}</pubDate>\n<dc:creator>{}</dc:creator>\n\
             <category>{}</category>\n<description>{}</description>\n<content:encoded><![CDATA[{}]]></content:encoded>\n</item>\n",
            xml(&story.title),
            rss_date(story.published),
            xml(&story.author),
            story.section,
            xml(&story.summary),
            html(story),
        );
    }
    feed.push_str("</channel>\n</rss>\n");
    feed
}

fn atom_feed(stories: &[Story]) -> String {
    let host = GAZETTE.host;
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n\
         <title>{}: the long reads</title>\n<subtitle>Invented at length.</subtitle>\n<id>tag:{host},2026:atom</id>\n\
         <updated>{}</updated>\n<link rel=\"self\" href=\"https://{host}/atom.xml\"/>\n<link href=\"https://{host}/\"/>\n\
         <author><name>{}</name></author>\n",
        xml(GAZETTE.name),
        newest(stories),
        xml(GAZETTE.name),
    );
    for (story, n) in stories.iter().zip(0_u32..) {
        // An entry without an author of its own has the feed's.
        let author = if n % 6 == 4 {
            String::new()
        } else {
            format!("<author><name>{}</name></author>\n", xml(&story.author))
        };
        let _ = write!(
            feed,
            "<entry>\n<title>{}</title>\n<id>tag:{host},2026:{}</id>\n<link rel=\"alternate\" href=\"{}\"/>\n\
             <published>{published}</published>\n<updated>{published}</updated>\n{author}<category term=\"{}\"/>\n\
             <summary>{}</summary>\n<content type=\"html\">{}</content>\n</entry>\n",
            xml(&story.title),
            xml(&story.path),
            xml(&story.link(Via::Atom)),
            story.section,
            xml(&story.summary),
            xml(&html(story)),
            published = story.published,
        );
    }
    feed.push_str("</feed>\n");
    feed
}

fn json_feed(stories: &[Story]) -> String {
    let host = GAZETTE.host;
    let items: Vec<Value> = stories
        .iter()
        .map(|story| {
            json!({
                "id": story.url(),
                "url": story.link(Via::Rss),
                "title": story.title,
                "summary": story.summary,
                "content_html": html(story),
                "date_published": story.published.to_string(),
                "authors": [{ "name": story.author }],
                "tags": [story.section],
            })
        })
        .collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": GAZETTE.name,
        "home_page_url": format!("https://{host}/"),
        "feed_url": format!("https://{host}/feed.json"),
        "language": "en",
        "items": items,
    });
    feed.to_string()
}
