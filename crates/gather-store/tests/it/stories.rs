//! Stories: joined across sources, in order, found by their words.

use gather_records::{Article, Record, Viewer};
use gather_store::{Story, StoryQuery};
use proptest::prelude::*;

use crate::support::{Fixture, article, at};

fn all(fixture: &Fixture) -> Vec<Story> {
    fixture
        .store
        .stories(&Viewer::Operator, &StoryQuery::default())
        .unwrap()
}

fn headlines(fixture: &Fixture, query: &StoryQuery) -> Vec<String> {
    let stories = fixture.store.stories(&Viewer::Operator, query).unwrap();
    stories.into_iter().map(|story| story.headline).collect()
}

#[test]
fn one_address_from_two_sources_is_one_story_with_two_provenances() {
    let fixture = Fixture::new();
    let url = "https://harbour.example/ferry";
    fixture.keep(
        "guardian",
        1,
        &[Record::Article(Article {
            section: Some("Environment".to_owned()),
            ..article("g/1", "Ferry line adds night sailing", url)
        })],
    );
    fixture.keep(
        "hackernews",
        2,
        &[Record::Article(Article {
            score: Some(41),
            comments: Some(3),
            ..article("90000123", "Ferry adds night sailing", url)
        })],
    );
    let stories = all(&fixture);
    assert_eq!(stories.len(), 1);
    let story = &stories[0];
    assert_eq!(story.headline, "Ferry line adds night sailing");
    assert_eq!(story.url.as_deref(), Some(url));
    assert_eq!(story.first_seen, at(1));
    let sources: Vec<_> = story
        .provenances
        .iter()
        .map(|p| (p.source.as_str(), p.score))
        .collect();
    assert_eq!(sources, [("guardian", None), ("hackernews", Some(41))]);
    assert_eq!(story.provenances[0].section.as_deref(), Some("Environment"));
}

#[test]
fn an_article_whose_address_changes_moves_to_the_other_story() {
    let fixture = Fixture::new();
    let (one, two) = ("https://a.example/1", "https://a.example/2");
    fixture.keep(
        "a",
        1,
        &[
            Record::Article(article("x", "X", one)),
            Record::Article(article("y", "Y", two)),
        ],
    );
    assert_eq!(all(&fixture).len(), 2);
    fixture.keep("a", 2, &[Record::Article(article("x", "X", two))]);
    let stories = all(&fixture);
    assert_eq!(stories.len(), 1);
    assert_eq!(stories[0].provenances.len(), 2);
    assert_eq!(
        fixture.number("SELECT count(*) FROM stories"),
        1,
        "the empty story is gone"
    );
    fixture.keep("a", 3, &[Record::Article(article("x", "X", ""))]);
    assert_eq!(all(&fixture).len(), 2);
}

#[test]
fn articles_without_an_address_are_never_one_story() {
    let fixture = Fixture::new();
    let page = ["1", "2"].map(|id| Record::Article(Article::new(id)));
    fixture.keep("micro", 1, &page);
    fixture.keep("micro", 2, &page);
    let mut headlines: Vec<_> = all(&fixture)
        .into_iter()
        .map(|story| story.headline)
        .collect();
    headlines.sort();
    assert_eq!(
        headlines,
        ["1", "2"],
        "without any text the id stands for the title"
    );
}

#[test]
fn case_66_the_newest_is_first_and_a_date_in_the_future_does_not_pin_the_top() {
    let fixture = Fixture::new();
    let dated = |id: &str, published: Option<i64>| {
        Record::Article(Article {
            published_at: published.map(at),
            ..article(id, id, &format!("https://a.example/{id}"))
        })
    };
    fixture.keep(
        "a",
        100,
        &[
            dated("future", Some(4_000_000_000)),
            dated("old", Some(-5000)),
        ],
    );
    fixture.keep(
        "a",
        200,
        &[dated("undated", None), dated("recent", Some(150))],
    );
    let order = headlines(&fixture, &StoryQuery::default());
    assert_eq!(order, ["undated", "recent", "future", "old"]);
    let future = all(&fixture).remove(2);
    assert_eq!(
        future.published_at,
        Some(at(4_000_000_000)),
        "shown as the source says it"
    );
}

#[test]
fn a_late_second_source_does_not_move_a_story_up() {
    let fixture = Fixture::new();
    fixture.keep(
        "a",
        1,
        &[Record::Article(article(
            "1",
            "early",
            "https://a.example/1",
        ))],
    );
    fixture.keep(
        "a",
        2,
        &[Record::Article(article("2", "late", "https://a.example/2"))],
    );
    fixture.keep(
        "b",
        3,
        &[Record::Article(article(
            "9",
            "early again",
            "https://a.example/1",
        ))],
    );
    assert_eq!(
        headlines(&fixture, &StoryQuery::default()),
        ["late", "early"]
    );
}

