//! Files of banks on their way into the store: which account they belong to, how they are read, what would change.
//!
//! A file whose rows name no account needs to be told one; nothing is guessed from its name. A file of an account that a
//! source brings is kept under that source, so that file and bank are told apart row by row; any other under
//! [`FILES`]. What was concluded from a file is kept as the profile of its account.
//!
//! Not here: formats (`gather_sources::files`), what is new and what is held (`gather_store`), lists of feeds.

use std::{collections::BTreeMap, path::PathBuf};

use gather_records::{Transaction, Viewer};
use gather_sources::files::{self, FileError};
use gather_store::{
    ImportAccount, ImportBatch, ImportPlan, ImportReport, MoneyQuery, SourceRef, Store,
};
use jiff::{Timestamp, civil::Date};

use crate::profiles::{ProfileError, ProfileSetting, Profiles, with_settings};

/// The source under which accounts are kept that only files tell of; a user's own are under `files:USER`, since a source
/// that is shared must not become somebody's.
pub const FILES: &str = "files";

fn files_of(viewer: &Viewer) -> String {
    match viewer.user() {
        Some(user) => format!("{FILES}:{user}"),
        None => FILES.to_owned(),
    }
}

/// What a person says about a file.
#[derive(Debug, Clone, Default)]
pub struct ImportWish {
    /// The account: its name or id, also as `SOURCE/ID`. One that is not known is a new one.
    pub account: Option<String>,
    /// On top of the profile of the account.
    pub profile: Vec<ProfileSetting>,
}

/// An account that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAccount {
    /// The source.
    pub source: String,
    /// Whose it is; `None` belongs to everybody.
    pub owner: Option<String>,
    /// The source's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A file that was read, ready to be kept.
#[derive(Debug, Clone)]
pub struct BankFile {
    /// What it is called.
    pub name: String,
    /// What was read.
    pub import: files::Import,
    /// Its format, for the list of imports.
    format: String,
    /// Its rows, by the source they are kept under.
    pub parts: Vec<BankFilePart>,
    /// The kept profile that it was read with.
    pub read_with: Option<PathBuf>,
    /// The source and account whose profile is kept once the file is.
    profile_of: Option<(String, String)>,
}

/// The rows of a file that are kept under one source.
#[derive(Debug, Clone)]
pub struct BankFilePart {
    /// The source.
    pub source: String,
    /// Whose it is; `None` belongs to everybody.
    pub owner: Option<String>,
    /// The accounts, each once.
    pub accounts: Vec<ImportAccount>,
    /// The rows, in the order of the file.
    pub transactions: Vec<Transaction>,
}

/// Why a file cannot be imported. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It cannot be read, or leaves something open.
    #[error(transparent)]
    File(#[from] FileError),
    /// A profile is wrong, or cannot be read or kept.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The store does not work.
    #[error(transparent)]
    Store(#[from] gather_store::Error),
    /// It does not say whose account it is, and nobody else did.
    #[error("{file}: the file does not say which account it is of")]
    WhichAccount {
        /// The file.
        file: String,
        /// The accounts that are known, as they can be named.
        known: Vec<String>,
    },
    /// Several accounts answer to the name that was given or that stands in the file.
    #[error("several accounts are called `{named}`: {}", .known.join(", "))]
    SeveralAccounts {
        /// The name.
        named: String,
        /// The accounts, as `SOURCE/ID`.
        known: Vec<String>,
    },
    /// It tells of several accounts, and one was named.
    #[error("{file}: the file is of {} accounts ({}), not of one", .ids.len(), .ids.join(", "))]
    OneOfSeveral {
        /// The file.
        file: String,
        /// The accounts in it.
        ids: Vec<String>,
    },
}

/// The accounts that a viewer may see, as they can be named in a [wish](ImportWish); those that are only named by their
/// transactions too.
///
/// # Errors
/// When the store cannot be read.
pub fn known_accounts(
    store: &Store,
    viewer: &Viewer,
) -> Result<Vec<KnownAccount>, gather_store::Error> {
    let mut known = named_accounts(store, viewer)?;
    for proof in store.balance_proof(viewer)? {
        let account = KnownAccount {
            name: proof.name.unwrap_or_else(|| proof.account.clone()),
            source: proof.source,
            owner: proof.owner,
            id: proof.account,
        };
        let same = |one: &KnownAccount| {
            (&one.source, &one.owner, &one.id) == (&account.source, &account.owner, &account.id)
        };
        if !account.id.is_empty() && !known.iter().any(same) {
            known.push(account);
        }
    }
    Ok(known)
}

/// The accounts that have a name.
pub(crate) fn named_accounts(
    store: &Store,
    viewer: &Viewer,
) -> Result<Vec<KnownAccount>, gather_store::Error> {
    let mut query = MoneyQuery::new(Date::ZERO);
    query.limit = 0;
    let accounts = store.money(viewer, &query)?.accounts.into_iter();
    Ok(accounts
        .map(|line| KnownAccount {
            source: line.source,
            owner: line.owner,
            id: line.id,
            name: line.name,
        })
        .collect())
}

/// The account that a person means by a name: an id, a name in whatever case, or `SOURCE/ID` or `SOURCE/NAME`.
///
/// # Errors
/// [`ImportError::SeveralAccounts`].
pub fn find_account<'a>(
    known: &'a [KnownAccount],
    named: &str,
) -> Result<Option<&'a KnownAccount>, ImportError> {
    let lower = named.trim().to_lowercase();
    let answers = |account: &KnownAccount| {
        let source = account.source.to_lowercase();
        [&account.id, &account.name].into_iter().any(|word| {
            let word = word.to_lowercase();
            lower == word
                || lower
                    .strip_prefix(&source)
                    .and_then(|rest| rest.strip_prefix('/'))
                    == Some(&word)
        })
    };
    one_of(
        known.iter().filter(|account| answers(account)).collect(),
        named,
    )
}

