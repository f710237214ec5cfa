//! How we know that the process of a run is gone: a locked file beside the database for each run under way.
//!
//! The system drops the lock when the process ends, however it ends. A process number could be in use again, or
//! belong to another container; an age could be a slow run. So a run that stands as running, but whose file can be
//! locked or is missing, has no process any more.
//!
//! Where the file system cannot lock at all, a run is believed for a day ([`BELIEVED`]).

use std::{
    collections::HashMap,
    ffi::OsString,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How long a run counts as running where nothing can be learnt from its lock; no run is meant to take that long.
pub(crate) const BELIEVED: Duration = Duration::from_secs(24 * 3600);

/// The locks of the runs that this handle began.
#[derive(Debug)]
pub(crate) struct RunLocks {
    database: PathBuf,
    held: Mutex<HashMap<i64, File>>,
}

/// What a run's lock says about its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    Alive,
    Gone,
    Unknown,
}

impl RunLocks {
    pub(crate) fn beside(database: &Path) -> Self {
        Self {
            database: database.to_owned(),
            held: Mutex::default(),
        }
    }

    /// Takes the lock of a run that begins. Where locks do not work, there is none and nothing is lost but certainty.
    pub(crate) fn take(&self, run: i64) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(self.path(run))?;
        if file.try_lock().is_ok() {
            self.held().insert(run, file);
        }
        Ok(())
    }

    /// Gives the lock of a run back, or clears away that of a dead process.
    pub(crate) fn clear(&self, run: i64) {
        drop(self.held().remove(&run));
        // A file that stays behind does no harm: it can be locked, so it says that its run is over.
        let _ = fs::remove_file(self.path(run));
    }

    pub(crate) fn process(&self, run: i64) -> Process {
        if self.held().contains_key(&run) {
            return Process::Alive;
        }
        match File::open(self.path(run)) {
            // Shared, so that two processes that look at once do not take each other for the run.
            Ok(file) => match file.try_lock_shared() {
                Ok(()) => Process::Gone,
                Err(TryLockError::WouldBlock) => Process::Alive,
                Err(TryLockError::Error(_)) => Process::Unknown,
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Process::Gone,
            Err(_) => Process::Unknown,
        }
    }

    fn path(&self, run: i64) -> PathBuf {
        let mut name: OsString = self.database.clone().into_os_string();
        name.push(format!("-run-{run}"));
        PathBuf::from(name)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<i64, File>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
