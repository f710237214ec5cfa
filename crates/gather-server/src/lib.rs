//! The dashboard of gather: a schedule that fetches, pages and an API that show what came, a login before them.
//!
//! Not here: fetching as such (`gather-run`), reading the configuration and printing (`gather-cli`). Nothing in here
//! touches the network to answer a page: what is shown is in the store.

mod api;
mod app;
mod auth;
mod events;
mod metrics;
mod newest;
mod pages;
mod reload;
mod schedule;
mod serve;
mod server;

pub use app::Loaded;
pub use auth::{PasswordRefused, SHORTEST_PASSWORD, hash_password, invent_password};
pub use serve::TlsError;
pub use server::{Server, Start, StartError};
