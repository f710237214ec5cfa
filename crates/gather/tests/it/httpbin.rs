//! The library against a server this project did not write: httpbin, under gunicorn.
//!
//! Each test starts a server of its own on a free loopback port and ends it by its id. httpbin is made ready by
//! `cargo xtask test`, which says in `GATHER_TEST_HTTPBIN` where it is; a plain `cargo test` ignores these tests.
//!
//! Not here: what httpbin cannot do, such as a body cut off or a `Retry-After`; the sandbox's tests have that.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use gather::{Client, Error, HostLimits, Request, Response, Retry, TimeoutKind, Timeouts};
use serde_json::{Value, json};

/// A running httpbin.
struct Httpbin {
    server: Child,
    base: String,
}

impl Httpbin {
    /// Starts it and waits until it has answered once.
    async fn start() -> Self {
        let home = std::env::var_os("GATHER_TEST_HTTPBIN")
            .expect("GATHER_TEST_HTTPBIN says where httpbin is: run `cargo xtask test`");
        // One process with more threads than any test has requests in flight, so that it is not the server that queues.
        let mut server = Command::new(Path::new(&home).join("bin/gunicorn"))
            .args([
                "httpbin:app",
                "--bind",
                "127.0.0.1:0",
                "--workers",
                "1",
                "--threads",
                "64",
            ])
            // At the end of a test nobody waits for what is still being answered.
            .args(["--no-control-socket", "--graceful-timeout", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("gunicorn starts: `cargo xtask test` has just seen it");
        let log = BufReader::new(server.stderr.take().expect("stderr is piped"));
        let (found, address) = mpsc::channel();
        // Reads to the end of the log, so that a full pipe cannot stop the server; the thread ends with it.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("Listening at: ") {
                    let address = rest.split(' ').next().unwrap_or_default().to_owned();
                    // Nobody listens any more when the test has failed already.
                    let _ = found.send(address);
                }
            }
        });
        let base = address
            .recv_timeout(Duration::from_secs(60))
            .expect("gunicorn says where it listens");
        let httpbin = Self { server, base };
        let answer = httpbin.ask(&Client::new(), "/get").await;
        assert_eq!(answer.expect("httpbin answers").status(), 200);
        httpbin
    }

    fn get(&self, path: &str) -> Request {
        Request::get(format!("{}{path}", self.base))
    }

    async fn ask(&self, client: &Client, path: &str) -> Result<Response, Error> {
        client.send(self.get(path)).await
    }
}

