//! What a person says of transactions and accounts: categories, payees, notes, parts, transfers, openings, signs.
//!
//! It survives every answer of a source and every file. All that is named is looked at before anything is changed.

use gather_records::Money;
use gather_run::KnownAccount;
use gather_store::{AccountRef, Edit, Part, Signs, SourceRef, Store, TransferWith};

use crate::{
    args,
    command::{
        Exit,
        books::{self, Books},
    },
    escape,
    failure::{Failure, Result},
    render,
    session::Session,
};

/// The store that something is to be changed in.
fn open(session: &Session) -> Result<(Books, Store)> {
    let mut books = books::open(session)?;
    match books.store.take() {
        Some(store) => Ok((books, store)),
        None => Err(Failure::new("no money is stored yet").hint(
            "`gather import FILE` takes a file of your bank, `gather run` asks your sources",
        )),
    }
}

/// Ends a change: rules see what is changed, and how much it was is said.
fn done(session: &Session, books: &Books, store: &Store, what: &str) -> Result<Exit> {
    books::apply_rules(session, store, books.config.rules())?;
    session.note(&format!("{what}\n"));
    Ok(Exit::Complete)
}

fn field<'a>(
    session: &Session,
    args: &'a args::Field,
    name: &str,
    said: fn(Option<&'a str>) -> Edit<'a>,
) -> Result<Exit> {
    let (books, store) = open(session)?;
    let edit = said(args.to.as_deref());
    store.edit(&session.viewer, &args.ids, &[edit], session.now())?;
    let count = render::plural(args.ids.len() as u64, "transaction");
    let what = match &args.to {
        Some(text) => format!("{name} of {count}: {}", escape::line(text)),
        None => format!("{name} of {count}: as sources and rules say"),
    };
    done(session, &books, &store, &what)
}

/// `gather money categorise`.
pub(super) fn categorise(session: &Session, args: &args::Field) -> Result<Exit> {
    field(session, args, "category", Edit::Category)
}

/// `gather money payee`.
pub(super) fn payee(session: &Session, args: &args::Field) -> Result<Exit> {
    field(session, args, "payee", Edit::Payee)
}

/// `gather money note`.
pub(super) fn note(session: &Session, args: &args::Field) -> Result<Exit> {
    field(session, args, "note", Edit::Note)
}

/// `gather money split`.
pub(super) fn split(session: &Session, args: &args::Split) -> Result<Exit> {
    let (books, store) = open(session)?;
    let whole = store.transaction(&session.viewer, args.id)?.amount;
    let parts = parts(&args.parts, whole)?;
    let edit = Edit::Parts(&parts);
    store.edit(&session.viewer, &[args.id], &[edit], session.now())?;
    let what = match parts.len() {
        0 => format!("transaction {} is whole again", args.id),
        count => format!("transaction {} has {count} parts", args.id),
    };
    done(session, &books, &store, &what)
}

/// The parts with their signs; the rest is what the others leave.
fn parts(typed: &[args::SplitPart], whole: Money) -> Result<Vec<Part>> {
    let negative = whole.amount.is_sign_negative();
    let signed = |part: args::PartAmount| {
        let mut amount = part.amount;
        // 20 EUR are written as the bank writes them: 20.00.
        let least = whole.currency.minor_digits().unwrap_or(0);
        if amount.scale() < least {
            amount.rescale(least);
        }
        if part.signed || !negative {
            amount
        } else {
            -amount
        }
    };
    let rests = typed.iter().filter(|part| part.amount.is_none()).count();
    if rests > 1 {
        return Err(Failure::new("only one part can be the rest"));
    }
    let too_large = || Failure::new("the parts add up to more than can be counted exactly");
    let mut rest = whole.amount;
    for part in typed.iter().filter_map(|part| part.amount) {
        rest = rest.checked_sub(signed(part)).ok_or_else(too_large)?;
    }
    if rests == 1 && rest.is_zero() {
        return Err(Failure::new("nothing is left for the rest"));
    }
    if rests == 1 && rest.is_sign_negative() != negative {
        return Err(Failure::new(format!(
            "the parts are more than the {whole} of the transaction"
        )));
    }
    Ok(typed
        .iter()
        .map(|part| Part {
            amount: part.amount.map_or(rest, signed),
            category: Some(part.category.clone()),
            note: None,
        })
        .collect())
}

/// `gather money transfer`.
pub(super) fn transfer(session: &Session, args: &args::Transfer) -> Result<Exit> {
    let (books, store) = open(session)?;
    let id = args.id;
    let (with, what) = match args.with.other {
        Some(other) => (
            TransferWith::Transaction(other),
            format!("transactions {id} and {other} are one transfer"),
        ),
        None if args.with.outside => (
            TransferWith::Outside,
            format!("transaction {id} is a transfer with an account that is not kept here"),
        ),
        None if args.with.none => (
            TransferWith::Nothing,
            format!("transaction {id} is no transfer"),
        ),
        None => (
            TransferWith::Found,
            format!("whether transaction {id} is a transfer is found out again"),
        ),
    };
    store.edit(
        &session.viewer,
        &[id],
        &[Edit::Transfer(with)],
        session.now(),
    )?;
    done(session, &books, &store, &what)
}

