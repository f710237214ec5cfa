//! Ids of feeds: shared by several posts, or all new after a move.

use gather_records::{Article, Record, Viewer};
use gather_store::{Kept, Page, StoryQuery};
use proptest::prelude::*;

use crate::support::{Fixture, article, at, shared};

fn post(id: &str, title: &str, path: &str, hour: i64) -> Record {
    Record::Article(Article {
        published_at: Some(at(hour * 3600)),
        ..article(id, title, &format!("https://old.example{path}"))
    })
}

/// Keeps a page of a feed, in a run of its own.
fn keep(fixture: &Fixture, source: &str, second: i64, records: &[Record]) -> Kept {
    let run = fixture.store.begin_run(at(second), &[]).unwrap();
    fixture
        .store
        .keep(Page {
            feed: true,
            ..Page::new(run, shared(source), records, at(second))
        })
        .unwrap()
}

fn fates(kept: Kept) -> (u64, u64, u64, u64) {
    (kept.new, kept.changed, kept.unchanged, kept.repeated)
}

/// Id and title of every article of a source, in order of titles.
fn held(fixture: &Fixture, source: &str) -> Vec<(String, String)> {
    let query = StoryQuery {
        limit: 1000,
        ..StoryQuery::default()
    };
    let mut found: Vec<_> = fixture
        .store
        .stories(&Viewer::Operator, &query)
        .unwrap()
        .into_iter()
        .flat_map(|story| story.provenances)
        .filter(|p| p.source == source)
        .map(|p| (p.id, p.title.unwrap_or_default()))
        .collect();
    found.sort_by(|a, b| a.1.cmp(&b.1));
    found
}

fn titles(fixture: &Fixture, source: &str) -> Vec<String> {
    held(fixture, source)
        .into_iter()
        .map(|(_, title)| title)
        .collect()
}

#[test]
fn case_59_two_feeds_may_use_the_same_ids() {
    let fixture = Fixture::new();
    keep(&fixture, "a", 1, &[post("1", "Of a", "/a", 1)]);
    keep(&fixture, "b", 2, &[post("1", "Of b", "/b", 1)]);
    assert_eq!(held(&fixture, "a"), [("1".to_owned(), "Of a".to_owned())]);
    assert_eq!(held(&fixture, "b"), [("1".to_owned(), "Of b".to_owned())]);
}

#[test]
fn case_59_one_id_for_several_posts_of_a_page_keeps_all_of_them() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let fixture = Fixture::new();
        let all = [
            post("1", "One", "/one", 1),
            post("1", "Two", "/two", 1),
            post("1", "Three", "/three", 2),
        ];
        let page = order.map(|n| all[n].clone());
        assert_eq!(fates(keep(&fixture, "a", 1, &page)), (3, 0, 0, 0));
        let before = held(&fixture, "a");
        assert_eq!(titles(&fixture, "a"), ["One", "Three", "Two"]);
        // The same posts, in whatever order and company, are the same articles.
        for page in [
            vec![all[0].clone(), all[1].clone(), all[2].clone()],
            vec![all[2].clone(), all[0].clone()],
            vec![all[1].clone()],
            vec![all[2].clone()],
        ] {
            let again = keep(&fixture, "a", 2, &page);
            assert_eq!(fates(again), (0, 0, page.len() as u64, 0), "{page:?}");
        }
        assert_eq!(held(&fixture, "a"), before);
    }
}

#[test]
fn case_59_one_id_for_another_post_later_overwrites_nothing() {
    let fixture = Fixture::new();
    for hour in 0..5 {
        let title = format!("Post {hour}");
        let page = [post("same", &title, &format!("/{hour}"), hour)];
        assert_eq!(fates(keep(&fixture, "a", hour, &page)), (1, 0, 0, 0));
        assert_eq!(fates(keep(&fixture, "a", hour, &page)), (0, 0, 1, 0));
    }
    assert_eq!(titles(&fixture, "a").len(), 5);
    // An edit of one of them is an edit of that one.
    let edited = [post("same", "Post three", "/3", 3)];
    assert_eq!(fates(keep(&fixture, "a", 9, &edited)), (0, 1, 0, 0));
    assert_eq!(
        titles(&fixture, "a"),
        ["Post 0", "Post 1", "Post 2", "Post 4", "Post three"]
    );
}

