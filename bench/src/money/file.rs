//! A bank's file into the store: the bytes of OFX to records, the records into an empty store.
//!
//! The clock starts with the bytes in memory and the store open, and stops when the import has been committed. The
//! same file again must bring nothing new.

use std::{fmt::Write as _, path::Path, time::Instant};

use gather_sources::files;
use gather_store::{ImportAccount, ImportBatch, ImportCounts, SourceRef, Store};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::household::{self, Entry};
use crate::{Fault, ingest::store::Database, measure::Stopwatch};

/// What the file is called.
const NAME: &str = "statement.ofx";

const SOURCE: SourceRef<'static> = SourceRef {
    name: "files",
    owner: None,
};

pub(super) fn run(rows: usize, home: &Path) -> Result<Value, Fault> {
    let entries = household::entries(rows)?;
    let bytes = written(&entries)?;
    let (_database, store, _) = Database::create(home, &[SOURCE], Timestamp::UNIX_EPOCH)?;
    let watch = Stopwatch::start();
    let start = Instant::now();
    let import = files::read(&bytes, NAME, None)?;
    let read = start.elapsed();
    let start = Instant::now();
    let counts = keep(&store, &import)?;
    let kept = start.elapsed();
    let mut line = watch.stop()?.json();

    let all = u64::try_from(rows)?;
    let expected = |new, duplicate| ImportCounts {
        new,
        duplicate,
        ..ImportCounts::default()
    };
    if counts != expected(all, 0) || !import.rejected.is_empty() {
        return Err(format!(
            "of {rows} rows: {counts:?}, {} rejected",
            import.rejected.len()
        )
        .into());
    }
    let start = Instant::now();
    let again = keep(&store, &files::read(&bytes, NAME, None)?)?;
    let twice = start.elapsed();
    if again != expected(0, all) {
        return Err(format!("the same file again: {again:?}").into());
    }
    let sum: Decimal = entries.iter().map(|it| it.row.amount.amount).sum();
    let proofs = store.balance_proof(&gather_records::Viewer::Operator)?;
    let booked: Vec<Decimal> = proofs.iter().map(|it| it.booked.amount).collect();
    if booked != [sum] {
        return Err(format!("the store adds up to {booked:?}, the rows to {sum}").into());
    }
    line["rows"] = rows.into();
    line["bytes"] = bytes.len().into();
    line["read_us"] = json!(read.as_secs_f64() * 1e6);
    line["import_us"] = json!(kept.as_secs_f64() * 1e6);
    line["again_us"] = json!(twice.as_secs_f64() * 1e6);
    line["result"] = format!("{sum} booked").into();
    Ok(line)
}

fn keep(store: &Store, import: &files::Import) -> Result<ImportCounts, Fault> {
    let [statement] = &import.statements[..] else {
        return Err(format!("{} statements, expected 1", import.statements.len()).into());
    };
    let account = ImportAccount {
        id: statement
            .account
            .id
            .clone()
            .ok_or("the account has no id")?,
        name: statement.account.name.clone(),
        kind: statement.account.kind.clone(),
        balance: statement.balance.map(|(balance, _)| balance),
        balance_date: statement.balance.and_then(|(_, day)| day),
    };
    let report = store.import(
        &ImportBatch {
            source: SOURCE,
            file: NAME,
            format: "OFX",
            accounts: &[account],
            transactions: &statement.transactions,
        },
        Timestamp::UNIX_EPOCH,
    )?;
    Ok(report.counts)
}

/// The rows as one account's OFX 1.x, as banks write it: a line an element, leaves not closed.
fn written(entries: &[Entry]) -> Result<Vec<u8>, Fault> {
    let mut text = String::with_capacity(entries.len() * 220);
    text.push_str(
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\
         COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n<OFX>\r\n<SIGNONMSGSRSV1><SONRS><STATUS>\
         <CODE>0<SEVERITY>INFO</STATUS>\r\n<DTSERVER>20261120120000\r\n<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>\r\n\
         <BANKMSGSRSV1><STMTTRNRS><TRNUID>1\r\n<STATUS><CODE>0<SEVERITY>INFO</STATUS>\r\n<STMTRS><CURDEF>EUR\r\n\
         <BANKACCTFROM><BANKID>900\r\n<ACCTID>7\r\n<ACCTTYPE>CHECKING</BANKACCTFROM>\r\n<BANKTRANLIST>\r\n",
    );
    let mut balance = Decimal::ZERO;
    for Entry { row, .. } in entries {
        let day = row
            .date
            .ok_or("a row has no date")?
            .strftime("%Y%m%d")
            .to_string();
        let amount = row.amount.amount;
        balance += amount;
        let kind = if amount < Decimal::ZERO {
            "DEBIT"
        } else {
            "CREDIT"
        };
        write!(
            text,
            "<STMTTRN>\r\n<TRNTYPE>{kind}\r\n<DTPOSTED>{day}120000[+1:CET]\r\n<TRNAMT>{amount}\r\n<FITID>{}\r\n\
             <NAME>{}\r\n<MEMO>{}\r\n</STMTTRN>\r\n",
            row.id,
            row.payee.as_deref().unwrap_or_default(),
            row.description.as_deref().unwrap_or_default(),
        )?;
    }
    write!(
        text,
        "</BANKTRANLIST>\r\n<LEDGERBAL><BALAMT>{balance}\r\n<DTASOF>20261120</LEDGERBAL>\r\n</STMTRS></STMTTRNRS>\
         </BANKMSGSRSV1>\r\n</OFX>\r\n"
    )?;
    Ok(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::{super::household::LEAST_ROWS, run};

    #[test]
    fn a_file_is_kept_whole_and_once() {
        let home = std::env::temp_dir().join(format!("gather-bench-file-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        let line = run(LEAST_ROWS, &home).unwrap();
        std::fs::remove_dir_all(&home).unwrap();
        assert_eq!(line["rows"], LEAST_ROWS);
        assert!(line["bytes"].as_u64().unwrap() > 100_000);
    }
}
