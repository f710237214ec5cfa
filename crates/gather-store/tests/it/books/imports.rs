//! Files: looked at, kept, undone.

use gather_records::{Transaction, Viewer};
use gather_store::{Edit, ErrorKind, ImportAccount, ImportBatch, RowFate};

use super::{bought, counts, pending, told};
use crate::support::{Fixture, at, money, shared, user};

fn statement() -> Vec<Transaction> {
    vec![
        bought("f1", "-4.50 EUR", "2026-11-19", "Kelp Cafe"),
        bought("f2", "-4.50 EUR", "2026-11-19", "Kelp Cafe"),
        told("-12.00 EUR", "2026-11-18", "Tide Grocer"),
        told("-12.00 EUR", "2026-11-18", "Tide Grocer"),
        bought("f3", "3000.00 EUR", "2026-11-01", "Salary"),
    ]
}

#[test]
fn case_62_the_same_file_twice_adds_nothing_and_changes_nothing() {
    let fixture = Fixture::new();
    let first = fixture.import(1, &statement());
    assert_eq!(counts(&first), (5, 0, 0, 0));
    let bytes = fixture.bytes();
    let again = fixture.import(1000, &statement());
    assert_eq!(counts(&again), (0, 0, 5, 0));
    assert_eq!(again.id, None, "nothing to undo");
    assert_eq!(fixture.bytes(), bytes);
    assert_eq!(fixture.store.imports(&Viewer::Operator).unwrap().len(), 1);
    fixture.sums_agree();
}

#[test]
fn a_look_keeps_nothing() {
    let fixture = Fixture::new();
    let batch = ImportBatch {
        source: shared("bank"),
        file: "a.ofx",
        format: "ofx",
        accounts: &[],
        transactions: &statement(),
    };
    let plan = fixture.store.preview_import(&batch).unwrap();
    assert_eq!(plan.counts.new, 5);
    assert!(plan.rows.iter().all(|row| row.fate == RowFate::New));
    assert!(fixture.exported().is_empty());
    assert!(fixture.store.imports(&Viewer::Operator).unwrap().is_empty());
    for table in [
        "sources",
        "transactions",
        "imports",
        "day_sums",
        "month_sums",
    ] {
        assert_eq!(
            fixture.number(&format!("SELECT count(*) FROM {table}")),
            0,
            "{table}"
        );
    }
}

#[test]
fn an_undo_restores_what_was_before_to_the_byte() {
    let fixture = Fixture::new();
    fixture.sync(
        1,
        &[
            pending(bought("p", "-40.00 EUR", "2026-11-17", "Lagoon Grill")),
            bought("s1", "-9.99 EUR", "2026-11-16", "Reef Records"),
        ],
    );
    fixture.import(2, &statement()[..3]);
    let bytes = fixture.bytes();
    let mut second = statement();
    second.push(bought("b", "-44.00 EUR", "2026-11-18", "Lagoon Grill"));
    second[0].description = Some("Kelp Cafe, harbour".to_owned());
    let report = fixture.import(3, &second);
    assert_eq!(counts(&report), (2, 2, 2, 0));
    assert!(fixture.bytes() != bytes);
    let undone = fixture
        .store
        .undo_import(&Viewer::Operator, report.id.unwrap(), at(4))
        .unwrap();
    assert_eq!((undone.removed, undone.restored, undone.kept), (2, 2, 0));
    assert_eq!(fixture.bytes(), bytes);
    fixture.sums_agree();

    let error = fixture
        .store
        .undo_import(&Viewer::Operator, report.id.unwrap(), at(5))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownImport);
    // It can be imported again, with the same outcome.
    assert_eq!(counts(&fixture.import(6, &second)), (2, 2, 2, 0));
}

#[test]
fn an_undo_leaves_what_the_bank_or_another_file_tells_of_too() {
    let fixture = Fixture::new();
    let rows = statement();
    let first = fixture.import(1, &rows);
    fixture.sync(2, &rows[..1]);
    let second = fixture.import(
        3,
        &[
            rows[1].clone(),
            bought("x", "-1.00 EUR", "2026-11-02", "New"),
        ],
    );
    let undone = fixture
        .store
        .undo_import(&Viewer::Operator, first.id.unwrap(), at(4))
        .unwrap();
    assert_eq!((undone.removed, undone.kept), (3, 2));
    let undone = fixture
        .store
        .undo_import(&Viewer::Operator, second.id.unwrap(), at(5))
        .unwrap();
    assert_eq!((undone.removed, undone.kept), (2, 0));
    assert_eq!(fixture.held(), ["2026-11-19 -4.50"]);
    fixture.sums_agree();
}

#[test]
fn an_undo_leaves_what_a_user_has_changed_since() {
    let fixture = Fixture::new();
    fixture.import(1, &statement());
    let mut changed = statement();
    changed[0].description = Some("Kelp Cafe, harbour".to_owned());
    let report = fixture.import(2, &changed);
    let number = fixture.number_of("f1");
    fixture
        .store
        .edit(
            &Viewer::Operator,
            &[number],
            &[Edit::Category(Some("Coffee"))],
            at(3),
        )
        .unwrap();
    fixture
        .store
        .undo_import(&Viewer::Operator, report.id.unwrap(), at(4))
        .unwrap();
    let row = fixture
        .exported()
        .into_iter()
        .find(|row| row.id == "f1")
        .unwrap();
    assert_eq!(row.description.as_deref(), Some("Kelp Cafe"));
    assert_eq!(row.category.as_deref(), Some("Coffee"));
    fixture.sums_agree();
}

