//! `gather money`: proved, split, declared; budgets of the configuration; totals by known rates.

use serde_json::Value;

use crate::{
    imports::{done, export, home, ofx, unbroken},
    world::{Home, World},
};

fn overview(home: &Home) -> Value {
    done(home, &["money", "--limit", "1000", "--format", "json"]).json()
}

fn spent(overview: &Value, category: &str) -> Option<String> {
    let lines = overview["spending"].as_array().unwrap();
    let line = lines.iter().find(|line| line["category"] == category)?;
    Some(line["total"]["amount"].as_str().unwrap().to_owned())
}

/// A home with three transactions of account 4711: number 1 of 100, number 2 of 40, number 3 is income.
fn held() -> Home {
    let home = home();
    let rows = [
        ("20261103", "-100.00", "a1", "Harbour Market"),
        ("20261104", "-40.00", "a2", "Card settlement"),
        ("20261105", "250.00", "a3", "Orrery Labs"),
    ];
    home.write("a.ofx", ofx(&rows, Some(("610.00", "20261105"))));
    done(&home, &["import", "a.ofx", "--yes"]);
    home
}

#[test]
fn a_balance_that_was_not_booked_is_a_drift_since_a_day() {
    let home = held();
    let first = done(&home, &["money", "proof"]);
    assert!(
        first.out.contains("nothing to compare yet"),
        "{}",
        first.out
    );
    let later = |balance, day| {
        ofx(
            &[("20261110", "-10.00", "a4", "Quay Coffee")],
            Some((balance, day)),
        )
    };
    home.write("b.ofx", later("600.00", "20261110"));
    done(&home, &["import", "b.ofx", "--yes"]);
    assert!(done(&home, &["money", "proof"]).out.contains("✓ agrees"));
    home.write("c.ofx", later("595.50", "20261112"));
    done(&home, &["import", "c.ofx", "--yes"]);
    let drift = home.gather(&["money", "proof"]);
    assert_eq!(drift.code, 1, "{drift:?}");
    assert!(
        drift.out.contains("✕ −4.50") && unbroken(&drift.out).contains("they differ since 12 Nov"),
        "{}",
        drift.out
    );
    let json = home.gather(&["money", "proof", "--format", "json"]);
    assert_eq!(json.code, 1);
    let proof = &json.json()[0];
    assert_eq!(proof["drift"]["amount"], "-4.50", "{proof}");
    assert_eq!(proof["first_day"], "2026-11-12");
    let csv = home.gather(&["money", "proof", "--format", "csv"]).out;
    assert!(
        csv.lines()
            .nth(1)
            .unwrap()
            .contains(",595.50,2026-11-12,600.00,-4.50,EUR,2026-11-12,"),
        "{csv}"
    );
}

