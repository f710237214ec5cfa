//! The command line of money: what is shown, proved, decided and corrected, and files of banks.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use gather_records::{Currency, parse_decimal};
use gather_run::ProfileSetting;
use gather_store::{ImportId, ReviewId, TransactionId};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::at_least_one;
use crate::{help, since::Since};

/// `gather money`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Money {
    /// What else than a look at it
    #[command(subcommand)]
    pub(crate) what: Option<MoneyCommand>,
    /// Transactions and spending from then on: an age (30d), a day (2026-11-01) or an instant
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<Since>,
    /// Only transactions with words that begin like all of these
    #[arg(long, value_name = "WORDS")]
    pub(crate) search: Option<String>,
    /// At most this many transactions
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = at_least_one)]
    pub(crate) limit: usize,
    /// Give the total in this currency, such as EUR [default: as the configuration says]
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<Currency>,
    /// Fetch first, as `gather run` does
    #[arg(long)]
    pub(crate) refresh: bool,
}

/// What there is to do with money.
#[derive(Debug, Subcommand)]
pub(crate) enum MoneyCommand {
    /// Balances of the banks against the sums of what was booked
    #[command(after_long_help = help::MONEY_PROOF)]
    Proof,
    /// What could not be kept without asking, and what you decide
    #[command(after_long_help = help::MONEY_REVIEW)]
    Review(Review),
    /// Say what transactions were for
    #[command(after_long_help = help::MONEY_CATEGORISE)]
    Categorise(Field),
    /// Say who was paid, or who paid
    #[command(after_long_help = help::MONEY_FIELD)]
    Payee(Field),
    /// Write something down beside transactions
    #[command(after_long_help = help::MONEY_FIELD)]
    Note(Field),
    /// Divide a transaction into parts with categories of their own
    #[command(after_long_help = help::MONEY_SPLIT)]
    Split(Split),
    /// Say what is a transfer between own accounts, or is none
    #[command(after_long_help = help::MONEY_TRANSFER)]
    Transfer(Transfer),
    /// Say what was in an account before its first transaction
    #[command(after_long_help = help::MONEY_OPENING)]
    Opening(Opening),
    /// Turn the signs of an account round, for a bank that has them the wrong way
    #[command(after_long_help = help::MONEY_FLIP)]
    Flip(Flip),
    /// Compare the sums that are kept ready with a full recount
    #[command(after_long_help = help::MONEY_CHECK)]
    Check,
}

/// `gather money review`.
#[derive(Debug, Args)]
pub(crate) struct Review {
    /// They are one, and what is held is right
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub(crate) keep: Vec<ReviewId>,
    /// They are one, and what the source says now is right
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub(crate) replace: Vec<ReviewId>,
    /// They are two
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub(crate) two: Vec<ReviewId>,
}

/// A field of some transactions, set by hand.
#[derive(Debug, Args)]
pub(crate) struct Field {
    /// The transactions, by the numbers that `gather money` shows
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<TransactionId>,
    /// What it is from now on, whatever sources and rules say
    #[arg(long, value_name = "TEXT", required_unless_present = "reset", conflicts_with = "reset",
          value_parser = NonEmptyStringValueParser::new())]
    pub(crate) to: Option<String>,
    /// As sources and rules say again
    #[arg(long)]
    pub(crate) reset: bool,
}

/// `gather money split`.
#[derive(Debug, Args)]
pub(crate) struct Split {
    /// The transaction
    #[arg(value_name = "ID")]
    pub(crate) id: TransactionId,
    /// The parts: how much of it for what; `rest` is what is left
    #[arg(
        value_name = "AMOUNT=CATEGORY",
        required_unless_present = "reset",
        conflicts_with = "reset",
        allow_negative_numbers = true,
        allow_hyphen_values = true
    )]
    pub(crate) parts: Vec<SplitPart>,
    /// Whole again
    #[arg(long)]
    pub(crate) reset: bool,
}

/// A part of a transaction, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SplitPart {
    /// `None` is the rest.
    pub(crate) amount: Option<PartAmount>,
    pub(crate) category: String,
}

/// How much, and whether its sign was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartAmount {
    pub(crate) amount: Decimal,
    pub(crate) signed: bool,
}

impl FromStr for SplitPart {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || "expected AMOUNT=CATEGORY such as `12.50=Groceries`, or `rest=Household`".to_owned();
        let (amount, category) = text.split_once('=').ok_or_else(expected)?;
        let (amount, category) = (amount.trim(), category.trim());
        if category.is_empty() {
            return Err(expected());
        }
        let amount = match amount {
            "rest" => None,
            _ => Some(PartAmount {
                amount: parse_decimal(amount).map_err(|error| error.to_string())?,
                signed: amount.starts_with(['+', '-']),
            }),
        };
        Ok(Self {
            amount,
            category: category.to_owned(),
        })
    }
}

