//! A long history of one list, replayed: items appear, change, vanish and come back.

use std::collections::{BTreeMap, BTreeSet};

use gather_records::{Article, Record, Viewer, canonical_url};
use gather_store::{Page, StoryQuery};

use crate::support::{Fixture, article, at, shared};

const SNAPSHOTS: u32 = 3000;
const A_LIST: usize = 30;

/// A generator of which the whole history follows from its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

/// An item as the list shows it now.
#[derive(Clone)]
struct Item {
    title: String,
    url: String,
    date: i64,
    score: i64,
}

#[test]
fn thousands_of_snapshots_leave_one_row_an_id_and_the_distinct_stories() {
    let fixture = Fixture::new();
    let mut dice = Dice(0x5eed_1234_abcd);
    // What the server has, which of it is in the list, and what was ever shown.
    let mut items: BTreeMap<u64, Item> = BTreeMap::new();
    let mut list: Vec<u64> = Vec::new();
    let mut shown: BTreeMap<u64, Item> = BTreeMap::new();
    let mut edits: BTreeMap<u64, usize> = BTreeMap::new();
    for second in 0..i64::from(SNAPSHOTS) {
        while list.len() < A_LIST || dice.below(3) == 0 {
            let id = match dice.below(4) {
                // One that was in the list before comes back.
                0 if !items.is_empty() => dice.below(items.len() as u64),
                _ => items.len() as u64,
            };
            if list.contains(&id) {
                continue;
            }
            items.entry(id).or_insert_with(|| Item {
                title: format!("Item {id}"),
                // Every fifth links to what another one links to.
                url: format!(
                    "https://a.example/{}",
                    if id % 5 == 0 { id / 2 } else { id }
                ),
                date: second - 60,
                score: 1,
            });
            list.insert(0, id);
        }
        list.truncate(A_LIST);
        for _ in 0..3 {
            let id = list[usize::try_from(dice.below(A_LIST as u64)).unwrap()];
            let item = items.get_mut(&id).unwrap();
            match dice.below(6) {
                0 => item.title = format!("Item {id}, edited at {second}"),
                1 => item.date += 1,
                2 => item.url = format!("https://www.a.example/{id}/?utm_source={second}"),
                _ => item.score += 1,
            }
        }
        let records: Vec<Record> = list
            .iter()
            .map(|id| {
                let item = &items[id];
                Record::Article(Article {
                    published_at: Some(at(item.date)),
                    score: Some(item.score),
                    ..article(&id.to_string(), &item.title, &item.url)
                })
            })
            .collect();
        let page = Page::new(fixture.run, shared("list"), &records, at(second));
        let kept = fixture.store.keep(page).unwrap();
        assert_eq!(kept.repeated, 0);
        for id in &list {
            let item = items[id].clone();
            let known = shown.insert(*id, item.clone());
            if known.is_some_and(|known| known.title != item.title) {
                *edits.entry(*id).or_default() += 1;
            }
        }
    }
    assert!(shown.len() > 1000, "{} items", shown.len());
    assert!(!edits.is_empty());

    let query = StoryQuery {
        limit: usize::MAX,
        ..StoryQuery::default()
    };
    let stories = fixture.store.stories(&Viewer::Operator, &query).unwrap();
    let mut found = BTreeMap::new();
    for p in stories.iter().flat_map(|story| &story.provenances) {
        let id: u64 = p.id.parse().expect("no id of a list of its own kind");
        assert!(found.insert(id, p).is_none(), "{id} is there twice");
    }
    assert_eq!(found.len(), shown.len());
    for (id, item) in &shown {
        let p = found[id];
        assert_eq!(p.title.as_ref(), Some(&item.title));
        assert_eq!(p.url.as_ref(), Some(&item.url));
        assert_eq!(
            (p.published_at, p.score),
            (Some(at(item.date)), Some(item.score))
        );
    }
    let distinct: BTreeSet<String> = shown
        .values()
        .map(|item| canonical_url(&item.url.parse().unwrap()))
        .collect();
    assert_eq!(stories.len(), distinct.len());
    let (id, edits) = edits.iter().next().unwrap();
    let titles: BTreeSet<_> = fixture
        .store
        .article_history(&Viewer::Operator, "list", &id.to_string())
        .unwrap()
        .into_iter()
        .map(|version| version.title)
        .collect();
    assert_eq!(titles.len(), edits + 1);
    fixture.store.check().unwrap();
}
