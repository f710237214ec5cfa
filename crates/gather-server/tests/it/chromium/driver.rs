//! The program that leads a browser, and its end: no browser is left behind by a test, however that ends.

use std::{process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// A driver and the browser that it has begun.
///
/// Both stay in the process group of the test, so that whoever ends a test that hangs ends them too.
pub(super) struct Driver {
    /// Killed after the browser has ended, which it would leave behind.
    _process: Child,
    browser: Option<Pid>,
}

impl Driver {
    pub(super) fn of(process: Child, browser: i64) -> Self {
        let browser = browser.try_into().unwrap();
        Self {
            _process: process,
            browser: Pid::from_raw(browser),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let Some(browser) = self.browser else { return };
        // One that is asked ends the processes that it has begun, too.
        let _ = kill_process(browser, Signal::TERM);
        for _ in 0..80 {
            if test_kill_process(browser).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        let _ = kill_process(browser, Signal::KILL);
    }
}

/// A driver and its port. Two that begin at once may choose the same one, and the second ends: then another is begun.
pub(super) async fn begin() -> (Child, String) {
    for _ in 0..10 {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver is made ready by `cargo xtask test`");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return (driver, port.trim_end_matches('.').to_owned());
            }
        }
    }
    panic!("chromedriver does not start");
}
