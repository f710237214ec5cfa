//! What was found at an address, what a list of feeds would add, and what each source answered to a check.

use gather_records::Record;
use gather_run::{Checked, Looked, NoAnswer};
use gather_sources::{Reading, sniff::What};

use super::{View, failure::hint, layout, sentence::plural, style, time};
use crate::{
    command::import::{Entry, Fate},
    escape,
};

/// A line an address that was asked, and under a page the feeds it names.
pub(crate) fn looked(seen: &[Looked], view: &View) -> String {
    let mut text = String::new();
    for looked in seen {
        let line = format!(
            "{} is {}",
            style::bold(escape::line(&looked.shown)),
            escape::line(&looked.found.what.to_string())
        );
        text.push_str(&layout::wrapped(&line, "", "  ", view.width));
        text.push('\n');
        if let What::Page { feeds, .. } = &looked.found.what {
            let width = layout::widest(feeds.iter().map(|link| link.format.as_str()));
            for link in feeds {
                let title = link.title.as_deref().unwrap_or_default();
                let line = format!(
                    "{}  {}  {title}",
                    layout::left(&link.format, width),
                    link.url
                );
                text.push_str(&style::dim(format!("  {}", escape::line(line.trim_end()))));
                text.push('\n');
            }
        }
    }
    text
}

/// The first records as they would be stored: one with all its fields, of the others what they are called.
pub(crate) fn sample(reading: &Reading, count: usize, view: &View) -> String {
    let mut records = reading.records.iter();
    let Some(first) = records.next() else {
        return match reading.follow.len() {
            0 => String::new(),
            follow => format!(
                "{}\n",
                style::dim(format!("  {follow} more requests bring its records"))
            ),
        };
    };
    let fields = fields(first);
    let width = layout::widest(fields.iter().map(|(name, _)| *name));
    let mut text = String::new();
    for (name, value) in &fields {
        let line = format!("  {}  {}", layout::left(name, width), escape::line(value));
        text.push_str(&layout::cut(&line, view.width));
        text.push('\n');
    }
    for record in records.take(count.saturating_sub(1)) {
        let line = format!("  {}", escape::line(&called(record)));
        text.push_str(&style::dim(layout::cut(&line, view.width)));
        text.push('\n');
    }
    let more = reading.records.len().saturating_sub(count);
    if more > 0 {
        text.push_str(&style::dim(format!("  and {more} more")));
        text.push('\n');
    }
    text.push('\n');
    text
}