/// `gather money opening`.
pub(super) fn opening(session: &Session, args: &args::Opening) -> Result<Exit> {
    let (books, store) = open(session)?;
    let account = account(session, &store, &args.account)?;
    let opening = match (args.amount, args.on) {
        (Some(amount), Some(day)) => {
            let currency = match args.currency {
                Some(currency) => currency,
                None => currency_of(session, &store, &account)?,
            };
            Some((Money::new(amount, currency), day))
        }
        _ => None,
    };
    store.opening_balance(&session.viewer, reference(&account), opening)?;
    let name = escape::line(&account.name);
    let what = match opening {
        Some((money, day)) => format!("{name} begins with {money} on {day}"),
        None => format!("{name} has no opening balance"),
    };
    done(session, &books, &store, &what)
}

/// `gather money flip`.
pub(super) fn flip(session: &Session, args: &args::Flip) -> Result<Exit> {
    let (books, store) = open(session)?;
    let account = account(session, &store, &args.account)?;
    let signs = Signs {
        transactions: args.signs.transactions,
        balance: args.signs.balance,
    };
    store.set_signs(&session.viewer, reference(&account), signs, session.now())?;
    let name = escape::line(&account.name);
    let what = match (signs.transactions, signs.balance) {
        (true, true) => format!("{name}: the signs of transactions and balances are turned round"),
        (true, false) => format!("{name}: the signs of transactions are turned round"),
        (false, true) => format!("{name}: the signs of balances are turned round"),
        (false, false) => format!("{name}: signs are as the source says them"),
    };
    let exit = done(session, &books, &store, &what)?;
    session.note(&render::hint(
        "`gather money proof` says whether the balances now agree",
        "",
        &session.view(),
    ));
    Ok(exit)
}

/// The account that a person names.
fn account(session: &Session, store: &Store, named: &str) -> Result<KnownAccount> {
    let known = gather_run::known_accounts(store, &session.viewer)?;
    gather_run::find_account(&known, named)?
        .cloned()
        .ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|account| account.name.as_str()).collect();
            let failure = Failure::new(format!("there is no account `{named}`"));
            if names.is_empty() {
                failure
            } else {
                failure.hint(format!("there is {}", names.join(", ")))
            }
        })
}

fn reference(account: &KnownAccount) -> AccountRef<'_> {
    AccountRef {
        source: SourceRef {
            name: &account.source,
            owner: account.owner.as_deref(),
        },
        id: &account.id,
    }
}

/// The one currency of what is known of an account.
fn currency_of(
    session: &Session,
    store: &Store,
    account: &KnownAccount,
) -> Result<gather_records::Currency> {
    let proofs = store.balance_proof(&session.viewer)?;
    let mut currencies = proofs
        .iter()
        .filter(|proof| {
            (&proof.source, &proof.owner, &proof.account)
                == (&account.source, &account.owner, &account.id)
        })
        .map(|proof| proof.booked.currency);
    match (currencies.next(), currencies.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(
            Failure::new(format!("the currency of `{}` is not certain", account.name))
                .hint("say it with `--currency EUR`"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(whole: &str, typed: &[&str]) -> std::result::Result<Vec<String>, String> {
        let whole = Money::new(whole.parse().unwrap(), "EUR".parse().unwrap());
        let typed: Vec<args::SplitPart> = typed.iter().map(|part| part.parse().unwrap()).collect();
        let parts = parts(&typed, whole).map_err(|failure| failure.sentence())?;
        Ok(parts
            .iter()
            .map(|part| format!("{} {}", part.amount, part.category.as_deref().unwrap()))
            .collect())
    }

    #[test]
    fn a_part_has_the_sign_of_the_whole_unless_it_is_typed() {
        assert_eq!(
            split("-25.50", &["20=Groceries", "rest=Household"]).unwrap(),
            ["-20.00 Groceries", "-5.50 Household"]
        );
        assert_eq!(
            split("-25.50", &["-30=Groceries", "+4.50=Deposit"]).unwrap(),
            ["-30.00 Groceries", "4.50 Deposit"]
        );
        assert_eq!(
            split("100", &["40=Pay", "rest=Gift"]).unwrap(),
            ["40.00 Pay", "60.00 Gift"]
        );
        assert!(split("-10", &[]).unwrap().is_empty());
    }

    #[test]
    fn a_rest_is_one_and_something() {
        for typed in [
            &["rest=A", "rest=B"][..],
            &["10=A", "rest=B"],
            &["11=A", "rest=B"],
        ] {
            assert!(split("-10", typed).is_err(), "{typed:?}");
        }
    }
}
