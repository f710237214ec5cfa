//! Manners, read from the server's own counts.

use std::time::{Duration, SystemTime};

use gather::{
    Claim, Client, Host, HostLimits, Ledger, LedgerError, MemoryLedger, Quota, Request,
    Reservation, Settlement, Url, WaitCause,
};
use gather_sandbox::{Api, Fault, Latency, Sandbox};
use tokio::task::JoinSet;

fn host(sandbox: &Sandbox, api: Api) -> Host {
    Host::of(&Url::parse(&sandbox.url(api)).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_43_never_more_in_flight_than_the_host_allows() {
    let sandbox = Sandbox::builder()
        .latency(
            Api::Any,
            Latency::uniform(Duration::ZERO, Duration::from_millis(4)),
        )
        .start()
        .await
        .unwrap();
    let client = Client::builder()
        .host(host(&sandbox, Api::Any), HostLimits::in_flight(8))
        .build()
        .unwrap();
    let base = sandbox.url(Api::Any);
    let answers = client
        .gather((0..2000).map(|n| format!("{base}/json/{n}")))
        .await;
    assert!(answers.results.iter().all(Result::is_ok));
    let log = sandbox.log(Api::Any);
    assert_eq!(log.total(), 2000);
    assert!(log.peak_in_flight() <= 8, "{}", log.peak_in_flight());
    assert!(sandbox.connections(Api::Any) <= 8);
    assert_eq!(client.in_flight(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_43_never_more_in_flight_overall_than_the_client_allows() {
    let sandbox = Sandbox::builder()
        .latency(Api::Any, Latency::fixed(Duration::from_millis(5)))
        .latency(Api::Feeds, Latency::fixed(Duration::from_millis(5)))
        .start()
        .await
        .unwrap();
    let client = Client::builder()
        .in_flight(5)
        .each_host(HostLimits::in_flight(4))
        .build()
        .unwrap();
    let urls = (0..60).map(|n| match n % 2 {
        0 => format!("{}/json/{n}", sandbox.url(Api::Any)),
        _ => format!("{}/rss.xml", sandbox.url(Api::Feeds)),
    });
    let answers = client.gather(urls).await;
    assert!(answers.results.iter().all(Result::is_ok));
    assert!(answers.report.peak_in_flight <= 5);
    assert!(sandbox.log(Api::Any).peak_in_flight() <= 4);
    assert!(sandbox.log(Api::Feeds).peak_in_flight() <= 4);
}

/// Every fourth is cancelled.
fn cancelled(path: &str) -> bool {
    let number = path.trim_start_matches("/json/");
    number.parse::<u64>().is_ok_and(|n| n % 4 == 3)
}

/// 200 tasks compete, a quarter of them are cancelled in mid-wait or mid-flight, some attempts fail and are retried:
/// the server never sees more than the quota in any window, nor more in flight than allowed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_window_at_the_server_holds_more_starts_than_the_quota() {
    const REQUESTS: u32 = 40;
    const WINDOW: Duration = Duration::from_millis(250);
    let sandbox = Sandbox::builder()
        .latency(
            Api::Any,
            Latency::uniform(Duration::ZERO, Duration::from_millis(40)),
        )
        .fault((Api::Any, "/json/1*"), Fault::status(503).every(9))
        .start()
        .await
        .unwrap();
    let limits = HostLimits::in_flight(12).quota(Quota::new(REQUESTS, WINDOW));
    let client = Client::builder()
        .host(host(&sandbox, Api::Any), limits)
        .build()
        .unwrap();
    let base = sandbox.url(Api::Any);
    let mut tasks = JoinSet::new();
    for n in 0..200_u64 {
        let client = client.clone();
        let request = Request::get(format!("{base}/json/{n}"));
        tasks.spawn(async move {
            let asked = client.send(request);
            if cancelled(&format!("/json/{n}")) {
                // Dropped at moments spread over the whole run: in the queue, on the way, in the body.
                tokio::time::timeout(Duration::from_millis(n * 5), asked)
                    .await
                    .is_ok()
            } else {
                asked.await.unwrap();
                true
            }
        });
    }
    let finished = tasks.join_all().await;
    assert!(finished.iter().filter(|&&done| done).count() >= 150);
    let log = sandbox.log(Api::Any);
    assert!(log.total() >= 150);
    let most = sandbox.max_starts_in_window(Api::Any, WINDOW);
    assert!(most <= REQUESTS as usize, "{most} starts in one window");
    assert!(most > REQUESTS as usize / 2, "the quota was used: {most}");
    // A server is busy with a request until it notices that nobody waits any more; the others never were too many.
    let mut edges: Vec<_> = log
        .requests()
        .iter()
        .filter(|seen| !cancelled(seen.path()))
        .flat_map(|seen| [(seen.started, 1), (seen.ended.unwrap(), -1)])
        .collect();
    edges.sort_unstable();
    let peak = edges.iter().scan(0, |now, (_, edge)| {
        *now += edge;
        Some(*now)
    });
    let peak = peak.max().unwrap();
    assert!((2..=12).contains(&peak), "{peak} in flight");
    assert_eq!(client.in_flight(), 0);
}

#[tokio::test]
async fn redirects_and_retries_count_against_the_quota() {
    let sandbox = Sandbox::builder()
        .fault((Api::Any, "/json/7"), Fault::status(503).first(1))
        .start()
        .await
        .unwrap();
    let quota = Quota::new(3, Duration::from_secs(3600));
    let client = Client::builder()
        .host(
            host(&sandbox, Api::Any),
            HostLimits::in_flight(6).quota(quota),
        )
        .build()
        .unwrap();
    let base = sandbox.url(Api::Any);
    // One redirect and one retry: three of three places.
    client.send(format!("{base}/redirect/1")).await.unwrap();
    let answers = client
        .gather([format!("{base}/json/7")])
        .deadline(Duration::from_secs(30))
        .await;
    let response = answers.results[0].as_ref().unwrap();
    assert_eq!(response.status(), 503, "no place was left for the retry");
    let answers = client
        .gather([format!("{base}/json/8")])
        .deadline(Duration::from_secs(30))
        .await;
    let error = answers.results[0].as_ref().unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.attempts(), 0);
    assert!(error.retry_at().is_some());
    assert_eq!(sandbox.log(Api::Any).total(), 3);
}

#[tokio::test]
async fn a_named_quota_holds_over_several_hosts() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = Client::builder()
        .quota("my-key", Quota::new(2, Duration::from_secs(3600)))
        .build()
        .unwrap();
    let urls = [
        format!("{}/json/1", sandbox.url(Api::Any)),
        format!("{}/rss.xml", sandbox.url(Api::Feeds)),
        format!("{}/json/2", sandbox.url(Api::Any)),
        format!("{}/rss.xml", sandbox.url(Api::Feeds)),
    ];
    let answers = client
        .gather(urls.map(|url| Request::get(url).quota("my-key")))
        .deadline(Duration::from_secs(5))
        .await;
    let good = answers.results.iter().filter(|result| result.is_ok());
    assert_eq!(good.count(), 2);
    assert_eq!(
        sandbox.log(Api::Any).total() + sandbox.log(Api::Feeds).total(),
        2
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_13_clients_that_share_a_ledger_keep_one_quota_between_them() {
    const REQUESTS: u32 = 20;
    const WINDOW: Duration = Duration::from_millis(300);
    let sandbox = Sandbox::builder()
        .latency(
            Api::Any,
            Latency::uniform(Duration::ZERO, Duration::from_millis(20)),
        )
        .start()
        .await
        .unwrap();
    let ledger = MemoryLedger::default();
    let base = sandbox.url(Api::Any);
    let mut tasks = JoinSet::new();
    for who in 0..3 {
        let limits = HostLimits::in_flight(8).quota(Quota::new(REQUESTS, WINDOW));
        let client = Client::builder()
            .ledger(ledger.clone())
            .host(host(&sandbox, Api::Any), limits)
            .build()
            .unwrap();
        let urls: Vec<_> = (0..30)
            .map(|n| format!("{base}/json/{who}{n:02}"))
            .collect();
        tasks.spawn(async move {
            let answers = client.gather(urls).await;
            // A place is free once the ledger knows of it.
            while client.in_flight() > 0 {
                tokio::task::yield_now().await;
            }
            answers.results.into_iter().filter(Result::is_ok).count()
        });
    }
    assert_eq!(tasks.join_all().await, [30, 30, 30]);
    let most = sandbox.max_starts_in_window(Api::Any, WINDOW);
    assert!(most <= REQUESTS as usize, "{most} starts in one window");
    assert!(most > REQUESTS as usize / 2, "the quota was used: {most}");
}

#[tokio::test]
async fn case_13_what_an_earlier_client_used_is_known_to_the_next() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let ledger = MemoryLedger::default();
    let base = sandbox.url(Api::Any);
    let mut answered = 0;
    for run in 0..3 {
        let limits = HostLimits::default().quota(Quota::new(10, Duration::from_secs(24 * 3600)));
        let client = Client::builder()
            .ledger(ledger.clone())
            .host(host(&sandbox, Api::Any), limits)
            .build()
            .unwrap();
        let answers = client
            .gather((0..4).map(|n| format!("{base}/json/{run}{n}")))
            .deadline(Duration::from_secs(5))
            .await;
        for result in answers.results {
            match result {
                Ok(_) => answered += 1,
                Err(error) => {
                    assert!(error.is_rate_limited(), "{error:?}");
                    assert!(error.retry_at().is_some());
                }
            }
        }
    }
    assert_eq!((answered, sandbox.log(Api::Any).total()), (10, 10));
}

#[derive(Debug)]
struct Broken;

impl Ledger for Broken {
    fn reserve(&self, _: &Claim, _: SystemTime, _: Duration) -> Result<Reservation, LedgerError> {
        Err("the disk is full".into())
    }

    fn settle(&self, _: u64, _: Settlement) {}
}

#[tokio::test]
async fn a_ledger_that_does_not_work_lets_nothing_pass() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = Client::builder()
        .ledger(Broken)
        .quota("key", Quota::new(5, Duration::from_secs(1)))
        .build()
        .unwrap();
    let url = format!("{}/json/1", sandbox.url(Api::Any));
    let error = client
        .send(Request::get(&url).quota("key"))
        .await
        .unwrap_err();
    assert!(error.is_ledger(), "{error:?}");
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(cause.to_string(), "the disk is full");
    assert_eq!(sandbox.log(Api::Any).total(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_share_a_ledger_share_the_slots_of_a_host() {
    let sandbox = Sandbox::builder()
        .latency(Api::Any, Latency::fixed(Duration::from_millis(10)))
        .start()
        .await
        .unwrap();
    let ledger = MemoryLedger::default();
    let base = sandbox.url(Api::Any);
    let mut tasks = JoinSet::new();
    for who in 0..3 {
        let client = Client::builder()
            .ledger(ledger.clone())
            .host(host(&sandbox, Api::Any), HostLimits::in_flight(2))
            .build()
            .unwrap();
        let urls: Vec<_> = (0..10).map(|n| format!("{base}/json/{who}{n}")).collect();
        tasks.spawn(async move {
            let answers = client.gather(urls).await;
            let waited = answers.report.waits.host;
            assert!(answers.results.iter().all(Result::is_ok));
            waited
        });
    }
    let waited = tasks.join_all().await;
    let log = sandbox.log(Api::Any);
    assert_eq!((log.total(), log.peak_in_flight()), (30, 2));
    assert!(waited.iter().all(|waited| !waited.is_zero()), "{waited:?}");
}

#[tokio::test]
async fn case_04_what_a_host_asked_of_one_client_the_next_knows() {
    let sandbox = Sandbox::builder()
        .fault(
            (Api::Any, "/json/1"),
            Fault::status(429).retry_after("86400"),
        )
        .start()
        .await
        .unwrap();
    let ledger = MemoryLedger::default();
    let base = sandbox.url(Api::Any);
    let client = || Client::builder().ledger(ledger.clone()).build().unwrap();
    let send = async |path: &str| {
        let url = format!("{base}{path}");
        let answers = client()
            .gather([url])
            .deadline(Duration::from_secs(60))
            .await;
        answers.results.into_iter().next().unwrap()
    };
    let refused = send("/json/1").await.unwrap();
    let until = refused.retry_at().unwrap();
    let error = loop {
        // What the first was told is written down beside its work.
        match send("/json/2").await {
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => break error,
        }
    };
    assert!(error.is_rate_limited(), "{error:?}");
    let again = error.retry_at().unwrap();
    let apart = again
        .duration_since(until)
        .unwrap_or_else(|earlier| earlier.duration());
    assert!(apart < Duration::from_secs(60), "{again:?} and {until:?}");
}

#[tokio::test]
async fn an_answer_without_news_costs_no_place_where_the_server_says_so() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let ledger = MemoryLedger::default();
    let day = Duration::from_secs(24 * 3600);
    let client = Client::builder()
        .ledger(ledger.clone())
        .each_host(HostLimits::default().quota(Quota::new(2, day)))
        .build()
        .unwrap();
    let unchanged = Request::get(format!("{}/status/304", sandbox.url(Api::Any)));
    for _ in 0..5 {
        let request = unchanged.clone().unchanged_is_free();
        assert_eq!(client.send(request).await.unwrap().status(), 304);
    }
    for _ in 0..2 {
        assert_eq!(client.send(unchanged.clone()).await.unwrap().status(), 304);
    }
    let answers = client
        .gather([unchanged.unchanged_is_free()])
        .deadline(Duration::from_secs(5))
        .await;
    let error = answers.results.into_iter().next().unwrap().unwrap_err();
    assert!(
        error.is_rate_limited(),
        "a place is needed to ask: {error:?}"
    );
    assert_eq!(sandbox.log(Api::Any).total(), 7);
}

#[test]
fn a_ledger_in_memory_says_what_is_missing() {
    let ledger = MemoryLedger::default();
    let now = SystemTime::UNIX_EPOCH;
    let second = Duration::from_secs(1);
    let claim = Claim::new("https://h.example", 1);
    let ask = |at| ledger.reserve(&claim, at, second).unwrap();
    let Reservation::Granted(first) = ask(now) else {
        panic!("nobody has the slot");
    };
    let missing = |answer| match answer {
        Reservation::Full { until, cause } => Some((until, cause)),
        Reservation::Granted(_) => None,
    };
    let (until, cause) = missing(ask(now)).unwrap();
    assert_eq!(cause, WaitCause::Host);
    assert!(until > now && until < now + second);
    ledger.settle(first, Settlement::Unsent);
    let Reservation::Granted(_) = ask(now) else {
        panic!("the slot is free again");
    };
    assert!(
        missing(ask(now + 2 * second)).is_none(),
        "who never settled is over by then"
    );
    ledger.cool("https://h.example", now + 10 * second, now);
    ledger.cool("https://h.example", now + 5 * second, now);
    let cooling = (now + 10 * second, WaitCause::CoolDown);
    assert_eq!(missing(ask(now + 4 * second)), Some(cooling));
    assert!(missing(ask(now + 10 * second)).is_none());
}
