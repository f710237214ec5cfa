//! `[[rule]]` and `[budget.NAME]`: which transactions get which category, and what is refused.

use gather_records::{Money, Transaction};
use gather_sources::{Config, Moved};

fn config(text: &str) -> Config {
    Config::parse(text, "gather.toml").unwrap_or_else(|errors| panic!("{errors}"))
}

fn faults(text: &str) -> Vec<String> {
    let errors = Config::parse(text, "gather.toml").unwrap_err();
    let said = |e: &gather_sources::ConfigError| format!("{}:{}: {}", e.line, e.column, e.message);
    errors.errors.iter().map(said).collect()
}

fn bought(amount: &str, payee: Option<&str>, description: &str) -> Transaction {
    Transaction {
        account: Some("acc-1".to_owned()),
        payee: payee.map(str::to_owned),
        description: Some(description.to_owned()),
        date: Some("2026-11-20".parse().unwrap()),
        ..Transaction::new(
            "t-1",
            Money::new(amount.parse().unwrap(), "EUR".parse().unwrap()),
        )
    }
}

/// The first rule that is about a transaction of `bank`, whose account is called "Main".
fn category<'a>(config: &'a Config, transaction: &Transaction) -> Option<&'a str> {
    let moved = Moved {
        source: "bank",
        account_name: Some("Main"),
        transaction,
    };
    let mut rules = config.rules().iter();
    let about = rules.find(|rule| rule.is_about(moved) == Ok(true))?;
    Some(about.category())
}

#[test]
fn the_first_rule_of_the_file_that_is_about_a_transaction_wins() {
    let config = config(
        r#"
        [[rule]]
        payee = "rewe"
        amount = "..-100"
        category = "Stocking up"
        [[rule]]
        name = "shops"
        payee = "Rewe"
        category = "Groceries"
        "#,
    );
    let names: Vec<&str> = config.rules().iter().map(|rule| rule.name()).collect();
    assert_eq!(names, ["rule 1", "shops"]);
    let small = bought("-12.30", Some("REWE Markt GmbH"), "Card 4711");
    assert_eq!(category(&config, &small), Some("Groceries"));
    let large = bought("-100.00", None, "Rewe-Markt thanks you");
    assert_eq!(category(&config, &large), Some("Stocking up"));
    let other = bought("-100.00", Some("Crewe Station"), "ticket");
    assert_eq!(category(&config, &other), None, "a word begins with it");
}

#[test]
fn a_rule_may_name_account_source_amount_or_an_expression() {
    let text = |condition: &str| format!("[[rule]]\n{condition}\ncategory = \"X\"\n");
    let coffee = bought("-3.20", Some("Kiosk"), "coffee");
    for (condition, holds) in [
        ("account = \"main\"", true),
        ("account = \"acc-1\"", true),
        ("account = \"acc\"", false),
        ("source = \"bank\"", true),
        ("source = \"Bank\"", false),
        ("amount = -3.2", true),
        ("amount = \"-5..-3\"", true),
        ("amount = 3.2", false),
        (
            "where = '(.amount | tonumber) < -3 and .currency == \"EUR\"'",
            true,
        ),
        ("where = '.payee | test(\"^kiosk$\"; \"i\")'", true),
        ("where = '.date > \"2026-12\"'", false),
        (
            "where = '.account_name == \"Main\" and (.pending | not)'",
            true,
        ),
        ("where = 'empty'", false),
    ] {
        let config = config(&text(condition));
        assert_eq!(category(&config, &coffee).is_some(), holds, "{condition}");
    }
}

#[test]
fn an_expression_that_fails_says_so_and_is_about_nothing() {
    let config = config("[[rule]]\nwhere = '.payee | test(\"x\")'\ncategory = \"X\"\n");
    let transaction = bought("-1", None, "no payee");
    let moved = Moved {
        source: "bank",
        account_name: None,
        transaction: &transaction,
    };
    let why = config
        .rules()
        .iter()
        .next()
        .unwrap()
        .is_about(moved)
        .unwrap_err();
    assert!(why.contains("null"), "{why}");
    assert_eq!(category(&config, &transaction), None);
}

#[test]
fn the_digest_is_another_when_a_rule_is() {
    let digest = |text: &str| config(text).rules().digest().to_owned();
    let rule = "[[rule]]\npayee = \"rewe\"\ncategory = \"X\"\n";
    assert_eq!(digest(rule), digest(&format!("# mine\n\n{rule}")));
    let others = [
        "".to_owned(),
        rule.replace('X', "Y"),
        rule.replace("rewe", "aldi"),
        format!("{rule}amount = 3\n"),
        format!("{rule}where = '.pending'\n"),
        format!("{rule}{}", rule.replace("rewe", "aldi")),
    ];
    for other in others {
        assert_ne!(digest(rule), digest(&other), "{other}");
    }
    assert_eq!(digest(""), Config::default_sources().rules().digest());
}

#[test]
fn budgets_are_exact_and_of_a_currency() {
    let config = config(
        r#"
        [settings]
        currency = "EUR"
        [budget.Groceries]
        limit = 400.50
        [budget.holidays]
        category = "Travel"
        limit = "1200"
        currency = "USD"
        owner = "ann"
        "#,
    );
    let told: Vec<String> = config
        .budgets()
        .iter()
        .map(|own| {
            let budget = &own.budget;
            format!(
                "{} {} {} {:?}",
                budget.id, budget.category, budget.limit, own.owner
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "Groceries Groceries 400.50 EUR None",
            "holidays Travel 1200 USD Some(\"ann\")"
        ]
    );
}

#[test]
fn each_mistake_is_told_in_its_place() {
    let text = "[[rule]]\ncategory = \"X\"\n\
                [[rule]]\npayee = \"?!\"\n\
                [[rule]]\nwhere = '.a |'\ncategory = \"X\"\n\
                [[rule]]\nname = \"rule 1\"\nsource = \"a\"\ncategory = \"X\"\namunt = 3\n\
                [budget.a]\ncurrency = \"EUR\"\n\
                [budget.b]\nlimit = -5\n";
    let faults = faults(text);
    let expected = [
        "1:1: the rule would be about every transaction",
        "3:1: `category` is missing",
        "4:9: expected words",
        "6:", // within the expression
        "9:8: there are two rules of the name `rule 1`",
        "12:1: unknown key `amunt`",
        "13:9: `limit` is missing",
        "15:9: a budget is in a currency",
        "16:9: expected what may be spent",
    ];
    for start in expected {
        assert!(
            faults.iter().any(|fault| fault.starts_with(start)),
            "{start}: {faults:#?}"
        );
    }
    let single = self::faults("[rule]\ncategory = \"X\"\n");
    assert!(single[0].contains("a list of tables"), "{single:?}");
}
