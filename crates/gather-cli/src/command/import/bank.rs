//! `gather import` of files of banks: what each row would do, and then doing it.
//!
//! A row that cannot be used is rejected with its line; what the file leaves open is refused with the keys that settle
//! it. Which account a row is of and what is new is decided in `gather-run` and the store.

use gather_records::{Currency, Transaction};
use gather_run::{BankFile, ImportError, ImportWish, Profiles};
use gather_sources::files::{FileError, Finding, RejectedRow};
use gather_store::{ImportCounts, ImportId, PlannedRow, RowFate, Store};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{Input, typed_names};
use crate::{
    args::{self, Format},
    command::{Exit, books, offline},
    failure::{Failure, Result},
    render::{self, Cell, Row},
    session::{Session, shown, typed},
};

/// A file, and what becomes of it.
#[derive(Debug, Serialize)]
pub(crate) struct BankReport<'a> {
    pub(crate) file: &'a str,
    pub(crate) format: String,
    /// The accounts that it tells of, as `SOURCE/ID`.
    pub(crate) accounts: Vec<String>,
    /// The kept profile that it was read with.
    pub(crate) read_with: Option<String>,
    pub(crate) findings: &'a [Finding],
    pub(crate) warnings: &'a [String],
    pub(crate) counts: ImportCounts,
    pub(crate) rejected: &'a [RejectedRow],
    /// Whether it was kept.
    pub(crate) written: bool,
    /// By which it can be undone.
    pub(crate) imports: Vec<ImportId>,
    pub(crate) rows: Vec<RowLine>,
}

/// A row of a file, and what becomes of it.
#[derive(Debug, Serialize)]
pub(crate) struct RowLine {
    pub(crate) file: String,
    /// What becomes of it; `None`: it is rejected.
    pub(crate) state: Option<RowFate>,
    /// Where it stands, where it is rejected.
    pub(crate) line: Option<usize>,
    pub(crate) source: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) date: Option<Date>,
    #[serde(with = "rust_decimal::serde::str_option")]
    pub(crate) amount: Option<Decimal>,
    pub(crate) currency: Option<Currency>,
    pub(crate) payee: Option<String>,
    pub(crate) description: Option<String>,
    /// What changes, why it is to be looked at, or why it is rejected.
    pub(crate) reason: Option<String>,
}

impl Row for RowLine {
    const HEADER: &'static [&'static str] = &[
        "state",
        "file",
        "line",
        "date",
        "amount",
        "currency",
        "payee",
        "description",
        "source",
        "account",
        "reason",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::plain(self.word()),
            Cell::text(&self.file),
            Cell::maybe_plain(self.line),
            Cell::maybe_plain(self.date),
            Cell::maybe_plain(self.amount),
            Cell::maybe_plain(self.currency),
            Cell::maybe(self.payee.as_deref()),
            Cell::maybe(self.description.as_deref()),
            Cell::maybe(self.source.as_deref()),
            Cell::maybe(self.account.as_deref()),
            Cell::maybe(self.reason.as_deref()),
        ]
    }
}

impl RowLine {
    pub(crate) fn word(&self) -> &'static str {
        match self.state {
            Some(RowFate::New) => "new",
            Some(RowFate::Changed) => "changed",
            Some(RowFate::Duplicate) => "duplicate",
            Some(RowFate::Review) => "review",
            None => "rejected",
        }
    }

    fn of(file: &str, source: &str, row: &PlannedRow, moved: &Transaction) -> Self {
        Self {
            file: file.to_owned(),
            state: Some(row.fate),
            line: None,
            source: Some(source.to_owned()),
            account: moved.account.clone(),
            date: moved.date,
            amount: Some(moved.amount.amount),
            currency: Some(moved.amount.currency),
            payee: moved.payee.clone(),
            description: moved.description.clone(),
            reason: row.why.clone(),
        }
    }

    fn rejected(file: &str, row: &RejectedRow) -> Self {
        Self {
            file: file.to_owned(),
            state: None,
            line: Some(row.line),
            source: None,
            account: None,
            date: None,
            amount: None,
            currency: None,
            payee: None,
            description: None,
            reason: Some(row.reason.clone()),
        }
    }
}

/// Keeps some files, or says what keeping them would do.
pub(super) fn import(session: &Session, inputs: &[Input], args: &args::Import) -> Result<Exit> {
    let profiles = Profiles::beside(&session.config_path());
    // A configuration with mistakes is told before anything is written.
    let rules = session.configuration()?.config.rules().clone();
    let held = session.held()?;
    let known = match &held {
        Some(store) => gather_run::known_accounts(store, &session.viewer)?,
        None => Vec::new(),
    };
    let wish = ImportWish {
        account: args.account.clone(),
        profile: args.profile.clone(),
    };
    let mut files = Vec::new();
    for input in inputs {
        let name = offline::name(&input.file);
        let read = gather_run::read_bank_file(
            &name,
            &input.bytes,
            &wish,
            &session.viewer,
            &known,
            &profiles,
        );
        files.push(read.map_err(|error| refused(session, error, &name, args))?);
    }
    let mut reports = Vec::new();
    let mut would = false;
    for file in &files {
        let plans = file.preview(held.as_ref())?;
        would |= plans.iter().any(|plan| plan.changes);
        reports.push(report(file, plans.iter().map(|plan| &plan.rows[..]), false));
    }
    let rows = reports
        .iter()
        .any(|report| report.counts.new + report.counts.changed + report.counts.review > 0);
    if session.for_people() {
        for report in &reports {
            render::data(&render::bank_file(report, &session.view()))?;
        }
        if would && !rows {
            session.note("no transaction is new, but a balance or an account is\n");
        }
    }
    let written = args.yes || (would && session.confirm("keep this?")?);
    if written {
        let store = match held {
            Some(store) => store,
            None => session.store()?,
        };
        reports = keep(session, &store, &files, &profiles)?;
        books::apply_rules(session, &store, &rules)?;
    }
    if session.format == Format::Json {
        render::document(&reports)?;
    } else if !session.for_people() {
        let rows: Vec<RowLine> = reports.drain(..).flat_map(|report| report.rows).collect();
        render::rows(session.format, &rows)?;
    }
    if !written {
        say_how(session, inputs, args, would);
    }
    let whole = files.iter().all(|file| file.import.rejected.is_empty());
    Ok(if whole { Exit::Complete } else { Exit::Partial })
}