#[test]
fn case_59_of_posts_that_share_an_id_the_held_one_is_told_by_its_link_first() {
    let fixture = Fixture::new();
    keep(&fixture, "a", 1, &[post("1", "Weekly", "/1", 1)]);
    let page = [
        post("1", "Weekly no. 1", "/1", 1),
        post("1", "Weekly", "/2", 1),
    ];
    assert_eq!(fates(keep(&fixture, "a", 2, &page)), (1, 1, 0, 0));
    assert_eq!(titles(&fixture, "a"), ["Weekly", "Weekly no. 1"]);
    assert_eq!(fates(keep(&fixture, "a", 3, &page)), (0, 0, 2, 0));
}

#[test]
fn an_edit_of_a_post_is_no_other_post() {
    let fixture = Fixture::new();
    keep(&fixture, "a", 1, &[post("1", "Title", "/title", 1)]);
    for (second, edited) in [
        (2, post("1", "Better title", "/title", 1)),
        (3, post("1", "Better title", "/better-title", 7)),
        // A new title with the link that is made of it: the date is the post's.
        (4, post("1", "Best title", "/best-title", 7)),
        (5, Record::Article(article("1", "No link now", ""))),
    ] {
        assert_eq!(fates(keep(&fixture, "a", second, &[edited])), (0, 1, 0, 0));
    }
    assert_eq!(held(&fixture, "a").len(), 1);
    // Said twice in one page, it is one post; the last counts.
    let page = [
        post("2", "Draft", "/p", 1),
        post("2", "Final", "/p", 1),
        post("2", "Final", "/p", 1),
    ];
    assert_eq!(fates(keep(&fixture, "a", 6, &page)), (1, 0, 0, 2));
}

#[test]
fn ids_of_what_is_no_feed_are_strong() {
    let fixture = Fixture::new();
    fixture.keep("api", 1, &[post("1", "One", "/one", 1)]);
    let kept = fixture.keep("api", 2, &[post("1", "Two", "/two", 2)]);
    assert_eq!(fates(kept), (0, 1, 0, 0));
}

/// Posts 0 to 5 under ids and at a site.
fn at_site(site: &str, id: &dyn Fn(i64) -> String, first: i64) -> Vec<Record> {
    (first..first + 6)
        .rev()
        .map(|n| {
            Record::Article(Article {
                published_at: Some(at(n * 3600)),
                ..article(
                    &id(n),
                    &format!("Post {n}"),
                    &format!("https://{site}/posts/{n}"),
                )
            })
        })
        .collect()
}

#[test]
fn case_59_a_site_move_that_changes_every_id_keeps_the_articles() {
    let fixture = Fixture::new();
    let old = at_site("old.example", &|n| format!("old.example/?p={n}"), 0);
    let new = at_site("new.example", &|n| format!("tag:new.example,{n}"), 1);
    assert_eq!(keep(&fixture, "blog", 1, &old).new, 6);
    let key = "SELECT key FROM articles WHERE title = 'Post 3'";
    let before = fixture.number(key);

    let moved = keep(&fixture, "blog", 2, &new);
    assert_eq!(
        (moved.new, moved.changed),
        (1, 5),
        "post 6 is new, 1 to 5 are known"
    );
    assert_eq!(titles(&fixture, "blog").len(), 7);
    assert_eq!(fixture.number(key), before);
    assert_eq!(fates(keep(&fixture, "blog", 3, &new)), (0, 0, 6, 0));
    assert!(
        held(&fixture, "blog")
            .iter()
            .any(|(id, title)| id == "tag:new.example,3" && title == "Post 3")
    );

    // The way back: the old ids still mean the same articles, and nothing is there twice.
    assert_eq!(keep(&fixture, "blog", 4, &old).new, 0);
    assert_eq!(fates(keep(&fixture, "blog", 5, &old)), (0, 0, 6, 0));
    assert_eq!(titles(&fixture, "blog").len(), 7);
    for id in ["tag:new.example,3", "old.example/?p=3"] {
        let versions = fixture
            .store
            .article_history(&Viewer::Operator, "blog", id)
            .unwrap();
        assert_eq!(versions.len(), 3, "{id}: there, moved, and back");
    }
    fixture.store.check().unwrap();
}

