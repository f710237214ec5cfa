//! Viewers: nobody reads what belongs to another user, in any read.

use gather_records::{Record, Viewer};
use gather_store::{
    MoneyQuery, Outcome, OutcomeState, SourceRef, Store, StoryQuery, TransactionQuery,
};

use crate::support::{Fixture, account, article, at, budget, moved, rate, user};

/// Everything a viewer can read of a store, as one text to look for words in.
fn everything(store: &Store, viewer: &Viewer) -> String {
    let stories = StoryQuery {
        limit: 1000,
        ..StoryQuery::default()
    };
    let searched = StoryQuery {
        search: Some("secret".to_owned()),
        ..stories.clone()
    };
    let money = MoneyQuery {
        limit: 1000,
        base: Some("EUR".parse().unwrap()),
        ..MoneyQuery::new("2026-11-20".parse().unwrap())
    };
    let searched_money = MoneyQuery {
        search: Some("payment".to_owned()),
        ..money.clone()
    };
    let runs = store.runs(viewer, 1000).unwrap();
    let each: Vec<_> = (1..=20)
        .map(|number: i64| {
            let run = number.to_string().parse().unwrap();
            (
                store.run(viewer, run).unwrap(),
                store.runs_before(viewer, run, 1000).unwrap(),
                store.run_after(viewer, run).unwrap(),
                store.story(viewer, number).unwrap(),
            )
        })
        .collect();
    serde_json::to_string(&(
        store.stories(viewer, &stories).unwrap(),
        store.stories(viewer, &searched).unwrap(),
        store.money(viewer, &money).unwrap(),
        store.money(viewer, &searched_money).unwrap(),
        runs,
        each,
        store.source_states(viewer).unwrap(),
        (
            dashboard(store, viewer),
            store.balance_proof(viewer).unwrap(),
            store.reviews(viewer).unwrap(),
            store.imports(viewer).unwrap(),
            store.export_transactions(viewer).unwrap(),
        ),
    ))
    .unwrap()
}

/// What pages read beyond that.
fn dashboard(store: &Store, viewer: &Viewer) -> impl serde::Serialize {
    let all = TransactionQuery {
        limit: 1000,
        ..TransactionQuery::default()
    };
    let mut lists = vec![store.transactions(viewer, &all).unwrap().transactions];
    for mark in ["alpha", "beta", "gamma"] {
        for query in [
            TransactionQuery {
                accounts: vec![(format!("source-{mark}"), String::new())],
                ..all.clone()
            },
            TransactionQuery {
                categories: vec![Some(format!("category-{mark}"))],
                ..all.clone()
            },
            TransactionQuery {
                search: Some(format!("category {mark}")),
                ..all.clone()
            },
        ] {
            lists.push(store.transactions(viewer, &query).unwrap().transactions);
        }
    }
    let balances: Vec<_> = ["alpha", "beta", "gamma"]
        .iter()
        .flat_map(|mark| {
            let series = store
                .balances_by_day(viewer, &format!("source-{mark}"), mark, None)
                .unwrap();
            series.into_iter().map(move |point| (*mark, point))
        })
        .collect();
    let (eur, usd) = ("EUR".parse().unwrap(), "USD".parse().unwrap());
    (
        lists,
        balances,
        store.categories(viewer).unwrap(),
        store.spending_by_month(viewer, None).unwrap(),
        store.rates_by_day(viewer, eur, usd, None).unwrap(),
    )
}

/// One of each kind, and an outcome, all bearing a mark of whose they are.
fn fill(fixture: &Fixture, mark: &str, owner: Option<&str>) {
    let source = format!("source-{mark}");
    let run = fixture
        .store
        .begin_run(
            at(5),
            &[SourceRef {
                name: &source,
                owner,
            }],
        )
        .unwrap();
    fixture.keep_as(
        owner,
        &source,
        10,
        &[
            Record::Article(article(
                mark,
                &format!("secret {mark}"),
                &format!("https://{mark}.example/"),
            )),
            Record::Article(article(
                &format!("same-{mark}"),
                &format!("{mark} tells it too"),
                "https://all.example/",
            )),
            account(mark, "10.00 EUR"),
            Record::Transaction(moved(
                mark,
                "-1.00 EUR",
                "2026-11-19",
                &format!("category-{mark}"),
            )),
            budget(&format!("budget-{mark}"), "5 EUR", None),
            rate("EUR", "USD", "2026-11-19", "1.1"),
        ],
    );
    let outcome = Outcome {
        source: source.clone(),
        owner: owner.map(str::to_owned),
        state: OutcomeState::Failed,
        reason: Some(format!("reason-{mark}")),
        hint: None,
        until: None,
        stop: None,
        counts: gather_store::Counts::default(),
        attempts: 1,
        waited: std::time::Duration::ZERO,
        took: std::time::Duration::ZERO,
        at: at(11),
    };
    fixture.store.finish_source(run, &outcome).unwrap();
}

