//! `gather import` of files of banks: said first, kept once, taken back whole.

use serde_json::Value;

use crate::world::{Ended, Home, World};

const GIRO: &str = "Date;Payee;Text;Amount\n\
    03.11.2026;Harbour Market;Card 4711;-45,20\n\
    03.11.2026;Quay Coffee;;-3,80\n\
    03.11.2026;Quay Coffee;;-3,80\n\
    14.11.2026;Orrery Labs;Salary;3000,00\n";

/// An OFX file of account 4711 with these transactions, and a balance at the end of a day.
pub(crate) fn ofx(rows: &[(&str, &str, &str, &str)], balance: Option<(&str, &str)>) -> String {
    let rows: String = rows
        .iter()
        .map(|(day, amount, id, name)| {
            format!("<STMTTRN><DTPOSTED>{day}<TRNAMT>{amount}<FITID>{id}<NAME>{name}</STMTTRN>\n")
        })
        .collect();
    let balance = balance.map_or_else(String::new, |(amount, day)| {
        format!("<LEDGERBAL><BALAMT>{amount}<DTASOF>{day}</LEDGERBAL>")
    });
    format!(
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n\
         <OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>4711</BANKACCTFROM>\
         <BANKTRANLIST>\n{rows}</BANKTRANLIST>{balance}</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )
}

/// A home whose configuration has one rule, so that nothing else is in it.
pub(crate) fn home() -> Home {
    let home = Home::new();
    home.write(
        "gather.toml",
        "[[rule]]\nname = \"shops\"\npayee = \"harbour market\"\ncategory = \"Groceries\"\n",
    );
    home
}

pub(crate) fn done(home: &Home, args: &[&str]) -> Ended {
    let ended = home.gather(args);
    assert_eq!(ended.code, 0, "{args:?}: {ended:?}");
    ended
}

