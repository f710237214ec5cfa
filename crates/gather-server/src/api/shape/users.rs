//! Users, keys, sessions.

use gather_store::{ApiKey, Scope, Session, SessionId, User};
use serde::Serialize;
use utoipa::ToSchema;

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct MeShape {
    name: String,
    /// The currency of sums; none: as the server has it.
    currency: Option<String>,
    time_zone: Option<String>,
    /// `auto`, `light` or `dark`.
    theme: &'static str,
    /// What this caller may do.
    scopes: Vec<&'static str>,
}

impl MeShape {
    pub(in crate::api) fn new(user: &User, scopes: Vec<Scope>) -> Self {
        let settings = &user.settings;
        Self {
            name: user.name.clone(),
            currency: settings.currency.map(|currency| currency.to_string()),
            time_zone: settings.time_zone.clone(),
            theme: settings.theme.as_str(),
            scopes: scopes.iter().map(|scope| scope.as_str()).collect(),
        }
    }
}

/// An API key; never the key itself.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct KeyShape {
    id: i64,
    name: String,
    /// `news`, `money`, `sources`, `edit`, `fetch`.
    scopes: Vec<&'static str>,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    used_at: Option<String>,
    #[schema(format = "date-time")]
    expires_at: Option<String>,
}

impl From<ApiKey> for KeyShape {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.get(),
            name: key.name,
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            created_at: key.created_at.to_string(),
            used_at: key.used_at.map(|at| at.to_string()),
            expires_at: key.expires_at.map(|at| at.to_string()),
        }
    }
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct MadeKeyShape {
    #[serde(flatten)]
    pub(in crate::api) about: KeyShape,
    /// The key itself, which is shown this once.
    pub(in crate::api) key: String,
}

/// A session of a browser.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct SessionShape {
    id: i64,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    seen_at: String,
    address: Option<String>,
    agent: Option<String>,
    /// Whether it is the one that asks.
    this_one: bool,
}

impl SessionShape {
    pub(in crate::api) fn new(session: Session, this: Option<SessionId>) -> Self {
        Self {
            id: session.id.get(),
            created_at: session.created_at.to_string(),
            seen_at: session.seen_at.to_string(),
            address: session.address,
            agent: session.agent,
            this_one: this == Some(session.id),
        }
    }
}