/// The fields of a record that are filled.
fn fields(record: &Record) -> Vec<(&'static str, String)> {
    fn maybe<T: ToString>(value: &Option<T>) -> Option<String> {
        value.as_ref().map(T::to_string)
    }
    let all: Vec<(&'static str, Option<String>)> = match record {
        Record::Article(one) => vec![
            ("id", Some(one.id.clone())),
            ("title", one.title.clone()),
            ("url", maybe(&one.url)),
            ("published_at", maybe(&one.published_at)),
            ("author", one.author.clone()),
            ("summary", one.summary.clone()),
            ("section", one.section.clone()),
            ("score", maybe(&one.score)),
            ("comments", maybe(&one.comments)),
        ],
        Record::Account(one) => vec![
            ("id", Some(one.id.clone())),
            ("name", Some(one.name.clone())),
            ("balance", Some(one.balance.to_string())),
            ("as_of", maybe(&one.as_of)),
        ],
        Record::Transaction(one) => vec![
            ("id", Some(one.id.clone())),
            ("account", one.account.clone()),
            ("amount", Some(one.amount.to_string())),
            ("date", maybe(&one.date)),
            ("description", one.description.clone()),
            ("category", one.category.clone()),
            ("pending", one.pending.then(|| "yes".to_owned())),
        ],
        Record::Budget(one) => vec![
            ("id", Some(one.id.clone())),
            ("category", Some(one.category.clone())),
            ("limit", Some(one.limit.to_string())),
            ("spent", maybe(&one.spent)),
        ],
        Record::Rate(one) => vec![
            ("base", Some(one.base.to_string())),
            ("quote", Some(one.quote.to_string())),
            ("date", Some(one.date.to_string())),
            ("rate", Some(one.rate.to_string())),
        ],
    };
    all.into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// What a record is called, on one line.
fn called(record: &Record) -> String {
    match record {
        Record::Article(one) => one.headline().to_owned(),
        Record::Account(one) => format!("{}  {}", one.name, one.balance),
        Record::Transaction(one) => {
            format!(
                "{}  {}",
                one.amount,
                one.description.as_deref().unwrap_or(&one.id)
            )
        }
        Record::Budget(one) => format!("{}  {}", one.category, one.limit),
        Record::Rate(one) => format!("{}/{}  {}", one.base, one.quote, one.rate),
    }
}

/// What to look at, a note a line.
pub(crate) fn notes(notes: &[String], view: &View) -> String {
    let line = |note: &String| {
        let text = format!("{} {}", style::caution("note:"), escape::line(note));
        format!("{}\n", layout::wrapped(&text, "", "  ", view.width))
    };
    notes.iter().map(line).collect()
}

/// Why there is no answer, and what to do about it.
pub(crate) fn no_answer(
    source: Option<&str>,
    no: &NoAnswer,
    with_hints: bool,
    view: &View,
) -> String {
    let name = source.map_or_else(String::new, |name| {
        format!("{}: ", style::bold(escape::line(name)))
    });
    let line = format!("{} {name}{}", style::alarm("✕"), escape::line(&no.reason));
    let mut text = layout::wrapped(&line, "", "  ", view.width);
    text.push('\n');
    if with_hints {
        if let Some(advice) = &no.hint {
            text.push_str(&hint(advice, "  ", view));
        }
        if let Some(until) = no.until {
            let until = format!(
                "it wants to be asked again from {} on",
                time::clock(until, view)
            );
            text.push_str(&format!("  {}\n", style::dim(until)));
        }
    }
    text
}

/// A line a feed of the lists, what is new first.
pub(crate) fn entries(entries: &[Entry], view: &View) -> String {
    let name = |entry: &Entry| escape::line(entry.source.as_deref().unwrap_or("-")).into_owned();
    let width = layout::widest(
        entries
            .iter()
            .map(name)
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    )
    .min(40);
    let mut text = String::new();
    for fate in [Fate::New, Fate::Followed, Fate::Refused] {
        for entry in entries.iter().filter(|entry| entry.state == fate) {
            let url = escape::line(entry.url.as_deref().unwrap_or_default()).into_owned();
            let line = match fate {
                Fate::New => format!(
                    "{} {}  {url}",
                    style::accent("+"),
                    layout::left(&name(entry), width)
                ),
                Fate::Followed => {
                    style::dim(format!("= {}  {url}", layout::left(&name(entry), width)))
                }
                Fate::Refused => format!(
                    "{} {}",
                    style::alarm("✕"),
                    escape::line(entry.reason.as_deref().unwrap_or_default())
                ),
            };
            text.push_str(&layout::wrapped(&line, "", "    ", view.width));
            text.push('\n');
        }
    }
    text
}

/// `12 feeds would be added to …, 3 are followed already`.
pub(crate) fn imported(counts: [u64; 3], written: bool, file: &str, view: &View) -> String {
    let [new, followed, refused] = counts;
    let mut parts = vec![match (new, written) {
        (0, _) => "nothing is new".to_owned(),
        (new, true) => format!("{} added to `{file}`", plural(new, "feed")),
        (new, false) => format!("{} would be added to `{file}`", plural(new, "feed")),
    }];
    if followed > 0 {
        let are = if followed == 1 { "is" } else { "are" };
        parts.push(format!("{followed} {are} followed already"));
    }
    if refused > 0 {
        parts.push(format!("{refused} cannot be followed"));
    }
    let text = parts.join(", ");
    format!(
        "{}\n",
        layout::wrapped(&style::accent(text), "", "  ", view.width)
    )
}

/// A line a source that was asked, and under it what was not as it should be.
pub(crate) fn checked(all: &[Checked], view: &View) -> String {
    let width = layout::widest(all.iter().map(|one| one.source.as_str())).min(30);
    let mut text = String::new();
    for one in all {
        let sign = match (&one.answer, one.is_good()) {
            (Err(_), _) => style::alarm("✕"),
            (Ok(_), true) => style::accent("●"),
            (Ok(_), false) => style::caution("◐"),
        };
        let name = escape::line(&one.source);
        let name = layout::left(&name, width);
        let took = one
            .took
            .map_or_else(String::new, |took| format!(" in {}", time::seconds(took)));
        let said = match &one.answer {
            Err(no) => no.reason.clone(),
            Ok(answer) => {
                let mut parts: Vec<String> = answer
                    .records
                    .iter()
                    .map(|(kind, count)| plural(*count as u64, kind.as_str()))
                    .collect();
                if answer.follow > 0 {
                    parts.push(format!(
                        "{} to follow",
                        plural(answer.follow as u64, "request")
                    ));
                }
                if parts.is_empty() {
                    parts.push("no records".to_owned());
                }
                if answer.skipped > 0 {
                    parts.push(format!("{} left out as declared", answer.skipped));
                }
                if one.requests > 1 {
                    parts.push(format!("the first of {} requests", one.requests));
                }
                format!("{}{took}", parts.join(", "))
            }
        };
        let line = format!("{sign} {name}  {}", escape::line(&said));
        text.push_str(&layout::wrapped(
            &line,
            "",
            &" ".repeat(width + 4),
            view.width,
        ));
        text.push('\n');
        let mut more = Vec::new();
        if let Ok(answer) = &one.answer {
            if let Some(first) = &answer.first_rejected {
                more.push(format!(
                    "{} could not be used: {first}",
                    plural(answer.rejected as u64, "row")
                ));
            }
            more.extend(answer.warnings.iter().cloned());
        }
        for words in more {
            let line = layout::wrapped(&escape::line(&words), "    ", "    ", view.width);
            text.extend(line.lines().map(|line| format!("{}\n", style::dim(line))));
        }
    }
    text
}

/// What to do about sources that did not answer, each advice once.
pub(crate) fn advice(all: &[Checked], view: &View) -> String {
    let mut said = std::collections::HashSet::new();
    all.iter()
        .filter_map(|one| one.answer.as_ref().err()?.hint.as_deref())
        .filter(|advice| said.insert(*advice))
        .map(|advice| hint(advice, "", view))
        .collect()
}
