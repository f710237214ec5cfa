//! Users, what they choose, what they have read.

use gather_records::{Record, Viewer};
use gather_store::{ErrorKind, Mark, Marks, StoryFilter, StoryQuery, Theme, User, UserSettings};

use crate::support::{Fixture, article, at, user as viewer};

fn add(fixture: &Fixture, name: &str) -> User {
    fixture.store.add_user(name, Some("$hash"), at(1)).unwrap()
}

fn told(fixture: &Fixture, source: &str, owner: Option<&str>, ids: &[&str]) {
    let records: Vec<Record> = ids
        .iter()
        .map(|id| Record::Article(article(id, id, &format!("https://n.example/{id}"))))
        .collect();
    fixture.keep_as(owner, source, 10, &records);
}

fn headlines(fixture: &Fixture, name: &str, only: StoryFilter) -> Vec<String> {
    let query = StoryQuery {
        only,
        ..StoryQuery::default()
    };
    let stories = fixture.store.stories(&viewer(name), &query).unwrap();
    stories.into_iter().map(|story| story.headline).collect()
}

fn id(fixture: &Fixture, headline: &str) -> i64 {
    let stories = fixture
        .store
        .stories(&Viewer::Operator, &StoryQuery::default())
        .unwrap();
    stories
        .iter()
        .find(|story| story.headline == headline)
        .unwrap()
        .id
}

#[test]
fn names_differ_by_more_than_case_and_are_plain() {
    let fixture = Fixture::new();
    let ann = add(&fixture, "Ann");
    assert_eq!(fixture.store.user("ann").unwrap().unwrap(), ann);
    for (name, kind) in [
        ("ANN", ErrorKind::UserExists),
        ("", ErrorKind::InvalidUser),
        ("a b", ErrorKind::InvalidUser),
        ("a\nb", ErrorKind::InvalidUser),
        ("a/b", ErrorKind::InvalidUser),
        (&"x".repeat(65), ErrorKind::InvalidUser),
    ] {
        let error = fixture.store.add_user(name, None, at(1)).unwrap_err();
        assert_eq!(error.kind(), kind, "{name:?}: {error}");
    }
    add(&fixture, "Ölaf");
    let error = fixture.store.add_user("ölaf", None, at(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UserExists);
    let names: Vec<String> = fixture
        .store
        .users()
        .unwrap()
        .into_iter()
        .map(|user| user.name)
        .collect();
    assert_eq!(names, ["Ann", "Ölaf"]);
}

#[test]
fn the_first_user_is_added_once() {
    let fixture = Fixture::new();
    let first = fixture.store.add_first_user("ann", "$1", at(1)).unwrap();
    assert_eq!(first.unwrap().name, "ann");
    assert!(
        fixture
            .store
            .add_first_user("bob", "$2", at(2))
            .unwrap()
            .is_none()
    );
    assert_eq!(fixture.store.users().unwrap().len(), 1);
}

#[test]
fn what_a_user_has_chosen_is_kept() {
    let fixture = Fixture::new();
    let ann = add(&fixture, "ann");
    let chosen = UserSettings {
        currency: Some("EUR".parse().unwrap()),
        time_zone: Some("Europe/Lisbon".to_owned()),
        theme: Theme::Dark,
    };
    fixture.store.set_user_settings(ann.id, &chosen).unwrap();
    assert_eq!(fixture.store.user("ann").unwrap().unwrap().settings, chosen);
    assert!(fixture.store.remove_user(ann.id).unwrap());
    let error = fixture
        .store
        .set_user_settings(ann.id, &chosen)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownUser);
    assert_ne!(
        add(&fixture, "ann").id,
        ann.id,
        "a number is never used twice"
    );
}

#[test]
fn each_user_has_marks_of_their_own() {
    let fixture = Fixture::new();
    told(&fixture, "news", None, &["one", "two", "three"]);
    let (ann, _) = (add(&fixture, "ann"), add(&fixture, "bob"));
    let (one, two) = (id(&fixture, "one"), id(&fixture, "two"));
    assert_eq!(
        fixture
            .store
            .mark(&ann, &[one, two], Mark::Read(true), at(20))
            .unwrap(),
        2
    );
    fixture
        .store
        .mark(&ann, &[one], Mark::Starred(true), at(20))
        .unwrap();
    assert_eq!(headlines(&fixture, "ann", StoryFilter::Unread), ["three"]);
    assert_eq!(headlines(&fixture, "ann", StoryFilter::Starred), ["one"]);
    assert_eq!(headlines(&fixture, "bob", StoryFilter::Unread).len(), 3);
    assert!(headlines(&fixture, "bob", StoryFilter::Starred).is_empty());
    assert!(headlines(&fixture, "nobody", StoryFilter::Starred).is_empty());

    fixture
        .store
        .mark(&ann, &[one, two], Mark::Read(false), at(21))
        .unwrap();
    assert_eq!(headlines(&fixture, "ann", StoryFilter::Unread).len(), 3);
    assert_eq!(headlines(&fixture, "ann", StoryFilter::Starred), ["one"]);
    let stories = fixture
        .store
        .stories(&viewer("ann"), &StoryQuery::default())
        .unwrap();
    let marked = stories.iter().find(|story| story.id == one).unwrap();
    assert_eq!(
        marked.marks,
        Some(Marks {
            read: false,
            starred: true
        })
    );
    assert_eq!(
        stories
            .iter()
            .filter(|story| story.marks == Some(Marks::default()))
            .count(),
        2
    );
    let shown = fixture
        .store
        .stories(&Viewer::Operator, &StoryQuery::default())
        .unwrap();
    assert!(shown.iter().all(|story| story.marks.is_none()));
}