#[test]
fn stories_are_filtered_by_source_time_words_and_limit() {
    let fixture = Fixture::new();
    fixture.keep(
        "a",
        10,
        &[
            Record::Article(article(
                "1",
                "Kelp survey finds slow recovery",
                "https://x.example/1",
            )),
            Record::Article(Article {
                summary: Some("About the Übersee ferry".to_owned()),
                ..article("2", "Harbour news", "https://x.example/2")
            }),
        ],
    );
    fixture.keep(
        "b",
        20,
        &[
            Record::Article(article(
                "3",
                "Night ferry \"returns\"",
                "https://x.example/3",
            )),
            Record::Article(article("4", "Kelp again", "https://x.example/1")),
        ],
    );
    let query = StoryQuery::default;
    let by_sources = |names: &[&str]| StoryQuery {
        sources: names.iter().map(|&name| name.to_owned()).collect(),
        ..query()
    };
    let by_words = |words: &str| StoryQuery {
        search: Some(words.to_owned()),
        ..query()
    };
    let kelp = "Kelp survey finds slow recovery";
    let returns = "Night ferry \"returns\"";

    assert_eq!(headlines(&fixture, &by_sources(&["b"])), [returns, kelp]);
    assert_eq!(headlines(&fixture, &by_sources(&["a", "b"])).len(), 3);
    assert!(headlines(&fixture, &by_sources(&["nobody"])).is_empty());
    assert_eq!(
        headlines(
            &fixture,
            &StoryQuery {
                since: Some(at(15)),
                ..query()
            }
        ),
        [returns]
    );
    assert_eq!(
        headlines(
            &fixture,
            &StoryQuery {
                limit: 1,
                ..query()
            }
        ),
        [returns]
    );
    assert_eq!(
        headlines(
            &fixture,
            &StoryQuery {
                limit: 0,
                ..query()
            }
        )
        .len(),
        0
    );

    assert_eq!(
        headlines(&fixture, &by_words("FERRY")),
        [returns, "Harbour news"]
    );
    assert_eq!(
        headlines(&fixture, &by_words("ubersee fer")),
        ["Harbour news"]
    );
    assert_eq!(headlines(&fixture, &by_words("\"returns\"")), [returns]);
    assert_eq!(headlines(&fixture, &by_words("night & day")).len(), 0);
    assert_eq!(headlines(&fixture, &by_words("&&&")).len(), 0);
    assert_eq!(headlines(&fixture, &by_words("  ")).len(), 3);
    let both = StoryQuery {
        search: Some("survey".to_owned()),
        ..by_sources(&["b"])
    };
    assert!(
        headlines(&fixture, &both).is_empty(),
        "the words are those of another source's article"
    );
}

#[test]
fn words_follow_an_edited_title() {
    let fixture = Fixture::new();
    let find = |words: &str| {
        headlines(
            &fixture,
            &StoryQuery {
                search: Some(words.to_owned()),
                ..StoryQuery::default()
            },
        )
        .len()
    };
    fixture.keep(
        "a",
        1,
        &[Record::Article(article(
            "1",
            "before",
            "https://a.example/1",
        ))],
    );
    fixture.keep(
        "a",
        2,
        &[Record::Article(article(
            "1",
            "after",
            "https://a.example/1",
        ))],
    );
    assert_eq!((find("before"), find("after")), (0, 1));
    fixture.store.check().unwrap();
}

#[test]
fn a_story_is_json_with_rfc_3339_instants() {
    let fixture = Fixture::new();
    fixture.keep(
        "a",
        1,
        &[Record::Article(article("1", "T", "https://a.example/1"))],
    );
    let json = serde_json::to_value(&all(&fixture)[0]).unwrap();
    assert_eq!(json["headline"], "T");
    assert_eq!(json["first_seen"], "2026-11-20T12:00:01Z");
    assert_eq!(json["provenances"][0]["source"], "a");
    assert!(json["published_at"].is_null());
}

#[test]
fn no_search_text_is_an_error() {
    let fixture = Fixture::new();
    fixture.keep(
        "a",
        1,
        &[Record::Article(article(
            "1",
            "a title",
            "https://a.example/1",
        ))],
    );
    proptest!(|(text in any::<String>(), signs in "[\"*^:(){}+\\-' a-c\u{0}\u{301}]{0,12}")| {
        for search in [text, signs] {
            let query = StoryQuery { search: Some(search), ..StoryQuery::default() };
            prop_assert!(fixture.store.stories(&Viewer::Operator, &query).is_ok());
        }
    });
}
