//! What stays one: articles over edits, stories over sources and addresses.

use gather_records::{Article, Content, Record, Viewer};
use gather_store::{ArticleVersion, Story, StoryQuery};

use crate::support::{Fixture, article, at, user};

fn stories(fixture: &Fixture) -> Vec<Story> {
    fixture
        .store
        .stories(&Viewer::Operator, &StoryQuery::default())
        .unwrap()
}

fn history(fixture: &Fixture, source: &str, id: &str) -> Vec<ArticleVersion> {
    fixture
        .store
        .article_history(&Viewer::Operator, source, id)
        .unwrap()
}

#[test]
fn case_55_addresses_of_one_page_are_one_story_and_all_of_them_are_kept() {
    let urls = [
        "https://a.example/n/1?x=1&y=2",
        "http://www.a.example/n/1?y=2&x=1",
        "https://a.example/n/1/?x=1&y=2&utm_source=rss&fbclid=Zz",
        "https://a.example/n/1?x=%31&y=2#comments",
        "https://a.example/%6E/1?x=1&y=2",
        "https://a.example/n/1/amp?x=1&y=2",
    ];
    let fixture = Fixture::new();
    for (n, url) in (0..).zip(urls) {
        let rows = [Record::Article(article("1", "T", url))];
        fixture.keep(&format!("source {n}"), n, &rows);
    }
    let stories = stories(&fixture);
    assert_eq!(stories.len(), 1);
    assert_eq!(stories[0].provenances.len(), urls.len());
    assert_eq!(stories[0].url.as_deref(), Some(urls[0]));
    let mut others: Vec<&str> = urls[1..].to_vec();
    others.sort_unstable();
    assert_eq!(stories[0].aliases, others);
}

#[test]
fn an_address_that_a_source_replaces_stays_as_an_alias() {
    let fixture = Fixture::new();
    let urls = [
        "https://a.example/n/1?utm_source=a",
        "https://a.example/n/1?utm_source=b",
        "https://a.example/n/1",
    ];
    for (n, url) in (0..).zip(urls) {
        fixture.keep("a", n, &[Record::Article(article("1", "T", url))]);
    }
    let stories = stories(&fixture);
    assert_eq!(stories.len(), 1);
    assert_eq!(stories[0].url.as_deref(), Some(urls[2]));
    assert_eq!(stories[0].aliases, urls[..2]);

    // An address with something new in it each time does not fill the disk.
    for n in 0..100 {
        let url = format!("https://a.example/n/1?utm_id={n:03}");
        fixture.keep("a", 10 + n, &[Record::Article(article("1", "T", &url))]);
    }
    assert_eq!(fixture.number("SELECT count(*) FROM former_urls"), 16);
}

#[test]
fn case_57_one_story_of_four_sources_keeps_what_each_counts() {
    let fixture = Fixture::new();
    let told = |id: &str, url: &str, score, comments| {
        [Record::Article(Article {
            score,
            comments,
            ..article(id, "Ferry line adds night sailing", url)
        })]
    };
    let url = "https://harbour.example/ferry";
    let (utm, www) = (
        "https://harbour.example/ferry?utm_source=newsapi",
        "http://www.harbour.example/ferry/",
    );
    fixture.keep("newsapi", 1, &told(utm, utm, None, None));
    fixture.keep("guardian", 2, &told("uk/ferry", www, None, None));
    fixture.keep("hackernews", 3, &told("90000123", url, Some(41), Some(7)));
    fixture.keep("harbour", 4, &told("guid-1", url, None, Some(2)));
    let stories = stories(&fixture);
    assert_eq!(stories.len(), 1);
    let found: Vec<_> = stories[0]
        .provenances
        .iter()
        .map(|p| (p.source.as_str(), p.score, p.comments))
        .collect();
    assert_eq!(
        found,
        [
            ("newsapi", None, None),
            ("guardian", None, None),
            ("hackernews", Some(41), Some(7)),
            ("harbour", None, Some(2)),
        ]
    );
    // Tomorrow's score is that of its source alone.
    fixture.keep("hackernews", 5, &told("90000123", url, Some(99), Some(30)));
    let provenances = &self::stories(&fixture)[0].provenances;
    assert_eq!(
        (provenances[2].score, provenances[2].comments),
        (Some(99), Some(30))
    );
    assert_eq!(
        (provenances[3].score, provenances[3].comments),
        (None, Some(2))
    );
}

