//! What is no file of a bank, and what is made to hurt: a named error or rejected rows, never a panic.

use std::fmt::Write as _;

use gather_sources::files::{self, FileFormat, Profile};
use proptest::prelude::*;

use crate::files_support::fixture;

const FORMATS: [FileFormat; 5] = [
    FileFormat::Ofx,
    FileFormat::Qif,
    FileFormat::Csv,
    FileFormat::Camt,
    FileFormat::Mt940,
];

/// Reads as every format; every row that comes out has a day that the text can have said.
fn read_as_all(bytes: &[u8]) {
    let _ = files::read(bytes, "x", None).map_err(|error| error.to_string());
    for format in FORMATS {
        let profile = Profile {
            format: Some(format),
            currency: "EUR".parse().ok(),
            ..Profile::default()
        };
        match files::read(bytes, "x", Some(&profile)) {
            Ok(import) => {
                for row in import.statements.iter().flat_map(|it| &it.transactions) {
                    assert!(row.date.is_some(), "{row:?}");
                    assert!(!row.id.is_empty() || row.id_is_weak, "{row:?}");
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

#[test]
fn what_is_something_else_is_named() {
    for (bytes, words) in [
        (&b""[..], "empty"),
        (b"\n\n", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04x", "ZIP"),
        (b"<!doctype html><html><body>Log in</body></html>", "HTML"),
        (b"<rss version='2.0'/>", "neither OFX nor CAMT"),
        (b"{\"a\":1}", "JSON"),
        (b"Dear customer,\nnothing.\n", "no table"),
        (b"\0\0\0\0", "empty"),
    ] {
        let error = files::read(bytes, "x.dat", None).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.to_string().starts_with("x.dat"), "{error}");
    }
}

#[test]
fn case_65_depth_entities_and_zero_bytes_are_survived() {
    let mut entities = String::from("<?xml version='1.0'?><!DOCTYPE OFX [<!ENTITY e0 'lol'>");
    for level in 1..12 {
        let _ = write!(
            entities,
            "<!ENTITY e{level} '{}'>",
            format!("&e{};", level - 1).repeat(10)
        );
    }
    entities.push_str("]><OFX><BkToCstmrStmt>&e11;</BkToCstmrStmt></OFX>");
    let many = 100_000;
    for text in [
        entities,
        "<OFX>".to_owned() + &"<A>".repeat(many),
        "<OFX>".to_owned() + &"<".repeat(many),
        "<OFX>".to_owned() + &"<![CDATA[".repeat(many),
        "<OFX>".to_owned() + &"<!--".repeat(many),
        "<OFX>".to_owned() + &"<A".repeat(many),
        "<OFX><STMTRS><STMTTRN>".to_owned() + &"</A>".repeat(many),
        "<camt.053>".to_owned() + &"<a>".repeat(many),
        "!Type:Bank\n".to_owned() + &"^\n".repeat(many),
        "!Type:Bank\n".to_owned() + &"D\n".repeat(many),
        ":20:\n".to_owned() + &":61:\n".repeat(many),
        ":20:\n:86:".to_owned() + &"?20".repeat(many),
        "a;b\n".to_owned() + &";".repeat(many),
        "a;b\n".to_owned() + &"\"".repeat(many),
        "\r".repeat(many),
        "\0".repeat(many),
        format!("Date;Amount\n2026-11-20;{}\n", "9".repeat(many)),
        format!("Date;Amount\n{};1\n", "1/".repeat(many)),
    ] {
        read_as_all(text.as_bytes());
    }
}

#[test]
fn too_many_rejected_rows_are_an_error_with_the_first_line() {
    let mut text = String::from("Date;Text;Amount\n2026-11-20;a;-1,00\n");
    text.push_str(&"soon;b;-1,00\n".repeat(10_001));
    text.push_str("2026-11-20;z;-1,00\n");
    let profile = Profile::parse("currency = 'EUR'\ncolumns.date = 'Date'").unwrap();
    let error = files::read(text.as_bytes(), "x.csv", Some(&profile)).unwrap_err();
    assert!(
        error.line == Some(3) && error.message.contains("more than 10000"),
        "{error}"
    );
}

#[test]
fn case_62_a_file_is_read_the_same_twice() {
    for path in [
        "ofx/plain.ofx",
        "camt/batch.xml",
        "mt940/german.sta",
        "ofx/investment.ofx",
    ] {
        let bytes = fixture(path);
        let first = files::read(&bytes, path, None).unwrap();
        assert_eq!(files::read(&bytes, path, None).unwrap(), first, "{path}");
    }
}

/// Texts that files of banks are made of.
const PIECES: &str = "(<OFX>|<STMTRS>|<CURDEF>EUR|<STMTTRN>|</STMTTRN>|<TRNAMT>|<DTPOSTED>|20261120|-1,5|1\\.000|\
    !Type:Bank\n|D|T|\\^|:20:|:61:|261120|C|:60F:C261120EUR1,|:86:|\\?20|<Ntry>|</Ntry>|<Amt Ccy='EUR'>|\
    Date|Amount|;|,|\t|\"|\n|\r|é|€|20\\.11\\.2026|3/4/26|'18|\u{0}|\\PC){0,80}";

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_as_all(&bytes);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in PIECES) {
        read_as_all(text.as_bytes());
    }

    #[test]
    fn any_part_of_a_file_is_read_without_a_panic(
        which in 0..6_usize,
        cut in 0..4_000_usize,
        (at, byte) in (0..4_000_usize, any::<u8>()),
    ) {
        let paths = [
            "ofx/plain.ofx", "ofx/investment.ofx", "camt/batch.xml", "mt940/german.sta",
            "csv/preamble_footer_ragged.csv", "qif/accounts.qif",
        ];
        let mut bytes = fixture(paths[which]);
        bytes.truncate(cut);
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        read_as_all(&bytes);
    }
}
