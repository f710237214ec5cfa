//! The store's ledger behind the library's door: quotas, slots and cool-downs that all processes on one database share.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use gather::{Claim, Ledger, LedgerError, Reservation, Settlement, WaitCause};
use gather_store::{FullCause, QuotaPlace, Reserved, RunId, Settled, Store};

use crate::run::timestamp;

/// Clones are one ledger.
#[derive(Clone)]
pub(crate) struct StoreLedger {
    store: Store,
    /// The runs under way, on whose behalf limits are reserved: what a run has taken is free when its process is gone.
    runs: Arc<Mutex<Vec<RunId>>>,
    /// Whether those runs are the store's own.
    knows_runs: bool,
}

impl StoreLedger {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            runs: Arc::default(),
            knows_runs: true,
        }
    }

    /// The ledger of a store for runs that are kept in another: it cannot tell that their process is gone, so what that
    /// has reserved comes free when it is in no doubt any more.
    pub(crate) fn beside(store: Store) -> Self {
        Self {
            knows_runs: false,
            ..Self::new(store)
        }
    }

    /// From now on a run of this process is under way. Which one a request is for makes no difference to its limits, so
    /// what is reserved is noted as the first one's.
    pub(crate) fn began(&self, run: RunId) {
        if self.knows_runs {
            self.runs().push(run);
        }
    }

    /// A run is about to end. What is noted as its own, and still held by the requests of another, goes over to that.
    pub(crate) fn ends(&self, run: RunId) -> Result<(), gather_store::Error> {
        let mut runs = self.runs();
        runs.retain(|other| *other != run);
        match runs.first() {
            Some(heir) => self.store.hand_over(run, *heir),
            None => Ok(()),
        }
    }

    fn runs(&self) -> MutexGuard<'_, Vec<RunId>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for StoreLedger {
    fn reserve(
        &self,
        claim: &Claim,
        now: SystemTime,
        in_doubt: Duration,
    ) -> Result<Reservation, LedgerError> {
        let places: Vec<_> = claim
            .places
            .iter()
            .map(|place| QuotaPlace {
                key: &place.key,
                requests: place.quota.requests(),
                per: place.quota.per(),
                hold: place.quota.hold(),
            })
            .collect();
        // Held until it is written, so that a run cannot end in between.
        let runs = self.runs();
        let claim = gather_store::Claim {
            host: &claim.host,
            in_flight: u32::try_from(claim.in_flight).unwrap_or(u32::MAX),
            places: &places,
            run: runs.first().copied(),
        };
        Ok(
            match self.store.reserve(&claim, timestamp(now), in_doubt)? {
                Reserved::Granted(reservation) => Reservation::Granted(reservation),
                Reserved::Full { until, cause } => Reservation::Full {
                    until: until.into(),
                    cause: match cause {
                        FullCause::Quota => WaitCause::Quota,
                        FullCause::Slot => WaitCause::Host,
                        FullCause::Cooling => WaitCause::CoolDown,
                    },
                },
            },
        )
    }

    fn settle(&self, reservation: u64, settlement: Settlement) {
        let settled = match settlement {
            Settlement::Counted(at) => Settled::Counted(timestamp(at)),
            _ => Settled::Free,
        };
        // A place that cannot be given back is held until it is in no doubt any more: nobody is asked too often.
        let _ = self.store.settle(reservation, settled);
    }

    fn cool(&self, host: &str, until: SystemTime, now: SystemTime) {
        // The host says so again to whoever asks too early.
        let _ = self.store.cool(host, timestamp(until), timestamp(now));
    }
}
