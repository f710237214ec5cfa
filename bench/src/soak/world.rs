//! The processes: the sandbox whose feeds are asked, and the server that asks them.

use std::{
    fmt::Write as _,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use gather_store::Store;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdin, Command},
    task::JoinSet,
};

use crate::{Fault, measure::complain, tokens::Known};

/// Two households in one server; some sources are only the second's.
const USERS: [&str; 2] = ["ann", "ben"];

/// How many sources there are of each feed, and what goes wrong with it. Together 200.
const FEEDS: [(&str, usize, Option<&str>); 6] = [
    ("rss.xml", 60, Some("hang@every41")),
    ("atom.xml", 60, Some("503@every7")),
    ("feed.json", 50, Some("garbage@every11")),
    ("never.xml", 10, Some("hang")),
    ("down.xml", 10, Some("503")),
    ("nonsense.xml", 10, Some("garbage")),
];

/// Each so many sources one belongs to the second user.
const OWN: usize = 10;

#[derive(Debug)]
pub(super) struct World {
    pub(super) server: Server,
    pub(super) users: Vec<Known>,
    config: PathBuf,
    port: u16,
    /// Ends when its input does.
    _sandbox: (Child, ChildStdin),
}

/// The server's process.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) pid: u32,
    child: Child,
    /// Reads what it says on and on, so that it never waits for a reader.
    _said: JoinSet<()>,
}

impl World {
    /// Starts both, with users and without sources.
    pub(super) async fn start(programs: &Path, home: &Path) -> Result<Self, Fault> {
        if home.exists() {
            fs::remove_dir_all(home)?;
        }
        fs::create_dir_all(home)?;
        let (sandbox, port) = sandbox(programs).await?;
        let db = home.join("gather.db");
        let store = Store::open(&db)?;
        let users: Result<Vec<Known>, Fault> =
            USERS.iter().map(|name| Known::of(&store, name)).collect();
        drop(store);
        let config = home.join("gather.toml");
        fs::write(&config, head())?;
        let server = Server::start(programs, &db, &config).await?;
        Ok(Self {
            server,
            users: users?,
            config,
            port,
            _sandbox: sandbox,
        })
    }

    /// Declares all sources; the server reads its file again by itself.
    pub(super) fn with_sources(&self, every: &str) -> Result<(), Fault> {
        let mut text = head();
        let feeds = FEEDS
            .iter()
            .flat_map(|(feed, count, _)| std::iter::repeat_n(feed, *count));
        for (number, feed) in feeds.enumerate() {
            // Each a host of its own: manners and breakers are per host.
            let (third, fourth) = (number / 250, number % 250 + 2);
            writeln!(
                text,
                "[source.s{number:03}]\nfeed = \"http://127.0.{third}.{fourth}:{}/{feed}\"\nevery = \"{every}\"",
                self.port
            )?;
            if number % OWN == 0 {
                writeln!(text, "owner = \"{}\"", USERS[1])?;
            }
        }
        self.write(&text)
    }

    /// Declares none any more.
    pub(super) fn without_sources(&self) -> Result<(), Fault> {
        self.write(&head())
    }

    /// As an editor does: the file is whole at any moment.
    fn write(&self, text: &str) -> Result<(), Fault> {
        let beside = self.config.with_extension("new");
        fs::write(&beside, text)?;
        fs::rename(&beside, &self.config)?;
        self.server.hang_up()
    }
}

fn head() -> String {
    "[settings]\ncurrency = \"EUR\"\n[server]\nlisten = \"127.0.0.1:0\"\n".to_owned()
}

/// Starts the sandbox; gives it, and the port of its feeds.
async fn sandbox(programs: &Path) -> Result<((Child, ChildStdin), u16), Fault> {
    let mut command = Command::new(programs.join("gather-sandbox"));
    // Nothing may be kept, or nobody would ask again for a quarter of an hour.
    command.args([
        "--many-hosts",
        "--latency",
        "feeds=~200",
        "--caching",
        "feeds=strong",
    ]);
    for (feed, _, fault) in FEEDS {
        command.args(
            fault
                .iter()
                .flat_map(|fault| ["--fault".to_owned(), format!("feeds/{feed}={fault}")]),
        );
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("gather-sandbox: {error}"))?;
    let input = child
        .stdin
        .take()
        .ok_or("its input was asked to be a pipe")?;
    let output = child
        .stdout
        .take()
        .ok_or("its output was asked to be a pipe")?;
    let line = BufReader::new(output).lines().next_line().await?;
    let urls: Value = serde_json::from_str(&line.unwrap_or_default())
        .map_err(|error| format!("gather-sandbox does not say where it is: {error}"))?;
    let url: url::Url = urls["feeds"].as_str().unwrap_or_default().parse()?;
    let port = url.port().ok_or("the sandbox's feeds have no port")?;
    Ok(((child, input), port))
}

impl Server {
    async fn start(programs: &Path, db: &Path, config: &Path) -> Result<Self, Fault> {
        let mut child = Command::new(programs.join("gather"))
            .arg("--db")
            .arg(db)
            .arg("--config")
            .arg(config)
            .arg("serve")
            // Sources that fail are what this is about: each is no news.
            .env("GATHER_LOG", "error,gather_server::reload=info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("gather: {error}"))?;
        let pid = child.id().ok_or("it has ended already")?;
        let said = child
            .stderr
            .take()
            .ok_or("its words were asked to be a pipe")?;
        let mut lines = BufReader::new(said).lines();
        let address = address(&mut lines).await?;
        let mut reader = JoinSet::new();
        reader.spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                complain(&format!("the server says: {line}"));
            }
        });
        Ok(Self {
            address,
            pid,
            child,
            _said: reader,
        })
    }

    /// Fails when it has ended.
    pub(super) fn check(&mut self) -> Result<(), Fault> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("the server ended with {status}").into()),
        }
    }

    /// Has it read its configuration again.
    fn hang_up(&self) -> Result<(), Fault> {
        self.signal(rustix::process::Signal::HUP)
    }

    pub(super) fn ask_to_stop(&self) -> Result<(), Fault> {
        self.signal(rustix::process::Signal::TERM)
    }

    fn signal(&self, signal: rustix::process::Signal) -> Result<(), Fault> {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.pid)?);
        let pid = pid.ok_or("a process has no number")?;
        Ok(rustix::process::kill_process(pid, signal)?)
    }

    /// Whether it ends well in time.
    pub(super) async fn ended(&mut self, within: Duration) -> Result<bool, Fault> {
        match tokio::time::timeout(within, self.child.wait()).await {
            Ok(status) => Ok(status?.success()),
            Err(_) => Ok(false),
        }
    }
}

/// Where the server says that it is.
async fn address(
    lines: &mut Lines<BufReader<tokio::process::ChildStderr>>,
) -> Result<SocketAddr, Fault> {
    let mut said = String::new();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, rest)) = line.split_once("http://") {
            let end = rest.find('/').unwrap_or(rest.len());
            return Ok(rest[..end].parse()?);
        }
        said.push_str(&line);
        said.push('\n');
    }
    Err(format!("the server did not say where it is:\n{said}").into())
}