#[test]
fn case_58_a_new_title_and_score_are_history_of_the_same_article() {
    let fixture = Fixture::new();
    let told = |title: &str, score| {
        [Record::Article(Article {
            score: Some(score),
            ..article("1", title, "https://a.example/1")
        })]
    };
    fixture.keep("hn", 0, &told("Before", 1));
    fixture.keep("hn", 10, &told("Before", 5));
    fixture.keep("hn", 15, &told("Before", 5));
    fixture.keep("hn", 20, &told("After", 9));
    let stories = stories(&fixture);
    assert_eq!(stories.len(), 1);
    assert_eq!(stories[0].headline, "After");
    let versions: Vec<_> = history(&fixture, "hn", "1")
        .into_iter()
        .map(|v| (v.from, v.until, v.title.unwrap(), v.score.unwrap()))
        .collect();
    assert_eq!(
        versions,
        [
            (at(0), Some(at(10)), "Before".to_owned(), 1),
            (at(10), Some(at(20)), "Before".to_owned(), 5),
            (at(20), None, "After".to_owned(), 9),
        ]
    );
    assert!(history(&fixture, "hn", "2").is_empty());
    assert!(history(&fixture, "other", "1").is_empty());
}

#[test]
fn scores_that_change_all_the_time_do_not_push_titles_out_of_the_history() {
    let fixture = Fixture::new();
    let told = |title: &str, score| {
        [Record::Article(Article {
            score: Some(score),
            ..article("1", title, "")
        })]
    };
    fixture.keep("hn", 0, &told("First", 0));
    for n in 1..=300 {
        fixture.keep("hn", n, &told("Second", n));
    }
    let versions = history(&fixture, "hn", "1");
    assert_eq!(versions[0].title.as_deref(), Some("First"));
    assert_eq!(versions.last().unwrap().score, Some(300));
    assert_eq!(versions.len(), 1 + 64 + 1);
    for n in 0..100 {
        fixture.keep("hn", 1000 + n, &told(&format!("Title {n}"), 300));
    }
    let edits = fixture.number("SELECT count(*) FROM article_versions WHERE edit = 1");
    assert_eq!(edits, 32);
    fixture.store.check().unwrap();
}

#[test]
fn a_history_is_for_those_who_may_see_the_source() {
    let fixture = Fixture::new();
    let rows = [Record::Article(article("1", "Mine", ""))];
    fixture.keep_as(Some("ann"), "blog", 1, &rows);
    let seen = |viewer| {
        fixture
            .store
            .article_history(&viewer, "blog", "1")
            .unwrap()
            .len()
    };
    assert_eq!(
        (seen(user("ann")), seen(user("ben")), seen(Viewer::Operator)),
        (1, 0, 1)
    );
    let rows = [Record::Article(article("1", "Mine", "https://a.example/1"))];
    fixture.keep_as(Some("ann"), "blog", 2, &rows);
    let rows = [Record::Article(article(
        "1",
        "Mine",
        "https://a.example/1?utm_id=2",
    ))];
    fixture.keep_as(Some("ann"), "blog", 3, &rows);
    fixture.keep("shared", 4, &rows);
    let stories = fixture
        .store
        .stories(&user("ben"), &StoryQuery::default())
        .unwrap();
    assert!(stories[0].aliases.is_empty(), "former addresses of others");
}

#[test]
fn full_texts_come_back_as_they_were_and_only_when_asked_for() {
    let fixture = Fixture::new();
    let content = Content {
        html: "<p onclick=x()>Long <a href=\"next\">text</a>".to_owned(),
        base: Some("https://a.example/posts/1".parse().unwrap()),
    };
    let post = |content: &Content| {
        [Record::Article(Article {
            content: Some(content.clone()),
            ..article("1", "T", "https://a.example/1")
        })]
    };
    fixture.keep("blog", 1, &post(&content));
    assert_eq!(fixture.keep("blog", 2, &post(&content)).unchanged, 1);
    let read = |content| {
        let query = StoryQuery {
            content,
            ..StoryQuery::default()
        };
        let mut stories = fixture.store.stories(&Viewer::Operator, &query).unwrap();
        stories.remove(0)
    };
    assert_eq!(read(false).content, None);
    assert_eq!(read(true).content, Some(content.clone()));
    let json = serde_json::to_string(&read(true)).unwrap();
    assert!(json.contains("https://a.example/posts/next"), "{json}");
    assert!(!json.contains("onclick"), "{json}");

    let longer = Content {
        html: "word ".repeat(100_000),
        base: None,
    };
    assert_eq!(fixture.keep("blog", 3, &post(&longer)).changed, 1);
    assert_eq!(read(true).content, Some(longer));
    assert_eq!(
        history(&fixture, "blog", "1").len(),
        1,
        "of the full text there is no history"
    );
}
