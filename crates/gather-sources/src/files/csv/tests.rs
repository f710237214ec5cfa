use super::*;
use crate::files::FileError;

fn read_with(text: &str, profile: &str) -> Result<Import, FileError> {
    let profile = Profile::parse(profile).unwrap();
    super::read(text.as_bytes(), &profile).map_err(|fault| fault.in_file("x.csv"))
}

fn rows(import: &Import) -> Vec<String> {
    let all = import.statements.iter().flat_map(|it| &it.transactions);
    all.map(|it| {
        let date = it.date.unwrap();
        let description = it.description.as_deref().unwrap_or("-");
        format!("{date} {} {description}", it.amount)
    })
    .collect()
}

#[test]
fn a_table_is_found_between_a_preamble_and_a_footer() {
    let text = "\"Konto\";\"Girokonto 77\"\n\nVon;01.11.2026\n\
                Buchungstag;Valuta;Verwendungszweck;Umsatz in EUR;Saldo\n\
                20.11.2026;21.11.2026;\"Kaffee; gross\";-4,50;95,50\n\
                19.11.2026;19.11.2026;Lohn;1.100,00;100,00\n\
                ;;Summe;1.095,50;\n";
    let import = read_with(text, "").unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-20 -4.50 EUR Kaffee; gross",
            "2026-11-19 1100.00 EUR Lohn"
        ]
    );
    assert!(import.rejected.is_empty(), "{:?}", import.rejected);
    let about: Vec<&str> = import.findings.iter().map(|it| it.about.as_str()).collect();
    assert!(
        about.contains(&"above the table") && about.contains(&"below the table"),
        "{about:?}"
    );
    assert_eq!(
        import.statements[0].balance.unwrap().0.to_string(),
        "95.50 EUR"
    );
}

#[test]
fn a_sign_is_proved_by_the_balance_or_asked_for() {
    let text = "Date,Text,Amount,Balance\n2026-11-19,a,5.00,95.00\n2026-11-20,b,10.00,85.00\n";
    let import = read_with(text, "currency = 'EUR'").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-19 -5.00 EUR a", "2026-11-20 -10.00 EUR b"]
    );
    assert_eq!(import.profile.unwrap().negate, Some(true));
    let text = "Date,Text,Amount\n2026-11-19,a,5.00\n";
    let error = read_with(text, "currency = 'EUR'").unwrap_err();
    assert_eq!(error.questions[0].key, "negate");
    let import = read_with(text, "currency = 'EUR'\nnegate = true").unwrap();
    assert_eq!(rows(&import), ["2026-11-19 -5.00 EUR a"]);
}

#[test]
fn a_balance_that_goes_up_by_what_is_out_is_what_is_owed() {
    let text = "Date,Text,Debit,Credit,Balance\n2026-11-19,a,5.00,,5.00\n2026-11-20,b,,2.00,3.00\n";
    let import = read_with(text, "currency = 'EUR'").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-19 -5.00 EUR a", "2026-11-20 2.00 EUR b"]
    );
    assert_eq!(
        import.statements[0].balance.unwrap().0.to_string(),
        "-3.00 EUR"
    );
    let learnt = import.profile.unwrap();
    assert_eq!((learnt.negate, learnt.negate_balance), (None, Some(true)));
    let again = read_with(text, &learnt.to_toml()).unwrap();
    assert_eq!(again.statements, import.statements);
}

#[test]
fn a_table_without_names_is_read_by_its_cells_or_asked_about() {
    let text = "20.11.2026;Coffee;-4,50 €\n21.11.2026;Tea;-3,00 €\n";
    assert_eq!(
        rows(&read_with(text, "").unwrap()),
        ["2026-11-20 -4.50 EUR Coffee", "2026-11-21 -3.00 EUR Tea"]
    );
    let text = "20.11.2026;Coffee;-4,50;1,5\n";
    let error = read_with(text, "currency = 'EUR'").unwrap_err();
    assert_eq!(error.questions[0].key, "columns.amount");
    assert_eq!(error.questions[0].choices.len(), 2);
    let import = read_with(text, "currency = 'EUR'\ncolumns.amount = 3").unwrap();
    assert_eq!(import.statements[0].transactions.len(), 1);
}

#[test]
fn a_statement_without_transactions_is_one() {
    let import = read_with("Date;Description;Amount\n", "").unwrap();
    assert_eq!(import.statements[0].transactions.len(), 0);
    assert!(read_with("just words\nand more\n", "").is_err());
}

#[test]
fn what_was_learnt_reads_the_file_in_the_same_way() {
    let text = "Datum;Betrag;S/H;Text;Text\n13.04.2026;1.000,5;S;x;y\n01.04.2026;7;H;z;\n";
    let import = read_with(text, "currency = 'CHF'").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-04-13 -1000.5 CHF x y", "2026-04-01 7 CHF z"]
    );
    let learnt = import.profile.as_ref().unwrap();
    let again = read_with(text, &learnt.to_toml()).unwrap();
    assert_eq!(again.statements, import.statements);
    assert_eq!(again.profile.as_ref(), Some(learnt));
}