fn keep<'a>(
    session: &Session,
    store: &Store,
    files: &'a [BankFile],
    profiles: &Profiles,
) -> Result<Vec<BankReport<'a>>> {
    let mut reports = Vec::new();
    for file in files {
        let kept = file.keep(store, profiles, session.now())?;
        let mut report = report(file, kept.reports.iter().map(|one| &one.rows[..]), true);
        report.imports = kept.reports.iter().filter_map(|one| one.id).collect();
        session.note(&render::bank_file_kept(&report, &session.view()));
        if let Some(path) = kept.profile.filter(|_| file.read_with.is_none()) {
            let words = format!("how it was read is kept in {}", shown(&path));
            session.note(&format!("{}\n", render::dim(words)));
        }
        reports.push(report);
    }
    Ok(reports)
}

fn report<'a, 'p>(
    file: &'a BankFile,
    plans: impl Iterator<Item = &'p [PlannedRow]>,
    written: bool,
) -> BankReport<'a> {
    let mut rows = Vec::new();
    let mut counts = ImportCounts::default();
    for (part, plan) in file.parts.iter().zip(plans) {
        for row in plan {
            *match row.fate {
                RowFate::New => &mut counts.new,
                RowFate::Changed => &mut counts.changed,
                RowFate::Duplicate => &mut counts.duplicate,
                RowFate::Review => &mut counts.review,
            } += 1;
            if let Some(moved) = part.transactions.get(row.index) {
                rows.push(RowLine::of(&file.name, &part.source, row, moved));
            }
        }
    }
    let rejected = &file.import.rejected;
    rows.extend(
        rejected
            .iter()
            .map(|row| RowLine::rejected(&file.name, row)),
    );
    let accounts = file.parts.iter().flat_map(|part| {
        let accounts = part.accounts.iter();
        accounts.map(|account| format!("{}/{}", part.source, account.id))
    });
    BankReport {
        file: &file.name,
        format: file.import.format.to_string(),
        accounts: accounts.collect(),
        read_with: file.read_with.as_deref().map(shown),
        findings: &file.import.findings,
        warnings: &file.import.warnings,
        counts,
        rejected,
        written,
        imports: Vec::new(),
        rows,
    }
}

fn say_how(session: &Session, inputs: &[Input], args: &args::Import, would: bool) {
    if !would {
        session.note("nothing is new\n");
        return;
    }
    let advice = format!("`gather import {} --yes` does it", call(inputs, args));
    let view = session.view();
    session.note(&format!(
        "nothing was written\n{}",
        render::hint(&advice, "", &view)
    ));
}

/// The call as it can be typed again.
fn call(inputs: &[Input], args: &args::Import) -> String {
    let mut call = typed_names(inputs);
    if let Some(account) = &args.account {
        call.push_str(&format!(" --account {}", typed(account.as_ref())));
    }
    for setting in &args.profile {
        let text = match setting {
            gather_run::ProfileSetting::File(path) => path.display().to_string(),
            gather_run::ProfileSetting::Key(key, value) => format!("{key}={value}"),
        };
        call.push_str(&format!(" --profile {}", typed(text.as_ref())));
    }
    call
}

/// What a person does about a file that cannot be imported.
fn refused(session: &Session, error: ImportError, name: &str, args: &args::Import) -> Failure {
    match error {
        ImportError::File(error) => open(session, &error, args),
        ImportError::WhichAccount { known, .. } => {
            let known = match &known[..] {
                [] => String::new(),
                known => format!("; known are {}", known.join(", ")),
            };
            Failure::new(format!(
                "{name}: the file does not say which account it is of"
            ))
            .hint(format!(
                "name it with `--account NAME`; a new name makes a new account{known}"
            ))
        }
        error => Failure::from(error),
    }
}

/// What a file leaves open, and how to say it.
fn open(session: &Session, error: &FileError, args: &args::Import) -> Failure {
    let place = match error.line {
        Some(line) => format!("{}:{line}", error.file),
        None => error.file.clone(),
    };
    let mut failure = Failure::new(format!("{place}: {}", error.message));
    for question in &error.questions {
        failure = failure.detail(render::question(question, &session.view()));
    }
    let keys: Vec<String> = error
        .questions
        .iter()
        .map(|question| {
            let value = match question.choices.first() {
                Some(choice) => &choice.value,
                None if question.key == "currency" => "EUR",
                None => "…",
            };
            format!("--profile {}={}", question.key, value.trim_matches('"'))
        })
        .collect();
    if !keys.is_empty() {
        let account = if args.account.is_some() {
            ""
        } else {
            ", with `--account NAME`"
        };
        return failure.hint(format!(
            "say it, for instance with `{}`; it is remembered for the account{account}",
            keys.join(" ")
        ));
    }
    match &error.hint {
        Some(hint) => failure.hint(hint.clone()),
        None => failure,
    }
}
