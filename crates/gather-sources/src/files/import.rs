//! What a file of a bank holds, and how that was found out.

use std::fmt;

use gather_records::{Currency, Money, Transaction};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Profile, error::Fault};
use crate::mapping::value::clip;

/// With more rows than this that cannot be used, the file is something else.
const MAX_REJECTED: usize = 10_000;

/// Files with more rows than this are refused.
pub(super) const MAX_ROWS: usize = 5_000_000;

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Import {
    /// What the file is.
    pub format: FileFormat,
    /// The statements in it, in the order of the file.
    pub statements: Vec<Statement>,
    /// Everything that was concluded or given, so that the next file of this kind is read in the same way. `None` for
    /// formats that leave nothing to conclude.
    pub profile: Option<Profile>,
    /// What was concluded from the file.
    pub findings: Vec<Finding>,
    /// Rows that cannot be used, in the order of the file.
    pub rejected: Vec<RejectedRow>,
    /// What a person should know although every row was read.
    pub warnings: Vec<String>,
}

impl Import {
    pub(super) fn new(format: FileFormat) -> Self {
        Self {
            format,
            statements: Vec::new(),
            profile: None,
            findings: Vec::new(),
            rejected: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Notes a row that cannot be used, unless there are far too many already.
    pub(super) fn reject(&mut self, line: usize, reason: impl Into<String>) {
        if self.rejected.len() <= MAX_REJECTED {
            let reason = reason.into();
            self.rejected.push(RejectedRow { line, reason });
        }
    }

    /// The same in the account that the profile names, as long as the file speaks of one only.
    pub(super) fn of_account(mut self, profile: &Profile) -> Result<Self, Fault> {
        let Some(account) = &profile.account else {
            return Ok(self);
        };
        let mut own: Vec<&str> = self
            .statements
            .iter()
            .filter_map(|it| it.account.id.as_deref().or(it.account.name.as_deref()))
            .collect();
        own.sort_unstable();
        own.dedup();
        if let [first, second, ..] = own.as_slice() {
            return Err(Fault::new(format!(
                "the file has statements of {} accounts, such as `{}` and `{}`, which cannot all be the one of the profile",
                own.len(),
                clip(first),
                clip(second)
            ))
            .with_hint("leave `account` out of the profile"));
        }
        for statement in &mut self.statements {
            statement.belongs_to(account);
        }
        Ok(self)
    }

    /// The import, or that too little of it can be used.
    pub(super) fn judged(self) -> Result<Self, Fault> {
        match self.rejected.first() {
            Some(first) if self.rejected.len() > MAX_REJECTED => Err(Fault::new(format!(
                "more than {MAX_REJECTED} rows cannot be used; the first: {}",
                first.reason
            ))
            .at(first.line)),
            _ => Ok(self),
        }
    }

    pub(super) fn find(
        &mut self,
        about: impl Into<String>,
        conclusion: impl Into<String>,
        proof: Vec<Proof>,
    ) {
        self.findings.push(Finding {
            about: about.into(),
            conclusion: conclusion.into(),
            proof,
        });
    }
}

/// The formats of files of banks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// OFX 1.x (SGML), OFX 2.x (XML) and QFX.
    Ofx,
    /// Quicken's interchange format.
    Qif,
    /// A table with a delimiter.
    Csv,
    /// ISO 20022 camt.052 and camt.053.
    Camt,
    /// SWIFT MT940.
    Mt940,
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ofx => "OFX",
            Self::Qif => "QIF",
            Self::Csv => "CSV",
            Self::Camt => "CAMT",
            Self::Mt940 => "MT940",
        })
    }
}

/// What happened in one account.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Statement {
    /// Whose statement it is, as far as the file says.
    pub account: StatementAccount,
    /// What was booked, or is pending, in the order of the file.
    pub transactions: Vec<Transaction>,
    /// What the bank says is in the account, and at the end of which day.
    pub balance: Option<(Money, Option<Date>)>,
}

impl Statement {
    /// Says whose statement it is where the file does not: the id of the account, here and in each transaction.
    pub fn belongs_to(&mut self, account: &str) {
        self.account.id = Some(account.to_owned());
        for transaction in &mut self.transactions {
            transaction.account = Some(account.to_owned());
        }
    }
}

/// An account as a file names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StatementAccount {
    /// The bank's number of it, its text untouched; QIF and most CSV have none.
    pub id: Option<String>,
    /// What a person calls it.
    pub name: Option<String>,
    /// What kind of account it is, in the bank's own word, in lower case.
    pub kind: Option<String>,
    /// The currency of the account.
    pub currency: Option<Currency>,
}

/// Something that was concluded from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about: `encoding`, `delimiter`, `date order`, ``decimal mark of `Amount` ``.
    pub about: String,
    /// What was concluded, in words for a person.
    pub conclusion: String,
    /// Lines that leave no other conclusion; none where nothing in the file speaks against a default.
    pub proof: Vec<Proof>,
}

/// A line of the file, as proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Which line, from 1.
    pub line: usize,
    /// The part of it that matters, at most 60 characters.
    pub text: String,
}

impl Proof {
    pub(super) fn new(line: usize, text: &str) -> Self {
        Self {
            line,
            text: crate::mapping::value::clip_to(text.trim(), 60),
        }
    }
}

/// A row that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectedRow {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// Why, in words for a person.
    pub reason: String,
}
