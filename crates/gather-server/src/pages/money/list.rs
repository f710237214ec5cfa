//! `/money/transactions`, and the same list on the page of an account.

use gather_store::{ErrorKind, Snapshot, TransactionId, TransactionQuery};

use super::{
    super::{
        answer::Failed,
        reader::Reader,
        view::{Empty, Here, TransactionList, TransactionsPage},
    },
    filter::{AccountChoice, Filter},
    head::{self, Part, refuse},
    no_money,
    rows::Rows,
};

/// Transactions on a page.
const PAGE: usize = 50;

pub(in crate::pages) fn fill(
    reader: &Reader,
    moment: &Snapshot<'_>,
) -> Result<TransactionsPage, Failed> {
    let mut shell = reader.shell(moment, "Transactions", Here::Money)?;
    let accounts = accounts(reader, moment)?;
    let (list, refused) = list(reader, moment, None, &accounts)?;
    refuse(&mut shell, refused);
    Ok(TransactionsPage {
        head: head::head(reader, moment, Part::Transactions)?,
        shell,
        list,
    })
}

/// The accounts that transactions can be narrowed to: those that are known, and those that only transactions name.
fn accounts(reader: &Reader, moment: &Snapshot<'_>) -> Result<Vec<AccountChoice>, Failed> {
    let mut choices: Vec<AccountChoice> = Vec::new();
    for proof in moment.balance_proof(&reader.viewer)? {
        let field = format!("{}/{}", proof.source, proof.account);
        if choices.iter().any(|(held, _)| *held == field) {
            continue;
        }
        let name = match proof.name.as_deref().unwrap_or(&proof.account) {
            "" => format!("without account ({})", proof.source),
            name => name.to_owned(),
        };
        choices.push((field, name));
    }
    // Two of the same name are told apart by their sources.
    let names: Vec<String> = choices.iter().map(|(_, name)| name.clone()).collect();
    for (field, name) in &mut choices {
        if names.iter().filter(|other| *other == name).count() > 1
            && let Some((source, _)) = field.split_once('/')
        {
            name.push_str(&format!(" ({source})"));
        }
    }
    Ok(choices)
}

/// The transactions that the address asks for, and what of it asks for none.
pub(super) fn list(
    reader: &Reader,
    moment: &Snapshot<'_>,
    account: Option<(&str, &str)>,
    accounts: &[AccountChoice],
) -> Result<(TransactionList, Option<String>), Failed> {
    let filter = Filter::of(reader, account);
    let query = TransactionQuery {
        limit: PAGE,
        ..filter.query.clone()
    };
    let mut page = moment.transactions(&reader.viewer, &query)?;
    let (edited, refused) = edited(reader, moment)?;
    if let Some(edited) = edited
        && !page.transactions.iter().any(|line| line.number == edited)
    {
        // Whatever the list shows, the one that is changed stands on it.
        let line = moment.transaction(&reader.viewer, edited)?;
        page.transactions.insert(0, line);
    }
    let search = query.search.as_deref().unwrap_or_default();
    let place = query.after.map(|after| after.to_string());
    let here = filter
        .fields
        .with(&[("after", place.as_deref().unwrap_or_default())]);
    let rows = Rows::list(reader, here, search, edited, account.is_none());
    let categories = moment.categories(&reader.viewer)?;
    let empty = page.transactions.is_empty().then(|| {
        if query.after.is_some() {
            Empty {
                sentence: "There is no older transaction.".to_owned(),
                action: Some(super::super::part::Link {
                    text: "The newest".to_owned(),
                    href: filter.fields.after(&reader.path),
                }),
                command: None,
            }
        } else if filter.is_narrow() {
            Empty {
                sentence: "No transaction is like that.".to_owned(),
                action: Some(super::super::part::Link {
                    text: "Show all".to_owned(),
                    href: filter.fields.only(&["currency"]).after(&reader.path),
                }),
                command: None,
            }
        } else if account.is_some() {
            Empty {
                sentence: "Nothing was booked on it yet.".to_owned(),
                action: None,
                command: None,
            }
        } else {
            no_money()
        }
    });
    let list = TransactionList {
        filter: filter.view(reader, accounts, &categories),
        rows: rows.of(&page.transactions),
        older: page.next.map(|next| {
            let place = next.to_string();
            filter.fields.with(&[("after", &place)]).after(&reader.path)
        }),
        empty,
        categories,
    };
    Ok((list, refused))
}

/// Which transaction is being changed, if the reader may see it.
fn edited(
    reader: &Reader,
    moment: &Snapshot<'_>,
) -> Result<(Option<TransactionId>, Option<String>), Failed> {
    let Some(text) = reader.fields.get("edit") else {
        return Ok((None, None));
    };
    let missing = || {
        (
            None,
            Some("There is no such transaction to change.".to_owned()),
        )
    };
    let Ok(id) = text.parse::<TransactionId>() else {
        return Ok(missing());
    };
    match moment.transaction(&reader.viewer, id) {
        Ok(_) => Ok((Some(id), None)),
        Err(error) if error.kind() == ErrorKind::UnknownTransaction => Ok(missing()),
        Err(error) => Err(error.into()),
    }
}
