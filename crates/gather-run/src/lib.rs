//! One run of gather, from plan to outcome: the one place where library, sources and store meet.
//!
//! A [`Plan`] is what is to be fetched. A [`Runner`] owns the client, so that connections and quotas outlive a single
//! run; [`Runner::run`] asks all sources at once, maps each answer the moment it is there, keeps it in one
//! transaction, and asks what the answer leads to. Sources are independent: a killed run loses only what was in flight.
//!
//! Not here: anything a person sees (`gather-cli`, `gather-server`), what requests look like (`gather-sources`), what is
//! worth another attempt (`gather`).

mod bench;
mod cache;
mod claim;
mod edit;
mod event;
mod files;
mod import;
mod keep;
mod known;
mod ledger;
mod live;
mod online;
mod outlook;
mod plan;
mod probe;
mod profiles;
mod rules;
mod run;
mod send;
mod tally;
mod timeline;
mod tokens;
mod vault;
mod visit;

pub use bench::{
    Bench, BenchError, Cost, Failing, Figures, HostCost, Measured, Point, QuotaCost, Ran, Round,
    Spread, Way, WayFigures, sizes, worked_out,
};
pub use claim::{ClaimFailed, claim};
pub use edit::{ConfigFile, EditError};
pub use event::{RunEvent, RunEventKind};
pub use files::{config_candidates, config_dir, config_to_make, database_path, read_secret};
pub use import::{
    BankFile, BankFilePart, FILES, ImportError, ImportWish, KeptFile, KnownAccount, find_account,
    known_accounts, read_bank_file,
};
pub use online::{Answered, Checked, check_online};
pub use outlook::{
    DEFAULT_EVERY, HostOutlook, Moved, Noted, Outlook, QuotaOutlook, RunOutcome, SourceOutlook,
    Standing, outlook, standing,
};
pub use plan::{Plan, UnknownSource};
pub use probe::{Looked, NoAnswer, Probe};
pub use profiles::{ProfileError, ProfileSetting, Profiles, with_settings};
pub use rules::{FailingRule, RulesApplied, apply_rules};
pub use run::{Begun, RunError, RunReport, Runner};
pub use timeline::{
    Advice, Bar, Change, Lane, Path, Phase, Row, Segment, Timeline, TimelineError, TimelineSource,
    Work, fewer,
};
pub use vault::{
    KeyPlace, Rotated, Vault, VaultError, VaultKey, VaultSecret, VaultStatus, find_secret,
};
pub use visit::{MOST_REFUSALS, Visit, visit};
