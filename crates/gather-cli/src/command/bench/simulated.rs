//! Simulated sources with chosen latencies: each is one request, so that one by one takes the sum of the latencies and all
//! at once the longest.
//!
//! They are paths of one server on this machine, which may have as many requests in flight as there are sources: systems
//! differ in how many addresses of loopback answer.

use std::time::Duration;

use gather_run::Plan;
use gather_sandbox::{Api, Latency, Sandbox};
use gather_sources::Config;

use crate::{
    args,
    failure::{Failure, Result},
    render,
};

/// A server on this machine, and what it plays.
pub(super) struct Simulated {
    sandbox: Sandbox,
    latencies: Vec<Duration>,
}

impl Simulated {
    pub(super) async fn start(args: &args::Bench) -> Result<Self> {
        let chosen = args.latency.iter().copied().cycle();
        let latencies: Vec<Duration> = (0..args.count).zip(chosen).map(|(_, one)| one).collect();
        let mut sandbox = Sandbox::builder();
        for (at, latency) in latencies.iter().enumerate() {
            sandbox = sandbox.latency((Api::Any, &*path(at)), Latency::fixed(*latency));
        }
        let sandbox = sandbox.start().await.map_err(|error| {
            Failure::new("the simulated sources cannot listen on 127.0.0.1").because(Some(&error))
        })?;
        Ok(Self { sandbox, latencies })
    }

    pub(super) async fn stop(self) {
        self.sandbox.stop().await;
    }

    pub(super) fn plan(&self) -> Result<Plan> {
        let config = Config::parse(&self.configuration(), "the simulated sources")?;
        Ok(Plan::new(&config, &|_| Err("none is needed".to_owned())))
    }

    /// `8 simulated sources that take 50 ms, 100 ms, 150 ms, 200 ms to answer`
    pub(super) fn words(&self) -> String {
        let mut different: Vec<String> = Vec::new();
        for latency in &self.latencies {
            let latency = gather_draw::span(*latency);
            if !different.contains(&latency) {
                different.push(latency);
            }
        }
        let sources = render::plural(self.latencies.len() as u64, "simulated source");
        let takes = if self.latencies.len() == 1 {
            "takes"
        } else {
            "take"
        };
        format!("{sources} that {takes} {} to answer", different.join(", "))
    }

    pub(super) fn again(&self, args: &args::Bench) -> String {
        let latency: Vec<String> = args
            .latency
            .iter()
            .map(|latency| format!("{}ms", latency.as_millis()))
            .collect();
        format!(
            "gather bench --sandbox --sources {} --latency {} --rounds {}",
            args.count,
            latency.join(","),
            args.rounds
        )
    }

    fn configuration(&self) -> String {
        let origin = self.sandbox.origin(Api::Any);
        // One by one has to come to its end too.
        let all = self.latencies.iter().sum::<Duration>().as_secs() + 60;
        let mut text = format!(
            "[settings]\ndeadline = \"{all}s\"\nper_host = {}\n",
            self.latencies.len()
        );
        for (at, path) in (0..self.latencies.len()).map(|at| (at, path(at))) {
            text.push_str(&format!(
                "\n[source.s{:02}]\nurl = \"{origin}{path}\"\n[source.s{:02}.article]\nid = \".id\"\ntitle = '\"number \\(.id)\"'\n",
                at + 1,
                at + 1,
            ));
        }
        text
    }
}

/// What the source of that place asks for.
fn path(at: usize) -> String {
    format!("/json/{}", at + 1)
}
