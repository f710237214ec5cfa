//! The job: which URLs to ask, how many at once, and what the answers must be.
//!
//! Every URL is another one, since gather makes one request of equal ones. They are the sandbox's `/json/{id}`.

use crate::answer::Answer;

/// The arguments of every program.
const USAGE: &str = "usage: bench-CLIENT --origin http://127.0.0.1:PORT --requests N --in-flight N [--hosts N] [--workers N]";

/// The most loopback addresses a job may spread over.
const MOST_HOSTS: usize = 60_000;

/// What a program is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The port of the sandbox's `any` API.
    port: u16,
    /// How many answers are wanted.
    pub requests: usize,
    /// How many requests may be on the wire at once.
    pub in_flight: usize,
    /// Over how many loopback addresses they are spread, from 127.0.0.1 on. Default 1.
    pub hosts: usize,
    /// Worker threads of the runtime. Default 2.
    pub workers: usize,
}

impl Job {
    /// Reads a program's arguments.
    ///
    /// # Errors
    /// Which argument is wrong, and what all of them are.
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut port, mut requests, mut in_flight) = (None, None, None);
        let (mut hosts, mut workers) = (1, 2);
        let mut arguments = arguments;
        while let Some(flag) = arguments.next() {
            let value = arguments
                .next()
                .ok_or_else(|| format!("`{flag}` needs a value\n{USAGE}"))?;
            let wrong = |what: &str| format!("{flag}: `{value}` is not {what}\n{USAGE}");
            let count = || match value.parse() {
                Ok(0) | Err(_) => Err(wrong("a number of at least 1")),
                Ok(number) => Ok(number),
            };
            match flag.as_str() {
                "--origin" => {
                    let given = value.strip_prefix("http://127.0.0.1:");
                    port = Some(
                        given
                            .and_then(|port| port.parse().ok())
                            .ok_or_else(|| wrong("of the form http://127.0.0.1:PORT"))?,
                    );
                }
                "--requests" => requests = Some(count()?),
                "--in-flight" => in_flight = Some(count()?),
                "--hosts" => hosts = count()?,
                "--workers" => workers = count()?,
                _ => return Err(format!("`{flag}` is not an option\n{USAGE}")),
            }
        }
        if hosts > MOST_HOSTS {
            return Err(format!("--hosts: at most {MOST_HOSTS}\n{USAGE}"));
        }
        let missing = |flag: &str| format!("`{flag}` is missing\n{USAGE}");
        Ok(Self {
            port: port.ok_or_else(|| missing("--origin"))?,
            requests: requests.ok_or_else(|| missing("--requests"))?,
            in_flight: in_flight.ok_or_else(|| missing("--in-flight"))?,
            hosts,
            workers,
        })
    }

    /// What to ask, each URL once.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        (0..self.requests).map(|id| self.url(id)).collect()
    }

    fn url(&self, id: usize) -> String {
        let host = id % self.hosts;
        let (third, fourth) = (host / 250, host % 250 + 1);
        format!("http://127.0.{third}.{fourth}:{}/json/{id}", self.port)
    }

    /// Checks that every answer came, in its place; gives how many bytes they are.
    ///
    /// # Errors
    /// The first one that is missing or is not what was asked for.
    pub fn check<A: Answer>(&self, answers: &[A]) -> Result<usize, String> {
        let mut bytes = 0;
        if answers.len() != self.requests {
            return Err(format!(
                "{} answers to {} requests",
                answers.len(),
                self.requests
            ));
        }
        for (id, answer) in answers.iter().enumerate() {
            let wrong = |what: String| format!("request {id}, {}: {what}", self.url(id));
            let (status, body) = answer.seen().map_err(&wrong)?;
            if status != 200 {
                return Err(wrong(format!("status {status}, expected 200")));
            }
            let expected = expected(id);
            if body != expected.as_bytes() {
                let body = String::from_utf8_lossy(body);
                return Err(wrong(format!("body `{body}`, expected `{expected}`")));
            }
            bytes += body.len();
        }
        Ok(bytes)
    }
}

/// The body of the sandbox's `/json/{id}`.
fn expected(id: usize) -> String {
    let even = id.is_multiple_of(2);
    format!("{{\"id\":{id},\"name\":\"item {id}\",\"even\":{even}}}")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;

    use super::{Job, expected};
    use crate::Plain;

    fn job(line: &str) -> Result<Job, String> {
        Job::parse(line.split_whitespace().map(str::to_owned))
    }

    fn answers(count: usize) -> Vec<Plain> {
        let answer = |id| (StatusCode::OK, Bytes::from(expected(id)));
        (0..count).map(answer).collect()
    }

    #[test]
    fn every_url_is_another_and_hosts_take_turns() {
        let job =
            job("--origin http://127.0.0.1:99 --requests 1000 --in-flight 7 --hosts 500").unwrap();
        let mut urls = job.urls();
        assert_eq!(urls[0], "http://127.0.0.1:99/json/0");
        assert_eq!(urls[250], "http://127.0.1.1:99/json/250");
        assert_eq!(urls[500], "http://127.0.0.1:99/json/500");
        urls.sort();
        urls.dedup();
        assert_eq!(urls.len(), 1000);
    }

    #[test]
    fn a_wrong_argument_is_named() {
        for (line, named) in [
            ("--origin ftp://x --requests 1 --in-flight 1", "`ftp://x`"),
            (
                "--origin http://127.0.0.1:1 --requests 0 --in-flight 1",
                "--requests",
            ),
            (
                "--origin http://127.0.0.1:1 --requests 1",
                "`--in-flight` is missing",
            ),
            ("--orgin http://127.0.0.1:1", "`--orgin`"),
            ("--hosts", "needs a value"),
        ] {
            let reason = job(line).unwrap_err();
            assert!(reason.contains(named), "{line}: {reason}");
        }
    }

    #[test]
    fn an_answer_that_is_missing_wrong_or_in_another_place_is_found() {
        let job = job("--origin http://127.0.0.1:1 --requests 5 --in-flight 5").unwrap();
        assert_eq!(job.check(&answers(5)), Ok(5 * expected(0).len() + 2));
        assert!(job.check(&answers(4)).is_err());
        let mut swapped = answers(5);
        swapped.swap(1, 3);
        assert!(job.check(&swapped).unwrap_err().contains("request 1,"));
        let mut refused = answers(5);
        refused[2].0 = StatusCode::SERVICE_UNAVAILABLE;
        assert!(job.check(&refused).unwrap_err().contains("503"));
    }
}
