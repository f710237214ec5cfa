//! `gather money proof`: balances as the banks state them against the sums of what was booked.

use gather_store::BalanceProof;

use crate::{
    command::{
        Exit,
        books::{self, Books},
    },
    failure::Result,
    render::{self, Cell, Row},
    session::Session,
};

impl Row for BalanceProof {
    const HEADER: &'static [&'static str] = &[
        "source",
        "account",
        "name",
        "provider",
        "provider_date",
        "booked",
        "drift",
        "currency",
        "first_day",
        "opening",
        "statements",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(&self.source),
            Cell::text(&self.account),
            Cell::maybe(self.name.as_deref()),
            Cell::maybe_plain(self.provider.map(|money| money.amount)),
            Cell::maybe_plain(self.provider_date),
            Cell::plain(self.booked.amount),
            Cell::maybe_plain(self.drift.map(|money| money.amount)),
            Cell::plain(self.booked.currency),
            Cell::maybe_plain(self.first_day),
            Cell::plain(self.opening.amount),
            Cell::plain(self.statements),
        ]
    }
}

/// `gather money proof`. Ends with 1 where a balance and what was booked differ.
pub(super) fn proof(session: &Session) -> Result<Exit> {
    let Books { store, .. } = books::open(session)?;
    let proofs = match store {
        Some(store) => store.balance_proof(&session.viewer)?,
        None => Vec::new(),
    };
    if !session.for_people() {
        render::rows(session.format, &proofs)?;
    } else if proofs.is_empty() {
        session.note("no account is known yet, so there is nothing to prove\n");
    } else {
        render::data(&render::proofs(&proofs, &session.view()))?;
    }
    let differs = |proof: &BalanceProof| proof.drift.is_some_and(|drift| !drift.amount.is_zero());
    Ok(if proofs.iter().any(differs) {
        Exit::Partial
    } else {
        Exit::Complete
    })
}
