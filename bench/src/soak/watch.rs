//! What the server holds: memory, threads and open files as the system counts them, the rest as it counts itself.

use std::{
    fmt, fs,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use super::ask::Line;
use crate::Fault;

/// How many files the store may open beside those it has at first: three for each reading connection more.
pub(super) const READERS_FILES: u64 = 12;

#[derive(Debug)]
pub(super) struct Watch {
    address: SocketAddr,
    process: PathBuf,
}

/// What a server holds at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) resident_kib: u64,
    pub(super) files: u64,
    pub(super) threads: u64,
    pub(super) connections: u64,
    pub(super) listeners: u64,
    pub(super) tasks: u64,
    /// All runs that ended so far.
    pub(super) runs: u64,
}

impl Watch {
    pub(super) fn new(address: SocketAddr, pid: u32) -> Self {
        Self {
            address,
            process: PathBuf::from(format!("/proc/{pid}")),
        }
    }

    /// What the server holds now.
    pub(super) async fn look(&self) -> Result<Held, Fault> {
        let mut line = Line::open(self.address).await?;
        let (status, text) = line.read("/metrics", &[]).await?;
        if status != http::StatusCode::OK {
            return Err(format!("/metrics answered with {status}").into());
        }
        let text = std::str::from_utf8(&text)?;
        let process = fs::read_to_string(self.process.join("status"))?;
        let said = |name: &str| {
            let mut lines = process.lines().filter_map(|line| line.split_once(':'));
            let value = lines
                .find(|(field, _)| *field == name)
                .map(|(_, value)| value);
            let number = value.and_then(|value| value.split_whitespace().next()?.parse().ok());
            number.ok_or_else(|| format!("the system does not say `{name}` of the server"))
        };
        Ok(Held {
            resident_kib: said("VmRSS")?,
            files: fs::read_dir(self.process.join("fd"))?.count() as u64,
            threads: said("Threads")?,
            connections: sum(text, "gather_connections"),
            listeners: sum(text, "gather_event_listeners"),
            tasks: sum(text, "gather_tasks"),
            runs: sum(text, "gather_runs_total"),
        })
    }

    /// What it holds when nothing comes and goes any more, or no more than `at_most`; what it is when the time is up.
    pub(super) async fn settled(
        &self,
        longest: Duration,
        at_most: Option<&Held>,
    ) -> Result<Held, Fault> {
        let until = Instant::now() + longest;
        let mut last = self.look().await?;
        loop {
            tokio::time::sleep(Duration::from_secs(2)).await;
            let held = self.look().await?;
            let same = (held.tasks, held.files, held.connections)
                == (last.tasks, last.files, last.connections);
            let few = at_most.is_none_or(|most| {
                held.tasks <= most.tasks && held.files <= most.files + READERS_FILES
            });
            if (same && few) || Instant::now() >= until {
                return Ok(held);
            }
            last = held;
        }
    }
}

/// A figure by its name, summed over its labels.
fn sum(text: &str, name: &str) -> u64 {
    let lines = text.lines().filter_map(|line| line.strip_prefix(name));
    let values = lines.filter(|rest| rest.starts_with([' ', '{']));
    values
        .filter_map(|rest| rest.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

impl Held {
    pub(super) const HEADING: &str =
        "resident MiB  files  threads  connections  listeners  tasks    runs";

    /// Under the heading.
    pub(super) fn row(&self) -> String {
        format!(
            "{:>12.1}  {:>5}  {:>7}  {:>11}  {:>9}  {:>5}  {:>6}",
            self.resident(),
            self.files,
            self.threads,
            self.connections,
            self.listeners,
            self.tasks,
            self.runs
        )
    }

    /// In MiB.
    #[expect(clippy::cast_precision_loss, reason = "KiB of a process")]
    pub(super) fn resident(&self) -> f64 {
        self.resident_kib as f64 / 1024.0
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.1} MiB resident, {} files, {} threads, {} connections, {} listeners, {} tasks",
            self.resident(),
            self.files,
            self.threads,
            self.connections,
            self.listeners,
            self.tasks
        )
    }
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn a_figure_is_summed_over_its_labels_and_its_name_is_whole() {
        let text = "# TYPE gather_runs counter\ngather_runs_total{status=\"complete\"} 3\n\
                    gather_runs_total{status=\"partial\"} 4\ngather_runs_total_more 9\ngather_tasks 5\n";
        assert_eq!(sum(text, "gather_runs_total"), 7);
        assert_eq!(sum(text, "gather_tasks"), 5);
        assert_eq!(sum(text, "gather_none"), 0);
    }
}