/// `gather money transfer`.
#[derive(Debug, Args)]
#[group(required = true, multiple = false, id = "with")]
pub(crate) struct TransferWith {
    /// The transaction on the other side
    #[arg(value_name = "OTHER")]
    pub(crate) other: Option<TransactionId>,
    /// The other side is an own account that is not kept here
    #[arg(long)]
    pub(crate) outside: bool,
    /// It is none, whatever it looks like
    #[arg(long)]
    pub(crate) none: bool,
    /// As it is found again
    #[arg(long)]
    pub(crate) reset: bool,
}

/// `gather money transfer`.
#[derive(Debug, Args)]
pub(crate) struct Transfer {
    /// The transaction
    #[arg(value_name = "ID")]
    pub(crate) id: TransactionId,
    #[command(flatten)]
    pub(crate) with: TransferWith,
}

/// `gather money opening`.
#[derive(Debug, Args)]
pub(crate) struct Opening {
    /// The account, by name or id
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,
    /// How much was in it, such as 1200.50
    #[arg(value_name = "AMOUNT", value_parser = decimal, allow_negative_numbers = true,
          required_unless_present = "reset", conflicts_with = "reset", requires = "on")]
    pub(crate) amount: Option<Decimal>,
    /// At the beginning of this day
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) on: Option<Date>,
    /// In which currency [default: that of the account's balance]
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<Currency>,
    /// Forget it
    #[arg(long)]
    pub(crate) reset: bool,
}

/// `gather money flip`.
#[derive(Debug, Args)]
pub(crate) struct Flip {
    /// The account, by name or id
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,
    #[command(flatten)]
    pub(crate) signs: FlipSigns,
}

/// Which signs are turned round.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct FlipSigns {
    /// Those of its transactions
    #[arg(long)]
    pub(crate) transactions: bool,
    /// Those of its balances
    #[arg(long)]
    pub(crate) balance: bool,
    /// None: as the source says them
    #[arg(long, conflicts_with_all = ["transactions", "balance"])]
    pub(crate) reset: bool,
}

/// `gather import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Files of banks (OFX, QFX, QIF, CSV, CAMT, MT940) and lists of feeds (OPML); `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "undo")]
    pub(crate) files: Vec<PathBuf>,
    /// The account that the rows are of, by name or id; one that is not known is made [default: as the file says]
    #[arg(long, value_name = "ACCOUNT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) account: Option<String>,
    /// How the file is read: a profile, or one key of it such as date_order=dmy; may be repeated
    #[arg(long, value_name = "FILE|KEY=VALUE", value_parser = profile_setting)]
    pub(crate) profile: Vec<ProfileSetting>,
    /// Write it; without this, what would be done is said, and you are asked on a terminal
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Take the last import of a bank's file back, or the one of this number
    #[arg(long, value_name = "ID", num_args = 0..=1, conflicts_with_all = ["files", "account", "profile", "yes"])]
    pub(crate) undo: Option<Option<ImportId>>,
}

fn decimal(text: &str) -> Result<Decimal, String> {
    parse_decimal(text).map_err(|error| error.to_string())
}

fn day(text: &str) -> Result<Date, String> {
    text.trim()
        .parse()
        .map_err(|_| "expected a day such as `2026-11-01`".to_owned())
}

fn profile_setting(text: &str) -> Result<ProfileSetting, String> {
    match text.split_once('=') {
        Some((key, value)) => Ok(ProfileSetting::Key(
            key.trim().to_owned(),
            value.trim().to_owned(),
        )),
        None if text.trim().is_empty() => {
            Err("expected a file, or KEY=VALUE such as `date_order=dmy`".to_owned())
        }
        None => Ok(ProfileSetting::File(text.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_an_amount_or_is_the_rest() {
        let read = |text: &str| text.parse::<SplitPart>();
        let part = read("12.50=Groceries").unwrap();
        let amount = part.amount.unwrap();
        assert_eq!(
            (amount.amount.to_string().as_str(), amount.signed),
            ("12.50", false)
        );
        assert!(read("-3=a=b").unwrap().amount.unwrap().signed);
        assert_eq!(read("-3=a=b").unwrap().category, "a=b");
        assert_eq!(read("rest=Household").unwrap().amount, None);
        for wrong in ["12.50", "=x", "12=", "1,5=x", "half=x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_profile_is_a_file_or_a_key() {
        assert_eq!(
            profile_setting("date_order = dmy"),
            Ok(ProfileSetting::Key("date_order".into(), "dmy".into()))
        );
        assert_eq!(
            profile_setting("giro.toml"),
            Ok(ProfileSetting::File("giro.toml".into()))
        );
        assert!(profile_setting(" ").is_err());
    }
}
