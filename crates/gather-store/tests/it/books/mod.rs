//! The books: what a transaction is recognised by, imports, edits, transfers, sums.

mod accounts;
mod arrivals;
mod edits;
mod figures;
mod histories;
mod imports;
mod reviews;
mod rules;
mod transfers;

use gather_records::{Record, Transaction, Viewer};
use gather_store::{
    ExportedTransaction, ImportAccount, ImportBatch, ImportReport, Kept, Page, TransactionId,
};

use crate::support::{Fixture, at, money, shared};

/// A booked transaction in the account `giro`.
pub(crate) fn bought(id: &str, amount: &str, day: &str, description: &str) -> Transaction {
    Transaction {
        account: Some("giro".to_owned()),
        date: Some(day.parse().unwrap()),
        description: Some(description.to_owned()),
        ..Transaction::new(id, money(amount))
    }
}

/// The same without an id that counts.
pub(crate) fn told(amount: &str, day: &str, description: &str) -> Transaction {
    Transaction {
        id_is_weak: true,
        ..bought("", amount, day, description)
    }
}

pub(crate) fn pending(row: Transaction) -> Transaction {
    Transaction {
        pending: true,
        ..row
    }
}

impl Fixture {
    /// Keeps transactions that a bank tells of in a run of their own.
    pub(crate) fn sync(&self, seconds: i64, rows: &[Transaction]) -> Kept {
        let run = self.store.begin_run(at(seconds), &[]).unwrap();
        let records: Vec<Record> = rows.iter().cloned().map(Record::Transaction).collect();
        let page = Page {
            run,
            ..Page::new(run, shared("bank"), &records, at(seconds))
        };
        self.store.keep(page).unwrap()
    }

    pub(crate) fn import(&self, seconds: i64, rows: &[Transaction]) -> ImportReport {
        self.import_with(seconds, rows, &[])
    }

    pub(crate) fn import_with(
        &self,
        seconds: i64,
        rows: &[Transaction],
        accounts: &[ImportAccount],
    ) -> ImportReport {
        let batch = ImportBatch {
            source: shared("bank"),
            file: "statement.ofx",
            format: "ofx",
            accounts,
            transactions: rows,
        };
        let planned = self.store.preview_import(&batch).unwrap();
        let report = self.store.import(&batch, at(seconds)).unwrap();
        assert_eq!(
            (planned.counts, &planned.rows),
            (report.counts, &report.rows)
        );
        report
    }

    pub(crate) fn exported(&self) -> Vec<ExportedTransaction> {
        self.store.export_transactions(&Viewer::Operator).unwrap()
    }

    /// The export as bytes.
    pub(crate) fn bytes(&self) -> String {
        serde_json::to_string_pretty(&self.exported()).unwrap()
    }

    /// Amounts and days of what is held.
    pub(crate) fn held(&self) -> Vec<String> {
        self.exported()
            .iter()
            .map(|row| {
                let day = row.date.map(|day| day.to_string()).unwrap_or_default();
                let state = if row.pending { " pending" } else { "" };
                format!("{day} {}{state}", row.amount.amount)
            })
            .collect()
    }

    /// The number of the transaction with an id.
    pub(crate) fn number_of(&self, id: &str) -> TransactionId {
        self.lines()
            .into_iter()
            .find(|line| line.id == id)
            .unwrap()
            .number
    }

    pub(crate) fn lines(&self) -> Vec<gather_store::TransactionLine> {
        let query = gather_store::MoneyQuery {
            limit: usize::MAX,
            ..gather_store::MoneyQuery::new("2026-11-20".parse().unwrap())
        };
        self.store
            .money(&Viewer::Operator, &query)
            .unwrap()
            .transactions
    }

    pub(crate) fn sums_agree(&self) {
        assert_eq!(self.store.check_aggregates().unwrap(), []);
        self.store.check().unwrap();
    }
}

/// The counts of a report: new, changed, duplicate, review.
pub(crate) fn counts(report: &ImportReport) -> (u64, u64, u64, u64) {
    let c = report.counts;
    (c.new, c.changed, c.duplicate, c.review)
}
