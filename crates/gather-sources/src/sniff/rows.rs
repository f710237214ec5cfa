//! Data that nobody described, to a declaration: JSON, lines of JSON, CSV and XML, all by the same guess.
//!
//! Not here: which field is which (`guess`), the text of the declaration (`proposal`).

use super::{Proposal, Sniffed, Specimen, What, clip, guess, other, source_name};
use crate::{Reading, config::Format, format, jq::Val};

/// How rows came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Json,
    Lines,
    /// With this between the cells.
    Csv(u8),
    Xml,
}

impl Table {
    /// As it is called in sentences.
    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Lines => "lines of JSON",
            Self::Csv(_) => "CSV",
            Self::Xml => "XML",
        }
    }

    /// The `format` of the declaration, where it is not the usual one.
    fn format(self) -> Option<&'static str> {
        match self {
            Self::Json => None,
            Self::Lines => Some("ndjson"),
            Self::Csv(_) => Some("csv"),
            Self::Xml => Some("xml"),
        }
    }
}

/// XML that is no feed.
pub(super) fn of_xml(specimen: &Specimen<'_>) -> Sniffed {
    let settings = format::csv::Settings::default();
    match format::read(Format::Xml, &settings, specimen.body, specimen.content_type) {
        Ok(document) => declare(&document.value, Table::Xml, specimen),
        Err(error) => other(error.to_string(), None),
    }
}

/// A table in CSV; `None` when the lines make no table.
pub(super) fn of_csv(specimen: &Specimen<'_>) -> Option<Sniffed> {
    let settings = format::csv::sniff(specimen.body)?;
    let delimiter = settings.delimiter;
    let document =
        format::read(Format::Csv, &settings, specimen.body, specimen.content_type).ok()?;
    Some(declare(&document.value, Table::Csv(delimiter), specimen))
}

/// A declaration for rows that nobody described.
pub(super) fn declare(body: &Val, table: Table, specimen: &Specimen<'_>) -> Sniffed {
    let guesses = guess::guess(body);
    let Some(main) = guesses.iter().max_by_key(|guess| guess.rows) else {
        return no_records(body, table);
    };
    let what = What::Rows {
        format: table.name(),
        each: main.each.clone(),
        rows: main.rows,
    };
    let mut proposal = Proposal {
        name: source_name(specimen.url),
        format: table.format(),
        delimiter: match table {
            Table::Csv(delimiter) if delimiter != b',' => Some(char::from(delimiter)),
            _ => None,
        },
        ..Proposal::default()
    };
    proposal.url = Some(proposal.without_keys(specimen.url));
    let mut notes = vec![
        "which field is which is a guess by names and values: compare the sample with the service's own page"
            .to_owned(),
    ];
    let money = guesses
        .iter()
        .any(|guess| crate::mapping::has_money(guess.kind));
    let says_currency = guesses
        .iter()
        .all(|guess| guess.fields.iter().any(|(field, _)| *field == "currency"));
    if money && !says_currency && specimen.currency.is_none() {
        return Sniffed {
            what,
            proposal: None,
            reading: Reading::default(),
            notes: vec![
                "the answer holds money and names no currency: say it with `--currency CODE`"
                    .to_owned(),
            ],
        };
    }
    if money {
        proposal.currency = specimen.currency.filter(|_| !says_currency);
    }
    if guesses.iter().any(|guess| guess.whole_amounts) {
        notes.push(
            "amounts are whole numbers and are taken as they are: if they count cents, add `scale = 2` to each table"
                .to_owned(),
        );
    }
    for guess in &guesses {
        if guess.by_address {
            notes.push(
                "no other field differs in every row, so the address is taken as the id".to_owned(),
            );
        }
        let each = std::iter::once(("each", guess.each.clone()));
        let lines = each.chain(guess.fields.iter().cloned()).collect();
        proposal.mappings.push((guess.kind, lines));
    }
    if specimen.links.iter().any(|link| leads_on(link)) {
        proposal.pages = Some(("link", "next".to_owned()));
    }
    match guess::more_pages(body) {
        Some(more) if proposal.pages.is_none() && more.is_address => {
            proposal.pages = Some(("next", more.path));
        }
        Some(more) if proposal.pages.is_none() => notes.push(format!(
            "there may be more pages (`{}`): the declaration reads the first, `pages` can follow them",
            more.path
        )),
        _ => {}
    }
    if proposal.pages.is_some() {
        notes.push(
            "the answer names a next page: a run asks for up to 10 of them (`pages.max`)"
                .to_owned(),
        );
    }
    prove(what, proposal, notes, specimen)
}

/// Whether a `Link` header names a next page.
fn leads_on(link: &str) -> bool {
    let plain: String = link.chars().filter(|c| !matches!(c, '"' | ' ')).collect();
    plain.to_ascii_lowercase().contains("rel=next")
}

/// Leaves out what cannot be read, until the rest can.
fn prove(
    what: What,
    mut proposal: Proposal,
    mut notes: Vec<String>,
    specimen: &Specimen<'_>,
) -> Sniffed {
    loop {
        let why = match proposal.prove(specimen) {
            Ok(reading) => {
                notes.extend(reading.warnings.iter().cloned());
                return Sniffed {
                    what,
                    proposal: Some(proposal),
                    reading,
                    notes,
                };
            }
            Err(why) => why,
        };
        // The message names the field in backticks.
        let culprit = proposal
            .mappings
            .iter()
            .enumerate()
            .find_map(|(at, (kind, lines))| {
                let needed = crate::mapping::fields(*kind).0;
                let place = lines.iter().position(|(field, _)| {
                    !needed.contains(field)
                        && *field != "each"
                        && why.contains(&format!("`{field}`"))
                })?;
                Some((at, place))
            });
        let Some((at, place)) = culprit else {
            notes.push(format!(
                "no declaration was found that reads it: {}",
                clip(&why, 300)
            ));
            return Sniffed {
                what,
                proposal: None,
                reading: Reading::default(),
                notes,
            };
        };
        proposal.mappings[at].1.remove(place);
    }
}

fn no_records(body: &Val, table: Table) -> Sniffed {
    if let (Some((path, count)), Table::Json) = (guess::values(body), table) {
        return other(
            format!("JSON with a list of {count} plain values at `{path}`"),
            Some("if they are ids of records, declare a `follow` that asks for each of them"),
        );
    }
    other(
        format!("{} without a list of records", table.name()),
        Some(
            "a record needs an id that differs in every row and a title, an address or an amount; `gather select` helps to look into it",
        ),
    )
}
