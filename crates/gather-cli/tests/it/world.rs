//! A simulated world, and a home of its own for each test.

use std::{path::PathBuf, time::Duration};

use assert_cmd::Command;
use gather_sandbox::{Api, Builder, Sandbox};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What a call of the program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Standard output as one JSON document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// A home without anything in it, in which the program is called.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The program with nothing of this machine's settings around it.
    pub(crate) fn plain_command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gather"));
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("TZ", "UTC")
            .env("COLUMNS", "80")
            .env("RUST_BACKTRACE", "1")
            .current_dir(self.folder.path());
        command
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::from_std(self.plain_command());
        command.args(args).timeout(Duration::from_secs(60));
        command
    }

    pub(crate) fn gather(&self, args: &[&str]) -> Ended {
        Self::ended(&mut self.command(args))
    }

    pub(crate) fn ended(command: &mut Command) -> Ended {
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ended = Ended {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        ended
    }

    /// Every stored story.
    pub(crate) fn stories(&self) -> Vec<Value> {
        let ended = self.gather(&["news", "--format", "json", "--limit", "100000"]);
        assert_eq!(ended.code, 0, "{ended:?}");
        ended.json().as_array().unwrap().clone()
    }
}

/// A home whose configuration points to simulated APIs.
pub(crate) struct World {
    pub(crate) home: Home,
    pub(crate) sandbox: Sandbox,
    pub(crate) runtime: Runtime,
}

impl World {
    /// Starts the APIs, and declares five sources: hackernews, guardian, harbour (a feed), bank, frankfurter.
    pub(crate) fn new(weather: impl FnOnce(Builder) -> Builder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        // Made around today, since a rate is only used for a week.
        let now = gather::Clock::system().wall().try_into().unwrap();
        let sandbox = runtime
            .block_on(weather(Sandbox::builder().now(now)).start())
            .unwrap();
        let home = Home::new();
        home.write("key", "k-123");
        let world = Self {
            home,
            sandbox,
            runtime,
        };
        world.home.write("gather.toml", world.declarations());
        world
    }

    pub(crate) fn declarations(&self) -> String {
        let origin = |api| self.sandbox.origin(api);
        format!(
            r#"[source.hackernews]
base = "{}"

[source.guardian]
base = "{}"
key = {{ file = "key" }}

[source.harbour]
feed = "{}/rss.xml"

[source.bank]
preset = "json-bank"
base = "{}"
currency = "USD"

[source.frankfurter]
base = "{}"
"#,
            origin(Api::HackerNews),
            origin(Api::Guardian),
            origin(Api::Feeds),
            origin(Api::Bank),
            origin(Api::Rates),
        )
    }

    pub(crate) fn gather(&self, args: &[&str]) -> Ended {
        self.home.gather(args)
    }
}

/// How each source came out of a run whose outcome is this JSON.
pub(crate) fn states(run: &Value) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    run["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| (word(&outcome["source"]), word(&outcome["state"])))
        .collect()
}
