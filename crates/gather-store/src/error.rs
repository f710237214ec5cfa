//! What can go wrong with the store's file, named.
//!
//! One opaque error; [`Error::kind`] is the question to ask. Its text names the file and what to do; the cause below
//! it (SQLite's or the system's own words) is kept as the source.
//!
//! Source: sqlite.org/rescode.html for what each code of SQLite means.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use rusqlite::ffi;

use crate::Faded;

/// Which fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A folder, a device or a socket stands where the file should be.
    NotAFile,
    /// The file or its folder cannot be written to.
    ReadOnly,
    /// The file cannot be opened, or its folder cannot be made.
    NoAccess,
    /// The file is no SQLite database.
    NotADatabase,
    /// A SQLite database, but of another program.
    OtherProgram,
    /// A newer gather has changed its schema.
    NewerSchema,
    /// Its schema is one that no released gather has made.
    UnknownSchema,
    /// What is in the file contradicts itself.
    Corrupt,
    /// No room left on the disk.
    DiskFull,
    /// Another process was writing for longer than the time allowed for waiting.
    Locked,
    /// The SQLite linked in has a bug that can corrupt the file.
    OldSqlite,
    /// A record that breaks a rule of its kind; nothing of its page was kept.
    InvalidRecord,
    /// A field that nearly all earlier rows had is empty in all rows of a page; nothing of the page was kept.
    FieldFaded,
    /// There is no run of that number.
    UnknownRun,
    /// There is no transaction of that number that the viewer may see.
    UnknownTransaction,
    /// There is no account of that name that the viewer may see.
    UnknownAccount,
    /// There is no open review of that number that the viewer may see.
    UnknownReview,
    /// There is no import of that number that the viewer may see and that is not undone.
    UnknownImport,
    /// There is no user of that number.
    UnknownUser,
    /// There is a user of that name already.
    UserExists,
    /// A user or an API key that breaks a rule; the text says which.
    InvalidUser,
    /// Another process, or another handle of this one, has the file open, and what was asked for wants it alone.
    InUse,
    /// A file stands where one was to be made.
    FileExists,
    /// Parts that do not add up to the amount of their transaction.
    InvalidParts,
    /// Two transactions that cannot be one transfer.
    InvalidTransfer,
    /// A sum has more digits than can be counted exactly.
    TooLarge,
    /// Anything else that SQLite or the system reports.
    Other,
}

