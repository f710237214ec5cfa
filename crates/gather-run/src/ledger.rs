//! The store's ledger behind the library's door: quotas, slots and cool-downs that all processes on one database share.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use gather::{Claim, Ledger, LedgerError, Reservation, Settlement, WaitCause};
use gather_store::{FullCause, QuotaPlace, Reserved, RunId, Settled, Store};

use crate::run::timestamp;

/// Clones are one ledger.
#[derive(Clone)]
pub(crate) struct StoreLedger {
    store: Store,
    /// On whose behalf: what a run has taken is free when its process is gone.
    run: Arc<Mutex<Option<RunId>>>,
}

impl StoreLedger {
    pub(crate) fn new(store: Store) -> Self {
        let run = Arc::default();
        Self { store, run }
    }

    /// From now on requests are made for this run.
    pub(crate) fn is_of(&self, run: RunId) {
        *self.run.lock().unwrap_or_else(PoisonError::into_inner) = Some(run);
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
        let claim = gather_store::Claim {
            host: &claim.host,
            in_flight: u32::try_from(claim.in_flight).unwrap_or(u32::MAX),
            places: &places,
            run: *self.run.lock().unwrap_or_else(PoisonError::into_inner),
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
