//! gather: limits raised to the job, none removed, everything else as it comes.

use std::process::ExitCode;

use gather::{Client, HostLimits};

fn main() -> ExitCode {
    gather_bench::run(async |job, urls| {
        let client = Client::builder()
            .in_flight(job.in_flight)
            .each_host(HostLimits::in_flight(job.in_flight))
            .build()?;
        let gathered = client.gather(urls).await;
        // Another number would mean that requests were joined or tried again, and the comparison skewed.
        if gathered.report.attempts != job.requests {
            return Err(format!(
                "{} attempts for {} requests",
                gathered.report.attempts, job.requests
            )
            .into());
        }
        Ok(gathered.results)
    })
}
