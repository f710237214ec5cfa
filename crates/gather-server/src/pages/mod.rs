//! The web pages: what they show (`view`), how it is written (`part`, `plot`, `templates/`), and who fills them.
//!
//! Every page works without scripts: an action is a form that comes back to where it was sent from. Nothing on a page
//! comes from elsewhere, and nothing in it is script or style that is not a file (`assets`). A page is read in one
//! snapshot of the store and never fetches anything.
//!
//! Not here: who may see a page (`auth`), its headers (`serve`), the same data as JSON (`api`).

mod address;
mod answer;
mod assets;
mod money;
mod news;
mod part;
mod plot;
mod reader;
mod runs;
mod settings;
mod show;
mod sources;
mod standing;
#[cfg(test)]
mod tests;
mod today;
mod view;

use axum::{
    Router,
    routing::{get, post},
};

pub(crate) use address::inside;
pub(crate) use answer::{Failed, Said, page};
pub(crate) use part::{Note, Tone};
pub(crate) use reader::{Reader, failure_outside, outside};
pub(crate) use settings::{Beside, show as show_settings};
pub(crate) use show::capital;
pub(crate) use view::{Login, Setup};

use crate::app::App;

/// Every page, below the base path. Login, setup and what changes settings are `auth`'s.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(today::page))
        .route("/news", get(news::page))
        .route("/news/marks", post(news::mark))
        .route("/news/read", post(news::mark_all))
        .route("/money", get(money::overview))
        .route("/money/accounts/{source}/{account}", get(money::account))
        .route("/money/transactions", get(money::transactions))
        .route("/money/transactions/{id}", post(money::edit))
        .route("/money/budgets", get(money::budgets))
        .route("/money/review", get(money::review))
        .route("/money/review/{id}", post(money::decide))
        .route("/runs", get(runs::list).post(runs::fetch_all))
        .route("/runs/{id}", get(runs::one))
        .route("/sources", get(sources::list))
        .route("/sources/{name}", get(sources::show_one))
        .route("/sources/{name}/fetch", post(sources::fetch))
        .route("/settings", get(settings::page))
        .route("/assets/{digest}/{*file}", get(assets::serve))
}
