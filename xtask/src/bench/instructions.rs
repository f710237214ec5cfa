//! Instructions for each request, counted by valgrind: a figure that a busy machine does not blur.
//!
//! Every program does a small and a large job of the same kind, and the difference is divided by the requests that
//! the large one has more, so that the start of the program does not count. One worker thread: with more, who wakes
//! whom differs from run to run. The baseline in the repository is of one compiler and one kind of processor; the
//! share of the yardstick's instructions means something elsewhere too.
//!
//! Not here: what time and memory a request costs (`library`).

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{Bench, options::Options, sandbox::Sandbox};
use crate::{
    figures::{Spread, table},
    say,
    workspace::{Workspace, captured},
};

/// The programs of gather-bench, `bench-` left out; gather's own is the first, the yardstick the second.
const CLIENTS: [&str; 3] = ["gather", "hyper-util", "hyper"];

/// Requests of the small and of the large job.
const JOBS: [u32; 2] = [500, 2500];

const IN_FLIGHT: u32 = 20;

/// What gather may have more than in the baseline.
const TOLERANCE: f64 = 0.05;

/// Where the baseline is, from the root of the checkout.
const BASELINE: &str = "bench/instructions.json";

/// What was measured, and whether gather became too expensive.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) figures: Value,
    pub(super) verdict: Result<(), String>,
}

/// Counts, reports, and compares with the baseline or saves a new one.
pub(super) fn measure(
    bench: &Bench,
    workspace: &Workspace,
    options: &Options,
) -> Result<Counted, String> {
    let rounds = options.rounds.unwrap_or(3);
    let tools = Tools::find(workspace)?;
    let file = workspace.root.join(BASELINE);
    let baseline = Baseline::read(&file)?;
    say::heading(&format!(
        "instructions: {} and {} answers at 0 ms, {IN_FLIGHT} in flight, {rounds} rounds; {}",
        JOBS[0], JOBS[1], tools.valgrind
    ));
    let home = bench.home.join("instructions");
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    let arguments = ["--latency".to_owned(), "0".to_owned()];
    let sandbox = Sandbox::start(&bench.programs, &arguments)?;
    let mut samples = [const { Vec::new() }; CLIENTS.len()];
    for _ in 0..rounds {
        for (client, samples) in CLIENTS.iter().zip(&mut samples) {
            let mut count = [0; JOBS.len()];
            for (requests, count) in JOBS.iter().zip(&mut count) {
                *count = run(
                    &bench.programs,
                    &home,
                    client,
                    *requests,
                    sandbox.origin("any")?,
                )?;
            }
            samples.push(each(count)?);
        }
    }
    drop(sandbox);
    let measured = samples.map(Spread::of);
    say::line(&table(&rows(&measured, baseline.as_ref())));
    say::line(&format!(
        "  by function: callgrind_annotate {}",
        out_file(&home, CLIENTS[0], JOBS[1]).display()
    ));

    let now = Baseline {
        tools,
        each: measured.map(|it| it.median.round()),
    };
    let figures = json!({
        "rounds": rounds, "requests": JOBS, "in_flight": IN_FLIGHT,
        "instructions_per_request": CLIENTS
            .iter()
            .zip(&measured)
            .map(|(client, it)| ((*client).to_owned(), it.json()))
            .collect::<serde_json::Map<_, _>>(),
        "baseline": baseline.as_ref().map(Baseline::json),
    });
    let verdict = if options.save {
        now.write(&file)?;
        say::line(&format!("  saved as the baseline in {BASELINE}"));
        Ok(())
    } else {
        judge(&now, baseline.as_ref())
    };
    Ok(Counted { figures, verdict })
}

