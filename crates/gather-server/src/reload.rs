//! Another configuration while the server runs: when its file changes, or when somebody says so (SIGHUP).
//!
//! One that cannot be used changes nothing: the old one stays in force, and every page says why until it is mended.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use gather_sources::ServerSettings;
use tokio::sync::Notify;

use crate::{
    app::{App, Loaded},
    serve::Tls,
};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Reads the configuration and makes a plan of it, or says in words for the operator why it cannot be used.
pub(crate) type Load = Arc<dyn Fn() -> Result<Loaded, String> + Send + Sync>;

/// What keeps the configuration up to date.
pub(crate) struct Reload {
    pub(crate) app: App,
    pub(crate) load: Load,
    /// The file that is looked at, which need not be there.
    pub(crate) file: PathBuf,
    pub(crate) tls: Option<Tls>,
    pub(crate) asked: Arc<Notify>,
    /// What was in force at the start: it cannot change while the server runs.
    pub(crate) server: ServerSettings,
}

/// By which a changed file is known.
type Looks = Option<(SystemTime, u64)>;

fn look(file: &Path) -> Looks {
    let data = fs::metadata(file).ok()?;
    Some((data.modified().ok()?, data.len()))
}

impl Reload {
    /// Goes on for ever.
    ///
    /// # Cancel safety
    /// Dropped, the configuration stays as it is.
    pub(crate) async fn keep(self) {
        let mut looked = look(&self.file);
        loop {
            tokio::select! {
                () = self.asked.notified() => {}
                () = self.app.clock().sleep(LOOK_EVERY) => {
                    let looks = look(&self.file);
                    if looks == looked {
                        continue;
                    }
                }
            }
            looked = look(&self.file);
            self.reload().await;
        }
    }

    async fn reload(&self) {
        let (load, app, tls) = (Arc::clone(&self.load), self.app.clone(), self.tls.clone());
        let held = self.server.clone();
        let done = tokio::task::spawn_blocking(move || take(&app, &load, tls.as_ref(), &held));
        let problem = match done.await {
            Ok(Ok(note)) => {
                tracing::info!("the configuration was read again");
                note
            }
            Ok(Err(why)) => {
                tracing::error!(%why, "the configuration cannot be used; the old one stays in force");
                Some(format!(
                    "The configuration cannot be used, the old one stays in force: {why}"
                ))
            }
            Err(died) => std::panic::resume_unwind(died.into_panic()),
        };
        self.app.set_problem(problem);
        let none = serde_json::json!({});
        self.app.events().tell("schedule", None, &none);
    }
}

/// Puts a configuration in force; what of it cannot be while the server runs is told.
fn take(
    app: &App,
    load: &Load,
    tls: Option<&Tls>,
    held: &ServerSettings,
) -> Result<Option<String>, String> {
    let loaded = load()?;
    app.schedule()
        .replace(loaded.plan.clone())
        .map_err(|error| error.to_string())?;
    let server = loaded.config.server().clone();
    app.put_in_force(loaded);
    if let (Some(tls), Some(files)) = (tls, &server.tls) {
        tls.renew(files).map_err(|error| error.to_string())?;
    }
    if server != *held {
        tracing::warn!("what changed under [server] is in force after a restart");
        return Ok(Some(
            "What changed under [server] is in force after a restart.".to_owned(),
        ));
    }
    Ok(None)
}
