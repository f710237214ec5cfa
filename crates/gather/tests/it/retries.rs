//! Retries and `Retry-After`. Waits are moved by hand.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use gather::{Client, EventKind, ManualClock, Request, Retry};
use gather_sandbox::{Api, Fault, Sandbox};

use crate::server::{Play, Server, answer};

/// Lets hand-moved time run until the future is done: whenever everybody sleeps, the next alarm rings.
async fn driven<T>(time: &ManualClock, future: impl Future<Output = T>) -> (T, Duration) {
    let start = time.clock().now();
    let mut future = std::pin::pin!(future);
    loop {
        // Real sockets answer in real time: they get a moment before time is moved.
        tokio::select! {
            output = &mut future => return (output, time.clock().now() - start),
            () = tokio::time::sleep(Duration::from_millis(20)) => {
                if let Some(next) = time.next_alarm() {
                    time.advance(next.min(Duration::from_millis(250)));
                }
            }
        }
    }
}

fn client(time: &ManualClock) -> Client {
    Client::builder().clock(time.clock()).build().unwrap()
}

#[tokio::test]
async fn case_14_three_failures_then_success_with_attempts_in_the_report() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::status(503).first(3))
        .start()
        .await
        .unwrap();
    let time = ManualClock::new();
    let request = Request::get(format!("{}/json/1", sandbox.url(Api::Any))).retry(Retry::up_to(4));
    let client = client(&time);
    let (answers, _) = driven(&time, client.gather([request]).into_future()).await;
    let response = answers.results[0].as_ref().unwrap();
    assert_eq!((response.status().as_u16(), response.attempts()), (200, 4));
    assert_eq!(answers.report.attempts, 4);
    assert_eq!(sandbox.log(Api::Any).total(), 4);
}

#[tokio::test]
async fn attempts_end_with_the_last_answer() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::status(503))
        .start()
        .await
        .unwrap();
    let time = ManualClock::new();
    let client = client(&time);
    let url = format!("{}/json/1", sandbox.url(Api::Any));
    let (result, _) = driven(&time, client.send(url)).await;
    let response = result.unwrap();
    assert_eq!((response.status().as_u16(), response.attempts()), (503, 3));
    let error = response.error_for_status().unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.attempts()),
        (503, 3)
    );
    assert_eq!(sandbox.log(Api::Any).total(), 3);
}

#[tokio::test]
async fn case_01_retry_after_pauses_the_whole_host_and_no_other() {
    let sandbox = Sandbox::builder()
        .fault(
            (Api::Any, "/json/1"),
            Fault::status(429).retry_after("7").first(1),
        )
        .start()
        .await
        .unwrap();
    let time = ManualClock::new();
    let client = client(&time);
    let base = sandbox.url(Api::Any);
    let mut fan_out = client.as_completed([format!("{base}/json/1")]);
    let work = async {
        // The host has said no; now others want to ask it, and another host.
        while sandbox.log(Api::Any).total() == 0 {
            tokio::select! {
                done = fan_out.next() => panic!("over before its time: {done:?}"),
                () = tokio::time::sleep(Duration::from_millis(1)) => {}
            }
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
        fan_out.push(format!("{base}/json/2"));
        fan_out.push(format!("{}/rss.xml", sandbox.url(Api::Feeds)));
        let first = fan_out.next().await.unwrap();
        let paused = (first.index, sandbox.log(Api::Any).total());
        let mut rest = [fan_out.next().await.unwrap(), fan_out.next().await.unwrap()];
        rest.sort_by_key(|done| done.index);
        (paused, rest)
    };
    let ((paused, rest), took) = driven(&time, work).await;
    assert_eq!(
        paused,
        (2, 1),
        "the other host answers, this one is not asked"
    );
    assert!(took >= Duration::from_secs(7), "{took:?}");
    for done in rest {
        assert_eq!(done.result.unwrap().status(), 200);
    }
    assert_eq!(sandbox.log(Api::Any).total(), 3);
}

#[tokio::test]
async fn case_02_a_past_or_zero_retry_after_is_tried_again_but_counts() {
    for value in ["0", "Fri, 20 Nov 2015 12:00:00 GMT"] {
        let sandbox = Sandbox::builder()
            .fault(Api::Any, Fault::status(503).retry_after(value))
            .start()
            .await
            .unwrap();
        let time = ManualClock::new();
        let client = client(&time);
        let url = format!("{}/json/1", sandbox.url(Api::Any));
        let (result, _) = driven(&time, client.send(url)).await;
        assert_eq!(result.unwrap().attempts(), 3, "{value}");
        assert_eq!(sandbox.log(Api::Any).total(), 3);
    }
}

#[tokio::test]
async fn case_03_a_date_is_measured_against_the_servers_clock() {
    for date in [
        "Fri, 20 Nov 2026 12:10:07 GMT",
        "Friday, 20-Nov-26 12:10:07 GMT",
        "Fri Nov 20 12:10:07 2026",
    ] {
        let server = Server::start(move |nth, _| {
            Play::Send(match nth {
                0 => answer(
                    "503 Busy",
                    &format!("date: Fri, 20 Nov 2026 12:10:00 GMT\r\nretry-after: {date}\r\n"),
                    "",
                ),
                _ => answer("200 OK", "", "fine"),
            })
        })
        .await;
        // Our wall clock is ten minutes behind the server's.
        let noon = std::time::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
        let time = ManualClock::at(noon);
        let client = client(&time);
        let (result, took) = driven(&time, client.send(server.url("/"))).await;
        assert_eq!(result.unwrap().text(), "fine");
        let expected = Duration::from_secs(7)..Duration::from_secs(9);
        assert!(expected.contains(&took), "{date}: {took:?}");
    }
}

#[tokio::test]
async fn case_04_a_wait_beyond_the_deadline_is_not_waited() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::status(429).retry_after("86400"))
        .start()
        .await
        .unwrap();
    let time = ManualClock::new();
    let client = client(&time);
    let url = format!("{}/json/1", sandbox.url(Api::Any));
    let work = client
        .gather([&url])
        .deadline(Duration::from_secs(60))
        .into_future();
    let (answers, took) = driven(&time, work).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    let response = answers.results[0].as_ref().unwrap();
    let day = Duration::from_secs(86400);
    assert_eq!(response.status(), 429);
    assert!(response.retry_at().unwrap() >= time.clock().wall() + day - took);

    // Whoever comes next hears it without asking the host again.
    let work = client
        .gather([&url])
        .deadline(Duration::from_secs(60))
        .into_future();
    let (answers, _) = driven(&time, work).await;
    let error = answers.results[0].as_ref().unwrap_err();
    assert!(error.is_rate_limited());
    assert!(error.retry_at().unwrap() > time.clock().wall());
    assert_eq!(sandbox.log(Api::Any).total(), 1);
}

