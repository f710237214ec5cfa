//! Trying inputs one after the other on a thread of its own, watched by another.
//!
//! Time is the process's time on the processors, so that a busy machine makes nobody look slow.

use std::{
    collections::HashSet,
    fs::File,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::Write as _,
    os::unix::fs::FileExt as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use crate::{mutate::Mutator, targets::Target};

/// The stack of the threads on which gather reads answers.
const STACK: usize = 2 << 20;

/// How often the watching thread looks.
const LOOK: Duration = Duration::from_millis(50);

/// An input that takes this long on the clock hangs too, though nothing computes.
const ASLEEP: Duration = Duration::from_secs(120);

/// The most inputs that are kept because their result was new, and the longest of them.
const MOST_KEPT: usize = 4_000;
const LONGEST_KEPT: usize = 16 * 1024;

/// What there is to do.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) target: &'static Target,
    /// Tried as they are.
    pub(crate) first: Vec<Vec<u8>>,
    /// Mutated afterwards.
    pub(crate) pool: Vec<Vec<u8>>,
    pub(crate) mutator: Mutator,
    /// Holds the input at work.
    pub(crate) file: PathBuf,
    pub(crate) time: Duration,
    pub(crate) cpu: Duration,
}

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    inputs: u64,
    shapes: usize,
    kept: usize,
    slowest: Duration,
    slowest_bytes: usize,
}

impl Summary {
    pub(crate) fn json(&self, target: &str) -> Value {
        json!({
            "target": target, "inputs": self.inputs, "shapes": self.shapes, "kept": self.kept,
            "slowest_ms": u64::try_from(self.slowest.as_millis()).unwrap_or(u64::MAX),
            "slowest_bytes": self.slowest_bytes,
        })
    }
}

/// Tries inputs until the time is over.
pub(crate) fn run(work: Work) -> Result<Summary, String> {
    let cpu = work.cpu;
    watched(cpu, move |turn| work.run(turn))?
}

/// Tries one input and gives its result.
pub(crate) fn replay(
    target: &'static Target,
    input: Vec<u8>,
    cpu: Duration,
) -> Result<String, String> {
    watched(cpu, move |turn| {
        turn.begin();
        let said = target.try_on(&input);
        turn.end();
        said
    })?
}

/// Which input is at work: an even number is none.
#[derive(Debug, Clone, Default)]
struct Turn(Arc<AtomicU64>);

impl Turn {
    fn begin(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn end(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs `work` on a thread with a stack of [`STACK`] bytes; an error when it panics or an input costs too much.
fn watched<T: Send + 'static>(
    cpu: Duration,
    work: impl FnOnce(&Turn) -> T + Send + 'static,
) -> Result<T, String> {
    let turn = Turn::default();
    let own = turn.clone();
    let worker = thread::Builder::new()
        .name("input".to_owned())
        .stack_size(STACK)
        .spawn(move || work(&own))
        .map_err(|error| format!("no thread could be started: {error}"))?;
    let (mut seen, mut since, mut cpu_since) = (0, Instant::now(), cpu_time());
    while !worker.is_finished() {
        thread::sleep(LOOK);
        let now = turn.0.load(Ordering::Relaxed);
        if now != seen || now.is_multiple_of(2) {
            (seen, since, cpu_since) = (now, Instant::now(), cpu_time());
            continue;
        }
        let used = cpu_time().saturating_sub(cpu_since);
        if used > cpu || since.elapsed() > ASLEEP {
            // The thread cannot be stopped; the process ends with it.
            return Err(format!(
                "it hangs: this input has taken {:.0} s on the processor, {:.0} s on the clock",
                used.as_secs_f64(),
                since.elapsed().as_secs_f64()
            ));
        }
    }
    worker
        .join()
        .map_err(|_| "it panicked, for the reason above".to_owned())
}

impl Work {
    fn run(mut self, turn: &Turn) -> Result<Summary, String> {
        let failed = |error: std::io::Error| format!("the file of the input at work: {error}");
        let file = File::create(&self.file).map_err(failed)?;
        let mut start = None;
        let mut summary = Summary::default();
        let mut shapes = HashSet::new();
        let mut first = std::mem::take(&mut self.first).into_iter();
        loop {
            let (input, mutated) = match first.next() {
                Some(input) => (input, false),
                None if start.get_or_insert_with(Instant::now).elapsed() < self.time => {
                    (self.mutator.mutate(&self.pool), true)
                }
                None => break,
            };
            file.set_len(0).map_err(failed)?;
            file.write_all_at(&input, 0).map_err(failed)?;
            turn.begin();
            let before = cpu_time();
            let said = self.target.try_on(&input)?;
            let took = cpu_time().saturating_sub(before);
            turn.end();
            summary.inputs += 1;
            if took > summary.slowest {
                (summary.slowest, summary.slowest_bytes) = (took, input.len());
            }
            let new = shapes.insert(shape(&said));
            if new && mutated && input.len() <= LONGEST_KEPT && summary.kept < MOST_KEPT {
                self.pool.push(input);
                summary.kept += 1;
            }
        }
        (&file).flush().map_err(failed)?;
        summary.shapes = shapes.len();
        Ok(summary)
    }
}

/// What a result is like, its texts and numbers aside: the set of its lines without what is quoted and without
/// digits.
fn shape(said: &str) -> u64 {
    let mut lines: Vec<String> = said.lines().map(bare).collect();
    lines.sort_unstable();
    lines.dedup();
    let mut hasher = DefaultHasher::new();
    lines.hash(&mut hasher);
    hasher.finish()
}

fn bare(line: &str) -> String {
    let mut quote = None;
    let mut escaped = false;
    line.chars()
        .take(2_000)
        .filter(|c| match quote {
            Some(open) => {
                if !std::mem::take(&mut escaped) {
                    match *c {
                        '\\' => escaped = true,
                        c if c == open => quote = None,
                        _ => {}
                    }
                }
                false
            }
            None => {
                if matches!(c, '"' | '`') {
                    quote = Some(*c);
                }
                !c.is_ascii_digit()
            }
        })
        .collect()
}

/// What all threads of this process have used so far.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::shape;

    #[test]
    fn a_shape_is_what_is_left_without_texts_and_numbers() {
        assert_eq!(
            shape(r#"{"id":"1","n":12}"#),
            shape(r#"{"id":"a \" b","n":3}"#)
        );
        assert_ne!(
            shape(r#"{"id":"1","n":12}"#),
            shape(r#"{"id":"1","n":null}"#)
        );
        assert_eq!(shape("row 1: `x`\nrow 2: `y`"), shape("row 7: `z`"));
        assert_ne!(shape("broken"), shape("deep"));
    }
}
