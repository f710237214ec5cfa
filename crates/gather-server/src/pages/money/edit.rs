//! Changing a transaction: its category, its payee, its note.
//!
//! Only what differs from what stands is set, so that saving an untouched form makes nothing the reader's own word. A
//! field that is emptied takes the reader's own word back; where it was the bank's or a rule's, it is none from then on.

use gather_store::{Edit, SetBy, Store, TransactionId};

use super::super::{
    address::Fields,
    answer::{Failed, Said},
    reader::Reader,
};

/// The most characters of each field, as the form has them too.
const LONGEST: [(&str, usize); 3] = [("category", 200), ("payee", 500), ("note", 2000)];

pub(in crate::pages) fn set(
    reader: &Reader,
    store: &Store,
    id: TransactionId,
    form: &Fields,
) -> Result<Said, Failed> {
    for (name, most) in LONGEST {
        let length = form.last(name).unwrap_or_default().chars().count();
        if length > most {
            return Err(Failed::unreadable(&format!(
                "The {name} is longer than {most} characters."
            )));
        }
    }
    let (viewer, now) = (&reader.viewer, reader.times.now);
    let line = store.transaction(viewer, id)?;
    // `None`: as it is; else what is to be said, `None` again for no word of the reader's own.
    let change = |name: &str, held: Option<&str>, by: &SetBy| -> Option<Option<String>> {
        let wanted = form.last(name)?;
        if wanted == held.unwrap_or_default().trim() {
            return None;
        }
        let take_back = wanted.is_empty() && *by == SetBy::User;
        Some((!take_back).then(|| wanted.to_owned()))
    };
    let category = change("category", line.category.as_deref(), &line.category_by);
    let payee = change("payee", line.payee.as_deref(), &line.payee_by);
    let note = change("note", line.note.as_deref(), &SetBy::Source);
    let edits = [
        category.as_ref().map(|it| Edit::Category(it.as_deref())),
        payee.as_ref().map(|it| Edit::Payee(it.as_deref())),
        note.as_ref().map(|it| Edit::Note(it.as_deref())),
    ];
    let edits: Vec<_> = edits.into_iter().flatten().collect();
    store.edit(viewer, &[id], &edits, now)?;
    // A word that was taken back is for the rules to say again, and a payee may be what one of them goes by.
    gather_run::apply_rules(store, reader.loaded.config.rules(), now)?;
    Ok(Said::Kept)
}
