//! What one writes around a client that has no fan-out of its own: a task for each request, a semaphore for all.

use std::sync::Arc;

use tokio::{sync::Semaphore, task::JoinSet};

use crate::{Fault, Job, Plain};

/// Asks each URL in a task of its own, at most `job.in_flight` at once; the first failure ends it all.
///
/// # Errors
/// The first failure.
pub async fn ask_each<F>(
    job: &Job,
    urls: Vec<String>,
    ask: impl Fn(String) -> F + Clone + Send + 'static,
) -> Result<Vec<Plain>, Fault>
where
    F: Future<Output = Result<Plain, Fault>> + Send,
{
    let permits = Arc::new(Semaphore::new(job.in_flight));
    let mut tasks = JoinSet::new();
    for (index, url) in urls.into_iter().enumerate() {
        let (permits, ask) = (Arc::clone(&permits), ask.clone());
        tasks.spawn(async move {
            let _permit = permits.acquire().await?;
            Ok::<_, Fault>((index, ask(url).await?))
        });
    }
    let mut answers = Vec::with_capacity(job.requests);
    while let Some(done) = tasks.join_next().await {
        answers.push(done??);
    }
    Ok(in_order(answers))
}

/// Answers with their places, put into them.
#[must_use]
pub fn in_order(mut answers: Vec<(usize, Plain)>) -> Vec<Plain> {
    answers.sort_unstable_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