#[test]
fn a_file_beside_the_banks_own_interface_doubles_nothing_and_overrules_nothing() {
    let fixture = Fixture::new();
    fixture.sync(
        1,
        &[
            bought("api-1", "-4.50 EUR", "2026-11-19", "Kelp Cafe"),
            bought("api-2", "-4.50 EUR", "2026-11-19", "Kelp Cafe"),
        ],
    );
    // An OFX file numbers differently, a CSV file not at all.
    let ofx = [
        Transaction {
            payee: Some("Kelp".to_owned()),
            ..bought("ofx-1", "-4.50 EUR", "2026-11-19", "KELP CAFE HARBOUR")
        },
        bought("ofx-2", "-4.50 EUR", "2026-11-19", "KELP CAFE HARBOUR"),
        bought("ofx-3", "-4.50 EUR", "2026-11-19", "KELP CAFE HARBOUR"),
    ];
    assert_eq!(counts(&fixture.import(2, &ofx)), (1, 1, 1, 0));
    let row = fixture.exported().remove(0);
    assert_eq!(row.description.as_deref(), Some("Kelp Cafe"));
    assert_eq!(row.payee.as_deref(), Some("Kelp"), "a gap is filled");
    let csv = [told("-4.50 EUR", "2026-11-19", "kelp cafe")];
    assert_eq!(counts(&fixture.import(3, &csv)), (0, 0, 1, 0));
    // And the other way round: the bank comes later.
    let kept = fixture.sync(
        4,
        &[bought(
            "api-3",
            "-4.50 EUR",
            "2026-11-19",
            "Kelp Cafe Harbour",
        )],
    );
    assert_eq!((kept.new, kept.unchanged + kept.changed), (0, 1));
    fixture.sums_agree();
}

#[test]
fn accounts_of_a_file_come_and_go_with_it() {
    let fixture = Fixture::new();
    let giro = |balance: Option<&str>, day: &str| ImportAccount {
        id: "giro".to_owned(),
        name: Some("Current account".to_owned()),
        kind: Some("CHECKING".to_owned()),
        balance: balance.map(money),
        balance_date: Some(day.parse().unwrap()),
    };
    let lines = || {
        let query = gather_store::MoneyQuery::new("2026-11-20".parse().unwrap());
        let money = fixture.store.money(&Viewer::Operator, &query).unwrap();
        money
            .accounts
            .iter()
            .map(|line| {
                (
                    line.name.clone(),
                    line.balance.map(|balance| balance.to_string()),
                )
            })
            .collect::<Vec<_>>()
    };
    let named =
        |balance: Option<&str>| vec![("Current account".to_owned(), balance.map(str::to_owned))];
    let first = fixture.import_with(1, &statement(), &[giro(None, "2026-11-19")]);
    assert_eq!(lines(), named(None), "nobody says what is in it");
    let second = fixture.import_with(2, &[], &[giro(Some("99.00 EUR"), "2026-11-19")]);
    assert_eq!(lines(), named(Some("99.00 EUR")));
    assert_eq!(
        fixture
            .import_with(3, &[], &[giro(Some("99.00 EUR"), "2026-11-19")])
            .id,
        None
    );
    fixture.import_with(4, &[], &[giro(Some("1.00 EUR"), "2026-10-01")]);
    assert_eq!(
        lines(),
        named(Some("99.00 EUR")),
        "an older statement is no news"
    );
    fixture
        .store
        .undo_import(&Viewer::Operator, second.id.unwrap(), at(5))
        .unwrap();
    assert_eq!(lines(), named(None));
    fixture
        .store
        .undo_import(&Viewer::Operator, first.id.unwrap(), at(6))
        .unwrap();
    assert_eq!(lines(), []);
}

#[test]
fn imports_are_listed_for_those_who_may_see_their_source() {
    let fixture = Fixture::new();
    let rows = statement();
    let batch = ImportBatch {
        source: gather_store::SourceRef {
            name: "bank",
            owner: Some("ann"),
        },
        file: "a.ofx",
        format: "ofx",
        accounts: &[],
        transactions: &rows,
    };
    let id = fixture.store.import(&batch, at(1)).unwrap().id.unwrap();
    assert!(fixture.store.imports(&user("bob")).unwrap().is_empty());
    assert!(
        fixture
            .store
            .export_transactions(&user("bob"))
            .unwrap()
            .is_empty()
    );
    let error = fixture
        .store
        .undo_import(&user("bob"), id, at(2))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownImport);
    let listed = fixture.store.imports(&user("ann")).unwrap();
    assert_eq!(
        (listed[0].file.as_str(), listed[0].counts.new),
        ("a.ofx", 5)
    );
    fixture.store.undo_import(&user("ann"), id, at(2)).unwrap();
    assert_eq!(
        fixture.store.imports(&user("ann")).unwrap()[0].undone_at,
        Some(at(2))
    );
}

#[test]
fn rows_without_an_identity_of_any_kind_are_refused() {
    let fixture = Fixture::new();
    let rows = [bought("", "-1 EUR", "2026-11-19", "x")];
    let batch = ImportBatch {
        source: shared("bank"),
        file: "a.ofx",
        format: "ofx",
        accounts: &[],
        transactions: &rows,
    };
    let error = fixture.store.import(&batch, at(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRecord);
    assert!(error.to_string().contains("a.ofx"), "{error}");
}