/// Says how gather compares with the baseline; `Err` when it needs too many instructions more.
fn judge(now: &Baseline, baseline: Option<&Baseline>) -> Result<(), String> {
    let Some(baseline) = baseline else {
        say::line(&format!(
            "  there is no baseline in {BASELINE}: `cargo xtask bench instructions --save` writes it"
        ));
        return Ok(());
    };
    if now.tools != baseline.tools {
        say::line(&format!(
            "  the baseline was counted with {} and {}: a difference may come from there",
            baseline.tools.compiler, baseline.tools.valgrind
        ));
    }
    let more = now.each[0] / baseline.each[0] - 1.0;
    let text = format!(
        "gather needs {:+.1} % instructions a request against the baseline, at most {:+.0} % is allowed",
        more * 100.0,
        TOLERANCE * 100.0
    );
    if more <= TOLERANCE {
        say::line(&format!("  {text}"));
        return Ok(());
    }
    Err(format!(
        "{text}: look for what became dear by function, or accept it with `cargo xtask bench instructions --save`"
    ))
}

/// One program under valgrind; gives all instructions it needed. It checks its answers itself.
fn run(
    programs: &Path,
    home: &Path,
    client: &str,
    requests: u32,
    origin: &str,
) -> Result<u64, String> {
    let out = out_file(home, client, requests);
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(programs.join(format!("bench-{client}")))
        .args(["--origin", origin])
        .args(["--requests", &requests.to_string()])
        .args(["--in-flight", &IN_FLIGHT.to_string()])
        .args(["--workers", "1"]);
    captured(&mut command)?;
    let text = fs::read_to_string(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    total(&text).ok_or_else(|| {
        format!(
            "{}: there is no line `summary: N`, which valgrind writes",
            out.display()
        )
    })
}

fn out_file(home: &Path, client: &str, requests: u32) -> std::path::PathBuf {
    home.join(format!("callgrind.{client}.{requests}"))
}

/// All instructions, from what callgrind wrote.
fn total(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("summary:"))?;
    line.trim().parse().ok()
}

/// Instructions for each request that the large job has more than the small one.
fn each([few, many]: [u64; 2]) -> Result<f64, String> {
    let more = many
        .checked_sub(few)
        .and_then(|more| u32::try_from(more / u64::from(JOBS[1] - JOBS[0])).ok())
        .ok_or_else(|| {
            format!(
                "{} requests took {many} instructions and {} took {few}: that cannot be",
                JOBS[1], JOBS[0]
            )
        })?;
    Ok(f64::from(more))
}

fn rows(measured: &[Spread; CLIENTS.len()], baseline: Option<&Baseline>) -> Vec<Vec<String>> {
    let header = [
        "client",
        "instructions each",
        "least–most",
        "× hyper-util",
        "baseline",
        "change",
    ];
    let mut rows = vec![header.map(String::from).to_vec()];
    for (at, it) in measured.iter().enumerate() {
        let before = baseline.map(|baseline| baseline.each[at]);
        rows.push(vec![
            CLIENTS[at].to_owned(),
            format!("{:.0}", it.median),
            format!("{:.0}–{:.0}", it.min, it.max),
            format!("{:.2}", it.median / measured[1].median),
            before.map_or_else(|| "none".into(), |before| format!("{before:.0}")),
            before.map_or_else(String::new, |before| {
                format!("{:+.1} %", (it.median / before - 1.0) * 100.0)
            }),
        ]);
    }
    rows
}

/// What figures depend on, beside the code.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tools {
    compiler: String,
    valgrind: String,
}

impl Tools {
    fn find(workspace: &Workspace) -> Result<Self, String> {
        let first_line = |output: std::process::Output| {
            let text = String::from_utf8_lossy(&output.stdout);
            text.lines().next().unwrap_or_default().trim().to_owned()
        };
        let valgrind = captured(Command::new("valgrind").arg("--version")).map_err(|error| {
            format!("{error}; counting needs valgrind, which Debian has as a package: type `apt-get install valgrind` as root")
        })?;
        let compiler = captured(
            Command::new("rustc")
                .arg("--version")
                .current_dir(&workspace.root),
        )?;
        Ok(Self {
            compiler: first_line(compiler),
            valgrind: first_line(valgrind),
        })
    }
}