/// The one of some accounts; `None` of none.
fn one_of<'a>(
    accounts: Vec<&'a KnownAccount>,
    named: &str,
) -> Result<Option<&'a KnownAccount>, ImportError> {
    match accounts[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(ImportError::SeveralAccounts {
            named: named.to_owned(),
            known: accounts
                .iter()
                .map(|one| format!("{}/{}", one.source, one.id))
                .collect(),
        }),
    }
}

/// Reads a file of a bank and finds out which accounts its rows belong to. Nothing is written.
///
/// # Errors
/// [`ImportError`]; the store is not asked.
pub fn read_bank_file(
    name: &str,
    bytes: &[u8],
    wish: &ImportWish,
    viewer: &Viewer,
    known: &[KnownAccount],
    profiles: &Profiles,
) -> Result<BankFile, ImportError> {
    let mut reading = Reading {
        name,
        bytes,
        wish,
        profiles,
        read_with: None,
    };
    let wanted = match &wish.account {
        Some(named) => Some(match find_account(known, named)? {
            Some(account) => account.clone(),
            None => new_account(viewer, named),
        }),
        None => None,
    };
    let mut import = match &wanted {
        Some(account) => reading.with_profile_of(&account.source, &account.id)?,
        None => reading.as_it_is()?,
    };
    let ids = account_ids(&import);
    let mut places: BTreeMap<String, KnownAccount> = BTreeMap::new();
    if let Some(account) = wanted {
        if ids.len() > 1 {
            return Err(ImportError::OneOfSeveral {
                file: name.to_owned(),
                ids,
            });
        }
        for statement in &mut import.statements {
            statement.belongs_to(&account.id);
            statement
                .account
                .name
                .get_or_insert_with(|| account.name.clone());
        }
        places.insert(account.id.clone(), account);
    } else {
        if import.statements.iter().any(|one| one.account.id.is_none()) {
            return Err(ImportError::WhichAccount {
                file: name.to_owned(),
                known: known.iter().map(|one| one.name.clone()).collect(),
            });
        }
        for id in &ids {
            let same = known.iter().filter(|account| account.id == *id).collect();
            let place = one_of(same, id)?
                .cloned()
                .unwrap_or_else(|| new_account(viewer, id));
            places.insert(id.clone(), place);
        }
        if let [id] = &ids[..]
            && profiles.path(&places[id].source, id).exists()
        {
            import = reading.with_profile_of(&places[id].source, id)?;
        }
    }
    let read_with = reading.read_with.take();
    let profile_of = match places.values().collect::<Vec<_>>()[..] {
        [one] => Some((one.source.clone(), one.id.clone())),
        _ => None,
    };
    Ok(BankFile {
        name: name.to_owned(),
        parts: parts(&import, &places),
        format: import.format.to_string(),
        import,
        read_with,
        profile_of,
    })
}

/// An account that only files tell of, named with or without its source.
fn new_account(viewer: &Viewer, named: &str) -> KnownAccount {
    let (source, named) = (files_of(viewer), named.trim());
    let id = named
        .strip_prefix(&source)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(named);
    KnownAccount {
        owner: viewer.user().map(str::to_owned),
        id: id.to_owned(),
        name: id.to_owned(),
        source,
    }
}

/// A file, and what it is read with.
struct Reading<'a> {
    name: &'a str,
    bytes: &'a [u8],
    wish: &'a ImportWish,
    profiles: &'a Profiles,
    read_with: Option<PathBuf>,
}

