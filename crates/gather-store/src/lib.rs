//! The SQLite store of gather: records, runs, notes of answers and the quota ledger, safe against a kill at any instant.
//!
//! [`Store::open`] checks the file and brings its schema up to date before anything else happens. A page of answers
//! is kept in one transaction, with what is noted of the answer ([`Store::keep`]); every read of records takes a
//! [`Viewer`](gather_records::Viewer) and sees one snapshot. Processes share quotas and slots through
//! [`Store::reserve`].
//!
//! All functions block: asynchronous callers run them on blocking threads. A write is whole or absent whatever
//! happens to the caller, since nothing can interrupt it between its first and its last statement.
//! Time comes in as arguments; there is no clock here.
//!
//! ```
//! use gather_records::{Article, Record, Viewer};
//! use gather_store::{Page, SourceRef, Store, StoryQuery};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("gather.db");
//! # let now = jiff::Timestamp::UNIX_EPOCH;
//! let store = Store::open(path)?;
//! let run = store.begin_run(now, &[SourceRef { name: "lwn", owner: None }])?;
//! let records = [Record::Article(Article::new("urn:1"))];
//! let page = Page::new(run, SourceRef { name: "lwn", owner: None }, &records, now);
//! assert_eq!(store.keep(page)?.new, 1);
//! assert_eq!(store.keep(page)?.unchanged, 1);
//! assert_eq!(store.stories(&Viewer::User("ann".into()), &StoryQuery::default())?.len(), 1);
//!
//! let error = Store::open(folder.path()).unwrap_err();
//! assert!(error.to_string().ends_with("is a folder; name a file"));
//! # Ok(())
//! # }
//! ```
//!
//! Not here: anything of HTTP, and the rules of money and identity (`gather-records`).
//! Foreign types a public signature may name: those of `gather-records`, [`jiff::Timestamp`],
//! [`jiff::civil::Date`], [`rust_decimal::Decimal`], [`serde::Serialize`].

mod answers;
mod api_keys;
mod backup;
mod books;
mod codec;
mod error;
mod faded;
mod find;
mod history;
mod keep;
mod ledger;
mod marks;
mod migrate;
mod money;
mod moves;
mod open;
mod prune;
mod run;
mod run_lock;
mod search;
mod secrets;
mod sessions;
mod snapshot;
mod sources;
mod store;
mod stories;
mod timelines;
mod users;
mod versions;

pub use answers::{AnswerNote, Freshened, KeptAnswer};
pub use api_keys::{ApiKey, ApiKeyId, NewApiKey, Scope};
pub use books::{
    AccountRef, AggregateDrift, Decision, Edit, Import, ImportAccount, ImportBatch, ImportCounts,
    ImportId, ImportPlan, ImportReport, Part, PlannedRow, Review, ReviewId, ReviewReason, RowFate,
    Rule, RuleSubject, Ruled, SetBy, Signs, TransactionId, TransferWith, Undone,
};
pub use error::{Error, ErrorKind};
pub use faded::{Faded, Filled};
pub use history::{Run, SourceOutcome};
pub use keep::{Kept, Page};
pub use ledger::{Claim, Cooling, FullCause, QuotaPlace, QuotaUse, Reserved, Settled};
pub use marks::{Mark, Marks};
pub use money::{
    AccountLine, BalanceFrom, BalanceProof, BudgetLine, BudgetPlan, DayBalance,
    ExportedTransaction, MoneyOverview, MoneyQuery, MonthSpending, OpeningFrom, RateLine,
    RateOnDay, RateUsed, Spending, SpentFrom, Total, TransactionCursor, TransactionLine,
    TransactionPage, TransactionQuery, TransferSide, Unconverted,
};
pub use moves::{ADOPTED_AFTER, Gone, Move};
pub use prune::{Pruned, Retention};
pub use run::{
    Counts, Outcome, OutcomeState, RunEnd, RunId, RunStatus, SourceRef, Stop, UnknownWord,
};
pub use secrets::SealedSecret;
pub use sessions::{NewSession, Session, SessionId, SessionTimes, TokenDigest};
pub use snapshot::Snapshot;
pub use sources::{Held, SourceState};
pub use store::{Options, Store};
pub use stories::{Provenance, Story, StoryCursor, StoryFilter, StoryQuery};
pub use timelines::MOST_TIMELINES;
pub use users::{Theme, User, UserId, UserSettings};
pub use versions::ArticleVersion;
