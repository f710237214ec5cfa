//! What the money pages share: where one is in them, the currency of the sums, and by which rates they are converted.

use std::collections::BTreeSet;

use gather_records::Currency;
use gather_store::{Error, Snapshot};

use super::{
    super::{
        part::{Choice, Note, Tone},
        reader::{EACH_APART, Reader},
        show::plural,
        view::{MoneyHead, Shell},
    },
    ledger::Ledger,
};

/// Which of the money pages one is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Overview,
    Transactions,
    Budgets,
    Review,
    /// One account.
    Account,
}

/// Where one is, without a choice of currency: for pages that add nothing up.
pub(super) fn head(reader: &Reader, moment: &Snapshot<'_>, here: Part) -> Result<MoneyHead, Error> {
    let waiting = moment.reviews(&reader.viewer)?.len();
    let carried = reader.fields.only(&["currency"]);
    let parts = [
        (Part::Overview, "Overview", "/money"),
        (Part::Transactions, "Transactions", "/money/transactions"),
        (Part::Budgets, "Budgets", "/money/budgets"),
        (Part::Review, "Review", "/money/review"),
    ];
    Ok(MoneyHead {
        parts: parts
            .map(|(part, text, path)| Choice {
                text: text.to_owned(),
                value: carried.after(&reader.to(path)),
                count: if part == Part::Review && waiting > 0 {
                    waiting.to_string()
                } else {
                    String::new()
                },
                chosen: part == here,
            })
            .into(),
        ..MoneyHead::default()
    })
}

/// The same with a choice of currency, and the rates behind the sums.
pub(super) fn head_of_sums(
    reader: &Reader,
    moment: &Snapshot<'_>,
    here: Part,
    ledger: &Ledger,
) -> Result<MoneyHead, Error> {
    Ok(MoneyHead {
        currencies: currencies(reader, ledger),
        carried: reader.fields.only(&["month"]).pairs(),
        rates: rates(reader, ledger),
        ..head(reader, moment, here)?
    })
}

fn currencies(reader: &Reader, ledger: &Ledger) -> Vec<Choice> {
    let overview = &ledger.overview;
    let chosen = reader.currency();
    let mut known: BTreeSet<Currency> = chosen.into_iter().collect();
    known.extend(overview.totals.iter().map(|total| total.currency));
    known.extend(
        overview
            .rates
            .iter()
            .flat_map(|rate| [rate.base, rate.quote]),
    );
    if known.len() < 2 {
        return Vec::new();
    }
    let mut choices = vec![Choice {
        text: "each apart".to_owned(),
        value: EACH_APART.to_owned(),
        count: String::new(),
        chosen: chosen.is_none(),
    }];
    choices.extend(known.into_iter().map(|currency| Choice {
        text: currency.to_string(),
        value: currency.to_string(),
        count: String::new(),
        chosen: chosen == Some(currency),
    }));
    choices
}

/// By which rates the total was added up, and where sources differ on them.
fn rates(reader: &Reader, ledger: &Ledger) -> Vec<Note> {
    let overview = &ledger.overview;
    let mut notes = Vec::new();
    for used in ledger.total().iter().flat_map(|total| &total.rates) {
        let mut text = format!(
            "1 {} = {} {} · {}, {}",
            used.from,
            reader.numbers.rate(used.rate),
            used.to,
            used.source,
            reader.times.day_words(used.date)
        );
        let days = (overview.as_of - used.date).get_days();
        if let Some(days) = u64::try_from(days).ok().filter(|days| *days > 0) {
            text.push_str(&format!(", carried {}", plural(days, "day")));
        }
        if let Some(via) = used.via {
            text.push_str(&format!(", by way of {via}"));
        }
        notes.push(Note {
            text,
            tone: Tone::Quiet,
        });
    }
    for apart in &overview.deviations {
        let [first, second] = &apart.sources;
        notes.push(Note {
            text: format!(
                "{first} and {second} are {} % apart on 1 {} = {} or {} {} ({})",
                reader.numbers.decimal(apart.percent.normalize()),
                apart.base,
                reader.numbers.rate(apart.rates[0]),
                reader.numbers.rate(apart.rates[1]),
                apart.quote,
                reader.times.day_words(apart.date)
            ),
            tone: Tone::Caution,
        });
    }
    notes
}

/// Says on a page what of its address could not be read.
pub(super) fn refuse(shell: &mut Shell, refused: impl IntoIterator<Item = String>) {
    let text: Vec<String> = refused.into_iter().collect();
    if !text.is_empty() {
        shell.notice = Some(Note {
            text: text.join(" "),
            tone: Tone::Caution,
        });
    }
}
