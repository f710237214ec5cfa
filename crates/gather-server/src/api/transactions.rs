//! Transactions: listed, shown, changed.

use axum::{
    Json,
    extract::{Path, State},
};
use gather_store::{Edit, Part, Scope, TransactionId, TransactionQuery, TransferWith};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};

use super::{
    ask::{Params, Sent, cursor, day, decimal, limit, needs},
    problem::Problem,
    shape::{TransactionRows, TransactionShape},
};
use crate::{app::App, auth::Identity};

/// Which transactions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only those with words that begin with all of these, in description, payee, category or note.
    q: Option<String>,
    /// Only those of this source's account; needs `account`.
    source: Option<String>,
    /// The source's id of an account; needs `source`.
    account: Option<String>,
    /// Only those for this category; empty: only those without one.
    category: Option<String>,
    /// Only from this day on.
    since: Option<String>,
    /// Only up to this day.
    until: Option<String>,
    /// Only amounts of at least this, whichever way the money went.
    least: Option<String>,
    /// Only amounts of at most this.
    most: Option<String>,
    /// Only those that are pending, or only those that are booked.
    pending: Option<bool>,
    /// Only transfers between own accounts, or none of them.
    transfer: Option<bool>,
    /// 1 to 1000; 50 where nothing is said.
    limit: Option<usize>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl Which {
    fn query(self) -> Result<TransactionQuery, Problem> {
        let accounts = match (self.source, self.account) {
            (Some(source), Some(account)) => vec![(source, account)],
            (None, None) => Vec::new(),
            (source, _) => {
                let missing = if source.is_some() {
                    "account"
                } else {
                    "source"
                };
                let words = "`source` and `account` go together";
                return Err(Problem::field(missing, words));
            }
        };
        let categories = self.category.map(|it| (!it.is_empty()).then_some(it));
        Ok(TransactionQuery {
            search: self.q,
            accounts,
            categories: categories.into_iter().collect(),
            since: day("since", self.since.as_deref())?,
            until: day("until", self.until.as_deref())?,
            at_least: decimal("least", self.least.as_deref())?,
            at_most: decimal("most", self.most.as_deref())?,
            pending: self.pending,
            transfers: self.transfer,
            after: cursor(self.cursor.as_deref())?,
            limit: limit(self.limit)?,
        })
    }
}

/// Transactions, the newest first.
#[utoipa::path(get, path = "/api/v1/transactions", params(Which), tag = "money", responses(
    (status = 200, body = TransactionRows),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn list(
    State(app): State<App>,
    identity: Identity,
    Params(which): Params<Which>,
) -> Result<Json<TransactionRows>, Problem> {
    needs(&identity, Scope::Money)?;
    let (query, viewer) = (which.query()?, identity.viewer());
    let page = app
        .read(move |store| store.transactions(&viewer, &query))
        .await?;
    Ok(Json(TransactionRows {
        next: page.next.map(|next| next.to_string()),
        items: page.transactions.into_iter().map(Into::into).collect(),
    }))
}

fn number(id: &str) -> Result<TransactionId, Problem> {
    id.parse().map_err(|_| Problem::missing("transaction"))
}

/// One transaction, whole.
#[utoipa::path(get, path = "/api/v1/transactions/{id}", params(("id" = String, Path)), tag = "money", responses(
    (status = 200, body = TransactionShape),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)
))]
pub(super) async fn one(
    State(app): State<App>,
    identity: Identity,
    Path(id): Path<String>,
) -> Result<Json<TransactionShape>, Problem> {
    needs(&identity, Scope::Money)?;
    let (id, viewer) = (number(&id)?, identity.viewer());
    let line = app
        .read(move |store| store.transaction(&viewer, id))
        .await?;
    Ok(Json(line.into()))
}

/// What is to change: what is not said stays as it is; `null` takes the user's own word back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    category: Option<Option<String>>,
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    payee: Option<Option<String>>,
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    note: Option<Option<String>>,
    /// What counts in its place; their amounts add up to its own. Empty: it is whole again.
    parts: Option<Vec<PartChange>>,
    /// The other side of a transfer: a transaction's id, `outside` for an own account that is not kept here, `none` for
    /// no transfer, `found` for what gather finds by itself.
    transfer_with: Option<String>,
}

