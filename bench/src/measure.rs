//! Runs a program's job and says what it cost: time on the wall, time on the processors, memory.
//!
//! The clocks run from the moment the URLs are ready to the moment the last answer is in hand; building the client
//! counts, starting the runtime and checking the answers does not. Memory is the peak of the whole process.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use crate::{Answer, Fault, Job};

/// Reads the arguments, has the URLs asked, checks the answers and prints the figures as one line of JSON:
/// `wall_us`, `cpu_us` (user and system), `peak_kib` (resident), and how many `answers` with how many `bytes` there were.
pub fn run<A: Answer>(
    ask: impl AsyncFnOnce(&Job, Vec<String>) -> Result<Vec<A>, Fault>,
) -> ExitCode {
    match measured(ask) {
        Ok(line) => {
            say(&line);
            ExitCode::SUCCESS
        }
        Err(reason) => {
            complain(&reason);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the figures are the program's output")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "why there are no figures")]
pub(crate) fn complain(reason: &str) {
    eprintln!("error: {reason}");
}

fn measured<A: Answer>(
    ask: impl AsyncFnOnce(&Job, Vec<String>) -> Result<Vec<A>, Fault>,
) -> Result<String, String> {
    let job = Job::parse(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(job.workers)
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime could not be started: {error}"))?;
    let urls = job.urls();
    let watch = Stopwatch::start();
    let answers = runtime.block_on(ask(&job, urls));
    let cost = watch.stop()?;
    let answers = answers.map_err(|error| chain(&*error))?;
    let bytes = job.check(&answers)?;
    let mut line = cost.json();
    line["answers"] = answers.len().into();
    line["bytes"] = bytes.into();
    Ok(line.to_string())
}

/// Runs from the moment it is made.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    start: Instant,
    cpu: Duration,
}

/// What the time between start and stop cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    wall: Duration,
    /// User and system, of all threads.
    cpu: Duration,
    /// The most memory the process ever had resident.
    peak_kib: u64,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
            cpu: cpu_time(),
        }
    }

    pub(crate) fn stop(self) -> Result<Cost, String> {
        Ok(Cost {
            wall: self.start.elapsed(),
            cpu: cpu_time().saturating_sub(self.cpu),
            peak_kib: peak_kib()?,
        })
    }
}

impl Cost {
    pub(crate) fn json(self) -> Value {
        json!({ "wall_us": whole(self.wall), "cpu_us": whole(self.cpu), "peak_kib": self.peak_kib })
    }
}

pub(crate) fn whole(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// An error with its causes.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// What all threads of this process have used so far, user and system together.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanoseconds)
}

/// The most memory this process ever had resident, in KiB.
fn peak_kib() -> Result<u64, String> {
    const FILE: &str = "/proc/self/status";
    let text = std::fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    text.lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|number| number.trim().parse().ok())
        .ok_or_else(|| format!("{FILE} does not say `VmHWM` in kB: this bench needs Linux"))
}

#[cfg(test)]
mod tests {
    use super::{cpu_time, peak_kib};

    #[test]
    fn processor_time_passes_while_there_is_work_and_memory_is_counted() {
        let before = cpu_time();
        let filled = std::hint::black_box(vec![1_u8; 8 << 20]);
        assert!(filled.iter().all(|byte| *byte == 1));
        assert!(cpu_time() > before);
        assert!(peak_kib().unwrap() > 8 << 10);
    }
}
