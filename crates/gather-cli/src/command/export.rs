//! `gather export`: what is stored, and the list of feeds, for another program.
//!
//! Always to standard output, so that a shell says where it goes.

use gather_sources::{opml::OpmlFeed, write};
use gather_store::{ExportedTransaction, SetBy};

use super::{Exit, books, news};
use crate::{
    args::{self, Exported, Format, Which},
    escape,
    failure::{Failure, Result},
    render::{self, Cell, Row},
    session::Session,
};

/// `gather export`.
pub(crate) fn export(session: &Session, args: &args::Export) -> Result<Exit> {
    match &args.what {
        Exported::News(which) => stories(session, which),
        Exported::Money => transactions(session),
        Exported::Opml => feeds(session),
    }
}

/// The format of an export: JSON lines, unless another is asked for that is for programs.
fn for_programs(session: &Session, what: &str, formats: &str) -> Result<Format> {
    match (session.format_given, session.format) {
        (false, _) => Ok(Format::Ndjson),
        (true, Format::Table) => Err(Failure::new(format!(
            "`gather export {what}` writes for programs and no table"
        ))
        .hint(format!(
            "leave `--format` out for JSON lines, or give {formats}"
        ))),
        (true, format) => Ok(format),
    }
}

fn stories(session: &Session, which: &Which) -> Result<Exit> {
    let format = for_programs(session, "news", "json, csv, jsonfeed or rss")?;
    let query = news::query(session, which, usize::MAX, format);
    let store = session.stored()?;
    news::check_names(session, store.as_ref(), &which.source)?;
    let stories = match &store {
        Some(store) => store.stories(&session.viewer, &query)?,
        None => Vec::new(),
    };
    news::write(format, &stories)?;
    session.note(&format!(
        "{}\n",
        render::dim(match stories.len() {
            1 => "1 story".to_owned(),
            count => format!("{count} stories"),
        })
    ));
    Ok(Exit::Complete)
}

impl Row for ExportedTransaction {
    const HEADER: &'static [&'static str] = &[
        "date",
        "value_date",
        "amount",
        "currency",
        "payee",
        "description",
        "category",
        "category_by",
        "note",
        "pending",
        "transfer",
        "parts",
        "balance_after",
        "source",
        "owner",
        "account",
        "id",
    ];

    fn cells(&self) -> Vec<Cell> {
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|part| {
                format!(
                    "{}={}",
                    part.amount,
                    part.category.as_deref().unwrap_or_default()
                )
            })
            .collect();
        let category_by = match &self.category_by {
            SetBy::Source => "source".to_owned(),
            SetBy::Rule(name) => format!("rule: {name}"),
            SetBy::User => "user".to_owned(),
        };
        vec![
            Cell::maybe_plain(self.date),
            Cell::maybe_plain(self.value_date),
            Cell::plain(self.amount.amount),
            Cell::plain(self.amount.currency),
            Cell::maybe(self.payee.as_deref()),
            Cell::maybe(self.description.as_deref()),
            Cell::maybe(self.category.as_deref()),
            Cell::text(&category_by),
            Cell::maybe(self.note.as_deref()),
            Cell::plain(self.pending),
            Cell::plain(self.transfer),
            Cell::text(&parts.join("; ")),
            Cell::maybe_plain(self.balance_after.map(|money| money.amount)),
            Cell::text(&self.source),
            Cell::maybe(self.owner.as_deref()),
            Cell::maybe(self.account.as_deref()),
            Cell::text(&self.id),
        ]
    }
}

fn transactions(session: &Session) -> Result<Exit> {
    let format = for_programs(session, "money", "json or csv")?;
    let transactions = match books::open(session)?.store {
        Some(store) => store.export_transactions(&session.viewer)?,
        None => Vec::new(),
    };
    render::rows(format, &transactions)?;
    session.note(&format!(
        "{}\n",
        render::dim(render::plural(transactions.len() as u64, "transaction"))
    ));
    Ok(Exit::Complete)
}

fn feeds(session: &Session) -> Result<Exit> {
    if session.format_given {
        return Err(
            Failure::new("`gather export opml` writes OPML and no other format")
                .hint("leave `--format` out"),
        );
    }
    let configuration = session.configuration()?;
    if configuration.file.is_none() {
        session.note_no_file();
    }
    let feeds: Vec<OpmlFeed> = configuration
        .config
        .declarations()
        .filter(|one| session.sees(one.owner()))
        .flat_map(|one| {
            one.feeds().map(|url| OpmlFeed {
                title: Some(one.name().to_owned()),
                url: url.clone(),
                home: None,
                folders: Vec::new(),
            })
        })
        .collect();
    render::data(&escape::xml(&write::opml(
        "Feeds that gather follows",
        &feeds,
    )))?;
    session.note(&format!(
        "{}\n",
        render::dim(render::plural(feeds.len() as u64, "feed"))
    ));
    Ok(Exit::Complete)
}
