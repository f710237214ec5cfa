//! `GET /dashboard`: a household's day in one answer, of one moment.

use axum::{
    Extension,
    body::Body,
    extract::{OriginalUri, State},
    response::Response,
};
use bytes::Bytes;
use gather_records::{Currency, Viewer};
use gather_store::{MoneyOverview, MoneyQuery, RateLine, Scope, Snapshot, SourceState};
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

use super::{
    ask::{Params, currency, needs},
    money::{base, today},
    problem::Problem,
    shape::{MoneyShape, UnconvertedShape},
    sources::standing,
};
use crate::{app::App, auth::Identity, newest::Key};

/// The newest transactions, and the largest categories.
const TRANSACTIONS: usize = 10;
const CATEGORIES: usize = 5;

/// Of which time, in which currency.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// `all`, where nothing is said, or `month` for transactions and spending of this month.
    #[param(inline)]
    period: Option<Period>,
    /// The currency of the balance, such as EUR; else the user's own.
    currency: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Period {
    #[default]
    All,
    Month,
}

/// A household's day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Dashboard {
    /// The moment it is about.
    #[schema(format = "date-time")]
    as_of: String,
    /// The currency of the balance; none where nobody says one and there are several.
    currency: Option<String>,
    /// The ten newest.
    transactions: Vec<Row>,
    /// The five largest, expenses only; those in the currency of the balance first.
    spending_by_category: Vec<Spent>,
    /// What all accounts hold; none where it cannot be said in one currency, see `balances`.
    balance: Option<String>,
    /// The same by currency.
    balances: Vec<MoneyShape>,
    /// What is missing from the balance for want of a rate.
    unconverted: Vec<UnconvertedShape>,
    /// Units of each currency for one of the base, as of the date of `rates`; what has no rate of that day is left out.
    exchange_rates: BTreeMap<String, String>,
    /// Whose rates these are.
    rates: Option<Rates>,
    /// How each source stands, by name.
    sources: BTreeMap<String, Source>,
}

/// A transaction.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Row {
    id: String,
    #[schema(format = "date")]
    date: Option<String>,
    amount: String,
    currency: String,
    category: Option<String>,
    description: Option<String>,
    account: Option<String>,
    pending: bool,
}

/// What was spent on a category.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Spent {
    category: Option<String>,
    /// Negative, as summed.
    total: String,
    currency: String,
}

/// Where exchange rates are from.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rates {
    base: String,
    #[schema(format = "date")]
    date: String,
    source: String,
}

/// How a source stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Source {
    /// As in `/sources`.
    state: String,
    running: bool,
    stale: bool,
    /// How old its data is.
    age_s: Option<u64>,
    #[schema(format = "date-time")]
    good_at: Option<String>,
    reason: Option<String>,
}

/// The newest transactions, the largest categories, the balance, exchange rates and sources, all of one moment. It never
/// waits for the network; who wants fresh data first posts to `/runs`. An answer is at most a second old, and never older
/// than the newest write.
#[utoipa::path(get, path = "/api/v1/dashboard", params(Which), tag = "money", responses(
    (status = 200, body = Dashboard),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn dashboard(
    State(app): State<App>,
    identity: Identity,
    uri: Extension<OriginalUri>,
    Params(which): Params<Which>,
) -> Result<Response, Problem> {
    needs(&identity, Scope::Money)?;
    let key = Key {
        user: identity.user.id.get(),
        asked: format!("dashboard {}", uri.0.query().unwrap_or_default()),
    };
    let (version, clock) = (identity.version, app.clock());
    let read = read(&app, &identity, &which);
    let answer = app.newest().answer(key, version, clock, read).await?;
    Ok(json(answer))
}

async fn read(app: &App, identity: &Identity, which: &Which) -> Result<Bytes, Problem> {
    let asked = currency("currency", which.currency.as_deref())?;
    let base = base(app, identity, asked);
    let day = today(app, identity);
    let query = MoneyQuery {
        since: (which.period == Some(Period::Month)).then(|| day.first_of_month()),
        limit: TRANSACTIONS,
        base,
        ..MoneyQuery::new(day)
    };
    let viewer = identity.viewer();
    let of = viewer.clone();
    let read = app.read(move |store| {
        store.snapshot(|moment: &Snapshot<'_>| {
            Ok::<_, Problem>((moment.money(&of, &query)?, moment.source_states(&of)?))
        })
    });
    let (overview, states) = read.await?;
    let filled = fill(app, &viewer, base, overview, &states);
    // Text, numbers and maps by text can always be written.
    Ok(Bytes::from(serde_json::to_vec(&filled).unwrap_or_default()))
}