impl Reading<'_> {
    fn as_it_is(&self) -> Result<files::Import, ImportError> {
        let profile = with_settings(None, &self.wish.profile)?;
        Ok(files::read(self.bytes, self.name, Some(&profile))?)
    }

    fn with_profile_of(&mut self, source: &str, id: &str) -> Result<files::Import, ImportError> {
        let kept = self.profiles.load(source, id)?;
        self.read_with = kept.is_some().then(|| self.profiles.path(source, id));
        let profile = with_settings(kept, &self.wish.profile)?;
        Ok(files::read(self.bytes, self.name, Some(&profile))?)
    }
}

/// The accounts that a file names, each once, in its order.
fn account_ids(import: &files::Import) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let statements = import.statements.iter().map(|one| &one.account.id);
    let rows = import.statements.iter().flat_map(|one| &one.transactions);
    for id in statements.chain(rows.map(|row| &row.account)).flatten() {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}

fn parts(import: &files::Import, places: &BTreeMap<String, KnownAccount>) -> Vec<BankFilePart> {
    let mut parts: Vec<BankFilePart> = Vec::new();
    for statement in &import.statements {
        let Some(place) = statement.account.id.as_ref().and_then(|id| places.get(id)) else {
            continue;
        };
        let at = parts
            .iter()
            .position(|part| part.source == place.source && part.owner == place.owner)
            .unwrap_or_else(|| {
                parts.push(BankFilePart {
                    source: place.source.clone(),
                    owner: place.owner.clone(),
                    accounts: Vec::new(),
                    transactions: Vec::new(),
                });
                parts.len() - 1
            });
        let part = &mut parts[at];
        let told = ImportAccount {
            id: place.id.clone(),
            name: statement.account.name.clone(),
            kind: statement.account.kind.clone(),
            balance: statement.balance.map(|(balance, _)| balance),
            balance_date: statement.balance.and_then(|(_, day)| day),
        };
        match part.accounts.iter_mut().find(|one| one.id == told.id) {
            // Of several statements the balance of the latest day counts.
            Some(held) if told.balance.is_some() && told.balance_date >= held.balance_date => {
                *held = told;
            }
            Some(_) => {}
            None => part.accounts.push(told),
        }
        part.transactions
            .extend(statement.transactions.iter().cloned());
    }
    parts
}

impl BankFile {
    /// What keeping it would do, part by part. Without a store, as if it went into an empty one.
    ///
    /// # Errors
    /// When the store does not work, or no empty one can be made.
    pub fn preview(&self, store: Option<&Store>) -> Result<Vec<ImportPlan>, ImportError> {
        let batches = || self.parts.iter().map(|part| self.batch(part));
        if let Some(store) = store {
            return Ok(batches()
                .map(|batch| store.preview_import(&batch))
                .collect::<Result<_, _>>()?);
        }
        let folder = tempfile::tempdir().map_err(|source| ProfileError::Io {
            path: std::env::temp_dir(),
            what: "written",
            source,
        })?;
        let empty = Store::open(folder.path().join("empty.db"))?;
        Ok(batches()
            .map(|batch| empty.preview_import(&batch))
            .collect::<Result<_, _>>()?)
    }

    /// Keeps it, each part in one transaction, and then the profile of its account.
    ///
    /// # Errors
    /// [`ImportError::Store`]: nothing of the part was kept. [`ImportError::Profile`]: the rows are kept, and can be undone.
    pub fn keep(
        &self,
        store: &Store,
        profiles: &Profiles,
        at: Timestamp,
    ) -> Result<KeptFile, ImportError> {
        let batches = self.parts.iter().map(|part| self.batch(part));
        let reports = batches
            .map(|batch| store.import(&batch, at))
            .collect::<Result<_, _>>()?;
        Ok(KeptFile {
            reports,
            profile: self.keep_profile(profiles)?,
        })
    }

    fn keep_profile(&self, profiles: &Profiles) -> Result<Option<PathBuf>, ProfileError> {
        match (&self.import.profile, &self.profile_of) {
            (Some(profile), Some((source, account))) => {
                let mut profile = profile.clone();
                // The place of the file says it.
                profile.account = None;
                profiles.save(source, account, &profile).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn batch<'a>(&'a self, part: &'a BankFilePart) -> ImportBatch<'a> {
        ImportBatch {
            source: SourceRef {
                name: &part.source,
                owner: part.owner.as_deref(),
            },
            file: &self.name,
            format: &self.format,
            accounts: &part.accounts,
            transactions: &part.transactions,
        }
    }
}

/// What keeping a file did.
#[derive(Debug, Clone)]
pub struct KeptFile {
    /// Part by part.
    pub reports: Vec<ImportReport>,
    /// Where the profile of its account is.
    pub profile: Option<PathBuf>,
}