#[test]
fn an_opening_balance_is_what_an_account_begins_with() {
    let home = held();
    done(
        &home,
        &["money", "opening", "4711", "500", "--on", "2026-11-01"],
    );
    assert!(
        done(&home, &["money", "proof"])
            .out
            .contains("begins with 500.00")
    );
    done(
        &home,
        &[
            "money",
            "opening",
            "files/4711",
            "499.99",
            "--on",
            "2026-11-01",
            "--currency",
            "EUR",
        ],
    );
    assert_eq!(
        home.gather(&["money", "proof"]).code,
        1,
        "a cent is missing"
    );
    done(&home, &["money", "opening", "4711", "--reset"]);
    assert_eq!(home.gather(&["money", "proof"]).code, 0);
    let unknown = home.gather(&["money", "opening", "Savings", "1", "--on", "2026-11-01"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(
        unknown.err.contains("no account `Savings`") && unknown.err.contains("4711"),
        "{}",
        unknown.err
    );
    for wrong in [
        &["opening", "4711"][..],
        &["opening", "4711", "1,5", "--on", "2026-11-01"],
        &["opening", "4711", "1", "--on", "November"],
        &["opening", "4711", "1"],
    ] {
        assert_eq!(
            home.gather(&[&["money"], wrong].concat()).code,
            2,
            "{wrong:?}"
        );
    }
}

#[test]
fn parts_count_in_place_of_the_whole() {
    let home = held();
    assert_eq!(
        spent(&overview(&home), "Groceries").as_deref(),
        Some("-100.00")
    );
    done(
        &home,
        &["money", "split", "1", "60=Groceries", "rest=Household"],
    );
    let split = overview(&home);
    assert_eq!(
        spent(&split, "Groceries").as_deref(),
        Some("-60.00"),
        "{split}"
    );
    assert_eq!(spent(&split, "Household").as_deref(), Some("-40.00"));
    for wrong in [
        &["60=A", "30=B"][..],
        &["60=A", "40=B", "rest=C"],
        &["x=A"],
        &["120=A", "rest=B"],
    ] {
        let refused = home.gather(&[&["money", "split", "1"], wrong].concat());
        assert_eq!(refused.code, 2, "{wrong:?}: {refused:?}");
    }
    assert_eq!(
        spent(&overview(&home), "Household").as_deref(),
        Some("-40.00")
    );
    done(&home, &["money", "split", "1", "--reset"]);
    assert_eq!(spent(&overview(&home), "Household"), None);
    done(&home, &["money", "check"]);
}

#[test]
fn a_transfer_is_no_spending() {
    let home = held();
    let total = |home: &Home| overview(home)["spending"][0]["total"]["amount"].clone();
    done(&home, &["money", "categorise", "1", "2", "--to", "Things"]);
    assert_eq!(total(&home), "-140.00");
    done(&home, &["money", "transfer", "2", "--outside"]);
    assert_eq!(total(&home), "-100.00");
    assert!(done(&home, &["money"]).out.contains("transfer"));
    done(&home, &["money", "transfer", "2", "--none"]);
    assert_eq!(total(&home), "-140.00");
    let same = home.gather(&["money", "transfer", "2", "3"]);
    assert_eq!(same.code, 2, "both are in one account: {same:?}");
    assert_eq!(home.gather(&["money", "transfer", "2"]).code, 2);
    assert_eq!(home.gather(&["money", "transfer", "99", "--none"]).code, 2);
    done(&home, &["money", "check"]);
}

#[test]
fn own_words_are_kept_beside_what_the_source_says() {
    let home = held();
    let before = export(&home);
    done(&home, &["money", "payee", "2", "--to", "Kestrel Cards"]);
    done(
        &home,
        &["money", "note", "1", "2", "--to", "trip \u{1b}[2J"],
    );
    let shown = done(&home, &["money", "--search", "kestrel"]);
    assert!(shown.out.contains("Kestrel Cards · trip"), "{}", shown.out);
    assert!(!shown.out.contains('\u{1b}'));
    done(&home, &["money", "payee", "2", "--reset"]);
    done(&home, &["money", "note", "1", "2", "--reset"]);
    let unstamped = |text: &str| -> Vec<Value> {
        text.lines()
            .map(|line| {
                let mut row: Value = serde_json::from_str(line).unwrap();
                row["updated_at"] = Value::Null;
                row
            })
            .collect()
    };
    assert_eq!(unstamped(&export(&home)), unstamped(&before));
    // All that is named is looked at before the first is changed.
    let refused = home.gather(&["money", "note", "1", "99", "--to", "x"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert_eq!(unstamped(&export(&home)), unstamped(&before));
}

#[test]
fn signs_that_are_the_wrong_way_are_turned_round_and_the_balance_proves_it() {
    let home = home();
    // A card that gives charges as positive amounts.
    home.write(
        "a.ofx",
        ofx(
            &[("20261103", "100.00", "a1", "Harbour Market")],
            Some(("-100.00", "20261103")),
        ),
    );
    done(&home, &["import", "a.ofx", "--yes"]);
    home.write(
        "b.ofx",
        ofx(
            &[("20261104", "20.00", "a2", "Quay Coffee")],
            Some(("-120.00", "20261104")),
        ),
    );
    done(&home, &["import", "b.ofx", "--yes"]);
    assert_eq!(home.gather(&["money", "proof"]).code, 1);
    done(&home, &["money", "flip", "4711", "--transactions"]);
    assert_eq!(home.gather(&["money", "proof"]).code, 0);
    assert_eq!(
        spent(&overview(&home), "Groceries").as_deref(),
        Some("-100.00")
    );
    done(&home, &["money", "flip", "4711", "--reset"]);
    assert_eq!(home.gather(&["money", "proof"]).code, 1);
    done(&home, &["money", "check"]);
}

#[test]
fn a_budget_of_the_configuration_counts_what_is_booked_and_shows_what_is_pending() {
    let world = World::new(|sandbox| sandbox);
    let config = format!(
        "{}\n[budget.out]\ncategory = \"Dining\"\nlimit = 1000\ncurrency = \"USD\"\n",
        world.declarations()
    );
    world.home.write("gather.toml", config);
    assert_eq!(world.gather(&["run", "bank", "-q"]).code, 0);
    let json = overview(&world.home);
    let budgets = json["budgets"].as_array().unwrap();
    let own = budgets
        .iter()
        .find(|line| line["source"].is_null())
        .unwrap_or_else(|| panic!("{json}"));
    assert_eq!(
        (&own["category"], &own["limit"]["amount"]),
        (&"Dining".into(), &"1000".into())
    );
    assert_eq!(own["spent_from"], "transactions");
    let month = &json["as_of"].as_str().unwrap()[..7];
    let sum = |pending: bool| -> f64 {
        let rows = json["transactions"].as_array().unwrap().iter();
        rows.filter(|row| row["category"] == "Dining" && row["pending"] == pending)
            .filter(|row| row["date"].as_str().unwrap().starts_with(month))
            .map(|row| {
                -row["amount"]["amount"]
                    .as_str()
                    .unwrap()
                    .parse::<f64>()
                    .unwrap()
            })
            .sum()
    };
    let figure = |name: &str| {
        own[name]["amount"]
            .as_str()
            .unwrap()
            .parse::<f64>()
            .unwrap()
    };
    assert!((figure("spent") - sum(false)).abs() < 0.001, "{own}");
    assert!((figure("pending") - sum(true)).abs() < 0.001, "{own}");
}

#[test]
fn without_a_database_there_is_nothing_to_change_and_none_is_made() {
    let home = home();
    for args in [
        &["money", "categorise", "1", "--to", "x"][..],
        &["money", "split", "1", "1=a"],
        &["money", "review", "--keep", "1"],
    ] {
        assert_eq!(home.gather(args).code, 2, "{args:?}");
    }
    for args in [
        &["money", "proof"][..],
        &["money", "review"],
        &["money", "check"],
        &["imports"],
        &["secrets", "status"],
    ] {
        let ended = home.gather(args);
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (0, ""),
            "{args:?}: {ended:?}"
        );
        let json = home.gather(&[args, &["--format", "json"]].concat());
        assert_eq!(json.json(), serde_json::json!([]), "{args:?}");
    }
    assert!(!home.path(".local").exists());
}

#[test]
fn two_sources_of_rates_that_differ_are_told() {
    let world = World::new(|sandbox| sandbox);
    let config = format!(
        "{}\n[source.strange]\nurl = \"{}/v1/latest\"\n[source.strange.rate]\neach = \".\"\nbase = '\"EUR\"'\n\
         quote = '\"USD\"'\ndate = \".date\"\nrate = '\"2.5\"'\n",
        world.declarations(),
        world.sandbox.origin(gather_sandbox::Api::Rates)
    );
    world.home.write("gather.toml", config);
    assert_eq!(world.gather(&["run", "bank", "frankfurter", "-q"]).code, 0);
    let json = done(
        &world.home,
        &["money", "--currency", "EUR", "--format", "json"],
    )
    .json();
    assert_eq!(json["deviations"], serde_json::json!([]));
    assert_eq!(json["total"]["rates"][0]["source"], "frankfurter", "{json}");
    assert_eq!(world.gather(&["run", "strange", "-q"]).code, 0);
    let json = done(
        &world.home,
        &["money", "--currency", "EUR", "--format", "json"],
    )
    .json();
    let found = &json["deviations"][0];
    assert_eq!(
        found["sources"],
        serde_json::json!(["frankfurter", "strange"]),
        "{json}"
    );
    assert_eq!(found["rates"][1], "2.5");
    let table = done(&world.home, &["money", "--currency", "EUR"]).out;
    assert!(unbroken(&table).contains("% apart on 1 EUR ="), "{table}");
}
