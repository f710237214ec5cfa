//! `gather money review`: rows that were not kept without asking, and what a person decides.

use gather_store::{Decision, Review, ReviewId};

use crate::{
    args,
    command::{
        Exit,
        books::{self, Books},
    },
    failure::{Failure, Result},
    render::{self, Cell, Row},
    session::Session,
};

impl Row for Review {
    const HEADER: &'static [&'static str] = &[
        "id",
        "reason",
        "source",
        "account",
        "held_number",
        "held_date",
        "held_amount",
        "held_description",
        "date",
        "amount",
        "currency",
        "description",
        "import",
        "at",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::plain(self.id),
            Cell::plain(self.reason),
            Cell::text(&self.source),
            Cell::maybe(self.held.account.as_deref()),
            Cell::plain(self.held_as),
            Cell::maybe_plain(self.held.date),
            Cell::plain(self.held.amount.amount),
            Cell::maybe(self.held.description.as_deref()),
            Cell::maybe_plain(self.incoming.date),
            Cell::plain(self.incoming.amount.amount),
            Cell::plain(self.incoming.amount.currency),
            Cell::maybe(self.incoming.description.as_deref()),
            Cell::maybe_plain(self.import),
            Cell::plain(self.at),
        ]
    }
}

/// `gather money review`.
pub(super) fn review(session: &Session, args: &args::Review) -> Result<Exit> {
    let Books { config, store } = books::open(session)?;
    let decisions: Vec<(ReviewId, Decision)> = [
        (&args.keep, Decision::Keep),
        (&args.replace, Decision::Replace),
        (&args.two, Decision::Separate),
    ]
    .into_iter()
    .flat_map(|(ids, decision)| ids.iter().map(move |id| (*id, decision)))
    .collect();
    let Some(store) = store else {
        if decisions.is_empty() {
            if !session.for_people() {
                render::rows::<Review>(session.format, &[])?;
            }
            return Ok(Exit::Complete);
        }
        return Err(Failure::new("there is nothing to decide"));
    };
    let open = store.reviews(&session.viewer)?;
    // All of them are looked at before the first is decided.
    for (at, (id, _)) in decisions.iter().enumerate() {
        if !open.iter().any(|review| review.id == *id) {
            return Err(Failure::new(format!("there is no open review {id}"))
                .hint("`gather money review` lists them"));
        }
        if decisions[..at].iter().any(|(other, _)| other == id) {
            return Err(Failure::new(format!("review {id} is decided twice")));
        }
    }
    for (id, decision) in &decisions {
        store.decide(&session.viewer, *id, *decision, session.now())?;
    }
    if !decisions.is_empty() {
        books::apply_rules(session, &store, config.rules())?;
        session.note(&format!(
            "decided: {}\n",
            render::plural(decisions.len() as u64, "row")
        ));
    }
    let left = store.reviews(&session.viewer)?;
    if !session.for_people() {
        render::rows(session.format, &left)?;
    } else if left.is_empty() {
        session.note("nothing waits for you to decide\n");
    } else {
        render::data(&render::reviews(&left, &session.view()))?;
        let first = left[0].id;
        session.note(&render::hint(
            &format!(
                "`gather money review --keep {first}` if they are one and what is held is right, `--replace {first}` if they are one and what is new is right, `--two {first}` if they are two"
            ),
            "",
            &session.view(),
        ));
    }
    Ok(Exit::Complete)
}
