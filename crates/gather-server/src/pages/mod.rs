//! The web pages: what they show (`view`), how it is written (`part`, `plot`, `templates/`), and who fills them.
//!
//! Every page works without scripts: an action is a form that comes back to where it was sent from. Nothing on a page
//! comes from elsewhere, and nothing in it is script or style that is not a file (`assets`).
//!
//! Not here: who may see a page (`auth`), its headers (`serve`), the same data as JSON (`api`).

mod assets;
mod part;
mod plot;
mod show;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use part::Link;
pub(crate) use view::{Failure, Login, Setup, Shell};

use crate::app::App;
use axum::{
    Router,
    response::{Html, IntoResponse as _, Response},
};

pub(crate) fn show(status: http::StatusCode, page: &impl askama::Template) -> Response {
    (status, Html(page.render().unwrap_or_default())).into_response()
}
pub(crate) fn inside(app: &App, _next: &str) -> String {
    format!("{}/", app.base())
}
pub(crate) fn routes() -> Router<App> {
    Router::new().route(
        "/assets/{digest}/{*file}",
        axum::routing::get(assets::serve),
    )
}
