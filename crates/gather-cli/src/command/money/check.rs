//! `gather money check`: the sums that are kept ready against a full recount.

use gather_store::AggregateDrift;

use crate::{
    command::{
        Exit,
        books::{self, Books},
    },
    failure::Result,
    render::{self, Cell, Row},
    session::Session,
};

impl Row for AggregateDrift {
    const HEADER: &'static [&'static str] = &["what", "kept", "recount"];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(&self.what),
            Cell::maybe(self.kept.as_deref()),
            Cell::maybe(self.recount.as_deref()),
        ]
    }
}

/// `gather money check`. Ends with 1 where a sum is not what a recount gives.
pub(super) fn check(session: &Session) -> Result<Exit> {
    let Books { store, .. } = books::open(session)?;
    let Some(store) = store else {
        if !session.for_people() {
            render::rows::<AggregateDrift>(session.format, &[])?;
        }
        return Ok(Exit::Complete);
    };
    let drifts = store.check_aggregates()?;
    if !session.for_people() {
        render::rows(session.format, &drifts)?;
    } else if drifts.is_empty() {
        render::data("every sum that is kept is what a full recount gives\n")?;
    } else {
        render::data(&render::drifts(&drifts))?;
        session.note(&render::hint(
            "this is a fault of gather: please report it with these lines, which hold no amounts of single transactions",
            "",
            &session.view(),
        ));
    }
    Ok(if drifts.is_empty() {
        Exit::Complete
    } else {
        Exit::Partial
    })
}
