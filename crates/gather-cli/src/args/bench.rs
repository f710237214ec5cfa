//! `gather bench`.

use std::time::Duration;

use clap::Args;

use super::Target;

/// Simulated sources at most: no more requests are in flight over all hosts, unless a configuration says so.
const MOST_SOURCES: u64 = 64;

/// Rounds at most.
const MOST_ROUNDS: u64 = 1000;

/// `gather bench`.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Only these sources [default: all that are declared]
    #[arg(value_name = "SOURCE", conflicts_with = "sandbox")]
    pub(crate) sources: Vec<String>,
    /// How often each way is measured, after a run to warm up
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=MOST_ROUNDS))]
    pub(crate) rounds: u64,
    /// Spend the requests without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Measure simulated sources on this machine
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// How many simulated sources
    #[arg(long = "sources", value_name = "N", default_value_t = 8, requires = "sandbox", value_parser = clap::value_parser!(u64).range(1..=MOST_SOURCES))]
    pub(crate) count: u64,
    /// How long they take to answer, one after the other and over again, such as 100ms or 20ms,80ms,2s
    #[arg(long, value_name = "TIME,…", default_value = "50ms,100ms,150ms,200ms", value_delimiter = ',', requires = "sandbox", value_parser = latency)]
    pub(crate) latency: Vec<Duration>,
    /// Write the measurement as one page for a browser
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<Target>,
    /// Write over a file that is there
    #[arg(long, requires = "html")]
    pub(crate) force: bool,
}

/// The longest time that a simulated source takes: beyond it no request is waited for.
const SLOWEST: Duration = Duration::from_secs(9);

fn latency(text: &str) -> Result<Duration, String> {
    let given: Option<jiff::SignedDuration> = text.trim().parse().ok();
    given
        .and_then(|given| Duration::try_from(given).ok())
        .filter(|given| *given <= SLOWEST)
        .ok_or_else(|| "expected a time of at most 9 s, such as `100ms` or `2s`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_is_a_time_that_a_request_waits_for() {
        assert_eq!(latency("100ms"), Ok(Duration::from_millis(100)));
        assert_eq!(latency(" 2s"), Ok(Duration::from_secs(2)));
        assert_eq!(latency("0s"), Ok(Duration::ZERO));
        for wrong in ["", "100", "-1s", "10s", "fast"] {
            assert!(latency(wrong).is_err(), "{wrong}");
        }
    }
}
