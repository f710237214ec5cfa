//! Accounts, budgets, spending, rates.

use axum::{Json, extract::State};
use gather_records::Currency;
use gather_store::{BudgetPlan, MoneyOverview, MoneyQuery, Scope};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    ask::{Params, currency, day, needs},
    problem::Problem,
    shape::{
        AccountsShape, BudgetShape, DayBalanceShape, DayRateShape, MonthShape, ProofShape,
        RateShape, SpendingShape, TotalShape, page,
    },
};
use crate::{app::App, auth::Identity};

/// Today, where a user is.
pub(super) fn today(app: &App, identity: &Identity) -> Date {
    let zone = identity.user.settings.time_zone.as_deref();
    let zone = zone.and_then(|name| jiff::tz::TimeZone::get(name).ok());
    let zone = zone.unwrap_or_else(|| app.zone().clone());
    zone.to_datetime(app.now()).date()
}

/// The currency of sums: as asked for, as the user has it, as the configuration has it.
pub(super) fn base(app: &App, identity: &Identity, asked: Option<Currency>) -> Option<Currency> {
    asked
        .or(identity.user.settings.currency)
        .or_else(|| app.loaded().config.settings().currency)
}

/// The budgets of the configuration.
fn own_budgets(app: &App) -> Vec<BudgetPlan> {
    let loaded = app.loaded();
    let budgets = loaded.config.budgets().iter();
    budgets
        .map(|own| BudgetPlan {
            owner: own.owner.clone(),
            category: own.budget.category.clone(),
            limit: own.budget.limit,
        })
        .collect()
}

async fn overview(
    app: &App,
    identity: &Identity,
    change: impl FnOnce(&mut MoneyQuery),
) -> Result<MoneyOverview, Problem> {
    needs(identity, Scope::Money)?;
    let mut query = MoneyQuery {
        budgets: own_budgets(app),
        limit: 1,
        ..MoneyQuery::new(today(app, identity))
    };
    change(&mut query);
    let viewer = identity.viewer();
    Ok(app.read(move |store| store.money(&viewer, &query)).await?)
}

/// In which currency.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct InCurrency {
    /// The currency of the sum, such as EUR; else the user's own.
    currency: Option<String>,
}

/// Accounts, what each holds, and all of it added up.
#[utoipa::path(get, path = "/api/v1/accounts", params(InCurrency), tag = "money", responses(
    (status = 200, body = AccountsShape),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn accounts(
    State(app): State<App>,
    identity: Identity,
    Params(params): Params<InCurrency>,
) -> Result<Json<AccountsShape>, Problem> {
    let asked = currency("currency", params.currency.as_deref())?;
    let base = base(&app, &identity, asked);
    let overview = overview(&app, &identity, |query| query.base = base).await?;
    Ok(Json(AccountsShape {
        as_of: app.now().to_string(),
        accounts: overview.accounts.into_iter().map(Into::into).collect(),
        totals: overview.totals.into_iter().map(Into::into).collect(),
        total: overview.total.map(|total| TotalShape {
            money: total.amount.into(),
            rates: total.rates.into_iter().map(Into::into).collect(),
            unconverted: total.unconverted.into_iter().map(Into::into).collect(),
        }),
    }))
}

/// Of which account, from when on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OfAccount {
    source: String,
    /// The source's id of it.
    account: String,
    /// Only from this day on.
    since: Option<String>,
}

page! {
    /// A balance a day, the earliest first.
    DayBalances of DayBalanceShape
}