/// A text without the breaks that the width of a terminal makes.
pub(crate) fn unbroken(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn export(home: &Home) -> String {
    done(home, &["export", "money"]).out
}

fn rows(home: &Home) -> Vec<Value> {
    let lines = export(home);
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const KEPT: &[&str] = &[
    "import",
    "giro.csv",
    "--account",
    "Giro",
    "--profile",
    "currency=EUR",
    "--yes",
];

#[test]
fn a_file_says_first_what_each_row_would_do_and_writes_nothing() {
    let home = home();
    home.write("giro.csv", format!("{GIRO}16.11.2026;Broken;;abc\n"));
    let dry = home.gather(&KEPT[..6]);
    assert_eq!(dry.code, 1, "a row is rejected: {dry:?}");
    for said in [
        "4 new · 0 changed · 0 duplicate · 1 rejected",
        "line 6: `abc`",
        "Harbour Market",
        "day, month, year",
    ] {
        assert!(dry.out.contains(said), "{said}: {}", dry.out);
    }
    assert!(
        dry.err.contains("nothing was written")
            && unbroken(&dry.err).contains("giro.csv --account Giro --profile currency=EUR --yes"),
        "{}",
        dry.err
    );
    assert!(!home.path(".local").exists() && !home.path("profiles").exists());

    let kept = home.gather(KEPT);
    assert_eq!(kept.code, 1, "{kept:?}");
    assert!(
        kept.err.contains("4 new") && kept.err.contains("--undo 1"),
        "{}",
        kept.err
    );
    assert_eq!(rows(&home).len(), 4);
}

#[test]
fn a_file_that_only_brings_a_new_balance_says_so_before_it_is_kept() {
    let home = home();
    let row = [("20261103", "-4.50", "F1", "Quay Coffee")];
    home.write("old.ofx", ofx(&row, Some(("10.00", "20261103"))));
    home.write("new.ofx", ofx(&row, Some(("10.00", "20261104"))));
    done(&home, &["import", "old.ofx", "--yes"]);
    let dry = done(&home, &["import", "new.ofx"]);
    assert!(
        dry.err.contains("a balance or an account is"),
        "{}",
        dry.err
    );
    assert!(dry.err.contains("nothing was written"), "{}", dry.err);
    done(&home, &["import", "new.ofx", "--yes"]);
    let again = done(&home, &["import", "new.ofx"]);
    assert!(again.err.contains("nothing is new"), "{}", again.err);
}

#[test]
fn case_62_the_same_file_twice_adds_nothing_and_the_export_is_the_same() {
    let home = home();
    home.write("giro.csv", GIRO);
    done(&home, KEPT);
    let before = export(&home);
    let shown = done(&home, &["money", "--currency", "EUR"]).out;
    assert!(
        shown.contains("no balance is known") && !shown.contains("not added up"),
        "{shown}"
    );
    let again = done(&home, KEPT);
    assert!(
        again.err.contains("0 new, 0 changed, 4 duplicate"),
        "{}",
        again.err
    );
    assert_eq!(export(&home), before);
    let csv = |home: &Home| done(home, &["export", "money", "--format", "csv"]).out;
    assert_eq!(csv(&home), csv(&home));
}

#[test]
fn case_61_two_equal_coffees_stay_two_and_a_changed_memo_is_one() {
    let home = home();
    home.write("giro.csv", GIRO);
    done(&home, KEPT);
    let coffees = rows(&home)
        .iter()
        .filter(|row| row["payee"] == "Quay Coffee")
        .count();
    assert_eq!(coffees, 2);
    home.write(
        "a.ofx",
        ofx(&[("20261105", "-20.00", "a1", "LANTERN")], None),
    );
    done(&home, &["import", "a.ofx", "--yes"]);
    home.write(
        "b.ofx",
        ofx(&[("20261105", "-20.00", "a1", "Lantern Books")], None),
    );
    let changed = done(&home, &["import", "b.ofx", "--yes"]);
    assert!(changed.err.contains("0 new, 1 changed"), "{}", changed.err);
    let books = rows(&home)
        .iter()
        .filter(|row| row["account"] == "4711")
        .count();
    assert_eq!(books, 1);
}

#[test]
fn what_a_file_leaves_open_is_asked_and_remembered_for_its_account() {
    let home = home();
    home.write(
        "us.csv",
        "Date,Payee,Amount\n03/04/2026,Quay Coffee,-3.80\n",
    );
    let open = home.gather(&["import", "us.csv", "--account", "Card", "--yes"]);
    assert_eq!((open.code, open.out.as_str()), (2, ""), "{open:?}");
    for said in [
        "date_order=dmy",
        "date_order=mdy",
        "currency",
        "line 2: 03/04/2026",
        "--profile",
    ] {
        assert!(open.err.contains(said), "{said}: {}", open.err);
    }
    assert!(!home.path(".local").exists());
    home.write("mine.toml", "date_order = \"mdy\"\ncurrency = \"USD\"\n");
    done(
        &home,
        &[
            "import",
            "us.csv",
            "--account",
            "Card",
            "--profile",
            "mine.toml",
            "--yes",
        ],
    );
    let row = &rows(&home)[0];
    assert_eq!(
        (row["date"].as_str(), &row["amount"]["currency"]),
        (Some("2026-03-04"), &"USD".into())
    );
    // The next file of the account needs nothing; that of another one is asked for itself.
    home.write(
        "next.csv",
        "Date,Payee,Amount\n05/06/2026,Quay Coffee,-3.80\n",
    );
    done(&home, &["import", "next.csv", "--account", "card", "--yes"]);
    assert_eq!(rows(&home)[1]["date"], "2026-05-06");
    assert_eq!(
        home.gather(&["import", "next.csv", "--account", "Other"])
            .code,
        2
    );
    for (given, said) in [
        ("date_order=dym", "date_order=dym"),
        ("nonsense=1", "nonsense"),
        ("gone.toml", "gone.toml"),
    ] {
        let wrong = home.gather(&[
            "import",
            "next.csv",
            "--account",
            "Card",
            "--profile",
            given,
        ]);
        assert_eq!(wrong.code, 2, "{wrong:?}");
        assert!(wrong.err.contains(said), "{}", wrong.err);
    }
}

#[test]
fn a_file_without_an_account_is_told_one_and_nothing_is_guessed_from_its_name() {
    let home = home();
    home.write("giro.csv", GIRO);
    let refused = home.gather(&["import", "giro.csv", "--profile", "currency=EUR", "--yes"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.err.contains("does not say which account") && refused.err.contains("--account")
    );
    done(&home, KEPT);
    let known = home.gather(&["import", "giro.csv", "--profile", "currency=EUR"]);
    assert!(
        unbroken(&known.err).contains("known are Giro"),
        "{}",
        known.err
    );
}

#[test]
fn taking_an_import_back_restores_the_export_to_the_byte() {
    let home = home();
    home.write(
        "a.ofx",
        ofx(
            &[("20261105", "-20.00", "a1", "LANTERN")],
            Some(("480.00", "20261105")),
        ),
    );
    done(&home, &["import", "a.ofx", "--yes"]);
    let before = export(&home);
    let more = [
        ("20261105", "-20.00", "a1", "Lantern Books"),
        ("20261107", "-9.99", "a2", "Harbour Market"),
    ];
    home.write("b.ofx", ofx(&more, Some(("470.01", "20261107"))));
    done(&home, &["import", "b.ofx", "--yes"]);
    assert_ne!(export(&home), before);
    let undone = done(&home, &["import", "--undo"]);
    assert!(
        undone.err.contains("import 2 (b.ofx)")
            && undone.err.contains("1 transaction gone, 1 as before"),
        "{}",
        undone.err
    );
    assert_eq!(export(&home), before);
    let list = done(&home, &["imports", "--format", "json"]).json();
    assert_eq!(list[0]["id"], 2);
    assert!(
        list[0]["undone_at"].is_string() && list[1]["undone_at"].is_null(),
        "{list}"
    );
    for wrong in ["2", "7"] {
        let refused = home.gather(&["import", "--undo", wrong]);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.err.contains("gather imports"), "{}", refused.err);
    }
    done(&home, &["import", "--undo", "1"]);
    assert_eq!(export(&home), "");
    assert_eq!(home.gather(&["import", "--undo"]).code, 2);
}

#[test]
fn what_becomes_of_each_row_is_data_for_programs() {
    let home = home();
    home.write("giro.csv", format!("{GIRO}16.11.2026;Broken;;abc\n"));
    let ask = |format: &str| home.gather(&[&KEPT[..6], &["--format", format]].concat());
    let whole = ask("json").json();
    assert_eq!(whole[0]["counts"]["new"], 4);
    assert_eq!(whole[0]["accounts"][0], "files/Giro");
    assert_eq!(whole[0]["written"], false);
    assert!(
        whole[0]["findings"].as_array().unwrap().len() >= 4,
        "{whole}"
    );
    assert_eq!(
        whole[0]["rows"][0]["amount"], "-45.20",
        "an amount is a text"
    );
    let lines: Vec<Value> = ask("ndjson")
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((lines.len(), &lines[4]["line"]), (5, &6.into()));
    let csv = ask("csv").out;
    assert!(
        csv.lines()
            .last()
            .unwrap()
            .starts_with("rejected,giro.csv,6,"),
        "{csv}"
    );
    assert_eq!(
        csv.lines().filter(|line| line.starts_with("new,")).count(),
        4
    );
}

#[test]
fn a_file_of_a_sources_account_is_kept_with_it_and_what_may_be_held_is_asked() {
    let world = World::new(|sandbox| sandbox);
    assert_eq!(world.gather(&["run", "bank", "-q"]).code, 0);
    let home = &world.home;
    let held = rows(home);
    let coffee = held
        .iter()
        .find(|row| row["description"] == "Bellwether Foods" && row["account"] == "1")
        .unwrap();
    let (day, amount) = (
        coffee["date"].as_str().unwrap().replace('-', ""),
        coffee["amount"]["amount"].as_str().unwrap(),
    );
    let file = ofx(&[(&day, amount, "f-77", "CARD 0815 THANKS")], None)
        .replace("4711", "1")
        .replace("<CURDEF>EUR", "<CURDEF>USD");
    home.write("bank.ofx", file);
    let dry = done(home, &["import", "bank.ofx", "--format", "json"]).json();
    assert_eq!(dry[0]["accounts"][0], "bank/1", "{dry}");
    assert_eq!(dry[0]["rows"][0]["state"], "review", "{dry}");
    done(home, &["import", "bank.ofx", "--yes"]);
    assert_eq!(
        rows(home).len(),
        held.len(),
        "nothing is kept without asking"
    );

    let review = done(home, &["money", "review"]);
    assert!(
        review.out.contains("CARD 0815 THANKS") && review.err.contains("--keep 1"),
        "{review:?}"
    );
    let listed = done(home, &["money", "review", "--format", "json"]).json();
    assert_eq!(listed[0]["id"], 1, "{listed}");
    let overview = done(home, &["money"]);
    assert!(
        overview
            .err
            .contains("1 transaction waits for you to decide"),
        "{}",
        overview.err
    );
    for wrong in [&["--keep", "9"][..], &["--keep", "1", "--two", "1"]] {
        let refused = home.gather(&[&["money", "review"], wrong].concat());
        assert_eq!(refused.code, 2, "{refused:?}");
    }
    done(home, &["money", "review", "--keep", "1"]);
    assert_eq!(rows(home).len(), held.len());
    let again = done(home, &["import", "bank.ofx", "--format", "json"]).json();
    assert_eq!(
        again[0]["counts"]["review"], 0,
        "a decision is remembered: {again}"
    );
}

#[test]
fn two_that_were_decided_to_be_two_are_two() {
    let home = home();
    home.write(
        "a.ofx",
        ofx(&[("20261105", "-20.00", "a1", "Lantern Books")], None),
    );
    done(&home, &["import", "a.ofx", "--yes"]);
    // The same id with another sign: something is wrong, and nobody but a person can say what.
    home.write(
        "b.ofx",
        ofx(&[("20261105", "20.00", "a1", "Lantern Books")], None),
    );
    done(&home, &["import", "b.ofx", "--yes"]);
    assert_eq!(rows(&home).len(), 1);
    assert_eq!(rows(&home)[0]["amount"]["amount"], "-20.00");
    let shown = done(&home, &["money", "review"]).out;
    assert!(shown.contains("opposite sign"), "{shown}");
    done(&home, &["money", "review", "--two", "1"]);
    assert_eq!(rows(&home).len(), 2);
    done(&home, &["money", "check"]);
}

#[test]
fn files_that_are_no_statements_are_named_errors() {
    let home = home();
    home.write("list.opml", "<opml version='2.0'><body/></opml>");
    home.write("giro.csv", GIRO);
    home.write("empty.ofx", "");
    home.write("noise.bin", [0u8, 159, 146, 150, 7, 7, 7]);
    home.write("page.html", "<html><body>log in</body></html>");
    for (args, said) in [
        (&["empty.ofx"][..], "empty.ofx"),
        (&["noise.bin"], "noise.bin"),
        (&["page.html"], "page.html"),
        (&["gone.csv"], "gone.csv cannot be read"),
        (&["giro.csv", "list.opml"], "two calls"),
        (&["list.opml", "--account", "X"], "no account"),
        (&["--undo"], "there is no import"),
    ] {
        let ended = home.gather(
            &[
                &["import", "--yes"][..usize::from(args[0] != "--undo") + 1],
                args,
            ]
            .concat(),
        );
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{ended:?}");
        assert!(ended.err.contains(said), "{args:?}: {}", ended.err);
    }
    assert!(
        !home.path(".local").exists(),
        "no database is made for nothing"
    );
}

#[test]
fn rules_apply_to_what_is_imported_and_a_users_word_survives() {
    let home = home();
    home.write("giro.csv", GIRO);
    done(&home, KEPT);
    let of = |home: &Home, payee: &str| {
        let row = rows(home)
            .into_iter()
            .find(|row| row["payee"] == payee)
            .unwrap();
        (row["category"].clone(), row["category_by"].clone())
    };
    let by_rule = serde_json::json!({"rule": "shops"});
    assert_eq!(
        of(&home, "Harbour Market"),
        ("Groceries".into(), by_rule.clone())
    );
    done(&home, &["money", "categorise", "1", "--to", "Gifts"]);
    assert_eq!(of(&home, "Harbour Market"), ("Gifts".into(), "user".into()));
    done(&home, KEPT);
    assert_eq!(of(&home, "Harbour Market"), ("Gifts".into(), "user".into()));
    done(&home, &["money", "categorise", "1", "--reset"]);
    assert_eq!(of(&home, "Harbour Market"), ("Groceries".into(), by_rule));
    // A rule that is edited counts from the next look on.
    home.write(
        "gather.toml",
        "[[rule]]\nwhere = '.payee | test(\"Harbour|Quay\")'\ncategory = \"Out\"\n",
    );
    assert_eq!(of(&home, "Harbour Market").0, "Out");
    assert_eq!(of(&home, "Quay Coffee").0, "Out");
    home.write(
        "gather.toml",
        "[[rule]]\nwhere = '.note | test(\"x\")'\ncategory = \"Out\"\n",
    );
    let failing = done(&home, &["money"]);
    assert!(
        failing
            .err
            .contains("warning: the expression of rule 1 fails for 4 transactions"),
        "{}",
        failing.err
    );
    assert_eq!(of(&home, "Quay Coffee").0, Value::Null);
}

#[test]
fn a_name_that_two_accounts_have_is_not_guessed_and_a_file_of_two_goes_to_both() {
    let home = home();
    let one = ofx(&[("20261105", "-20.00", "a1", "Lantern Books")], None);
    let start = one.find("<STMTTRNRS>").unwrap();
    let end = one.find("</BANKMSGSRSV1>").unwrap();
    let second = one[start..end].replace("4711", "0815");
    home.write(
        "both.ofx",
        format!("{}{second}{}", &one[..end], &one[end..]),
    );
    let dry = done(&home, &["import", "both.ofx", "--format", "json"]).json();
    assert_eq!(
        dry[0]["accounts"],
        serde_json::json!(["files/4711", "files/0815"])
    );
    let one_of_two = home.gather(&["import", "both.ofx", "--account", "4711", "--yes"]);
    assert_eq!(one_of_two.code, 2, "{one_of_two:?}");
    assert!(
        one_of_two.err.contains("of 2 accounts (4711, 0815)"),
        "{}",
        one_of_two.err
    );

    done(&home, &["import", "both.ofx", "--yes"]);
    assert_eq!(rows(&home).len(), 2);
    // Somebody's own account of the same number is another one, which only the operator sees beside the shared one.
    home.write("one.ofx", one);
    let anns = |args: &[&str]| done(&home, &[args, &["--as", "ann"]].concat());
    anns(&["import", "one.ofx", "--account", "files:ann/mine", "--yes"]);
    home.write(
        "mine.ofx",
        ofx(&[("20261106", "-1.00", "a9", "Quay Coffee")], None).replace("4711", "mine"),
    );
    anns(&["import", "mine.ofx", "--yes"]);
    let seen = anns(&["export", "money"]).out;
    assert_eq!(
        seen.lines()
            .filter(|line| line.contains("\"owner\":\"ann\""))
            .count(),
        2,
        "{seen}"
    );
    let bens = done(&home, &["export", "money", "--as", "ben"]).out;
    assert_eq!(bens.lines().count(), 2, "{bens}");
    assert!(
        bens.lines().all(|line| line.contains("\"owner\":null")),
        "{bens}"
    );
}

#[test]
fn an_account_of_several_sources_is_named_with_its_source() {
    let world = World::new(|sandbox| sandbox);
    assert_eq!(world.gather(&["run", "bank", "-q"]).code, 0);
    let home = &world.home;
    let row = ofx(&[("20261105", "-20.00", "a1", "Lantern Books")], None);
    home.write("file.ofx", row.replace("<CURDEF>EUR", "<CURDEF>USD"));
    done(
        home,
        &["import", "file.ofx", "--account", "files/Savings", "--yes"],
    );
    let unclear = home.gather(&["import", "file.ofx", "--account", "savings"]);
    assert_eq!(unclear.code, 2, "{unclear:?}");
    assert!(
        unclear.err.contains("bank/2") && unclear.err.contains("files/Savings"),
        "{}",
        unclear.err
    );
    let named = done(
        home,
        &[
            "import",
            "file.ofx",
            "--account",
            "bank/2",
            "--format",
            "json",
        ],
    )
    .json();
    assert_eq!(
        (&named[0]["accounts"][0], &named[0]["counts"]["new"]),
        (&"bank/2".into(), &1.into())
    );
}