fn json(body: Bytes) -> Response {
    let mut answer = Response::new(Body::from(body));
    let kind = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

fn fill(
    app: &App,
    viewer: &Viewer,
    base: Option<Currency>,
    overview: MoneyOverview,
    states: &[SourceState],
) -> Dashboard {
    let now = app.now();
    let one = match overview.totals.as_slice() {
        [one] => Some(one.currency),
        _ => None,
    };
    let currency = base.or(one);
    let (exchange_rates, rates) = rates(&overview.rates, currency);
    let mut spending = overview.spending;
    // Stable: the largest of each currency stay first.
    spending.sort_by_key(|spent| Some(spent.total.currency) != currency);
    let sources = standing(app, viewer, states, now);
    Dashboard {
        as_of: now.to_string(),
        currency: currency.map(|currency| currency.to_string()),
        transactions: overview
            .transactions
            .into_iter()
            .map(|line| Row {
                id: line.number.to_string(),
                date: line.date.map(|day| day.to_string()),
                amount: line.amount.amount.to_string(),
                currency: line.amount.currency.to_string(),
                category: line.category,
                description: line.description,
                account: line.account_name.or(line.account),
                pending: line.pending,
            })
            .collect(),
        spending_by_category: spending
            .into_iter()
            .take(CATEGORIES)
            .map(|spent| Spent {
                category: spent.category,
                total: spent.total.amount.to_string(),
                currency: spent.total.currency.to_string(),
            })
            .collect(),
        balance: match (&overview.total, overview.totals.as_slice()) {
            (Some(total), _) => Some(total.amount.amount.to_string()),
            (None, [one]) => Some(one.amount.to_string()),
            (None, _) => None,
        },
        balances: overview.totals.iter().copied().map(Into::into).collect(),
        unconverted: overview
            .total
            .into_iter()
            .flat_map(|total| total.unconverted)
            .map(Into::into)
            .collect(),
        exchange_rates,
        rates,
        sources: sources
            .into_iter()
            .map(|source| {
                let stands = Source {
                    state: source.state,
                    running: source.running,
                    stale: source.stale,
                    age_s: source.age_s,
                    good_at: source.good_at,
                    reason: source.reason,
                };
                (source.name, stands)
            })
            .collect(),
    }
}

/// The rates of the source and base that say most about a currency: those that price it, else the newest there are. Only
/// those of one day, which is the day that is told: an older one must not pass for one of today.
fn rates(
    lines: &[RateLine],
    currency: Option<Currency>,
) -> (BTreeMap<String, String>, Option<Rates>) {
    let best = lines.iter().max_by_key(|line| {
        (
            Some(line.base) == currency,
            line.date,
            std::cmp::Reverse(&line.source),
        )
    });
    let Some(best) = best else {
        return (BTreeMap::new(), None);
    };
    let of_it = lines.iter().filter(|line| {
        (line.base, line.date, &line.source) == (best.base, best.date, &best.source)
    });
    let rates = of_it.map(|line| (line.quote.to_string(), line.rate.to_string()));
    let from = Rates {
        base: best.base.to_string(),
        date: best.date.to_string(),
        source: best.source.clone(),
    };
    (rates.collect(), Some(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(source: &str, quote: &str, day: &str, rate: &str) -> RateLine {
        RateLine {
            source: source.to_owned(),
            base: "EUR".parse().unwrap(),
            quote: quote.parse().unwrap(),
            date: day.parse().unwrap(),
            rate: rate.parse().unwrap(),
        }
    }

    #[test]
    fn a_rate_of_long_ago_does_not_pass_for_one_of_today() {
        let lines = [
            line("ecb", "RUB", "2022-03-01", "117.2010"),
            line("ecb", "USD", "2026-11-27", "1.0850"),
            line("other", "USD", "2026-11-20", "1.0900"),
        ];
        let (rates, from) = rates(&lines, "EUR".parse().ok());
        assert_eq!(
            rates,
            BTreeMap::from([("USD".to_owned(), "1.0850".to_owned())])
        );
        let from = from.unwrap();
        assert_eq!(
            (from.date.as_str(), from.source.as_str()),
            ("2026-11-27", "ecb")
        );
    }

    #[test]
    fn without_a_rate_none_is_made_up() {
        let (rates, from) = rates(&[], "EUR".parse().ok());
        assert!(rates.is_empty() && from.is_none());
    }
}
