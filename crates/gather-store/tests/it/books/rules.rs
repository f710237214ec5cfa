//! Categories by rules, with their origin.

use gather_records::{Transaction, Viewer};
use gather_store::{Edit, Rule, RuleSubject, SetBy};

use super::bought;
use crate::support::{Fixture, at};

fn says(word: &'static str) -> impl Fn(RuleSubject<'_>) -> bool {
    move |subject| {
        let text = subject.transaction.description.as_deref().unwrap_or("");
        text.to_lowercase().contains(word)
    }
}

fn by_id(fixture: &Fixture, id: &str) -> (Option<String>, SetBy) {
    let row = fixture
        .exported()
        .into_iter()
        .find(|row| row.id == id)
        .unwrap();
    (row.category, row.category_by)
}

#[test]
fn rules_give_categories_and_never_overrule_a_user() {
    let fixture = Fixture::new();
    let with_category = Transaction {
        category: Some("Shopping".to_owned()),
        ..bought("3", "-3 EUR", "2026-11-19", "kelp shop")
    };
    fixture.sync(
        1,
        &[
            bought("1", "-1 EUR", "2026-11-19", "KELP CAFE"),
            bought("2", "-2 EUR", "2026-11-19", "kelp cafe"),
            with_category.clone(),
            bought("4", "-4 EUR", "2026-11-19", "Tide"),
        ],
    );
    let mine = fixture.number_of("2");
    fixture
        .store
        .edit(
            &Viewer::Operator,
            &[mine],
            &[Edit::Category(Some("Mine"))],
            at(2),
        )
        .unwrap();
    let (cafe, kelp) = (says("cafe"), says("kelp"));
    let rules = [
        Rule {
            name: "cafes",
            category: "Coffee",
            test: &cafe,
        },
        Rule {
            name: "kelp",
            category: "Sea",
            test: &kelp,
        },
    ];
    let ruled = fixture.store.apply_rules(&rules, "one", at(3)).unwrap();
    assert_eq!((ruled.looked_at, ruled.changed), (4, 2));
    assert_eq!(
        by_id(&fixture, "1"),
        (Some("Coffee".to_owned()), SetBy::Rule("cafes".to_owned()))
    );
    assert_eq!(by_id(&fixture, "2"), (Some("Mine".to_owned()), SetBy::User));
    assert_eq!(
        by_id(&fixture, "3"),
        (Some("Sea".to_owned()), SetBy::Rule("kelp".to_owned()))
    );
    assert_eq!(by_id(&fixture, "4"), (None, SetBy::Source));
    fixture.sums_agree();

    // Nothing is looked at twice; what is new or has changed is.
    assert_eq!(
        fixture
            .store
            .apply_rules(&rules, "one", at(4))
            .unwrap()
            .looked_at,
        0
    );
    fixture.sync(
        5,
        &[
            with_category,
            bought("5", "-5 EUR", "2026-11-19", "Cafe Reef"),
            bought("1", "-1 EUR", "2026-11-19", "Kelp shop"),
        ],
    );
    let ruled = fixture.store.apply_rules(&rules, "one", at(6)).unwrap();
    assert_eq!((ruled.looked_at, ruled.changed), (2, 2));
    assert_eq!(by_id(&fixture, "1").1, SetBy::Rule("kelp".to_owned()));

    // Other rules: what no rule is about is the source's again.
    let ruled = fixture
        .store
        .apply_rules(&rules[..1], "two", at(7))
        .unwrap();
    assert_eq!(ruled.looked_at, 5);
    assert_eq!(
        by_id(&fixture, "3"),
        (Some("Shopping".to_owned()), SetBy::Source)
    );
    assert_eq!(by_id(&fixture, "1"), (None, SetBy::Source));
    assert_eq!(by_id(&fixture, "2"), (Some("Mine".to_owned()), SetBy::User));
    fixture.sums_agree();

    // A word that is taken back leaves it to the rules.
    fixture
        .store
        .edit(&Viewer::Operator, &[mine], &[Edit::Category(None)], at(8))
        .unwrap();
    fixture
        .store
        .apply_rules(&rules[..1], "two", at(9))
        .unwrap();
    assert_eq!(by_id(&fixture, "2").1, SetBy::Rule("cafes".to_owned()));
}
