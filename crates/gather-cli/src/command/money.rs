//! `gather money`: accounts, budgets, spending and transactions that are stored.

use gather_store::{MoneyOverview, MoneyQuery, TransactionLine};

use super::{Exit, run};
use crate::{
    args::{self, Format},
    failure::Result,
    render::{self, Cell, Extent, Row},
    session::Session,
};

/// `gather money`.
pub(crate) async fn money(session: &Session, args: &args::Money) -> Result<Exit> {
    let exit = if args.refresh {
        run::refresh(session, &[]).await?
    } else {
        Exit::Complete
    };
    if exit == Exit::Interrupted {
        return Ok(exit);
    }
    let base = match args.currency {
        Some(currency) => Some(currency),
        None => session.configuration()?.config.settings().currency,
    };
    let since = args
        .since
        .as_ref()
        .map(|since| since.day(session.now(), &session.zone));
    let query = MoneyQuery {
        since,
        search: args.search.clone(),
        limit: args.limit,
        base,
        ..MoneyQuery::new(session.now().to_zoned(session.zone.clone()).date())
    };
    let store = session.stored()?;
    let overview = match &store {
        Some(store) => store.money(&session.viewer, &query)?,
        None => nothing(&query),
    };
    match session.format {
        Format::Table => {
            let text = render::money(&overview, since, Extent::Whole, &session.view());
            render::data(&text)?;
            if store.is_some() {
                say_what_is_missing(session, &overview, args);
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
            "no money is stored yet: declare a bank with `preset = \"json-bank\"`, then `gather run` fetches it\n",
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
    }
}

impl Row for TransactionLine {
    const HEADER: &'static [&'static str] = &[
        "date",
        "amount",
        "currency",
        "description",
        "category",
        "account",
        "pending",
        "source",
        "id",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::maybe_plain(self.date),
            Cell::plain(self.amount.amount),
            Cell::plain(self.amount.currency),
            Cell::maybe(self.description.as_deref()),
            Cell::maybe(self.category.as_deref()),
            Cell::maybe(self.account_name.as_deref().or(self.account.as_deref())),
            Cell::plain(self.pending),
            Cell::text(&self.source),
            Cell::text(&self.id),
        ]
    }
}
