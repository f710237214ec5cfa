//! What waits for a decision: the row that came, above the transaction that it may be.

use gather_records::Transaction;
use gather_store::Review;

use super::{
    View,
    amount::{Amounts, moved},
    layout::{apart, right},
    money::heading,
    sentence::plural,
    style::{bold, caution, dim},
    time,
};
use crate::escape;

/// Each review: why, what is held, what came.
pub(crate) fn reviews(reviews: &[Review], view: &View) -> String {
    let count = plural(reviews.len() as u64, "row");
    let mut text = heading("Review", &format!("{count} to decide"), view);
    for review in reviews {
        let amounts = [moved(&review.held.amount), moved(&review.incoming.amount)];
        let column = Amounts::of(&amounts);
        let why = format!(
            "  {}  {}",
            bold(review.id),
            caution(escape::line(&review.reason.to_string()))
        );
        let from = match review.import {
            Some(import) => format!("{}, import {import}", escape::line(&review.source)),
            None => escape::line(&review.source).into_owned(),
        };
        text.push_str(&format!(
            "{}\n",
            apart(&why, &format!("  {}", dim(from)), view.width)
        ));
        let held = format!("held as {}", review.held_as);
        text.push_str(&line(&held, &review.held, &column.put(&amounts[0]), view));
        text.push_str(&line(
            "new",
            &review.incoming,
            &column.put(&amounts[1]),
            view,
        ));
    }
    text
}

fn line(word: &str, moved: &Transaction, amount: &str, view: &View) -> String {
    let today = view.now.to_zoned(view.zone.clone()).date();
    let day = moved
        .date
        .map_or_else(|| "no date".to_owned(), |day| time::day(day, today));
    let what = [&moved.payee, &moved.description]
        .into_iter()
        .flatten()
        .map(|text| escape::line(text).into_owned())
        .collect::<Vec<_>>()
        .join(" · ");
    let pending = if moved.pending {
        format!(" {}", caution("(pending)"))
    } else {
        String::new()
    };
    let head = format!(
        "     {}  {}  {what}{pending}",
        dim(right(word, 12)),
        right(&day, 11)
    );
    let figure = format!("  {amount} {}", dim(moved.amount.currency));
    format!("{}\n", apart(&head, &figure, view.width))
}
