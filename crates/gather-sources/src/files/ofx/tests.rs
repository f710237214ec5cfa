use super::*;

fn statement(rows: &str) -> String {
    format!(
        "OFXHEADER:100\r\nDATA:OFXSGML\r\n\r\n<OFX><BANKMSGSRSV1><STMTTRNRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>\
         <STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>77<ACCTTYPE>CHECKING</BANKACCTFROM>\
         <BANKTRANLIST>{rows}</BANKTRANLIST><LEDGERBAL><BALAMT>10.00<DTASOF>20261120</LEDGERBAL>\
         </STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
}

fn row(date: &str, amount: &str, id: &str) -> String {
    format!(
        "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{date}<TRNAMT>{amount}<FITID>{id}<NAME>N</STMTTRN>\r\n"
    )
}

fn read(text: &str) -> Result<Import, Fault> {
    super::read(text.as_bytes(), &Profile::default())
}

#[test]
fn a_status_other_than_zero_is_an_error_with_its_line() {
    let text = statement("").replace("<CODE>0", "<CODE>2000<MESSAGE>Not today");
    let error = read(&text).unwrap_err().in_file("a.ofx").to_string();
    assert!(
        error.contains("line 4") && error.contains("2000") && error.contains("Not today"),
        "{error}"
    );
}

#[test]
fn a_file_that_was_cut_off_is_refused() {
    let whole = statement(&row("20261120", "-12.34", "a"));
    let cut = &whole[..whole.find(".34").unwrap()];
    let error = read(cut).unwrap_err().in_file("a.ofx").to_string();
    assert!(error.contains("cut off"), "{error}");
    let import = read(&whole[..whole.find("</STMTRS>").unwrap()]).unwrap();
    assert!(
        import.warnings[0].contains("</OFX>"),
        "{:?}",
        import.warnings
    );
}

#[test]
fn one_separator_is_decimal_unless_the_file_says_otherwise() {
    let amounts = |rows: &[&str]| -> Vec<String> {
        let rows: String = rows.iter().map(|it| row("20261120", it, it)).collect();
        let import = read(&statement(&rows)).unwrap();
        let amounts = import.statements[0].transactions.iter();
        amounts.map(|it| it.amount.amount.to_string()).collect()
    };
    assert_eq!(amounts(&["-1.000", "-12.0000"]), ["-1.000", "-12.0000"]);
    assert_eq!(amounts(&["-1.000", "-12,50"]), ["-1000", "-12.50"]);
    assert_eq!(amounts(&["1,000", "1,234.50"]), ["1000", "1234.50"]);
    let error = read(&statement(&row("20261120", "1,000", "a"))).unwrap_err();
    assert!(error.in_file("a").to_string().contains("decimals.amount"));
}
