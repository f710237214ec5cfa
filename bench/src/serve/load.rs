//! Connections that stay open and each ask again as soon as they are answered.
//!
//! All on one thread, and with no more HTTP than it takes to find the end of an answer: what the one who asks costs is
//! taken from the one who answers, for both share the machine.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use crate::Fault;

/// Before anything is counted.
const WARM_UP: Duration = Duration::from_secs(1);

/// Who is asked what, by how many, for how long.
#[derive(Debug, Clone)]
pub(super) struct Load {
    pub(super) address: SocketAddr,
    pub(super) path: String,
    pub(super) header: String,
    pub(super) connections: usize,
    pub(super) lasts: Duration,
}

/// What one connection met.
#[derive(Debug, Default)]
struct Met {
    /// What each request took, in microseconds.
    took: Vec<u32>,
    /// The size of the last body.
    bytes: usize,
}

pub(super) fn run(load: &Load) -> Result<Value, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut met = runtime.block_on(all(load))?;
    met.took.sort_unstable();
    let count = met.took.len();
    if count == 0 {
        return Err("nothing was answered in time".into());
    }
    let at = |share: f64| met.took[place(count, share)];
    Ok(json!({
        "requests": count, "wall_us": whole(load.lasts), "median_us": at(0.5), "p99_us": at(0.99),
        "most_us": at(1.0), "bytes": met.bytes,
    }))
}

/// Where in a sorted list of so many the one is that so large a share is not above.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share between 0 and 1 of some millions"
)]
fn place(count: usize, share: f64) -> usize {
    ((count as f64 * share).ceil() as usize).clamp(1, count) - 1
}

fn whole(span: Duration) -> u32 {
    u32::try_from(span.as_micros()).unwrap_or(u32::MAX)
}

async fn all(load: &Load) -> Result<Met, Fault> {
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: {}\r\n{}\r\n\r\n",
        load.path, load.address, load.header
    );
    let (counted, end) = (
        Instant::now() + WARM_UP,
        Instant::now() + WARM_UP + load.lasts,
    );
    let mut connections = JoinSet::new();
    for _ in 0..load.connections {
        let mut stream = TcpStream::connect(load.address).await?;
        stream.set_nodelay(true)?;
        let request = request.clone();
        connections.spawn(async move {
            let (mut met, mut read) = (Met::default(), Vec::with_capacity(256 << 10));
            loop {
                let start = Instant::now();
                stream.write_all(request.as_bytes()).await?;
                met.bytes = answer(&mut stream, &mut read).await?;
                let now = Instant::now();
                if now >= end {
                    return Ok::<_, Fault>(met);
                }
                if start >= counted {
                    met.took.push(whole(now - start));
                }
            }
        });
    }
    let mut all = Met::default();
    while let Some(met) = connections.join_next().await {
        let met = met??;
        all.took.extend(met.took);
        all.bytes = met.bytes;
    }
    Ok(all)
}

/// Reads one answer to its end; gives the size of its body.
async fn answer(stream: &mut TcpStream, read: &mut Vec<u8>) -> Result<usize, Fault> {
    read.clear();
    loop {
        if stream.read_buf(read).await? == 0 {
            return Err("the server closed a connection in the middle of an answer".into());
        }
        let Some((head, body)) = head(read)? else {
            continue;
        };
        while read.len() < head + body {
            if stream.read_buf(read).await? == 0 {
                return Err("the server closed a connection in the middle of a body".into());
            }
        }
        return Ok(body);
    }
}

/// The sizes of a head that is there as a whole, and of the body that it announces.
fn head(read: &[u8]) -> Result<Option<(usize, usize)>, Fault> {
    let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&read[..end])?;
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 200") {
        return Err(format!("the server answered `{status}`").into());
    }
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let length: usize = length.ok_or("an answer does not say how long it is")?;
    Ok(Some((end + 4, length)))
}

#[cfg(test)]
mod tests {
    use super::{head, place};

    #[test]
    fn an_answer_ends_where_it_says() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(head(answer).unwrap(), Some((38, 5)));
        assert_eq!(head(&answer[..30]).unwrap(), None);
        let moved = b"HTTP/1.1 303 See Other\r\nlocation: /login\r\n\r\n";
        assert!(head(moved).unwrap_err().to_string().contains("303"));
        head(b"HTTP/1.1 200 OK\r\n\r\n").unwrap_err();
    }

    #[test]
    fn a_share_is_found_in_few_and_in_many() {
        assert_eq!((place(1, 0.5), place(1, 0.99), place(1, 1.0)), (0, 0, 0));
        assert_eq!(
            (place(1000, 0.5), place(1000, 0.99), place(1000, 1.0)),
            (499, 989, 999)
        );
    }
}