/// A part of a split.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PartChange {
    #[schema(value_type = String, example = "-4.50")]
    amount: String,
    category: Option<String>,
    note: Option<String>,
}

/// Tells `null` from nothing said.
fn said<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// Changes a transaction; all of it or nothing that cannot be meant.
#[utoipa::path(patch, path = "/api/v1/transactions/{id}", params(("id" = String, Path)), request_body = Change, tag = "money",
responses(
    (status = 200, body = TransactionShape),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 422, body = Problem)
))]
pub(super) async fn change(
    State(app): State<App>,
    identity: Identity,
    Path(id): Path<String>,
    Sent(change): Sent<Change>,
) -> Result<Json<TransactionShape>, Problem> {
    needs(&identity, Scope::Money)?;
    needs(&identity, Scope::Edit)?;
    let (id, viewer, now) = (number(&id)?, identity.viewer(), app.now());
    let change = Checked::of(change)?;
    let loaded = app.loaded();
    let line = app.read(move |store| {
        store.edit(&viewer, &[id], &change.edits(), now)?;
        gather_run::apply_rules(store, loaded.config.rules(), now)?;
        Ok::<_, Problem>(store.transaction(&viewer, id)?)
    });
    Ok(Json(line.await?.into()))
}

fn fits(name: &str, most: usize, text: Option<&str>) -> Result<(), Problem> {
    if text.unwrap_or_default().chars().count() > most {
        let words = format!("`{name}` is longer than {most} characters");
        return Err(Problem::field(name, words));
    }
    Ok(())
}

/// A change of which each word can be meant.
struct Checked {
    category: Option<Option<String>>,
    payee: Option<Option<String>>,
    note: Option<Option<String>>,
    parts: Option<Vec<Part>>,
    transfer: Option<TransferWith>,
}

impl Checked {
    fn of(change: Change) -> Result<Self, Problem> {
        for (name, most, text) in [
            ("category", 200, &change.category),
            ("payee", 500, &change.payee),
            ("note", 2000, &change.note),
        ] {
            fits(name, most, text.as_ref().and_then(Option::as_deref))?;
        }
        let part = |part: PartChange| -> Result<Part, Problem> {
            fits("category", 200, part.category.as_deref())?;
            fits("note", 2000, part.note.as_deref())?;
            let amount: Option<Decimal> = decimal("amount", Some(&part.amount))?;
            let words = "a part has no `amount`";
            let amount = amount.ok_or_else(|| Problem::field("amount", words))?;
            Ok(Part {
                amount,
                category: part.category,
                note: part.note,
            })
        };
        let parts = change
            .parts
            .map(|parts| parts.into_iter().map(part).collect());
        let transfer = change.transfer_with.as_deref().map(|with| match with {
            "outside" => Ok(TransferWith::Outside),
            "none" => Ok(TransferWith::Nothing),
            "found" => Ok(TransferWith::Found),
            id => number(id).map(TransferWith::Transaction),
        });
        Ok(Self {
            category: change.category,
            payee: change.payee,
            note: change.note,
            parts: parts.transpose()?,
            transfer: transfer.transpose()?,
        })
    }

