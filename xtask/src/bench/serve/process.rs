//! A server as a process of its own: where it is, and what it uses.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

/// In which `/proc` counts processor time: 100 a second on every Linux that people run.
const TICK: Duration = Duration::from_millis(10);

/// A running server; dropping it ends it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    address: SocketAddr,
    /// One that ends with its input would end at once without it.
    _input: Option<ChildStdin>,
}

impl Process {
    /// `gather serve`, which says on standard error where it is.
    pub(super) fn server(mut command: Command) -> Result<Self, String> {
        let failed = |what: String| format!("gather serve: {what}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let mut said = BufReader::new(child.stderr.take().expect("it was asked to be a pipe"));
        let mut before = String::new();
        let address = loop {
            let mut line = String::new();
            let read = said
                .read_line(&mut line)
                .map_err(|error| failed(error.to_string()))?;
            if read == 0 {
                return Err(failed(format!("did not say where it is:\n{before}")));
            }
            if let Some((_, rest)) = line.split_once("http://") {
                let end = rest.find('/').unwrap_or(rest.len());
                break rest[..end]
                    .parse()
                    .map_err(|error| failed(format!("`{}`: {error}", &rest[..end])))?;
            }
            before.push_str(&line);
        };
        // Read on, so that it never waits for a reader.
        std::thread::spawn(move || {
            let mut lines = said.lines().map_while(Result::ok);
            lines.by_ref().for_each(|line| crate::say::line(&line));
        });
        Ok(Self {
            child,
            address,
            _input: None,
        })
    }

    /// A program that prints its `address` as JSON first and ends with its input.
    pub(super) fn announced(command: &mut Command) -> Result<Self, String> {
        let failed = |what: String| format!("bench-serve: {what}");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let mut line = String::new();
        BufReader::new(output.expect("it was asked to be a pipe"))
            .read_line(&mut line)
            .map_err(|error| failed(error.to_string()))?;
        let said: Value = serde_json::from_str(&line)
            .map_err(|error| failed(format!("it said `{}`: {error}", line.trim())))?;
        let address = said["address"].as_str().unwrap_or_default();
        let address = address
            .parse()
            .map_err(|error| failed(format!("`{address}`: {error}")))?;
        Ok(Self {
            child,
            address,
            _input: input,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Processor time so far, user and system.
    pub(super) fn cpu(&self) -> Result<Duration, String> {
        let text = self.said("stat")?;
        // The second field is the name in parentheses, which may hold anything.
        let fields = text.rsplit(')').next().unwrap_or_default();
        let mut fields = fields.split_whitespace().skip(11);
        let mut ticks = || fields.next().and_then(|field| field.parse::<u32>().ok());
        match (ticks(), ticks()) {
            (Some(user), Some(system)) => Ok(TICK * (user + system)),
            _ => Err("the system does not say what processor time the server used".to_owned()),
        }
    }

    /// Memory that is resident now, in MiB.
    pub(super) fn resident_mib(&self) -> Result<f64, String> {
        let text = self.said("status")?;
        let kib: u32 = text
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse().ok())
            .ok_or("the system does not say how much memory the server has resident")?;
        Ok(f64::from(kib) / 1024.0)
    }

    fn said(&self, file: &str) -> Result<String, String> {
        let file = format!("/proc/{}/{file}", self.child.id());
        fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body of one answer.
pub(super) fn fetch(address: SocketAddr, path: &str, header: &str) -> Result<Vec<u8>, String> {
    let failed = |what: &dyn std::fmt::Display| format!("{address}{path}: {what}");
    let mut stream = TcpStream::connect(address).map_err(|error| failed(&error))?;
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{header}\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .map_err(|error| failed(&error))?;
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .map_err(|error| failed(&error))?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or_else(|| failed(&"an answer without a head"))?;
    let head = String::from_utf8_lossy(&answer[..end]);
    if !head.starts_with("HTTP/1.1 200") {
        return Err(failed(&head.lines().next().unwrap_or_default()));
    }
    Ok(answer.split_off(end + 4))
}
