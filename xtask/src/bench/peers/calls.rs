//! How each program is called for each job, and what is looked at when it has ended.

use std::path::{Path, PathBuf};

use super::{
    jobs::{Who, Work},
    tools::Tools,
};

/// How a program is called, and what is looked at when it has ended.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) words: Vec<String>,
    /// The database in which articles must stand then.
    pub(super) database: Option<PathBuf>,
    /// A home of its own, for a program that looks for settings.
    pub(super) home: Option<PathBuf>,
    pub(super) clock: Clock,
}

/// By whose clock a program is measured.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// From its start to its end.
    #[default]
    Outside,
    /// As it says itself, when only a part of what it does counts.
    Own,
}

/// Files that programs are called with.
#[derive(Debug)]
pub(super) struct Files {
    /// What they are made in, and where gather's configuration is.
    pub(super) home: PathBuf,
    /// Is emptied before each program.
    pub(super) scratch: PathBuf,
    /// The server of the answers.
    pub(super) any: String,
}

impl Tools {
    /// The program with its arguments, or why there is none.
    pub(super) fn call(&self, who: Who, work: Work, files: &Files) -> Result<Call, String> {
        let program = |name: &str| text(&self.programs.join(name));
        let file = |name: &str| text(&files.home.join(name));
        let database = files.scratch.join("news.db");
        let python = |script: &str| {
            let python = self.python.clone()?;
            Ok::<_, String>([
                text(&python),
                text(&self.sources.join("python").join(script)),
            ])
        };
        let node = |script: &str| {
            let place = self.node.clone()?;
            Ok::<_, String>(["node".to_owned(), text(&place.join(script))])
        };
        let mut call = Call::default();
        match work {
            Work::News { .. } => {
                let arguments = [file("news.json"), text(&database)];
                call.words = match who {
                    Who::Gather => {
                        call.home = Some(files.home.clone());
                        let words = [program("gather"), "run".into(), "--db".into()];
                        [&words[..], &arguments[1..]].concat()
                    }
                    Who::Reqwest => [&[program("bench-news")][..], &arguments].concat(),
                    Who::Go => [&[text(&self.go_news.clone()?)][..], &arguments].concat(),
                    Who::Node => [&node("news.mjs")?[..], &arguments].concat(),
                    _ => {
                        let script = python(script(who)?)?;
                        [&script[..], &["news".to_owned()], &arguments].concat()
                    }
                };
                call.database = Some(database);
            }
            Work::Answers {
                requests,
                in_flight,
                ..
            } => {
                let in_flight = in_flight.to_string();
                let arguments = [file("urls.txt"), in_flight.clone()];
                let rust = |name: &str| {
                    let origin = ["--origin".to_owned(), files.any.clone()];
                    let count = ["--requests".to_owned(), requests.to_string()];
                    let most = ["--in-flight".to_owned(), in_flight.clone()];
                    [&[program(name)][..], &origin, &count, &most].concat()
                };
                call.words = match who {
                    Who::Gather => rust("bench-gather"),
                    Who::HyperUtil => rust("bench-hyper-util"),
                    Who::Hyper => rust("bench-hyper"),
                    Who::Reqwest => rust("bench-reqwest"),
                    Who::Go => [&[text(&self.go_answers.clone()?)][..], &arguments].concat(),
                    Who::Node => [&node("answers.mjs")?[..], &arguments].concat(),
                    Who::Curl => {
                        self.curl.clone()?;
                        let script = text(&self.sources.join("curl/answers.sh"));
                        vec![script, file("urls.curl"), in_flight]
                    }
                    _ => {
                        let script = python(script(who)?)?;
                        [&script[..], &["answers".to_owned()], &arguments].concat()
                    }
                };
            }
            Work::Articles | Work::Feeds => {
                let articles = matches!(work, Work::Articles);
                let input = file(if articles { "articles.ndjson" } else { "feeds" });
                let ingest = |side: &str| {
                    let job = if articles { "articles" } else { "feeds" };
                    let home = text(&files.scratch);
                    let words = ["--job", job, "--side", side, "--home", &home];
                    let words = words.map(str::to_owned);
                    [&[program("bench-ingest")][..], &words].concat()
                };
                call.clock = Clock::Own;
                call.words = match who {
                    Who::Gather => ingest("gather"),
                    Who::ByHand => ingest("by-hand"),
                    _ => {
                        let name = if articles { "articles" } else { "feeds" };
                        let mut words = match who {
                            Who::Node => node(&format!("{name}.mjs"))?,
                            _ => python(&format!("{name}.py"))?,
                        }
                        .to_vec();
                        words.push(input);
                        if articles {
                            words.push(text(&database));
                            call.database = Some(database);
                        }
                        words
                    }
                };
            }
        }
        Ok(call)
    }
}

fn script(who: Who) -> Result<&'static str, String> {
    match who {
        Who::Aiohttp => Ok("aiohttp_.py"),
        Who::Httpx => Ok("httpx_.py"),
        Who::Requests => Ok("one_by_one.py"),
        _ => Err(format!("{who:?} has no program for this")),
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
