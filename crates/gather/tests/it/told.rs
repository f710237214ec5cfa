//! What servers tell of their limits, and what the client makes of it. Waits are moved by hand.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gather::{Client, ManualClock, Retry};

use crate::server::{Play, Server, answer};

/// Fri, 20 Nov 2026 12:00:00 GMT
const NOON: u64 = 1_795_176_000;

fn noon() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOON)
}

struct Case {
    time: ManualClock,
    client: Client,
    server: Server,
}

/// A server that answers every request so, and a client whose clock stands at noon.
async fn case(status: &'static str, headers: String, body: &'static str) -> Case {
    let server = Server::start(move |_, _| Play::Send(answer(status, &headers, body))).await;
    let time = ManualClock::at(noon());
    let client = Client::builder().clock(time.clock()).build().unwrap();
    Case {
        time,
        client,
        server,
    }
}

impl Case {
    /// How long the host is left alone after one answer.
    async fn pause(&self) -> Option<Duration> {
        let answers = self
            .client
            .gather([self.server.url("/first")])
            .deadline(Duration::from_secs(5))
            .await;
        assert!(answers.results[0].is_ok(), "{:?}", answers.results);
        let seen = self.server.heads().len();
        let again = self
            .client
            .gather([self.server.url("/again")])
            .deadline(Duration::from_secs(5))
            .await;
        let until = match &again.results[0] {
            Ok(_) => return None,
            Err(error) => {
                assert!(error.is_rate_limited(), "{error:?}");
                error.retry_at().unwrap()
            }
        };
        assert_eq!(self.server.heads().len(), seen, "the host is not asked");
        Some(until.duration_since(self.time.clock().wall()).unwrap())
    }
}

#[tokio::test]
async fn case_06_a_403_with_nothing_remaining_is_a_rate_limit() {
    let headers = format!(
        "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: {}\r\n",
        NOON + 600
    );
    let case = case(
        "403 Forbidden",
        headers,
        r#"{"message":"API rate limit exceeded"}"#,
    )
    .await;
    let answers = case
        .client
        .gather([case.server.url("/")])
        .deadline(Duration::from_secs(60))
        .await;
    let response = answers.results[0].as_ref().unwrap();
    assert_eq!((response.status().as_u16(), response.attempts()), (403, 1));
    assert_eq!(response.retry_at(), Some(noon() + Duration::from_secs(600)));
    let error = case
        .client
        .gather([case.server.url("/x")])
        .deadline(Duration::from_secs(60))
        .await;
    assert!(error.results[0].as_ref().unwrap_err().is_rate_limited());
}

#[tokio::test]
async fn case_07_a_secondary_limit_without_headers_waits_a_minute_and_longer_each_time() {
    let body = r#"{"message":"You have exceeded a secondary rate limit."}"#;
    let case = case("403 Forbidden", String::new(), body).await;
    let mut waits = Vec::new();
    for _ in 0..3 {
        let response = case.client.send(case.server.url("/")).await.unwrap();
        assert_eq!(response.attempts(), 1, "never hammered");
        let wait = response
            .retry_at()
            .unwrap()
            .duration_since(case.time.clock().wall())
            .unwrap();
        waits.push(wait.as_secs());
        case.time.advance(wait);
    }
    assert_eq!(waits, [60, 120, 240]);
    assert_eq!(case.server.heads().len(), 3);
}

#[tokio::test]
async fn case_08_a_reset_in_milliseconds_is_not_fifty_thousand_years() {
    let headers = format!(
        "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: {}\r\n",
        (NOON + 90) * 1000
    );
    let case = case("200 OK", headers, "fine").await;
    assert_eq!(case.pause().await, Some(Duration::from_secs(90)));
}

#[tokio::test]
async fn case_09_a_reset_in_seconds_beside_a_fractional_remainder() {
    let plenty = "x-ratelimit-remaining: 599.0\r\nx-ratelimit-reset: 293\r\n".to_owned();
    assert_eq!(case("200 OK", plenty, "fine").await.pause().await, None);
    let none = "x-ratelimit-remaining: 0.0\r\nx-ratelimit-reset: 293\r\n".to_owned();
    let case = case("200 OK", none, "fine").await;
    assert_eq!(case.pause().await, Some(Duration::from_secs(293)));
}

#[tokio::test]
async fn case_10_retry_after_wins_over_ratelimit_malformed_or_not() {
    for field in ["\"default\";r=x", "\"default\";r=0;t=600"] {
        let headers = format!("ratelimit: {field}\r\nretry-after: 40\r\n");
        let case = case("429 Too Many Requests", headers, "").await;
        assert_eq!(case.pause().await, Some(Duration::from_secs(40)), "{field}");
    }
    let alone = "ratelimit: \"default\";r=0;t=50\r\n".to_owned();
    let case = case("200 OK", alone, "fine").await;
    assert_eq!(case.pause().await, Some(Duration::from_secs(50)));
}

#[tokio::test]
async fn case_12_a_jump_of_the_wall_clock_neither_stalls_nor_bursts() {
    let server = Server::start(|nth, _| {
        Play::Send(match nth {
            0 => answer("503 Busy", "retry-after: 3\r\n", ""),
            _ => answer("200 OK", "", "fine"),
        })
    })
    .await;
    for jump in ["back", "forward"] {
        let time = ManualClock::at(noon());
        let client = Client::builder()
            .clock(time.clock())
            .retry(Retry::never())
            .build()
            .unwrap();
        client.send(server.url("/")).await.unwrap();
        time.set_wall(match jump {
            "back" => noon() - Duration::from_secs(3600),
            _ => noon() + Duration::from_secs(86_400),
        });
        let waiting = client
            .gather([server.url("/")])
            .deadline(Duration::from_secs(2))
            .await;
        let limited = waiting.results[0].as_ref();
        if server.heads().len() == 1 {
            assert!(
                limited.unwrap_err().is_rate_limited(),
                "{jump}: not before its time"
            );
        }
        time.advance(Duration::from_secs(3));
        let response = client.send(server.url("/")).await.unwrap();
        assert_eq!(response.text(), "fine", "{jump}: and not after it");
    }
}
