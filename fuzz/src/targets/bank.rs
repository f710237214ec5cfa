//! Files of banks: whatever is in them, a row that comes out says a day and an amount that stand in the file.

use std::fmt::Write as _;

use gather_records::Transaction;
use gather_sources::files::{self, FileFormat, Profile};

pub(super) fn ofx(input: &[u8]) -> Result<String, String> {
    read_as(FileFormat::Ofx, input)
}

pub(super) fn qif(input: &[u8]) -> Result<String, String> {
    read_as(FileFormat::Qif, input)
}

pub(super) fn csv(input: &[u8]) -> Result<String, String> {
    read_as(FileFormat::Csv, input)
}

pub(super) fn camt(input: &[u8]) -> Result<String, String> {
    read_as(FileFormat::Camt, input)
}

pub(super) fn mt940(input: &[u8]) -> Result<String, String> {
    read_as(FileFormat::Mt940, input)
}

/// As it is, and then with everything settled that a file can leave open.
fn read_as(format: FileFormat, input: &[u8]) -> Result<String, String> {
    let open = Profile {
        format: Some(format),
        ..Profile::default()
    };
    let mut said = String::new();
    let learnt = read(input, &open, &mut said)?;
    let settled = "currency = 'EUR'\ndate_order = 'dmy'\nnegate = true\n[decimals]\namount = ','\nbalance = '.'";
    let settled = Profile {
        format: Some(format),
        ..Profile::parse(settled)?
    };
    read(input, &settled, &mut said)?;
    if let Some(learnt) = learnt {
        let text = learnt.to_toml();
        let again = Profile::parse(&text).map_err(|error| format!("{error}\n{text}"))?;
        if again != learnt {
            return Err(format!(
                "another profile is read from what was written:\n{text}"
            ));
        }
    }
    // Whichever format it is by its content.
    match files::read(input, "fuzz", None) {
        Ok(import) => said.push_str(&import.format.to_string()),
        Err(error) => said.push_str(&error.to_string()),
    }
    Ok(said)
}

fn read(input: &[u8], profile: &Profile, said: &mut String) -> Result<Option<Profile>, String> {
    let import = match files::read(input, "fuzz", Some(profile)) {
        Ok(import) => import,
        Err(error) => {
            let text = format!("{error} ({:?})\n", error.hint);
            if text.len() > 20_000 {
                return Err(format!("an error of {} bytes", text.len()));
            }
            said.push_str(&text);
            return Ok(None);
        }
    };
    let is_nearest = import.format == FileFormat::Mt940;
    for row in import.statements.iter().flat_map(|it| &it.transactions) {
        check(row, input, is_nearest).map_err(|reason| format!("{reason}: {row:?}"))?;
        let _ = writeln!(said, "{row:?}");
    }
    for row in &import.rejected {
        let _ = writeln!(said, "{}: {}", row.line, row.reason);
    }
    for warning in &import.warnings {
        let _ = writeln!(said, "{warning}");
    }
    Ok(import.profile)
}

fn check(row: &Transaction, input: &[u8], is_nearest: bool) -> Result<(), String> {
    let date = row.date.ok_or("a row without a day")?;
    let has = |text: &str| {
        let bytes = text.as_bytes();
        input.windows(bytes.len()).any(|window| window == bytes)
    };
    // In other encodings digits stand elsewhere.
    if input.is_ascii() && !input.contains(&0) {
        let year = (date.year() % 100).to_string();
        if !is_nearest && !has(&year) {
            return Err(format!("the year {} is not in the file", date.year()));
        }
        if !has(&date.day().to_string()) {
            return Err(format!("the day {date} is not in the file"));
        }
        if row.amount.amount.is_zero() && !has("0") {
            return Err("an amount of zero is not in the file".to_owned());
        }
    }
    if row.id.is_empty() && !row.id_is_weak {
        return Err("no id, and that is not weak".to_owned());
    }
    for text in [&row.description, &row.payee, &row.category]
        .into_iter()
        .flatten()
    {
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return Err(format!("{text:?} is no text for people"));
        }
    }
    Ok(())
}
