//! The timeline as a HAR file, of requests over real sockets.

use gather::{Client, Request, Retry};
use serde_json::Value;

use crate::server::{Play, Server, answer};

#[tokio::test]
async fn a_key_is_nowhere_in_the_har_however_it_was_sent() {
    let server = Server::start(|_, head| {
        let path = head.split([' ', '?']).nth(1).unwrap();
        Play::Send(match path {
            "/moved" => answer(
                "302 Found",
                "location: /there?apiKey=CANARY-query\r\nset-cookie: sid=CANARY-cookie\r\n",
                "",
            ),
            "/there" => answer("200 OK", "x-echo: CANARY-header\r\n", "CANARY-answer"),
            _ => answer("503 Service Unavailable", "", "CANARY-answer"),
        })
    })
    .await;
    let with_user = server
        .url("/moved")
        .replace("http://", "http://me:CANARY-password@");
    let requests = [
        Request::get(&with_user),
        Request::get(server.url("/moved"))
            .query("apiKey", "CANARY-query")
            .secret_header("x-api-key", "CANARY-header")
            .header("cookie", "sid=CANARY-cookie"),
        Request::get(server.url("/moved/CANARY-value/x"))
            .query("who", "CANARY-value")
            .secret("CANARY-value")
            .retry(Retry::never()),
        Request::post(server.url("/moved"))
            .bearer("CANARY-bearer")
            .body("CANARY-body"),
        // Nobody listens there: the reason is in the HAR too.
        Request::get("http://me:CANARY-password@127.0.0.1:1/x?token=CANARY-query")
            .retry(Retry::never()),
    ];
    let report = Client::new().gather(requests).await.report;
    let text = serde_json::to_string(&report.har()).unwrap();
    assert!(!text.contains("CANARY"), "{text}");
    assert!(!report.waterfall(u16::MAX).to_string().contains("CANARY"));

    let har: Value = serde_json::from_str(&text).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), report.attempts);
    let statuses = |path: &str| {
        entries
            .iter()
            .filter(|entry| entry["request"]["url"].as_str().unwrap().contains(path))
            .map(|entry| entry["response"]["status"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses("/there"), [200; 3]);
    assert_eq!(statuses("/moved/"), [503]);
    assert_eq!(statuses("127.0.0.1:1/"), [0]);
}

#[tokio::test]
async fn the_times_in_the_har_are_those_of_the_report() {
    let server = Server::start(|_, _| Play::Send(answer("200 OK", "", "fine"))).await;
    let client = Client::new();
    let report = client
        .gather((0..20).map(|n| Request::get(server.url(&format!("/{n}")))))
        .await
        .report;
    let har = serde_json::to_value(report.har()).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 20);
    for (entry, attempt) in entries.iter().zip(sorted(&report)) {
        let whole = (attempt.ended - attempt.queued).as_secs_f64() * 1000.0;
        let time = entry["time"].as_f64().unwrap();
        // Each of six marks is cut to microseconds.
        assert!((time - whole).abs() < 0.007, "{time} ms, not {whole} ms");
        assert_eq!(entry["response"]["bodySize"], attempt.received);
        assert_eq!(entry["timings"]["connect"] == -1.0, attempt.reused);
    }
    let picture = report.waterfall(80).to_string();
    let rows = picture.lines().filter(|row| row.contains("127.0.0.1:"));
    assert_eq!(rows.count(), 20, "{picture}");
}

fn sorted(report: &gather::Report) -> Vec<&gather::Attempt> {
    let mut attempts: Vec<_> = report.timeline.iter().collect();
    attempts.sort_by_key(|attempt| attempt.queued);
    attempts
}