#[test]
fn what_a_user_may_not_see_cannot_be_marked() {
    let fixture = Fixture::new();
    told(&fixture, "private", Some("ann"), &["secret"]);
    let (ann, bob) = (add(&fixture, "ann"), add(&fixture, "bob"));
    let secret = id(&fixture, "secret");
    let mark = |user: &User| {
        fixture
            .store
            .mark(user, &[secret, 999], Mark::Read(true), at(20))
    };
    assert_eq!(mark(&bob).unwrap(), 0);
    assert_eq!(mark(&ann).unwrap(), 1);
    assert_eq!(fixture.number("SELECT count(*) FROM marks"), 1);
}

#[test]
fn all_that_a_query_finds_is_read_at_once() {
    let fixture = Fixture::new();
    told(&fixture, "a", None, &["one", "two"]);
    told(&fixture, "b", None, &["three"]);
    let ann = add(&fixture, "ann");
    let of_a = StoryQuery {
        sources: vec!["a".to_owned()],
        limit: 1,
        ..StoryQuery::default()
    };
    assert_eq!(fixture.store.mark_all_read(&ann, &of_a, at(20)).unwrap(), 2);
    assert_eq!(fixture.store.mark_all_read(&ann, &of_a, at(20)).unwrap(), 0);
    assert_eq!(headlines(&fixture, "ann", StoryFilter::Unread), ["three"]);
}

#[test]
fn marks_go_with_an_article_that_changes_its_story() {
    let fixture = Fixture::new();
    told(&fixture, "a", None, &["one"]);
    fixture.keep(
        "b",
        10,
        &[Record::Article(article(
            "x",
            "other",
            "https://n.example/other",
        ))],
    );
    let ann = add(&fixture, "ann");
    let other = id(&fixture, "other");
    fixture
        .store
        .mark(&ann, &[other], Mark::Starred(true), at(20))
        .unwrap();
    fixture
        .store
        .mark(&ann, &[id(&fixture, "one")], Mark::Read(true), at(20))
        .unwrap();
    // The source corrects the address: it is the same story as the other's.
    fixture.keep(
        "b",
        30,
        &[Record::Article(article(
            "x",
            "other",
            "https://n.example/one",
        ))],
    );
    let stories = fixture
        .store
        .stories(&viewer("ann"), &StoryQuery::default())
        .unwrap();
    assert_eq!(stories.len(), 1);
    assert_eq!(
        stories[0].marks,
        Some(Marks {
            read: true,
            starred: true
        })
    );
}

#[test]
fn pages_of_stories_joined_are_the_whole_list() {
    let fixture = Fixture::new();
    let names: Vec<String> = (0..23).map(|n| format!("s{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    told(&fixture, "a", None, &names);
    let ann = add(&fixture, "ann");
    fixture
        .store
        .mark(&ann, &[id(&fixture, "s05")], Mark::Read(true), at(20))
        .unwrap();
    for (only, search) in [
        (StoryFilter::All, None),
        (StoryFilter::Unread, None),
        (StoryFilter::Unread, Some("s")),
    ] {
        let query = StoryQuery {
            only,
            search: search.map(str::to_owned),
            limit: 100,
            ..StoryQuery::default()
        };
        let whole = fixture.store.stories(&viewer("ann"), &query).unwrap();
        let mut paged = Vec::new();
        let mut before = None;
        loop {
            let page = StoryQuery {
                before,
                limit: 5,
                ..query.clone()
            };
            let page = fixture.store.stories(&viewer("ann"), &page).unwrap();
            let Some(last) = page.last() else { break };
            // As it is written into an address.
            before = Some(last.cursor.to_string().parse().unwrap());
            paged.extend(page);
            // What comes in between stands above and moves nothing.
            let late = format!("late{}", paged.len());
            fixture.keep_as(
                Some("bob"),
                "b",
                40,
                &[Record::Article(article(
                    &late,
                    &late,
                    &format!("https://l.example/{late}"),
                ))],
            );
        }
        assert_eq!(paged, whole);
    }
    for bad in ["", "1", "1.2.3", "x.y", "1.-2", "11111111111111111.1"] {
        assert!(bad.parse::<gather_store::StoryCursor>().is_err(), "{bad}");
    }
}