impl Drop for Httpbin {
    fn drop(&mut self) {
        // Asked to end, gunicorn ends its worker too; killed, it would leave it behind. `kill` is part of the shell.
        let id = self.server.id().to_string();
        let asked = Command::new("sh")
            .args(["-c", "kill -TERM \"$1\"", "sh", &id])
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}

fn body(answer: Result<Response, Error>) -> Value {
    let answer = answer
        .and_then(Response::error_for_status)
        .expect("httpbin answers with success");
    answer.json().expect("httpbin answers with JSON")
}

#[tokio::test]
#[ignore = "needs httpbin: run by cargo xtask test"]
async fn ten_answers_of_one_second_take_about_one_second_together() {
    let httpbin = Httpbin::start().await;
    let client = Client::builder()
        .each_host(HostLimits::in_flight(10))
        .build()
        .expect("the settings are valid");
    let start = Instant::now();
    let answers = client
        // Told apart by the query: equal ones would be one request.
        .gather((0..10).map(|n| httpbin.get(&format!("/delay/1?n={n}"))))
        .await;
    let took = start.elapsed();
    assert_eq!(answers.results.len(), 10);
    for answer in answers.results {
        assert_eq!(answer.expect("each is answered").status(), 200);
    }
    // No benchmark: only that it is one second, not ten.
    assert!(
        took >= Duration::from_secs(1) && took < Duration::from_secs(3),
        "{took:?}"
    );
    let one_by_one = answers.report.one_by_one;
    assert!(one_by_one >= Duration::from_secs(10), "{one_by_one:?}");
}

#[tokio::test]
#[ignore = "needs httpbin: run by cargo xtask test"]
async fn one_failure_leaves_the_other_answers_in_their_places() {
    let httpbin = Httpbin::start().await;
    // Bound and let go: a port where nobody listens.
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let refused = Request::get(format!(
        "http://{}/",
        closed.expect("loopback has a free port")
    ));
    let refused = refused.retry(Retry::never());
    let requests = [
        httpbin.get("/uuid"),
        refused,
        httpbin.get("/status/404"),
        httpbin.get("/get?n=3"),
    ];
    let answers = Client::new().gather(requests).await;
    let [uuid, refused, missing, get] =
        <[_; 4]>::try_from(answers.results).expect("as many answers as requests");
    assert!(body(uuid)["uuid"].is_string());
    assert!(refused.expect_err("nobody listens").is_connect());
    assert_eq!(missing.expect("a 404 is an answer").status(), 404);
    assert_eq!(body(get)["args"], json!({ "n": "3" }));
}

#[tokio::test]
#[ignore = "needs httpbin: run by cargo xtask test"]
async fn gzip_brotli_and_deflate_arrive_decoded() {
    let httpbin = Httpbin::start().await;
    let client = Client::new();
    for (path, word) in [
        ("/gzip", "gzipped"),
        ("/brotli", "brotli"),
        ("/deflate", "deflated"),
    ] {
        assert_eq!(body(httpbin.ask(&client, path).await)[word], true, "{path}");
    }
}

#[tokio::test]
#[ignore = "needs httpbin: run by cargo xtask test"]
async fn a_dripping_body_arrives_whole_unless_it_drips_too_slowly() {
    let httpbin = Httpbin::start().await;
    let client = Client::new();
    let whole = httpbin
        .ask(&client, "/drip?duration=1&numbytes=5&delay=0")
        .await;
    assert_eq!(
        whole.expect("it ends within a second").bytes().as_ref(),
        b"*****"
    );

    let mut patience = Timeouts::default();
    patience.between_bytes = Duration::from_millis(300);
    let slow = httpbin.get("/drip?duration=6&numbytes=3&delay=0");
    let slow = client
        .send(slow.timeouts(patience).retry(Retry::never()))
        .await;
    let error = slow.expect_err("two seconds pass between its bytes");
    assert_eq!(
        error.timeout().map(|(kind, _)| kind),
        Some(TimeoutKind::BetweenBytes),
        "{error}"
    );
}

#[tokio::test]
#[ignore = "needs httpbin: run by cargo xtask test"]
async fn a_503_is_tried_again_and_a_404_is_not() {
    let httpbin = Httpbin::start().await;
    let client = Client::new();
    let mut soon = Retry::up_to(3);
    soon.base = Duration::from_millis(10);
    for (path, attempts) in [("/status/503", 3), ("/status/404", 1)] {
        let answer = client
            .send(httpbin.get(path).retry(soon))
            .await
            .expect("a status is an answer");
        assert_eq!(answer.attempts(), attempts, "{path}");
        let error = answer.error_for_status().expect_err("no success");
        assert_eq!(
            error
                .status()
                .map(|status| format!("/status/{}", status.as_u16()))
                .as_deref(),
            Some(path)
        );
    }
}

#[tokio::test]
#[ignore = "needs httpbin: run by cargo xtask test"]
async fn redirects_are_followed_and_each_is_an_attempt() {
    let httpbin = Httpbin::start().await;
    let client = Client::new();
    for path in ["/redirect/3", "/absolute-redirect/3"] {
        let answer = httpbin.ask(&client, path).await.expect("the chain ends");
        assert_eq!(
            (
                answer.status().as_u16(),
                answer.url().path(),
                answer.attempts()
            ),
            (200, "/get", 4),
            "{path}"
        );
    }
}

#[tokio::test]
#[ignore = "needs httpbin: run by cargo xtask test"]
async fn bytes_arrive_exactly_with_and_without_a_length() {
    let httpbin = Httpbin::start().await;
    let client = Client::new();
    let whole = httpbin
        .ask(&client, "/bytes/102400?seed=7")
        .await
        .expect("bytes arrive")
        .into_bytes();
    let pieces = httpbin
        .ask(&client, "/stream-bytes/102400?seed=7&chunk_size=1000")
        .await;
    assert_eq!(whole.len(), 102_400);
    assert!(
        whole == pieces.expect("pieces arrive").into_bytes(),
        "the same seed gives the same bytes"
    );

    let capped = client
        .send(httpbin.get("/bytes/102400").body_limit(102_399))
        .await;
    assert!(capped.expect_err("one byte too many").is_too_large());
}

#[tokio::test]
#[ignore = "needs httpbin: run by cargo xtask test"]
async fn name_and_password_open_the_door_and_stay_out_of_what_is_shown() {
    let httpbin = Httpbin::start().await;
    let client = Client::new();
    let door = |password: &str| {
        httpbin
            .get("/basic-auth/ada/pa%3Ass")
            .basic("ada", password)
    };
    assert_eq!(
        body(client.send(door("pa:ss")).await),
        json!({ "authenticated": true, "user": "ada" })
    );

    let shut = client
        .send(door("hunter2"))
        .await
        .expect("a 401 is an answer");
    assert_eq!((shut.status().as_u16(), shut.attempts()), (401, 1));
    let error = shut.error_for_status().expect_err("no success");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
#[ignore = "needs httpbin: run by cargo xtask test"]
async fn what_is_sent_arrives_as_it_was_meant() {
    let httpbin = Httpbin::start().await;
    let client = Client::new();
    let note = json!({ "text": "ä & b", "n": 1.5 });
    let request = Request::post(format!("{}/anything", httpbin.base));
    let heard = body(client.send(request.query("q", "a b&c=ä").json(&note)).await);
    assert_eq!(heard["method"], "POST");
    assert_eq!(heard["json"], note);
    assert_eq!(heard["args"], json!({ "q": "a b&c=ä" }));

    let request = Request::post(format!("{}/anything", httpbin.base));
    let heard = body(
        client
            .send(request.form([("name", "Ada Lovelace"), ("sum", "1+1")]))
            .await,
    );
    assert_eq!(
        heard["form"],
        json!({ "name": "Ada Lovelace", "sum": "1+1" })
    );
}
