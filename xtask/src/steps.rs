//! A list of named steps that all run, whatever became of the ones before.
//!
//! Not here: what a step does (`check`, `test`).

use std::time::Instant;

use crate::say;

/// How one step ended: `Ok(None)` all done, `Ok(Some(what))` done but for what could not be done here,
/// `Err(reason)` failed.
pub(crate) type Ended = Result<Option<String>, String>;

/// Runs steps and remembers how each ended.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    passed: usize,
    left_out: Vec<String>,
    failed: Vec<String>,
}

impl Steps {
    /// Runs one step under its name.
    pub(crate) fn run(&mut self, name: &str, step: impl FnOnce() -> Ended) {
        say::heading(name);
        let start = Instant::now();
        let ended = step();
        let took = start.elapsed().as_secs_f64();
        match ended {
            Ok(left_out) => {
                self.passed += 1;
                say::line(&format!("{name}: passed in {took:.1} s"));
                self.left_out
                    .extend(left_out.map(|what| format!("{name}: {what}")));
            }
            Err(reason) => {
                say::line(&format!("{name}: failed after {took:.1} s: {reason}"));
                self.failed.push(format!("{name}: {reason}"));
            }
        }
    }

    /// Says how it went and fails when a step did.
    pub(crate) fn close(self, command: &str) -> Result<(), String> {
        let (text, ended) = self.summary(command);
        say::line(&format!("\n{text}"));
        ended
    }

    fn summary(self, command: &str) -> (String, Result<(), String>) {
        let mut lines = Vec::new();
        for what in &self.left_out {
            lines.push(format!("left out: {what}"));
        }
        for what in &self.failed {
            lines.push(format!("failed: {what}"));
        }
        lines.push(format!(
            "{command}: {} passed, {} failed",
            self.passed,
            self.failed.len()
        ));
        let ended = match self.failed.len() {
            0 => Ok(()),
            failed => Err(format!(
                "`cargo xtask {command}`: {failed} failed, listed above"
            )),
        };
        (lines.join("\n"), ended)
    }
}

#[cfg(test)]
mod tests {
    use super::Steps;

    #[test]
    fn a_failed_step_does_not_stop_the_next_and_fails_the_whole() {
        let mut steps = Steps::default();
        let mut ran = Vec::new();
        steps.run("first", || Err("broken".into()));
        steps.run("second", || {
            ran.push("second");
            Ok(None)
        });
        let (text, ended) = steps.summary("check");
        assert_eq!(ran, ["second"]);
        assert_eq!(text, "failed: first: broken\ncheck: 1 passed, 1 failed");
        assert!(ended.is_err());
    }

    #[test]
    fn what_was_left_out_is_said_and_is_no_failure() {
        let mut steps = Steps::default();
        steps.run("deny", || Ok(Some("advisories".into())));
        let (text, ended) = steps.summary("check");
        assert_eq!(
            text,
            "left out: deny: advisories\ncheck: 1 passed, 0 failed"
        );
        assert_eq!(ended, Ok(()));
    }
}
