//! `/money`: everything at a glance.

use gather_store::Snapshot;

use super::{
    super::{
        answer::Failed,
        reader::Reader,
        view::{Here, MoneyPage},
    },
    charts,
    head::{self, Part, refuse},
    ledger::{Ledger, month},
    no_money,
    rows::Rows,
    sheets::{account_rows, budget_sheet, spending_sheet, worth},
};

/// Transactions that are shown.
const LATEST: usize = 10;
/// Categories with a row of their own.
const CATEGORIES: usize = 8;

pub(in crate::pages) fn fill(reader: &Reader, moment: &Snapshot<'_>) -> Result<MoneyPage, Failed> {
    let (month, refused) = month(reader);
    let mut shell = reader.shell(moment, "Money", Here::Money)?;
    refuse(
        &mut shell,
        refused.into_iter().chain(reader.refused_currency()),
    );
    let ledger = Ledger::read(reader, moment, LATEST)?;
    let mut page = MoneyPage {
        shell,
        head: head::head_of_sums(reader, moment, Part::Overview, &ledger)?,
        ..MoneyPage::default()
    };
    if ledger.is_empty() {
        page.empty = Some(no_money());
        return Ok(page);
    }
    let proofs = moment.balance_proof(&reader.viewer)?;
    let from = charts::first_month(reader.times.today()).min(month);
    let spent = moment.spending_by_month(&reader.viewer, Some(from))?;
    page.worth = worth(reader, &ledger);
    page.accounts = account_rows(reader, &ledger, &proofs, None);
    page.plot = charts::worth_by_day(reader, moment, &ledger, &proofs)?;
    page.months = charts::months(reader, &spent, month);
    page.spending = spending_sheet(reader, &spent, month, CATEGORIES);
    page.budgets = budget_sheet(reader, &ledger);
    page.transactions = Rows::few(reader).of(&ledger.overview.transactions);
    Ok(page)
}
