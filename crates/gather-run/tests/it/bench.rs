//! One by one against all at once, as the server sees it and as the timelines have it.

use std::{
    future::{pending, ready},
    time::Duration,
};

use gather::Clock;
use gather_run::{Bench, worked_out};
use gather_sandbox::{Api, Latency, Sandbox};

use crate::support::{Home, plan};

const WINDOW: Duration = Duration::from_millis(400);

/// A list and two things on it: three requests a run, and as many places in a short window.
fn list(sandbox: &Sandbox) -> String {
    format!(
        "[source.list]\nurl = \"{base}/list/page?total=2&size=2\"\nquota = \"3/400ms\"\n\
         follow = {{ each = \".items[].id\", url = \"{base}/json/{{}}\" }}\n\
         [source.list.article]\nid = \".id\"\ntitle = '\"number \\(.id)\"'\n",
        base = sandbox.origin(Api::Any),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_run_waits_for_the_places_that_the_one_before_it_took() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let home = Home::new();
    let text = list(&sandbox);
    let mut bench = Bench::new(plan(&text), Some(home.store.clone()), Clock::system()).unwrap();
    let cost = bench.cost(1).unwrap();
    assert_eq!((cost.runs(), cost.requests()), (3, 3));
    assert_eq!(cost.unlearnt, ["list"]);
    assert_eq!(cost.hosts[0].quotas[0].runs, None, "it is waited for");
    bench.warm_up(pending()).await.unwrap().unwrap();
    let cost = bench.cost(1).unwrap();
    assert_eq!((cost.runs(), cost.requests()), (2, 6));
    assert!(cost.unlearnt.is_empty());
    let round = bench.round(pending()).await.unwrap().unwrap();
    for ran in [&round.one_by_one, &round.at_once] {
        assert_eq!(ran.measured.answered, 3);
        assert_eq!(ran.timeline.report.waits.quota, Duration::ZERO);
    }
    assert_eq!(sandbox.log(Api::Any).total(), 9);
    assert!(sandbox.max_starts_in_window(Api::Any, WINDOW) <= 3);
    assert!(home.stories().is_empty(), "what came is thrown away");
    assert_eq!(bench.spent().values().sum::<u64>(), 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_by_one_asks_a_host_in_the_order_of_the_declarations() {
    let sandbox = Sandbox::builder()
        .latency(Api::Any, Latency::fixed(Duration::from_millis(5)))
        .start()
        .await
        .unwrap();
    let origin = sandbox.origin(Api::Any);
    let sources: Vec<String> = (1..=6)
        .map(|at| {
            format!(
                "[source.s{at}]\nurl = \"{origin}/json/{at}\"\nin_flight = 6\n\
                 [source.s{at}.article]\nid = \".id\"\ntitle = '\"number \\(.id)\"'\n"
            )
        })
        .collect();
    let mut bench = Bench::new(plan(&sources.concat()), None, Clock::system()).unwrap();
    bench.warm_up(pending()).await.unwrap().unwrap();
    sandbox.reset_logs();
    let round = bench.round(pending()).await.unwrap().unwrap().clone();
    let log = sandbox.log(Api::Any);
    let first: Vec<&str> = log.requests()[..6].iter().map(|seen| seen.path()).collect();
    let expected = [
        "/json/1", "/json/2", "/json/3", "/json/4", "/json/5", "/json/6",
    ];
    assert_eq!(first, expected);
    assert_eq!(round.one_by_one.measured.peak_in_flight, 1);

    // What fewer sources would have taken is made of theirs alone.
    let timeline = &round.at_once.timeline;
    let [two, six] = [2, 6].map(|sources| worked_out(timeline, sources).unwrap());
    assert!(two.one_by_one < six.one_by_one);
    let sum: Duration = timeline
        .report
        .timeline
        .iter()
        .filter(|attempt| timeline.source_of[attempt.request] < 2)
        .map(|attempt| attempt.ended - attempt.started)
        .sum();
    assert!((two.one_by_one - sum.as_secs_f64()).abs() < 1e-9);
    assert!(worked_out(timeline, 0).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stopped_does_not_count() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let home = Home::new();
    let text = list(&sandbox);
    let mut bench = Bench::new(plan(&text), Some(home.store.clone()), Clock::system()).unwrap();
    assert!(bench.warm_up(ready(())).await.unwrap().is_none());
    assert!(bench.round(ready(())).await.unwrap().is_none());
    assert_eq!((bench.runs(), bench.rounds().len()), (0, 0));
    assert!(bench.figures().is_none());
    assert_eq!(sandbox.log(Api::Any).total(), 0);
}