#[tokio::test]
async fn case_05_nonsense_in_retry_after_is_our_own_back_off_and_told_once() {
    for value in ["abc", "-5", "99999999999999999999"] {
        let sandbox = Sandbox::builder()
            .fault(Api::Any, Fault::status(503).retry_after(value).first(2))
            .start()
            .await
            .unwrap();
        let time = ManualClock::new();
        let client = client(&time);
        let url = format!("{}/json/1", sandbox.url(Api::Any));
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let work = client
            .gather([url])
            .on_event(move |event| {
                if let EventKind::Disregarded { what } = event.kind {
                    heard.lock().unwrap().push(what);
                }
            })
            .into_future();
        let (answers, took) = driven(&time, work).await;
        assert_eq!(answers.results[0].as_ref().unwrap().status(), 200);
        assert!(took < Duration::from_secs(2), "{value}: {took:?}");
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains("Retry-After") && told[0].contains(value),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn case_15_a_post_that_may_have_arrived_is_not_repeated_and_a_get_is() {
    let server = Server::start(|nth, head| {
        if nth == 0 || head.starts_with("POST") {
            Play::SendAndClose(Vec::new())
        } else {
            Play::Send(answer("200 OK", "", "fine"))
        }
    })
    .await;
    let client = Client::new();
    let get = client.send(server.url("/get")).await.unwrap();
    assert_eq!((get.text().as_ref(), get.attempts()), ("fine", 2));
    let post = client
        .send(Request::post(server.url("/token")).form([("a", "b")]))
        .await;
    let error = post.unwrap_err();
    assert!(error.is_closed(), "{error:?}");
    let posts = server
        .heads()
        .iter()
        .filter(|head| head.starts_with("POST"))
        .count();
    assert_eq!(posts, 1);
}

#[tokio::test]
async fn a_post_that_was_never_sent_is_tried_again() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::Refuse)
        .start()
        .await
        .unwrap();
    let error = Client::new()
        .send(Request::post(format!("{}/echo", sandbox.url(Api::Any))).body("x"))
        .await
        .unwrap_err();
    assert!(error.is_refused());
    assert_eq!(error.attempts(), 3);
}

#[tokio::test]
async fn a_connection_closed_while_idle_costs_no_pause() {
    let server = Server::start(|_, _| Play::SendAndClose(answer("200 OK", "", "fine"))).await;
    let time = ManualClock::new();
    let client = client(&time);
    for _ in 0..5 {
        // The clock stands still: a pause would never end.
        let response = client.send(server.url("/")).await.unwrap();
        assert_eq!(response.text(), "fine");
    }
    assert_eq!(server.heads().len(), 5);
}

#[tokio::test]
async fn case_14_those_who_failed_together_do_not_come_back_together() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::status(503).first(20))
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let client = Client::builder()
        .each_host(gather::HostLimits::in_flight(40))
        .circuit_breaker(gather::CircuitBreaker::never())
        .build()
        .unwrap();
    let answers = client
        .gather((0..20).map(|n| format!("{base}/json/{n}")))
        .await;
    assert!(
        answers
            .results
            .iter()
            .all(|result| result.as_ref().unwrap().status() == 200)
    );
    let log = sandbox.log(Api::Any);
    let mut again: Vec<_> = log.requests()[20..]
        .iter()
        .map(|seen| seen.started)
        .collect();
    again.sort_unstable();
    assert_eq!(again.len(), 20);
    let spread = again[19] - again[0];
    // Drawn evenly from half a second: all of twenty within a tenth of it has a chance of one in 10^12.
    assert!(spread > Duration::from_millis(100), "{spread:?}");
}