/// What was in an account at the end of each day on which something was booked.
#[utoipa::path(get, path = "/api/v1/balances", params(OfAccount), tag = "money", responses(
    (status = 200, body = DayBalances),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn balances(
    State(app): State<App>,
    identity: Identity,
    Params(of): Params<OfAccount>,
) -> Result<Json<DayBalances>, Problem> {
    needs(&identity, Scope::Money)?;
    let since = day("since", of.since.as_deref())?;
    let viewer = identity.viewer();
    let days =
        app.read(move |store| store.balances_by_day(&viewer, &of.source, &of.account, since));
    Ok(Json(DayBalances {
        items: days.await?.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

/// Of which month.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OfMonth {
    /// A day in it, such as 2026-11-01; else this month.
    month: Option<String>,
}

page! {
    /// Budgets of a month.
    BudgetPage of BudgetShape
}

/// Budgets: spent, limit, what is left.
#[utoipa::path(get, path = "/api/v1/budgets", params(OfMonth), tag = "money", responses(
    (status = 200, body = BudgetPage),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn budgets(
    State(app): State<App>,
    identity: Identity,
    Params(of): Params<OfMonth>,
) -> Result<Json<BudgetPage>, Problem> {
    let month = day("month", of.month.as_deref())?;
    let overview = overview(&app, &identity, |query| {
        if let Some(month) = month {
            query.as_of = month.last_of_month().min(query.as_of);
        }
    })
    .await?;
    Ok(Json(BudgetPage {
        items: overview.budgets.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

/// From when on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Since {
    /// Only from this day on.
    since: Option<String>,
}

page! {
    /// Expenses by category and currency, the largest of a currency first.
    SpendingPage of SpendingShape
}

/// What was spent, by category and currency.
#[utoipa::path(get, path = "/api/v1/spending", params(Since), tag = "money", responses(
    (status = 200, body = SpendingPage),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn spending(
    State(app): State<App>,
    identity: Identity,
    Params(of): Params<Since>,
) -> Result<Json<SpendingPage>, Problem> {
    let since = day("since", of.since.as_deref())?;
    let overview = overview(&app, &identity, |query| query.since = since).await?;
    Ok(Json(SpendingPage {
        items: overview.spending.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

page! {
    /// Expenses by month, category and currency, the earliest first.
    MonthPage of MonthShape
}

/// What was spent, by month, category and currency.
#[utoipa::path(get, path = "/api/v1/spending/months", params(Since), tag = "money", responses(
    (status = 200, body = MonthPage),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn months(
    State(app): State<App>,
    identity: Identity,
    Params(of): Params<Since>,
) -> Result<Json<MonthPage>, Problem> {
    needs(&identity, Scope::Money)?;
    let (since, viewer) = (day("since", of.since.as_deref())?, identity.viewer());
    let months = app.read(move |store| store.spending_by_month(&viewer, since));
    Ok(Json(MonthPage {
        items: months.await?.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

page! {
    /// The newest rate of each pair and source.
    RatePage of RateShape
}

/// Exchange rates: the newest of each pair and source.
#[utoipa::path(get, path = "/api/v1/rates", tag = "money", responses(
    (status = 200, body = RatePage), (status = 401, body = Problem), (status = 403, body = Problem)
))]
pub(super) async fn rates(
    State(app): State<App>,
    identity: Identity,
) -> Result<Json<RatePage>, Problem> {
    let overview = overview(&app, &identity, |_| {}).await?;
    Ok(Json(RatePage {
        items: overview.rates.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

/// Of which pair.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OfPair {
    /// The currency that is priced.
    base: String,
    /// The currency it is priced in.
    quote: String,
    /// Only from this day on.
    since: Option<String>,
}

page! {
    /// A rate a day and source, the earliest first.
    DayRates of DayRateShape
}

/// The rates of a pair, as the sources gave them.
#[utoipa::path(get, path = "/api/v1/rates/history", params(OfPair), tag = "money", responses(
    (status = 200, body = DayRates),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn rate_history(
    State(app): State<App>,
    identity: Identity,
    Params(of): Params<OfPair>,
) -> Result<Json<DayRates>, Problem> {
    needs(&identity, Scope::Money)?;
    let pair = |name, text: &str| {
        currency(name, Some(text))?
            .ok_or_else(|| Problem::field(name, format!("`{name}` is empty")))
    };
    let (base, quote) = (pair("base", &of.base)?, pair("quote", &of.quote)?);
    let (since, viewer) = (day("since", of.since.as_deref())?, identity.viewer());
    let days = app.read(move |store| store.rates_by_day(&viewer, base, quote, since));
    Ok(Json(DayRates {
        items: days.await?.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

page! {
    /// Categories in use, by name.
    CategoryPage of String
}

/// The categories in use.
#[utoipa::path(get, path = "/api/v1/categories", tag = "money", responses(
    (status = 200, body = CategoryPage), (status = 401, body = Problem), (status = 403, body = Problem)
))]
pub(super) async fn categories(
    State(app): State<App>,
    identity: Identity,
) -> Result<Json<CategoryPage>, Problem> {
    needs(&identity, Scope::Money)?;
    let viewer = identity.viewer();
    let items = app.read(move |store| store.categories(&viewer)).await?;
    Ok(Json(CategoryPage { items, next: None }))
}

page! {
    /// A proof an account.
    ProofPage of ProofShape
}

/// The balance that each provider gives, against the sum of what was booked.
#[utoipa::path(get, path = "/api/v1/proofs", tag = "money", responses(
    (status = 200, body = ProofPage), (status = 401, body = Problem), (status = 403, body = Problem)
))]
pub(super) async fn proofs(
    State(app): State<App>,
    identity: Identity,
) -> Result<Json<ProofPage>, Problem> {
    needs(&identity, Scope::Money)?;
    let viewer = identity.viewer();
    let proofs = app.read(move |store| store.balance_proof(&viewer)).await?;
    Ok(Json(ProofPage {
        items: proofs.into_iter().map(Into::into).collect(),
        next: None,
    }))
}