/// Instructions for each request as they were once, in the order of [`CLIENTS`].
#[derive(Debug, Clone, PartialEq)]
struct Baseline {
    tools: Tools,
    each: [f64; CLIENTS.len()],
}

impl Baseline {
    fn json(&self) -> Value {
        let mut each = serde_json::Map::new();
        for (client, instructions) in CLIENTS.iter().zip(self.each) {
            each.insert((*client).to_owned(), instructions.into());
        }
        json!({
            "compiler": self.tools.compiler, "valgrind": self.tools.valgrind,
            "instructions_per_request": each,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let said: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let words = |key: &str| match said[key].as_str() {
            Some(words) => Ok(words.to_owned()),
            None => Err(format!("it has no text `{key}`")),
        };
        let mut each = [0.0; CLIENTS.len()];
        for (client, each) in CLIENTS.iter().zip(&mut each) {
            *each = said["instructions_per_request"][client]
                .as_f64()
                .filter(|instructions| *instructions > 0.0)
                .ok_or_else(|| {
                    format!("`instructions_per_request` has no number for `{client}`")
                })?;
        }
        Ok(Self {
            tools: Tools {
                compiler: words("compiler")?,
                valgrind: words("valgrind")?,
            },
            each,
        })
    }

    /// `None` where there is no file.
    fn read(file: &Path) -> Result<Option<Self>, String> {
        match fs::read_to_string(file) {
            Ok(text) => Self::parse(&text).map(Some).map_err(|reason| {
                format!("{BASELINE}: {reason}; remove it and write a new one with `--save`")
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{BASELINE}: {error}")),
        }
    }

    fn write(&self, file: &Path) -> Result<(), String> {
        let text = format!("{:#}\n", self.json());
        fs::write(file, text).map_err(|error| format!("{BASELINE}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Tools, each, judge, total};

    fn baseline(gather: f64) -> Baseline {
        Baseline {
            tools: Tools {
                compiler: "rustc 1".into(),
                valgrind: "valgrind 3".into(),
            },
            each: [gather, 50.0, 40.0],
        }
    }

    #[test]
    fn the_start_of_the_program_does_not_count() {
        assert_eq!(each([1_000_500, 1_002_500 + 19_998_000]), Ok(10_000.0));
        assert!(each([2, 1]).is_err());
    }

    #[test]
    fn the_total_is_the_summary_of_all_parts() {
        let text = "version: 1\nevents: Ir\nsummary: 123456\n\nfn=(1) main\n1 5\ntotals: 123456\n";
        assert_eq!(total(text), Some(123_456));
        assert_eq!(total("version: 1\n"), None);
        assert_eq!(total("summary: many\n"), None);
    }

    #[test]
    fn up_to_five_percent_more_pass_and_six_do_not() {
        let before = baseline(100.0);
        assert_eq!(judge(&baseline(104.9), Some(&before)), Ok(()));
        assert_eq!(judge(&baseline(50.0), Some(&before)), Ok(()));
        let reason = judge(&baseline(106.0), Some(&before)).unwrap_err();
        assert!(reason.contains("+6.0 %"), "{reason}");
        assert_eq!(judge(&baseline(106.0), None), Ok(()));
    }

    #[test]
    fn a_baseline_is_read_as_it_was_written_and_a_broken_one_is_refused() {
        let before = baseline(100.0);
        let text = before.json().to_string();
        assert_eq!(Baseline::parse(&text), Ok(before));
        for broken in [
            "{",
            "{}",
            &text.replace("hyper-util", "curl"),
            &text.replace("100.0", "0"),
            &text.replace("compiler", "compile"),
        ] {
            assert!(Baseline::parse(broken).is_err(), "{broken}");
        }
    }
}