#[test]
fn case_59_a_move_is_seen_by_title_and_date_where_the_links_change_too() {
    let fixture = Fixture::new();
    let old = at_site("old.example", &|n| format!("o{n}"), 0);
    let new: Vec<Record> = at_site("new.example", &|n| format!("n{n}"), 0)
        .into_iter()
        .map(|record| match record {
            Record::Article(it) => Record::Article(Article {
                url: Some(
                    format!("https://new.example/?id={}", it.id)
                        .parse()
                        .unwrap(),
                ),
                ..it
            }),
            other => other,
        })
        .collect();
    keep(&fixture, "blog", 1, &old);
    assert_eq!(fates(keep(&fixture, "blog", 2, &new)), (0, 6, 0, 0));
    assert_eq!(held(&fixture, "blog").len(), 6);
}

#[test]
fn what_only_looks_like_a_move_changes_no_id() {
    // Two posts, a page with one known id, fewer than half recognised, links to one and the same place.
    let old = at_site("a.example", &|n| format!("o{n}"), 0);
    let new = at_site("b.example", &|n| format!("n{n}"), 0);
    let two = new[..2].to_vec();
    let mut one_known = new.clone();
    one_known[0] = old[0].clone();
    let few = at_site("b.example", &|n| format!("n{n}"), 4);
    for (page, new) in [(two, 2), (one_known, 5), (few, 6)] {
        let fixture = Fixture::new();
        keep(&fixture, "blog", 1, &old);
        assert_eq!(keep(&fixture, "blog", 2, &page).new, new);
        assert_eq!(fixture.number("SELECT count(*) FROM former_ids"), 0);
    }
    let fixture = Fixture::new();
    let front = |id: &str, title: &str| Record::Article(article(id, title, "https://a.example/"));
    let page = ["1", "2", "3"].map(|id| front(id, &format!("Old {id}")));
    keep(&fixture, "blog", 1, &page);
    let page = ["4", "5", "6"].map(|id| front(id, &format!("New {id}")));
    assert_eq!(keep(&fixture, "blog", 2, &page).new, 3);
}

#[test]
fn case_59_one_id_and_one_date_for_everything_loses_no_post() {
    let fixture = Fixture::new();
    let post = |n: i64| post("same", &format!("Post {n}"), &format!("/{n}"), 1);
    for first in 0..8 {
        let page: Vec<_> = (first..first + 3).rev().map(post).collect();
        let kept = keep(&fixture, "a", first, &page);
        assert_eq!(kept.changed, 0, "{first}");
    }
    assert_eq!(titles(&fixture, "a").len(), 10);
}

/// A post of id, link, title and hour, each of few, so that they meet.
type Drawn = (u8, u8, u8, i64);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_pages_of_a_feed_are_counted_in_full_and_keep_what_they_said_last(
        pages in prop::collection::vec(prop::collection::vec((0..4_u8, 0..5_u8, 0..5_u8, 0..3_i64), 1..7), 1..8),
    ) {
        let fixture = Fixture::new();
        let mut held = 0;
        for (second, drawn) in (1..).zip(&pages) {
            let page: Vec<Record> = drawn
                .iter()
                .map(|(id, link, title, hour): &Drawn| {
                    post(&id.to_string(), &format!("Post {title}"), &format!("/{link}"), *hour)
                })
                .collect();
            let kept = keep(&fixture, "a", second, &page);
            prop_assert_eq!(kept.new + kept.changed + kept.unchanged + kept.repeated, page.len() as u64);
            held += kept.new;
            let rows = fixture.number("SELECT count(*) FROM articles");
            prop_assert_eq!(rows, i64::try_from(held).unwrap());
            let (_, link, title, _) = drawn.last().unwrap();
            let found = fixture.number(&format!(
                "SELECT count(*) FROM articles WHERE title = 'Post {title}' AND url LIKE '%/{link}'"
            ));
            prop_assert!(found >= 1, "{:?}", drawn.last());
            let again = keep(&fixture, "a", second, &page);
            prop_assert_eq!(again.new, 0, "the same page again");
        }
        fixture.store.check().unwrap();
    }
}
