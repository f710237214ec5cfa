//! CSV of banks: a table whose shape, columns and notation have to be found out.
//!
//! Everything is decided for the whole file before a row is read: the delimiter and where the table begins (`table`),
//! which column is what (`columns`, `names`), the decimal mark of each column, the order of dates, the sign (`sign`).
//! Each conclusion is reported with its proof and goes into the profile for the next file; what the file leaves open is
//! asked for, all at once.
//!
//! Source: RFC 4180, and what banks send.

mod columns;
mod names;
mod notation;
mod rows;
mod sign;
mod table;
#[cfg(test)]
mod tests;

use super::{
    FileFormat, Import, Profile, Proof,
    characters::{self, Characters},
    error::{Fault, Open},
    ids::{self, Made},
};
use columns::{Amounts, Found};
use notation::Notation;
use table::Table;

pub(super) fn read(bytes: &[u8], profile: &Profile) -> Result<Import, Fault> {
    let characters = characters::decode(bytes, profile, None);
    let mut import = Import::new(FileFormat::Csv);
    import.findings.push(characters.finding());
    let mut open = Open::default();
    let table = table::read(&characters.text, profile, &mut open)?;
    tell_table(&table, &mut import);
    let Some(found) = columns::find(&table, profile, &mut open)? else {
        open.refuse()?;
        return Err(Fault::new("the columns of the table are not known"));
    };
    tell_columns(&table, &found, &mut import);
    let notation = Notation::conclude(&table, &found, profile, &mut import, &mut open);
    let turned = rows::read(&table, &found, &notation, profile, &mut import, &mut open);
    open.refuse()?;
    let learnt = learnt(&characters, &table, &found, &notation, profile);
    import.profile = Some(Profile {
        negate: turned.amounts.then_some(true).or(profile.negate),
        negate_balance: turned.balances.then_some(true).or(profile.negate_balance),
        ..learnt
    });
    ids::judge(&mut import, Made::AsReferences);
    Ok(import)
}

fn tell_table(table: &Table, import: &mut Import) {
    let delimiter = match table.delimiter {
        '\t' => "tab".to_owned(),
        other => format!("`{other}`"),
    };
    let proof = table.rows.iter().take(1).map(|row| {
        let cells: Vec<&str> = row.cells.iter().collect();
        Proof::new(row.line, &cells.join(&table.delimiter.to_string()))
    });
    let conclusion = format!("{delimiter}: it makes {} columns", table.width);
    import.find("delimiter", conclusion, proof.collect());
    for (about, proof) in [
        ("above the table", &table.preamble),
        ("below the table", &table.footer),
    ] {
        if !proof.is_empty() {
            import.find(about, "lines that are no transactions", proof.clone());
        }
    }
}

fn tell_columns(table: &Table, found: &Found, import: &mut Import) {
    let given = found.as_given(table);
    let single = [
        ("date", &given.date),
        ("value date", &given.value_date),
        ("amount", &given.amount),
        ("debit", &given.debit),
        ("credit", &given.credit),
        ("indicator", &given.indicator),
        ("balance", &given.balance),
        ("currency", &given.currency),
        ("payee", &given.payee),
        ("category", &given.category),
        ("id", &given.id),
        ("account", &given.account),
        ("state", &given.state),
    ];
    let mut told: Vec<String> = single
        .iter()
        .filter_map(|(role, column)| Some(format!("{role}: {}", column.as_ref()?)))
        .collect();
    told.extend(
        given
            .description
            .iter()
            .map(|column| format!("description: {column}")),
    );
    let proof = table.names.as_ref().map(|row| {
        let cells: Vec<&str> = row.cells.iter().collect();
        Proof::new(row.line, &cells.join(&table.delimiter.to_string()))
    });
    import.find("columns", told.join("; "), proof.into_iter().collect());
}

/// Everything that the next file of this kind needs.
fn learnt(
    characters: &Characters<'_>,
    table: &Table,
    found: &Found,
    notation: &Notation,
    profile: &Profile,
) -> Profile {
    let indicators = match found.amounts {
        Amounts::Indicated { .. } => notation.indicators.clone(),
        _ => profile.indicators.clone(),
    };
    Profile {
        format: Some(FileFormat::Csv),
        encoding: profile.encoding.clone().or_else(|| characters.label()),
        delimiter: Some(table.delimiter),
        date_order: notation.learnt_order,
        currency: profile.currency.or(notation.currency),
        columns: found.as_given(table),
        indicators,
        decimals: notation.learnt_decimals,
        ..profile.clone()
    }
}
