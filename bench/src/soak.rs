//! A server for minutes with hundreds of sources of which many fail, listeners that come and go, and browsers.
//!
//! The server is the real binary and the sources are the sandbox's, each a process of its own. It begins and ends with a
//! configuration without sources: what it holds then, in tasks, files and connections, must be the same before and
//! after. In between its memory must not grow, and each listener must have heard every event that is its user's: what
//! one that stays hears is the measure for those that come back with the last id they know.
//!
//! Not here: building the programs (`xtask/src/soak.rs`).

mod ask;
mod browse;
mod listen;
mod watch;
mod world;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    Fault,
    flags::Flags,
    measure::{chain, complain, say},
};
use browse::Seen;
use listen::{Heard, Listener};
use watch::{Held, Watch};
use world::World;

/// The arguments.
const USAGE: &str = "usage: bench-soak --programs FOLDER --home FOLDER --minutes N";

/// Memory at the last minute may be so many times that of the second.
const GROWTH: f64 = 1.05;

/// How often a source is due.
const EVERY: &str = "5s";

/// How long what was under way may take to end after the last source is gone: a run's deadline, and a pause.
const SETTLE: Duration = Duration::from_secs(75);

/// Connections of ours that come and go: listeners of the first user and of the second, and browsers.
const LISTENERS: [usize; 2] = [6, 4];
const BROWSERS: usize = 4;

/// Soaks, prints a row a minute and a verdict; fails when a bound is broken.
pub fn run() -> ExitCode {
    let soaked = Soak::of(std::env::args().skip(1)).and_then(|soak| {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(soak.run())
    });
    match soaked {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&chain(&*error));
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug)]
struct Soak {
    programs: PathBuf,
    home: PathBuf,
    minutes: u32,
}

impl Soak {
    fn of(arguments: impl Iterator<Item = String>) -> Result<Self, Fault> {
        let flags = Flags::read(arguments, &["--programs", "--home", "--minutes"], USAGE)?;
        Ok(Self {
            programs: Path::new(flags.get("--programs")?).to_owned(),
            home: Path::new(flags.get("--home")?).to_owned(),
            minutes: flags.number("--minutes", 3)?,
        })
    }

    async fn run(self) -> Result<bool, Fault> {
        let mut world = World::start(&self.programs, &self.home).await?;
        let watch = Watch::new(world.server.address, world.server.pid);
        let before = watch.settled(SETTLE, None).await?;
        say(&format!("before any source: {before}"));
        world.with_sources(EVERY)?;

        let stop = CancellationToken::new();
        let seen = Arc::new(Seen::default());
        let mut browsers = JoinSet::new();
        for number in 0..BROWSERS {
            let user = &world.users[number % world.users.len()];
            let (browser, stop) = (browse::Browser::of(&world, user, number), stop.clone());
            let seen = Arc::clone(&seen);
            browsers.spawn(async move { browser.browse(&seen, stop).await });
        }
        let mut listeners = JoinSet::new();
        for (place, count) in LISTENERS.into_iter().enumerate() {
            for number in 0..count {
                let listener = Listener::of(&world, place, number);
                listeners.spawn(listener.listen(stop.clone()));
            }
        }
        let rows = self.minutes(&mut world, &watch, &seen).await?;

        stop.cancel();
        let mut heard = Vec::new();
        while let Some(done) = listeners.join_next().await {
            heard.push(done??);
        }
        while let Some(done) = browsers.join_next().await {
            done??;
        }
        world.without_sources()?;
        let after = watch.settled(SETTLE, Some(&before)).await?;
        say(&format!("after all sources are gone: {after}"));
        world.server.ask_to_stop()?;
        let ended = world.server.ended(Duration::from_secs(10)).await?;
        Ok(self.verdict(&rows, &before, &after, &heard, &seen, ended))
    }

    /// Waits, with a row a minute.
    async fn minutes(
        &self,
        world: &mut World,
        watch: &Watch,
        seen: &Seen,
    ) -> Result<Vec<Held>, Fault> {
        say(&format!("minute  {}  pages  slowest ms", Held::HEADING));
        let began = Instant::now();
        let mut rows: Vec<Held> = Vec::new();
        for minute in 1..=self.minutes {
            let until = began + Duration::from_secs(60) * minute;
            // Runs come and go within seconds, and what is resident with them: the middle of a whole minute says more than
            // any moment of it.
            let mut looks = Vec::new();
            for back in (0..60_u32).rev() {
                let at = until - Duration::from_secs(1) * back;
                tokio::time::sleep_until(at.into()).await;
                world.server.check()?;
                looks.push(watch.look().await?);
            }
            looks.sort_unstable_by_key(|held| held.resident_kib);
            let held = looks.swap_remove(looks.len() / 2);
            let (pages, slowest) = seen.take();
            say(&format!(
                "{minute:>6}  {}  {pages:>5}  {slowest:>10.1}",
                held.row()
            ));
            rows.push(held);
        }
        Ok(rows)
    }

    fn verdict(
        &self,
        rows: &[Held],
        before: &Held,
        after: &Held,
        heard: &[Heard],
        seen: &Seen,
        ended: bool,
    ) -> bool {
        let mut sound = true;
        let mut say_of = |holds: bool, words: String| {
            say(&format!(
                "  {} {words}",
                if holds { "holds " } else { "BROKEN" }
            ));
            sound &= holds;
        };
        say("\nverdict");
        let (early, late) = (&rows[1], &rows[rows.len() - 1]);
        let growth = late.resident() / early.resident();
        say_of(
            growth <= GROWTH,
            format!(
                "resident memory at minute {} is {growth:.3} of minute 2 ({:.1} of {:.1} MiB); at most {GROWTH}",
                self.minutes,
                late.resident(),
                early.resident()
            ),
        );
        say_of(
            after.tasks <= before.tasks,
            format!("tasks: {} before, {} after", before.tasks, after.tasks),
        );
        say_of(
            after.connections <= before.connections && after.listeners == 0,
            format!(
                "connections: {} before, {} after; listeners after: {}",
                before.connections, after.connections, after.listeners
            ),
        );
        say_of(
            after.files <= before.files + watch::READERS_FILES,
            format!(
                "open files: {} before, {} after; the store's readers may add {}",
                before.files,
                after.files,
                watch::READERS_FILES
            ),
        );
        let events: usize = heard.iter().map(Heard::count).sum();
        let returns: usize = heard.iter().map(Heard::returns).sum();
        let resets: usize = heard.iter().map(Heard::resets).sum();
        let faults = listen::faults(heard);
        say_of(
            faults.is_empty() && events > 0 && returns > 0,
            format!(
                "events: {events} heard by {} listeners that came back {returns} times, {resets} times too late (`reset`); \
                 out of order, missing or another's: {}",
                heard.len(),
                faults.len()
            ),
        );
        for fault in faults.iter().take(10) {
            say(&format!("           {fault}"));
        }
        let (asked, failed) = seen.all();
        say_of(
            failed == 0 && asked > 0,
            format!("pages: {asked} asked for, {failed} not answered with 200"),
        );
        say_of(
            late.runs > early.runs,
            format!("runs: {} by minute {}", late.runs, self.minutes),
        );
        say_of(
            ended,
            "the server stopped within 10 s when asked".to_owned(),
        );
        sound
    }
}