/// Why the store could not do it. Nothing was half-done.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    path: PathBuf,
    text: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Which fault it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    pub(crate) fn new(path: &Path, fault: impl Into<Fault>) -> Self {
        let fault = fault.into();
        let kind = fault.kind();
        Self(Box::new(Inner {
            kind,
            path: path.to_owned(),
            text: fault.text(kind),
            source: fault.cause(),
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "database `{}`: {}", self.0.path.display(), self.0.text)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// A fault before it is known which file it concerns.
#[derive(Debug)]
pub(crate) enum Fault {
    Sqlite(rusqlite::Error),
    Io(io::Error),
    NotAFile(&'static str),
    ReadOnly,
    OtherProgram,
    NewerSchema { found: i64, known: i64 },
    UnknownSchema { version: i64 },
    Damaged(String),
    NoWal { mode: String },
    OldSqlite(&'static str),
    InvalidRecord(String),
    FieldFaded { source: String, faded: Faded },
    UnknownRun(i64),
    UnknownTransaction(i64),
    UnknownAccount { source: String, account: String },
    UnknownReview(i64),
    UnknownImport(i64),
    InvalidParts(String),
    InvalidTransfer(String),
    UnknownUser(i64),
    UserExists(String),
    InvalidUser(String),
    InUse,
    FileExists,
    TooLarge(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Sqlite(error) => sqlite_kind(error),
            Self::Io(error) => match error.kind() {
                io::ErrorKind::ReadOnlyFilesystem => ErrorKind::ReadOnly,
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::DiskFull,
                io::ErrorKind::PermissionDenied
                | io::ErrorKind::NotFound
                | io::ErrorKind::NotADirectory
                | io::ErrorKind::AlreadyExists => ErrorKind::NoAccess,
                _ => ErrorKind::Other,
            },
            Self::NotAFile(_) => ErrorKind::NotAFile,
            Self::ReadOnly => ErrorKind::ReadOnly,
            Self::OtherProgram => ErrorKind::OtherProgram,
            Self::NewerSchema { .. } => ErrorKind::NewerSchema,
            Self::UnknownSchema { .. } => ErrorKind::UnknownSchema,
            Self::Damaged(_) => ErrorKind::Corrupt,
            Self::NoWal { .. } => ErrorKind::Other,
            Self::OldSqlite(_) => ErrorKind::OldSqlite,
            Self::InvalidRecord(_) => ErrorKind::InvalidRecord,
            Self::FieldFaded { .. } => ErrorKind::FieldFaded,
            Self::UnknownRun(_) => ErrorKind::UnknownRun,
            Self::UnknownTransaction(_) => ErrorKind::UnknownTransaction,
            Self::UnknownAccount { .. } => ErrorKind::UnknownAccount,
            Self::UnknownReview(_) => ErrorKind::UnknownReview,
            Self::UnknownImport(_) => ErrorKind::UnknownImport,
            Self::InvalidParts(_) => ErrorKind::InvalidParts,
            Self::InvalidTransfer(_) => ErrorKind::InvalidTransfer,
            Self::UnknownUser(_) => ErrorKind::UnknownUser,
            Self::UserExists(_) => ErrorKind::UserExists,
            Self::InvalidUser(_) => ErrorKind::InvalidUser,
            Self::InUse => ErrorKind::InUse,
            Self::FileExists => ErrorKind::FileExists,
            Self::TooLarge(_) => ErrorKind::TooLarge,
        }
    }

    fn text(&self, kind: ErrorKind) -> String {
        match self {
            Self::NotAFile(what) => format!("is {what}; name a file"),
            Self::NewerSchema { found, known } => format!(
                "made by a newer gather: its schema is version {found}, this one knows up to {known}; \
                 update gather or name another file"
            ),
            Self::UnknownSchema { version } => format!(
                "version {version} of its schema is not the one of this gather: made by a build that was never \
                 released; use that build, or move the file away to begin anew"
            ),
            Self::Damaged(what) => format!(
                "is damaged: {what}; restore a backup, or move the file away to begin anew"
            ),
            Self::NoWal { mode } => format!(
                "the file system does not support write-ahead logging (journal mode stays `{mode}`); \
                 keep the file on a local disk"
            ),
            Self::OldSqlite(version) => format!(
                "the SQLite linked in is {version}, which can corrupt the file; build gather with 3.51.3 or newer"
            ),
            Self::InvalidRecord(what) => format!("{what}; nothing of this page was kept"),
            Self::FieldFaded { source, faded } => format!(
                "source `{source}`: the shape of its answers has changed: {faded}; nothing of this page was kept; \
                 edit its mapping, or leave the field out of it"
            ),
            Self::UnknownRun(id) => format!("there is no run {id}; see the list of runs"),
            Self::UnknownTransaction(id) => {
                format!("there is no transaction {id}; see the list of transactions")
            }
            Self::UnknownAccount { source, account } => {
                format!("source `{source}` has no account `{account}`; see the list of accounts")
            }
            Self::UnknownUser(id) => format!("there is no user {id} any more"),
            Self::UserExists(name) => format!("there is a user `{name}` already"),
            Self::InvalidUser(what) => what.clone(),
            Self::InUse => "is in use: stop `gather serve` and every other gather that has it open".to_owned(),
            Self::FileExists => "is there already; name another file, or move it away".to_owned(),
            Self::UnknownReview(id) => {
                format!("there is no open review {id}; see the list of reviews")
            }
            Self::UnknownImport(id) => {
                format!("there is no import {id} that could be undone; see the list of imports")
            }
            Self::InvalidParts(what) | Self::InvalidTransfer(what) => what.clone(),
            Self::TooLarge(what) => format!("{what} add up to more than can be counted exactly"),
            Self::Sqlite(_) | Self::Io(_) | Self::ReadOnly | Self::OtherProgram => match kind {
                ErrorKind::ReadOnly => {
                    "is read-only; allow writing to the file and its folder, or name another file".to_owned()
                }
                ErrorKind::NoAccess => {
                    "cannot be opened; allow reading and writing the file and its folder, or name another file"
                        .to_owned()
                }
                ErrorKind::NotADatabase => {
                    "is not a SQLite database; name another file, or move this one away".to_owned()
                }
                ErrorKind::OtherProgram => {
                    "belongs to another program; name another file".to_owned()
                }
                ErrorKind::Corrupt => {
                    "is damaged; restore a backup, or move the file away to begin anew".to_owned()
                }
                ErrorKind::DiskFull => {
                    "the disk is full; nothing of this step was kept; make room and run again".to_owned()
                }
                ErrorKind::Locked => {
                    "another process was writing for too long; wait for it to end, or stop it, and run again"
                        .to_owned()
                }
                _ => "the operation failed and nothing of it was kept".to_owned(),
            },
        }
    }

    fn cause(self) -> Option<Box<dyn std::error::Error + Send + Sync>> {
        match self {
            Self::Sqlite(error) => Some(Box::new(error)),
            Self::Io(error) => Some(Box::new(error)),
            _ => None,
        }
    }
}

fn sqlite_kind(error: &rusqlite::Error) -> ErrorKind {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(failure, _) => match failure.extended_code & 0xff {
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => ErrorKind::Locked,
            ffi::SQLITE_READONLY => ErrorKind::ReadOnly,
            ffi::SQLITE_CANTOPEN | ffi::SQLITE_PERM | ffi::SQLITE_AUTH => ErrorKind::NoAccess,
            ffi::SQLITE_FULL => ErrorKind::DiskFull,
            ffi::SQLITE_CORRUPT => ErrorKind::Corrupt,
            ffi::SQLITE_NOTADB => ErrorKind::NotADatabase,
            _ => ErrorKind::Other,
        },
        // What we wrote ourselves does not read as what it is: somebody else wrote it, or the disk did.
        E::FromSqlConversionFailure(..)
        | E::IntegralValueOutOfRange(..)
        | E::Utf8Error(..)
        | E::InvalidColumnType(..) => ErrorKind::Corrupt,
        _ => ErrorKind::Other,
    }
}
