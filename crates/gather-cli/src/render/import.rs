//! Files of banks: what was concluded, what each row does, and the imports of the past.

use gather_records::Money;
use gather_sources::files::{Finding, Question};
use gather_store::{Import, Undone};

use super::{
    View,
    amount::{Amounts, moved},
    failure::hint,
    layout::{apart, cut, left, right, widest, wrapped},
    money::heading,
    sentence::plural,
    style::{accent, alarm, caution, dim},
    time,
};
use crate::{
    command::import::{BankReport, RowLine},
    escape,
};

/// Rows of one kind that are shown; `--format csv` has all of them.
const MOST: usize = 10;

/// What would become of a file, or did.
pub(crate) fn bank_file(report: &BankReport<'_>, view: &View) -> String {
    let accounts = escape::line(&report.accounts.join(", ")).into_owned();
    let about = format!("{} · {accounts}", report.format);
    let about = if accounts.is_empty() {
        report.format.clone()
    } else {
        about
    };
    let mut text = heading(&escape::line(report.file), &about, view);
    if let Some(path) = &report.read_with {
        text.push_str(&format!("{}\n", dim(format!("  read as {path} says"))));
    }
    text.push_str(&findings(report.findings, view));
    for warning in report.warnings {
        let line = wrapped(&escape::line(warning), "  ", "  ", view.width);
        text.push_str(&format!("{}\n", caution(line)));
    }
    text.push_str(&format!("  {}\n", counts(report)));
    for word in ["new", "changed", "review", "rejected"] {
        let rows: Vec<&RowLine> = report
            .rows
            .iter()
            .filter(|row| row.word() == word)
            .collect();
        text.push_str(&rows_of(word, &rows, view));
    }
    text
}

fn counts(report: &BankReport<'_>) -> String {
    let counts = &report.counts;
    let rejected = report.rejected.len() as u64;
    let mut parts = vec![
        format!("{} new", counts.new),
        format!("{} changed", counts.changed),
        format!("{} duplicate", counts.duplicate),
    ];
    if counts.review > 0 {
        parts.push(caution(format!("{} to review", counts.review)));
    }
    if rejected > 0 {
        parts.push(alarm(format!("{rejected} rejected")));
    }
    parts.join(" · ")
}

/// What was concluded, each with the first line that proves it.
fn findings(findings: &[Finding], view: &View) -> String {
    let width = widest(findings.iter().map(|finding| finding.about.as_str())).min(28);
    let mut text = String::new();
    for finding in findings {
        let about = escape::line(&finding.about);
        let proof = finding.proof.first().map_or_else(String::new, |proof| {
            format!("line {}: {}", proof.line, escape::line(&proof.text))
        });
        let conclusion = format!(
            "  {}  {}",
            dim(left(&about, width)),
            escape::line(&finding.conclusion)
        );
        let room = view
            .width
            .saturating_sub(super::layout::width(&conclusion) + 2);
        let proof = if room < 16 {
            String::new()
        } else {
            dim(cut(&proof, room))
        };
        text.push_str(apart(&conclusion, &proof, view.width).trim_end());
        text.push('\n');
    }
    text
}

fn rows_of(word: &str, rows: &[&RowLine], view: &View) -> String {
    let mut text = String::new();
    let shown = if rows.len() <= MOST + 1 {
        rows.len()
    } else {
        MOST
    };
    let amounts: Vec<String> = rows[..shown]
        .iter()
        .map(|row| match (row.amount, row.currency) {
            (Some(amount), Some(currency)) => moved(&Money::new(amount, currency)),
            _ => String::new(),
        })
        .collect();
    let column = Amounts::of(&amounts);
    let sign = match word {
        "new" => accent("+"),
        "changed" => accent("~"),
        "review" => caution("?"),
        _ => alarm("✕"),
    };
    for (row, amount) in rows[..shown].iter().zip(&amounts) {
        let reason = row.reason.as_deref().map(escape::line).unwrap_or_default();
        if let Some(line) = row.line.filter(|_| row.state.is_none()) {
            let rejected = format!("  {sign} line {line}: {reason}");
            text.push_str(&wrapped(&rejected, "", "    ", view.width));
            text.push('\n');
            continue;
        }
        let today = view.now.to_zoned(view.zone.clone()).date();
        let day = row
            .date
            .map_or_else(|| "no date".to_owned(), |day| time::day(day, today));
        let what = row
            .payee
            .as_deref()
            .or(row.description.as_deref())
            .unwrap_or_default();
        let head = format!("  {sign} {}  {}", right(&day, 11), escape::line(what));
        let currency = row
            .currency
            .map_or_else(String::new, |currency| currency.to_string());
        let figure = format!("  {} {}", column.put(amount), dim(currency));
        text.push_str(&format!("{}\n", apart(&head, &figure, view.width)));
        if !reason.is_empty() {
            let why = wrapped(&reason, "      ", "      ", view.width);
            text.extend(why.lines().map(|line| format!("{}\n", dim(line))));
        }
    }
    if shown < rows.len() {
        let more = format!("  and {} more {word}", rows.len() - shown);
        text.push_str(&format!("{}\n", dim(more)));
    }
    text
}

