//! What answers look like. The store's own types can change without these, and these without the store's.

mod money;
mod news;
mod runs;
mod users;

pub(super) use money::*;
pub(super) use news::*;
pub(super) use runs::*;
pub(super) use users::*;

/// What a list answers with.
macro_rules! page {
    ($(#[$doc:meta])* $name:ident of $row:ty) => {
        $(#[$doc])*
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub(in crate::api) struct $name {
            /// The rows of this page.
            pub(in crate::api) items: Vec<$row>,
            /// To ask for the next page with, as `cursor`; none where this was the last.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub(in crate::api) next: Option<String>,
        }
    };
}
pub(super) use page;
