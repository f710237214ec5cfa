//! `/money/review`: rows that are not kept until somebody decides whether they are what is held already.

use gather_records::Transaction;
use gather_store::{Decision, Review, ReviewId, Snapshot, Store};

use super::{
    super::{
        address::Fields,
        answer::{Failed, Said},
        part::Figure,
        reader::Reader,
        show::capital,
        view::{Here, ReviewCase, ReviewPage, ReviewSide},
    },
    head::{self, Part, refuse},
    sheets::column_of,
};

pub(super) fn no_review() -> Failed {
    Failed::missing("There is no such question, or it is decided already.")
        .leading("What waits", "/money/review")
}

pub(in crate::pages) fn fill(reader: &Reader, moment: &Snapshot<'_>) -> Result<ReviewPage, Failed> {
    let mut shell = reader.shell(moment, "Review", Here::Money)?;
    refuse(&mut shell, reader.refused_currency());
    let reviews = moment.reviews(&reader.viewer)?;
    Ok(ReviewPage {
        shell,
        head: head::head(reader, moment, Part::Review)?,
        cases: reviews.iter().map(|review| case(reader, review)).collect(),
    })
}

fn case(reader: &Reader, review: &Review) -> ReviewCase {
    let (mut held, mut came) = (side(reader, &review.held), side(reader, &review.incoming));
    let mut figures: [&mut Figure; 2] = [&mut held.amount, &mut came.amount];
    column_of(reader, &mut figures, true);
    ReviewCase {
        id: review.id.to_string(),
        reason: capital(&review.reason.to_string()),
        origin: match review.import {
            Some(import) => format!("{}, import {import}", review.source),
            None => review.source.clone(),
        },
        when: reader.times.ago(review.at),
        held,
        came,
    }
}

fn side(reader: &Reader, told: &Transaction) -> ReviewSide {
    let text = told.description.as_ref().or(told.payee.as_ref());
    ReviewSide {
        date: told
            .date
            .map(|day| reader.times.day_words(day))
            .unwrap_or_default(),
        what: text
            .cloned()
            .unwrap_or_else(|| "without description".to_owned()),
        pending: told.pending,
        amount: reader.numbers.moved(told.amount),
    }
}

pub(in crate::pages) fn decide(
    reader: &Reader,
    store: &Store,
    id: ReviewId,
    form: &Fields,
) -> Result<Said, Failed> {
    let decision = match form.get("decision") {
        Some("keep") => Decision::Keep,
        Some("replace") => Decision::Replace,
        Some("separate") => Decision::Separate,
        _ => return Err(Failed::unreadable("It is not said what was decided.")),
    };
    let now = reader.times.now;
    let decided = store.decide(&reader.viewer, id, decision, now);
    decided.map_err(|error| Failed::from(error).leading("What waits", "/money/review"))?;
    // What came in by it has not been seen by the rules.
    gather_run::apply_rules(store, reader.loaded.config.rules(), now)?;
    Ok(Said::Decided)
}
