//! Who is reading.

/// The user on whose behalf records are read. Every read in the store takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// The operator at the terminal: sees every record, whoever owns it.
    Operator,
    /// A user: sees what is shared (has no owner) and what is their own.
    User(String),
}

impl Viewer {
    /// The user's name; `None` for the operator, who is not limited to one owner.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Operator => None,
            Self::User(name) => Some(name),
        }
    }
}
