//! The server: what it listens to, what stands before every handler, how it stops.
//!
//! A request passes, in this order: the limits of its connection (`connections`), who really asks and whether that host
//! is this server (`asked`), the limits of a request and the headers of every answer (`layers`), and then the routes.
//!
//! Not here: who may do what (`auth`), what is answered (`pages`, `api`).

mod asked;
mod connections;
mod health;
mod layers;
mod problem;
mod tls;

pub(crate) use asked::{Asked, Reach};
pub(crate) use connections::serve;
pub(crate) use health::routes as health_routes;
pub(crate) use layers::around;
pub(crate) use problem::refusal;
pub(crate) use tls::Tls;
pub use tls::TlsError;
