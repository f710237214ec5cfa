//! `gather money`: accounts, budgets, spending and transactions that are stored.
//!
//! Not here: what else there is to do with them, each in a file of its own.

mod check;
mod edit;
mod proof;
mod review;

use gather_store::{MoneyOverview, MoneyQuery, TransactionLine};

use super::{
    Exit,
    books::{self, Books},
    run,
};
use crate::{
    args::{self, Format, MoneyCommand},
    failure::Result,
    render::{self, Cell, Extent, Row},
    session::Session,
};

/// `gather money`, and what stands behind it.
pub(crate) async fn money(session: &Session, args: &args::Money) -> Result<Exit> {
    match &args.what {
        None => overview(session, args).await,
        Some(MoneyCommand::Proof) => proof::proof(session),
        Some(MoneyCommand::Review(args)) => review::review(session, args),
        Some(MoneyCommand::Categorise(args)) => edit::categorise(session, args),
        Some(MoneyCommand::Payee(args)) => edit::payee(session, args),
        Some(MoneyCommand::Note(args)) => edit::note(session, args),
        Some(MoneyCommand::Split(args)) => edit::split(session, args),
        Some(MoneyCommand::Transfer(args)) => edit::transfer(session, args),
        Some(MoneyCommand::Opening(args)) => edit::opening(session, args),
        Some(MoneyCommand::Flip(args)) => edit::flip(session, args),
        Some(MoneyCommand::Check) => check::check(session),
    }
}

async fn overview(session: &Session, args: &args::Money) -> Result<Exit> {
    let exit = if args.refresh {
        run::refresh(session, &[]).await?
    } else {
        Exit::Complete
    };
    if exit == Exit::Interrupted {
        return Ok(exit);
    }
    let Books { config, store } = books::open(session)?;
    let since = args
        .since
        .as_ref()
        .map(|since| since.day(session.now(), &session.zone));
    let query = MoneyQuery {
        since,
        search: args.search.clone(),
        limit: args.limit,
        base: args.currency.or(config.settings().currency),
        budgets: books::budgets(&config),
        ..MoneyQuery::new(session.now().to_zoned(session.zone.clone()).date())
    };
    let overview = match &store {
        Some(store) => store.money(&session.viewer, &query)?,
        None => nothing(&query),
    };
    match session.format {
        Format::Table => {
            let text = render::money(&overview, since, Extent::Whole, &session.view());
            render::data(&text)?;
            if let Some(store) = &store {
                say_what_is_missing(session, &overview, args);
                let waiting = store.reviews(&session.viewer)?.len();
                session.note(&books::waiting(waiting));
            }
        }
        Format::Json => {
            render::document(&overview)?;
        }
        _ => {
            render::rows(session.format, &overview.transactions)?;
        }
    }
    Ok(exit)
}

fn say_what_is_missing(session: &Session, overview: &MoneyOverview, args: &args::Money) {
    if overview.transactions.is_empty() && (args.search.is_some() || args.since.is_some()) {
        session.note("no transaction matches: widen `--since` or `--search`\n");
    } else if render::is_empty(overview) {
        session.note(
            "no money is stored yet: `gather import FILE` takes a file of your bank; a bank can be a source too\n",
        );
    }
}

/// What is stored where there is no database.
fn nothing(query: &MoneyQuery) -> MoneyOverview {
    MoneyOverview {
        as_of: query.as_of,
        accounts: Vec::new(),
        totals: Vec::new(),
        total: None,
        transactions: Vec::new(),
        spending: Vec::new(),
        budgets: Vec::new(),
        rates: Vec::new(),
        deviations: Vec::new(),
    }
}

impl Row for TransactionLine {
    const HEADER: &'static [&'static str] = &[
        "date",
        "amount",
        "currency",
        "payee",
        "description",
        "category",
        "account",
        "pending",
        "transfer",
        "note",
        "source",
        "id",
        "number",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::maybe_plain(self.date),
            Cell::plain(self.amount.amount),
            Cell::plain(self.amount.currency),
            Cell::maybe(self.payee.as_deref()),
            Cell::maybe(self.description.as_deref()),
            Cell::maybe(self.category.as_deref()),
            Cell::maybe(self.account_name.as_deref().or(self.account.as_deref())),
            Cell::plain(self.pending),
            Cell::plain(self.transfer),
            Cell::maybe(self.note.as_deref()),
            Cell::text(&self.source),
            Cell::text(&self.id),
            Cell::plain(self.number),
        ]
    }
}
