//! Tasks that end with their owner.
//!
//! hyper asks for an executor that starts a task for each request of an HTTP/2 connection, and those
//! tasks hold the executor themselves: so the executor only points weakly at the owner's set.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use hyper::rt::Executor;
use tokio::task::JoinSet;

/// The owner: when it is dropped, every task started through its [`Spawner`]s is aborted.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    pub(crate) fn spawner(&self) -> Spawner {
        Spawner(Arc::downgrade(&self.0))
    }
}

/// Starts tasks for as long as the owner lives; afterwards they are dropped unstarted.
#[derive(Debug, Clone)]
pub(crate) struct Spawner(Weak<Mutex<JoinSet<()>>>);

impl<F> Executor<F> for Spawner
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        let Some(tasks) = self.0.upgrade() else {
            return;
        };
        let mut tasks = tasks.lock().unwrap_or_else(PoisonError::into_inner);
        // A set keeps what has ended until it is asked for it.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }
}
