//! The simulated servers as a process of their own, so that client and server do not share a runtime.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// Running servers; dropping it ends them.
#[derive(Debug)]
pub(super) struct Sandbox {
    child: Child,
    /// The base URL of each API.
    urls: Value,
}

impl Sandbox {
    /// Starts `gather-sandbox` from that folder and waits until it listens.
    pub(super) fn start(programs: &Path, arguments: &[String]) -> Result<Self, String> {
        let failed = |what: String| format!("gather-sandbox {}: {what}", arguments.join(" "));
        let mut child = Command::new(programs.join("gather-sandbox"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let output = child.stdout.take().expect("it was asked to be a pipe");
        let mut sandbox = Self {
            child,
            urls: Value::Null,
        };
        let mut line = String::new();
        BufReader::new(output)
            .read_line(&mut line)
            .map_err(|error| failed(error.to_string()))?;
        sandbox.urls = serde_json::from_str(&line)
            .map_err(|error| failed(format!("it said `{}`: {error}", line.trim())))?;
        Ok(sandbox)
    }

    /// Scheme, address and port of an API.
    pub(super) fn origin(&self, api: &str) -> Result<&str, String> {
        let url = self.urls[api]
            .as_str()
            .ok_or_else(|| format!("gather-sandbox does not name `{api}`"))?;
        let rest = url.find("://").map_or(0, |at| at + 3);
        let end = url[rest..].find('/').map_or(url.len(), |at| rest + at);
        Ok(&url[..end])
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
