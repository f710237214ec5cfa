//! Files of the fixtures, read and told in one line a transaction.

use std::{fs, path::Path};

use gather_sources::files::{self, FileError, Import, Profile};

/// The bytes of a fixture, such as `ofx/plain.ofx`.
pub(crate) fn fixture(path: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fs::read(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn read(path: &str) -> Result<Import, FileError> {
    files::read(&fixture(path), path, None)
}

/// Reads with a profile in TOML.
pub(crate) fn read_with(path: &str, profile: &str) -> Result<Import, FileError> {
    files::read(
        &fixture(path),
        path,
        Some(&Profile::parse(profile).unwrap()),
    )
}

/// `2026-11-20 -4.50 EUR | payee | description`
pub(crate) fn rows(import: &Import) -> Vec<String> {
    let all = import.statements.iter().flat_map(|it| &it.transactions);
    all.map(|it| {
        let date = it.date.unwrap();
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        format!(
            "{date} {} | {} | {}",
            it.amount,
            part(&it.payee),
            part(&it.description)
        )
    })
    .collect()
}

/// The ids, those that are weak in brackets.
pub(crate) fn ids(import: &Import) -> Vec<String> {
    let all = import.statements.iter().flat_map(|it| &it.transactions);
    all.map(|it| match it.id_is_weak {
        true => format!("({})", it.id),
        false => it.id.clone(),
    })
    .collect()
}

/// Lines and reasons of what was rejected.
pub(crate) fn rejected(import: &Import) -> Vec<String> {
    let all = import.rejected.iter();
    all.map(|row| format!("{}: {}", row.line, row.reason))
        .collect()
}

/// The keys that a file has to be given.
pub(crate) fn asked(path: &str, profile: &str) -> Vec<String> {
    let error = read_with(path, profile).unwrap_err();
    error
        .questions
        .into_iter()
        .map(|question| question.key)
        .collect()
}

/// What was concluded about something.
pub(crate) fn concluded(import: &Import, about: &str) -> String {
    let found = import.findings.iter().find(|it| it.about == about);
    let finding = found.unwrap_or_else(|| panic!("nothing about {about}: {:?}", import.findings));
    let lines: Vec<String> = finding
        .proof
        .iter()
        .map(|proof| proof.line.to_string())
        .collect();
    format!("{} by lines {}", finding.conclusion, lines.join(","))
}
