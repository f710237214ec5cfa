//! A profile: what a file of a bank does not say about itself, in TOML that a person can write and a program can save.

use std::collections::BTreeMap;

use gather_records::Currency;
use serde::{Deserialize, Serialize};

use super::FileFormat;

/// How files of one kind are read. Everything is optional: what is unset is concluded from the file, or asked for.
///
/// ```
/// # use gather_sources::files::Profile;
/// let profile = Profile::parse(
///     r#"
///     format = "csv"
///     delimiter = ";"
///     date_order = "dmy"
///     currency = "EUR"
///     [columns]
///     date = "Buchungstag"
///     amount = "Betrag"
///     description = ["Verwendungszweck", 7]
///     [decimals]
///     amount = ","
///     "#,
/// )?;
/// assert_eq!(Profile::parse(&profile.to_toml())?, profile);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// What the file is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<FileFormat>,
    /// A label of the WHATWG encoding standard, such as `windows-1252`. A byte-order mark wins over it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// CSV: what stands between two cells; one character of ASCII.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// CSV: what stands around a cell; one character of ASCII. Default: `"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<char>,
    /// In which order day, month and year are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// Turns the sign of every amount round: for banks that write charges as positive amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negate: Option<bool>,
    /// Turns the sign of every balance round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negate_balance: Option<bool>,
    /// CAMT: the entries that are marked as reversals say the direction of what they undo, against the standard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negate_reversals: Option<bool>,
    /// The id of the account, where the file has none; it wins over that of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The currency of amounts that the file gives none for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// CSV: which column is what. QIF: `date = "M"` takes the date from the memo.
    #[serde(skip_serializing_if = "Columns::is_empty")]
    pub columns: Columns,
    /// CSV: what the values of the column `indicator` mean: `true` is money out of the account.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub indicators: BTreeMap<String, bool>,
    /// Which character stands before the cents, by column.
    #[serde(skip_serializing_if = "Decimals::is_empty")]
    pub decimals: Decimals,
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// What is wrong and where, in words for a person.
    pub fn parse(text: &str) -> Result<Self, String> {
        let profile: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for (key, value) in [("delimiter", profile.delimiter), ("quote", profile.quote)] {
            if value.is_some_and(|it| !it.is_ascii() || matches!(it, '\n' | '\r' | '\0')) {
                return Err(format!("`{key}` has to be one character of ASCII"));
            }
        }
        if let Some(label) = &profile.encoding
            && encoding_rs::Encoding::for_label(label.as_bytes()).is_none()
        {
            return Err(format!(
                "`encoding`: `{}` is not an encoding such as `utf-8` or `windows-1252`",
                crate::mapping::value::clip(label)
            ));
        }
        Ok(profile)
    }

    /// The profile as TOML that [`parse`](Self::parse) reads.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("every key is text and every table comes last")
    }
}

/// Which column of a CSV is what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(
    missing_docs,
    reason = "each is named after the field of the transaction that it fills"
)]
pub struct Columns {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Column>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Column>,
    /// Signed, or beside an `indicator`; in its place there may be `debit` and `credit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Column>,
    /// Money out of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debit: Option<Column>,
    /// Money into the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<Column>,
    /// Says for each amount whether it is in or out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicator: Option<Column>,
    /// What was in the account after the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Column>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Column>,
    /// One or several, which are joined.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "one_or_many")]
    pub description: Vec<Column>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payee: Option<Column>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Column>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Column>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Column>,
    /// Whether it is booked, pending or was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Column>,
}

impl Columns {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A column by its name in the first row, or by its number from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Column {
    /// The number, from 1.
    Number(usize),
    /// The name; upper and lower case are one.
    Name(String),
}

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "column {number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// The decimal mark of each column that holds money. Formats without columns use `amount`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each is named after its column")]
pub struct Decimals {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<DecimalMark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debit: Option<DecimalMark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<DecimalMark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<DecimalMark>,
}

impl Decimals {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The character before the cents; the other one only groups thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecimalMark {
    /// `1,234.56`
    #[serde(rename = ".")]
    Dot,
    /// `1.234,56`
    #[serde(rename = ",")]
    Comma,
}

impl DecimalMark {
    pub(super) fn char(self) -> char {
        match self {
            Self::Dot => '.',
            Self::Comma => ',',
        }
    }
}

impl std::fmt::Display for DecimalMark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Dot => "dot",
            Self::Comma => "comma",
        })
    }
}

/// In which order a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// `20.11.2026`
    Dmy,
    /// `11/20/2026`
    Mdy,
    /// `2026-11-20`
    Ymd,
}

impl DateOrder {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
        }
    }
}

impl std::fmt::Display for DateOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Dmy => "day, month, year",
            Self::Mdy => "month, day, year",
            Self::Ymd => "year, month, day",
        })
    }
}

/// One value where there is one, else a list.
mod one_or_many {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Column;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Columns {
        One(Column),
        Many(Vec<Column>),
    }

    pub(super) fn serialize<S: Serializer>(
        columns: &Vec<Column>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match columns.as_slice() {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Column>, D::Error> {
        Ok(match Columns::deserialize(deserializer)? {
            Columns::One(one) => vec![one],
            Columns::Many(many) => many,
        })
    }
}
