//! The proof of balances: what was stated, what was booked, by how much they differ and since when.

use gather_store::{AggregateDrift, BalanceProof, OpeningFrom};

use super::{
    View,
    amount::{Amounts, amount, moved},
    layout::{left, right, widest},
    money::{heading, remark},
    sentence::plural,
    style::{accent, alarm, dim},
    time,
};
use crate::escape;

/// An account a line, and under it what the figures rest on.
pub(crate) fn proofs(proofs: &[BalanceProof], view: &View) -> String {
    let today = view.now.to_zoned(view.zone.clone()).date();
    let stated: Vec<String> = proofs
        .iter()
        .map(|proof| {
            proof
                .provider
                .as_ref()
                .map_or_else(|| "none".to_owned(), amount)
        })
        .collect();
    let booked: Vec<String> = proofs.iter().map(|proof| amount(&proof.booked)).collect();
    let (stated_column, booked_column) = (Amounts::of(&stated), Amounts::of(&booked));
    let several = proofs.iter().any(|proof| proof.source != proofs[0].source);
    let names: Vec<String> = proofs
        .iter()
        .map(|proof| {
            let name = match proof.name.as_deref().unwrap_or(&proof.account) {
                "" => "without account",
                name => name,
            };
            if several {
                escape::line(&format!("{name} ({})", proof.source)).into_owned()
            } else {
                escape::line(name).into_owned()
            }
        })
        .collect();
    let name_width = widest(names.iter().map(String::as_str)).min(28);
    let stated_width = stated_column.width().max("stated".len());
    let booked_width = booked_column.width().max("booked".len());
    let mut text = heading("Proof of balance", &time::day(today, today), view);
    text.push_str(&format!(
        "{}\n",
        dim(format!(
            "  {}  {}  {}",
            left("", name_width),
            right("stated", stated_width),
            right("booked", booked_width)
        ))
    ));
    for (at, proof) in proofs.iter().enumerate() {
        text.push_str(&format!(
            "  {}  {}  {} {}  {}\n",
            left(&names[at], name_width),
            right(&stated_column.put(&stated[at]), stated_width),
            right(&booked_column.put(&booked[at]), booked_width),
            dim(proof.booked.currency),
            verdict(proof),
        ));
        text.push_str(&remark(&basis(proof, view), view));
    }
    text
}

/// Whether the one balance that was stated is what the account is said to begin with.
fn begins_there(proof: &BalanceProof) -> bool {
    proof.statements == 1 && proof.opening_from == Some(OpeningFrom::FirstStatement)
}

fn verdict(proof: &BalanceProof) -> String {
    match proof.drift {
        _ if begins_there(proof) => dim("nothing to compare yet"),
        None => dim("nothing to compare"),
        Some(drift) if drift.amount.is_zero() => accent("✓ agrees"),
        Some(drift) => alarm(format!("✕ {}", moved(&drift))),
    }
}

/// What the figures rest on.
fn basis(proof: &BalanceProof, view: &View) -> String {
    let today = view.now.to_zoned(view.zone.clone()).date();
    let day = |day| time::day(day, today);
    let mut parts = Vec::new();
    match proof.provider_date {
        Some(on) if proof.statements > 1 => parts.push(format!(
            "{}, the last of {}",
            plural(proof.statements, "balance"),
            day(on)
        )),
        Some(on) => parts.push(format!("1 balance, of {}", day(on))),
        None => parts.push("no balance is stated".to_owned()),
    }
    match proof.opening_from {
        Some(OpeningFrom::User) => parts.push(format!("begins with {}", amount(&proof.opening))),
        Some(OpeningFrom::FirstStatement) if begins_there(proof) => {
            parts.push("what the account began with follows from it".to_owned());
        }
        Some(OpeningFrom::FirstStatement) => {
            parts.push("the first says what it began with".to_owned());
        }
        None => {}
    }
    if let Some(first) = proof.first_day {
        parts.push(format!("they differ since {}", day(first)));
    }
    parts.join("; ")
}

/// The sums that are not what a recount gives.
pub(crate) fn drifts(drifts: &[AggregateDrift]) -> String {
    let mut text = String::new();
    for drift in drifts {
        let said = |text: &Option<String>| {
            text.as_deref().map_or_else(
                || "nothing".to_owned(),
                |text| escape::line(text).into_owned(),
            )
        };
        text.push_str(&format!(
            "{} {}: kept is {}, a recount gives {}\n",
            alarm("✕"),
            escape::line(&drift.what),
            said(&drift.kept),
            said(&drift.recount)
        ));
    }
    text
}
