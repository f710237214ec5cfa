//! The bytes of feeds to records, beside feed-rs alone.
//!
//! feed-rs ends with its own entries and gather with articles, so what both must agree on is how many there are.

use std::{fmt::Write as _, fs, path::Path};

use gather_sources::{Answer, Config};
use jiff::fmt::rfc2822;
use url::Url;

use super::{
    Done, Side,
    made_up::{Pen, Story},
};
use crate::{Fault, measure::Stopwatch};

/// The kinds of feed, as often as one meets them.
const MIX: [Kind; 12] = [
    Kind::Rss,
    Kind::Rss,
    Kind::Atom,
    Kind::Rss,
    Kind::Rss,
    Kind::Atom,
    Kind::Rss,
    Kind::Rss,
    Kind::Atom,
    Kind::Rss,
    Kind::Rdf,
    Kind::Atom,
];

/// How many feeds there are.
const FEEDS: usize = 20;

/// Entries of a feed; with them it is about 1 MB long.
const ENTRIES: usize = 250;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Rss,
    Rdf,
    Atom,
}

pub(super) fn run(side: Side) -> Result<Done, Fault> {
    let feeds = feeds()?;
    let bytes = feeds.iter().map(String::len).sum::<usize>();
    let (cost, records) = match side {
        Side::Gather => {
            let declaration = "[source.paper]\nfeed = \"https://paper.example/feed\"\n";
            let config = Config::parse(declaration, "bench")?;
            let resolved = config.resolve(&|_| Err("is not needed".to_owned()));
            let source = resolved.sources.first().ok_or("the source is not ready")?;
            let ask = source
                .first_asks()
                .into_iter()
                .next()
                .ok_or("nothing to ask")?;
            let mut readings = Vec::with_capacity(feeds.len());
            let watch = Stopwatch::start();
            for feed in &feeds {
                readings.push(source.read(&ask, &answer(ask.url(), feed))?);
            }
            let cost = watch.stop()?;
            for reading in &readings {
                if reading.is_partial() || !reading.warnings.is_empty() {
                    return Err(
                        format!("a feed was not read as a whole: {:?}", reading.warnings).into(),
                    );
                }
            }
            (cost, readings.iter().map(|it| it.records.len()).sum())
        }
        Side::ByHand => {
            let mut read = Vec::with_capacity(feeds.len());
            let watch = Stopwatch::start();
            for feed in &feeds {
                read.push(feed_rs::parser::parse(feed.as_bytes())?);
            }
            (
                watch.stop()?,
                read.iter().map(|feed| feed.entries.len()).sum(),
            )
        }
    };
    let expected = FEEDS * ENTRIES;
    if records != expected {
        return Err(format!("{records} entries, expected {expected}").into());
    }
    Ok(Done {
        cost,
        records,
        bytes,
        result: format!("{records} entries"),
    })
}

/// Writes each feed into a file of the folder `feeds`, which holds nothing else then; gives how many entries they have.
pub(super) fn write(home: &Path) -> Result<usize, Fault> {
    let folder = home.join("feeds");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for (feed, at) in feeds()?.iter().zip(0..) {
        fs::write(folder.join(format!("{at:02}.xml")), feed)?;
    }
    Ok(FEEDS * ENTRIES)
}

fn feeds() -> Result<Vec<String>, Fault> {
    let mut pen = Pen::new(2);
    let kinds = MIX.iter().cycle().take(FEEDS).zip(0..);
    kinds
        .map(|(kind, at)| feed(&mut pen, *kind, at * ENTRIES))
        .collect()
}

fn answer<'a>(url: &'a Url, feed: &'a str) -> Answer<'a> {
    Answer {
        status: 200,
        content_type: Some("application/xml; charset=utf-8"),
        links: &[],
        final_url: url,
        body: feed.as_bytes(),
    }
}

