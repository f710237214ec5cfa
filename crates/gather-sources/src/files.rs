//! Files of banks: OFX and QFX, QIF, CSV, CAMT.052/053, MT940 → statements with their transactions.
//!
//! A file says little about itself, and often wrongly. What is concluded from it (encoding, delimiter, the decimal mark
//! of each column, the order of dates, the sign) is reported with the lines that prove it, as [`Finding`]s; what the
//! whole file leaves open is refused with the choices named, as [`Question`]s, and a [`Profile`] that the caller gives
//! settles it. A row whose date or amount cannot be read is rejected with its line: nothing is guessed or invented.
//!
//! A date is a day in the bank's calendar, as written, whatever zone stands beside it. An amount is exact; + is money
//! into the account.
//!
//! Not here: which rows are known already (`gather-store`), reading of files and keeping of profiles (whoever calls).

mod amount;
mod camt;
mod characters;
mod csv;
mod day;
mod detect;
mod error;
mod ids;
mod import;
mod mt940;
mod ofx;
mod profile;
mod qif;
mod tree;
mod words;

pub use error::{Choice, FileError, Question};
pub use import::{FileFormat, Finding, Import, Proof, RejectedRow, Statement, StatementAccount};
pub use profile::{Column, Columns, DateOrder, DecimalMark, Decimals, Profile};

use error::Fault;

/// Larger files are refused.
const MAX_BYTES: usize = 1 << 30;

/// Reads a file of a bank, whatever its format.
///
/// `name` is what the file is called, for messages; its ending only counts where the content leaves the format open.
/// A `profile` settles what the content does not say; what is unset in it is concluded as if there were none. The whole
/// file is read in memory: the caller bounds its size.
///
/// ```
/// use gather_sources::files::{self, Profile};
///
/// let csv = b"Date;Payee;Amount\n03/04/2026;Harbour Cafe;-4,50\n";
/// let error = files::read(csv, "april.csv", None).unwrap_err();
/// let open: Vec<&str> = error.questions.iter().map(|question| question.key.as_str()).collect();
/// assert_eq!(open, ["date_order", "currency"]);
///
/// let profile = Profile::parse("date_order = 'dmy'\ncurrency = 'EUR'")?;
/// let import = files::read(csv, "april.csv", Some(&profile))?;
/// let transaction = &import.statements[0].transactions[0];
/// assert_eq!(transaction.amount.to_string(), "-4.50 EUR");
/// assert_eq!(transaction.date.unwrap().to_string(), "2026-04-03");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`FileError`] when the file is of no known format, is broken as a whole, or leaves something open that would change a
/// date or an amount; its [questions](FileError::questions) say which keys of a profile settle it.
pub fn read(bytes: &[u8], name: &str, profile: Option<&Profile>) -> Result<Import, FileError> {
    let unset = Profile::default();
    let profile = profile.unwrap_or(&unset);
    read_as(bytes, name, profile).map_err(|fault| fault.in_file(name))
}

fn read_as(bytes: &[u8], name: &str, profile: &Profile) -> Result<Import, Fault> {
    // Places in the text, which can be three times as long, are kept in 32 bits.
    if bytes.len() > MAX_BYTES {
        return Err(
            Fault::new("it is larger than 1 GiB").with_hint("ask the bank for a shorter period")
        );
    }
    let format = match profile.format {
        Some(format) => format,
        None => detect::format(bytes, name)?,
    };
    match format {
        FileFormat::Ofx => ofx::read(bytes, profile),
        FileFormat::Csv => csv::read(bytes, profile),
        FileFormat::Qif => qif::read(bytes, profile),
        FileFormat::Mt940 => mt940::read(bytes, profile),
        FileFormat::Camt => camt::read(bytes, profile),
    }
    .and_then(|import| import.of_account(profile))
    .and_then(Import::judged)
}