    /// All that is said, in the order in which it is to be written.
    fn edits(&self) -> Vec<Edit<'_>> {
        let transfer = self.transfer.map(Edit::Transfer);
        let parts = self.parts.as_deref().map(Edit::Parts);
        let category = self.category.as_ref().map(Option::as_deref);
        let payee = self.payee.as_ref().map(Option::as_deref);
        let note = self.note.as_ref().map(Option::as_deref);
        [
            transfer,
            parts,
            category.map(Edit::Category),
            payee.map(Edit::Payee),
            note.map(Edit::Note),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use gather_records::{Money, Record, Transaction, Viewer};
    use gather_store::{Page, SourceRef, Store, TransactionLine};
    use jiff::Timestamp;

    use super::*;

    /// A store with two accounts of ann's.
    fn house() -> (Store, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        let of = SourceRef {
            name: "bank",
            owner: Some("ann"),
        };
        let run = store.begin_run(Timestamp::UNIX_EPOCH, &[of]).unwrap();
        let row = |id: &str, account: &str, amount: &str| {
            let money = Money::new(amount.parse().unwrap(), "EUR".parse().unwrap());
            Record::Transaction(Transaction {
                account: Some(account.to_owned()),
                date: Some("2026-11-20".parse().unwrap()),
                ..Transaction::new(id, money)
            })
        };
        let rows = [row("shop", "giro", "-10.00"), row("back", "giro", "-3.00")];
        let page = Page::new(run, of, &rows, Timestamp::UNIX_EPOCH);
        store.keep(page).unwrap();
        (store, folder)
    }

    fn ann() -> Viewer {
        Viewer::User("ann".to_owned())
    }

    fn line(store: &Store, source_id: &str) -> TransactionLine {
        let page = store.transactions(&ann(), &TransactionQuery::default());
        let mut lines = page.unwrap().transactions.into_iter();
        lines.find(|line| line.id == source_id).unwrap()
    }

    fn change(store: &Store, viewer: &Viewer, body: &str) -> Result<(), Problem> {
        let id = line(store, "shop").number;
        let change = Checked::of(serde_json::from_str(body).unwrap())?;
        Ok(store.edit(viewer, &[id], &change.edits(), Timestamp::UNIX_EPOCH)?)
    }

    #[test]
    fn a_change_that_is_refused_changes_nothing() {
        let (store, _folder) = house();
        let before = line(&store, "shop");
        let other = line(&store, "back").number;
        let halves = r#"[{"amount": "-4.00", "category": "Food"}, {"amount": "-6.00"}]"#;
        for (body, field) in [
            // The other side is in the same account.
            (
                format!(r#"{{"parts": {halves}, "category": "x", "transfer_with": "{other}"}}"#),
                Some("transfer_with"),
            ),
            (
                r#"{"transfer_with": "outside", "note": "x", "parts": [{"amount": "-4.00"}]}"#
                    .to_owned(),
                Some("parts"),
            ),
            (
                format!(r#"{{"note": "x", "payee": "{}"}}"#, "p".repeat(501)),
                Some("payee"),
            ),
            (
                r#"{"note": "x", "parts": [{"amount": "four"}]}"#.to_owned(),
                Some("amount"),
            ),
        ] {
            let refused = change(&store, &ann(), &body).unwrap_err();
            let refused = serde_json::to_value(refused).unwrap();
            assert_eq!(refused["status"], 422, "{body}");
            let named = refused["errors"][0]["field"].as_str();
            assert_eq!(named, field, "{body}: {refused}");
            assert_eq!(line(&store, "shop"), before, "{body}");
        }
    }

    #[test]
    fn a_change_is_kept_and_taken_back() {
        let (store, _folder) = house();
        let halves = r#"{"note": "fish", "category": "Food",
            "parts": [{"amount": "-4.00", "category": "Bread"}, {"amount": "-6.00"}]}"#;
        change(&store, &ann(), halves).unwrap();
        let split = line(&store, "shop");
        assert_eq!(split.parts.len(), 2);
        assert_eq!(split.note.as_deref(), Some("fish"));
        assert_eq!(split.category.as_deref(), Some("Food"));
        let whole = r#"{"note": null, "category": null, "parts": []}"#;
        change(&store, &ann(), whole).unwrap();
        let whole = line(&store, "shop");
        assert!(whole.parts.is_empty());
        assert_eq!((whole.note, whole.category), (None, None));
    }

    #[test]
    fn anothers_transaction_is_none() {
        let (store, _folder) = house();
        let ben = Viewer::User("ben".to_owned());
        let refused = change(&store, &ben, r#"{"note": "mine"}"#).unwrap_err();
        assert_eq!(serde_json::to_value(refused).unwrap()["status"], 404);
        assert_eq!(line(&store, "shop").note, None);
    }
}