fn feed(pen: &mut Pen, kind: Kind, first: usize) -> Result<String, Fault> {
    let title = pen.words(3);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (start, end) = match kind {
        Kind::Rss => (
            format!(
                "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
                 xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n\
                 <channel><title>{title}</title><link>https://paper.example/</link>\
                 <description>{title}</description><language>en</language>\n"
            ),
            "</channel></rss>\n",
        ),
        Kind::Rdf => (
            format!(
                "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
                 xmlns=\"http://purl.org/rss/1.0/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
                 xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
                 <channel rdf:about=\"https://paper.example/\"><title>{title}</title>\
                 <link>https://paper.example/</link><description>{title}</description></channel>\n"
            ),
            "</rdf:RDF>\n",
        ),
        Kind::Atom => (
            format!(
                "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>{title}</title>\
                 <id>urn:feed:{first}</id><updated>2026-11-20T08:00:00Z</updated>\
                 <link rel=\"self\" href=\"https://paper.example/feed\"/>\n"
            ),
            "</feed>\n",
        ),
    };
    text.push_str(&start);
    for number in first..first + ENTRIES {
        entry(pen, kind, number, &mut text)?;
    }
    text.push_str(end);
    Ok(text)
}

fn entry(pen: &mut Pen, kind: Kind, number: usize, text: &mut String) -> Result<(), Fault> {
    let story = pen.story(number);
    let html = html(pen);
    let Story {
        title,
        url,
        author,
        summary,
        section,
        published,
        ..
    } = story;
    let mail = rfc2822::to_string(&published.to_zoned(jiff::tz::TimeZone::UTC))?;
    match kind {
        Kind::Rss => writeln!(
            text,
            "<item><title>{title} &amp; more</title><link>{url}</link>\
             <guid isPermaLink=\"false\">urn:story:{number}</guid><pubDate>{mail}</pubDate>\
             <dc:creator>{author}</dc:creator><category>{section}</category>\
             <media:thumbnail url=\"https://images.example/{number}.jpg\" width=\"640\" height=\"360\"/>\
             <description>{summary} &lt;a href=&quot;{url}&quot;&gt;Continue&lt;/a&gt;</description>\
             <content:encoded><![CDATA[{html}]]></content:encoded></item>"
        ),
        Kind::Rdf => writeln!(
            text,
            "<item rdf:about=\"{url}\"><title>{title}</title><link>{url}</link>\
             <dc:creator>{author}</dc:creator><dc:date>{published}</dc:date><dc:subject>{section}</dc:subject>\
             <description>{summary}</description><content:encoded><![CDATA[{html}]]></content:encoded></item>"
        ),
        Kind::Atom => {
            let html = html.replace('<', "&lt;").replace('>', "&gt;");
            writeln!(
                text,
                "<entry><title type=\"html\">{title} &amp;amp; more</title><link rel=\"alternate\" href=\"{url}\"/>\
                 <id>urn:story:{number}</id><published>{published}</published><updated>{published}</updated>\
                 <author><name>{author}</name></author><category term=\"{section}\"/>\
                 <summary>{summary}</summary><content type=\"html\">{html}</content></entry>"
            )
        }
    }?;
    Ok(())
}

/// The text of an article as publishers send it.
fn html(pen: &mut Pen) -> String {
    let mut html = String::new();
    for paragraph in 0..6 {
        let text = pen.sentences(50);
        if paragraph == 2 {
            html.push_str("<p><img src=\"/images/large.jpg\" alt=\"A view\" width=\"640\"></p>");
        }
        html.push_str("<p>");
        html.push_str(&text);
        html.push_str(" <a href=\"/topics/more\">More of it</a>.</p>");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{Kind, feed, run};
    use crate::ingest::{Side, made_up::Pen};

    #[test]
    fn a_feed_has_about_a_megabyte() {
        for kind in [Kind::Rss, Kind::Rdf, Kind::Atom] {
            let text = feed(&mut Pen::new(1), kind, 0).unwrap();
            assert!(
                (800..1200).contains(&(text.len() >> 10)),
                "{kind:?}: {}",
                text.len()
            );
        }
    }

    #[test]
    fn both_sides_read_every_entry() {
        assert_eq!(
            run(Side::Gather).unwrap().result,
            run(Side::ByHand).unwrap().result
        );
    }
}
