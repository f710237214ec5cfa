//! `/money/accounts/{source}/{account}`: one account over time, above its transactions.

use gather_store::{BalanceFrom, BalanceProof, Snapshot};

use super::{
    super::{
        answer::Failed,
        part::{Note, Tone},
        reader::Reader,
        show::plural,
        view::{AccountPage, Here},
    },
    charts,
    head::{self, Part, refuse},
    ledger::Ledger,
    list::list,
    sheets::{self, account_rows},
};

pub(super) fn no_account() -> Failed {
    Failed::missing("There is no such account.").leading("Money", "/money")
}

pub(in crate::pages) fn fill(
    reader: &Reader,
    moment: &Snapshot<'_>,
    source: &str,
    account: &str,
) -> Result<AccountPage, Failed> {
    let ledger = Ledger::read(reader, moment, 0)?;
    let proofs = moment.balance_proof(&reader.viewer)?;
    let accounts = &ledger.overview.accounts;
    let line = accounts
        .iter()
        .find(|line| line.source == source && line.id == account);
    // One that only its transactions name has no line, and yet a page.
    let proof = match line {
        Some(line) => sheets::proof_of(&proofs, line),
        None => proofs
            .iter()
            .find(|proof| proof.source == source && proof.account == account),
    };
    if line.is_none() && proof.is_none() {
        return Err(no_account());
    }
    let named = line
        .map(|line| line.name.clone())
        .or_else(|| proof.and_then(|proof| proof.name.clone()));
    let name = named.unwrap_or_else(|| account.to_owned());
    let mut from = Vec::new();
    if let Some(line) = line {
        from.push(Note {
            text: match line.balance_from {
                Some(BalanceFrom::Source) => format!("as {source} says"),
                Some(BalanceFrom::Transactions) => {
                    "our own sum: the opening balance and all that was booked since".to_owned()
                }
                None => "nobody says what is in it".to_owned(),
            },
            tone: Tone::Quiet,
        });
        from.extend(sheets::age(reader, &ledger, line));
    }
    let (list, refused) = list(reader, moment, Some((source, account)), &[])?;
    let mut shell = reader.shell(moment, &name, Here::Money)?;
    refuse(&mut shell, refused);
    Ok(AccountPage {
        head: head::head(reader, moment, Part::Account)?,
        accounts: account_rows(reader, &ledger, &proofs, line),
        balance: line
            .and_then(|line| line.balance)
            .map(|balance| reader.numbers.figure(balance)),
        from,
        proof: proof.and_then(|proof| proof_sentence(reader, proof)),
        plot: match proof {
            Some(proof) => charts::account_by_day(reader, moment, &name, proof)?,
            None => None,
        },
        shell,
        name,
        list,
    })
}

/// What the proof rests on: `agrees to the cent with 12 balances, the last of 19 Nov`.
fn proof_sentence(reader: &Reader, proof: &BalanceProof) -> Option<Note> {
    let mut note = sheets::proof(reader, proof)?;
    if proof.statements > 1
        && let Some(last) = proof.provider_date
    {
        let words = if note.tone == Tone::Alarm {
            "compared with"
        } else {
            "with"
        };
        note.text.push_str(&format!(
            "{} {words} {}, the last of {}",
            if note.tone == Tone::Alarm { "," } else { "" },
            plural(proof.statements, "balance"),
            reader.times.day_words(last)
        ));
    }
    Some(note)
}