#[test]
fn each_user_reads_the_shared_and_their_own_and_the_operator_reads_all() {
    let fixture = Fixture::new();
    fill(&fixture, "alpha", Some("ann"));
    fill(&fixture, "beta", Some("bob"));
    fill(&fixture, "gamma", None);
    for (viewer, sees, not) in [
        (user("ann"), &["alpha", "gamma"][..], &["beta"][..]),
        (user("bob"), &["beta", "gamma"], &["alpha"]),
        (user("cyd"), &["gamma"], &["alpha", "beta"]),
        (user(""), &["gamma"], &["alpha", "beta"]),
        (Viewer::Operator, &["alpha", "beta", "gamma"], &[]),
    ] {
        let text = everything(&fixture.store, &viewer);
        for mark in sees {
            for part in [
                format!("secret {mark}"),
                format!("category-{mark}"),
                format!("budget-{mark}"),
                format!("Account {mark}"),
                format!("reason-{mark}"),
                format!("source-{mark}"),
            ] {
                assert!(text.contains(&part), "{viewer:?} should see {part}");
            }
        }
        for mark in not {
            assert!(
                !text.contains(mark),
                "{viewer:?} must not see {mark}: {text}"
            );
        }
    }
}

#[test]
fn one_story_has_for_each_viewer_the_provenances_they_may_see() {
    let fixture = Fixture::new();
    fill(&fixture, "alpha", Some("ann"));
    fill(&fixture, "beta", Some("bob"));
    fill(&fixture, "gamma", None);
    let sources = |viewer: &Viewer| {
        let stories = fixture
            .store
            .stories(viewer, &StoryQuery::default())
            .unwrap();
        let mut joined = stories
            .into_iter()
            .filter(|s| s.url.as_deref() == Some("https://all.example/"));
        let story = joined.next().unwrap();
        assert!(joined.next().is_none(), "one story only for {viewer:?}");
        story
            .provenances
            .into_iter()
            .map(|p| p.source)
            .collect::<Vec<_>>()
    };
    assert_eq!(sources(&user("ann")), ["source-alpha", "source-gamma"]);
    assert_eq!(sources(&user("cyd")), ["source-gamma"]);
    assert_eq!(sources(&Viewer::Operator).len(), 3);
}

#[test]
fn totals_and_budgets_count_no_one_elses_money() {
    let fixture = Fixture::new();
    let spend = |mark: &str| {
        [
            account(mark, "10.00 EUR"),
            Record::Transaction(moved(mark, "-7.00 EUR", "2026-11-19", "Food")),
        ]
    };
    fixture.keep_as(Some("ann"), "bank-a", 1, &spend("a"));
    fixture.keep_as(Some("bob"), "bank-b", 1, &spend("b"));
    fixture.keep_as(None, "joint", 1, &spend("j"));
    fixture.keep_as(Some("ann"), "bank-a", 2, &[budget("Food", "100 EUR", None)]);
    let query = MoneyQuery::new("2026-11-20".parse().unwrap());
    let ann = fixture.store.money(&user("ann"), &query).unwrap();
    assert_eq!(ann.totals[0].to_string(), "20.00 EUR");
    assert_eq!(ann.spending[0].total.to_string(), "-14.00 EUR");
    assert_eq!(ann.budgets[0].spent.to_string(), "14.00 EUR");
    let all = fixture.store.money(&Viewer::Operator, &query).unwrap();
    assert_eq!(all.spending[0].total.to_string(), "-21.00 EUR");
    assert_eq!(
        all.budgets[0].spent.to_string(),
        "14.00 EUR",
        "ann's budget, whoever looks"
    );
}

#[test]
fn a_source_that_is_given_an_owner_takes_its_records_along() {
    let fixture = Fixture::new();
    fixture.keep_as(None, "bank", 1, &[account("a", "10.00 EUR")]);
    fixture.keep_as(Some("ann"), "bank", 2, &[account("a", "10.00 EUR")]);
    let query = MoneyQuery::new("2026-11-20".parse().unwrap());
    let accounts = |viewer: &Viewer| fixture.store.money(viewer, &query).unwrap().accounts.len();
    assert_eq!(accounts(&user("bob")), 0);
    assert_eq!(accounts(&user("ann")), 1);
    assert_eq!(accounts(&Viewer::Operator), 1, "not twice");
    fixture.keep_as(Some("bob"), "bank", 3, &[account("b", "1.00 EUR")]);
    assert_eq!(
        accounts(&user("bob")),
        1,
        "another owner's source of that name is another source"
    );
    assert_eq!(accounts(&user("ann")), 1);
}
