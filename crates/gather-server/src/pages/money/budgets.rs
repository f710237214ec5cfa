//! `/money/budgets`: the budgets of a month beside what was spent in it.

use gather_store::Snapshot;
use jiff::civil::Date;

use super::{
    super::{
        answer::Failed,
        part::Link,
        reader::Reader,
        view::{BudgetsPage, Empty, Here},
    },
    head::{self, Part, refuse},
    ledger::{Ledger, month, month_field, month_name, months_from},
    sheets::{budget_sheet, spending_sheet},
};

/// Categories with a row of their own beside the budgets.
const CATEGORIES: usize = 12;

pub(in crate::pages) fn fill(
    reader: &Reader,
    moment: &Snapshot<'_>,
) -> Result<BudgetsPage, Failed> {
    let (month, refused) = month(reader);
    let today = reader.times.today();
    // Of a month that is over all days count, of this one those up to today.
    let day = today.min(month.last_of_month());
    let ledger = Ledger::of_day(reader, moment, day, 0)?;
    let spent = moment.spending_by_month(&reader.viewer, Some(month))?;
    let sheet = budget_sheet(reader, &ledger);
    let step = |to: Option<Date>| {
        let to = to.filter(|to| *to <= today && to.year() >= 1)?;
        let fields = reader.fields.only(&["currency"]);
        let fields = fields.with(&[("month", &month_field(to))]);
        Some(Link {
            text: month_name(reader, to),
            href: fields.after(&reader.to("/money/budgets")),
        })
    };
    let mut shell = reader.shell(moment, "Budgets", Here::Money)?;
    refuse(
        &mut shell,
        refused.into_iter().chain(reader.refused_currency()),
    );
    Ok(BudgetsPage {
        head: head::head_of_sums(reader, moment, Part::Budgets, &ledger)?,
        empty: sheet.is_none().then(|| Empty {
            sentence: "No budget yet. A [budget.Groceries] with a limit in gather.toml is one; those of sources \
                       appear here by themselves."
                .to_owned(),
            action: None,
            command: None,
        }),
        spending: spending_sheet(reader, &spent, month, CATEGORIES),
        before: step(months_from(month, -1)),
        after: step(months_from(month, 1)),
        shell,
        sheet,
    })
}