/// That a file was kept, and how to take it back.
pub(crate) fn bank_file_kept(report: &BankReport<'_>, view: &View) -> String {
    let file = escape::line(report.file);
    let counts = &report.counts;
    let mut text = format!(
        "{file}: {} new, {} changed, {} duplicate\n",
        counts.new, counts.changed, counts.duplicate
    );
    for id in &report.imports {
        text.push_str(&hint(
            &format!("`gather import --undo {id}` takes it back"),
            "",
            view,
        ));
    }
    if counts.review > 0 {
        text.push_str(&hint(
            &format!(
                "`gather money review` shows the {} to decide",
                plural(counts.review, "row")
            ),
            "",
            view,
        ));
    }
    text
}

/// What a file leaves open, with the lines that show it and what it may be.
pub(crate) fn question(question: &Question, view: &View) -> String {
    let mut text = wrapped(
        &format!("{}: {}", question.key, escape::line(&question.message)),
        "  ",
        "    ",
        view.width,
    );
    text.push('\n');
    for proof in question.proof.iter().take(3) {
        let line = format!("    line {}: {}", proof.line, escape::line(&proof.text));
        text.push_str(&format!("{}\n", dim(cut(&line, view.width))));
    }
    for choice in &question.choices {
        let line = format!(
            "{}={}: {}",
            question.key,
            choice.value.trim_matches('"'),
            escape::line(&choice.meaning)
        );
        text.push_str(&wrapped(&line, "    ", "      ", view.width));
        text.push('\n');
    }
    text
}

/// The imports of the past, a line each.
pub(crate) fn imports(imports: &[Import], view: &View) -> String {
    let ids: Vec<String> = imports.iter().map(|import| import.id.to_string()).collect();
    let ats: Vec<String> = imports
        .iter()
        .map(|import| time::clock(import.at, view))
        .collect();
    let id_width = widest(ids.iter().map(String::as_str));
    let at_width = widest(ats.iter().map(String::as_str));
    let mut text = String::new();
    for ((import, id), at) in imports.iter().zip(&ids).zip(&ats) {
        let counts = &import.counts;
        let what = match import.undone_at {
            Some(_) => caution("taken back"),
            None => format!(
                "{} new, {} changed, {} duplicate",
                counts.new, counts.changed, counts.duplicate
            ),
        };
        let file = format!(
            "{}  {}  {}  {}",
            right(id, id_width),
            dim(left(at, at_width)),
            escape::line(&import.file),
            dim(format!(
                "{} · {}",
                import.format,
                escape::line(&import.source)
            ))
        );
        text.push_str(&format!(
            "{}\n",
            apart(&file, &format!("  {what}"), view.width)
        ));
    }
    text
}

/// What taking an import back did.
pub(crate) fn undone(import: &Import, undone: Undone, view: &View) -> String {
    let mut parts = vec![format!("{} gone", plural(undone.removed, "transaction"))];
    if undone.restored > 0 {
        parts.push(format!("{} as before", undone.restored));
    }
    if undone.kept > 0 {
        parts.push(format!(
            "{} kept, since another file or the bank tells of them too",
            undone.kept
        ));
    }
    let text = format!(
        "import {} ({}) is taken back: {}",
        import.id,
        escape::line(&import.file),
        parts.join(", ")
    );
    format!("{}\n", wrapped(&text, "", "  ", view.width))
}
