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
        match work {
            Work::News { .. } => self.news(who, files),
            Work::Answers {
                requests,
                in_flight,
                ..
            } => self.answers(who, files, requests, in_flight),
            Work::Articles => self.articles(who, files),
            Work::Feeds => self.feeds(who, files),
        }
    }

    fn news(&self, who: Who, files: &Files) -> Result<Call, String> {
        let database = files.scratch.join("news.db");
        let mut call = Call {
            home: (who == Who::Gather).then(|| files.home.clone()),
            ..Call::default()
        };
        call.words = match who {
            Who::Gather => words(&self.rust("gather"), ["run", "--db"]),
            Who::Reqwest => self.rust("bench-news"),
            Who::Go => vec![text(&self.go_news.clone()?)],
            Who::Node => self.node("news.mjs")?,
            _ => words(&self.python(script(who)?)?, ["news"]),
        };
        if who != Who::Gather {
            call.words.push(text(&files.home.join("news.json")));
        }
        call.words.push(text(&database));
        call.database = Some(database);
        Ok(call)
    }

    fn answers(&self, who: Who, files: &Files, requests: u32, most: u32) -> Result<Call, String> {
        let (requests, in_flight) = (requests.to_string(), most.to_string());
        let rust = |name: &str| {
            let of_job = ["--requests", &requests, "--in-flight", &in_flight];
            words(&words(&self.rust(name), ["--origin", &files.any]), of_job)
        };
        let urls = text(&files.home.join("urls.txt"));
        let from_file = |program: Vec<String>| words(&program, [&*urls, &in_flight]);
        let called = match who {
            Who::Gather => rust("bench-gather"),
            Who::HyperUtil => rust("bench-hyper-util"),
            Who::Hyper => rust("bench-hyper"),
            Who::Reqwest => rust("bench-reqwest"),
            Who::Go => from_file(vec![text(&self.go_answers.clone()?)]),
            Who::Node => from_file(self.node("answers.mjs")?),
            Who::Curl => {
                let most = self.curl.clone()?.min(most).to_string();
                let script = text(&self.sources.join("curl/answers.sh"));
                vec![script, text(&files.home.join("urls.curl")), most]
            }
            _ => from_file(words(&self.python(script(who)?)?, ["answers"])),
        };
        Ok(Call {
            words: called,
            ..Call::default()
        })
    }

    fn articles(&self, who: Who, files: &Files) -> Result<Call, String> {
        let database = files.scratch.join("news.db");
        let program = match who {
            Who::Gather | Who::ByHand => return Ok(self.ingest(who, files, "articles")),
            Who::Node => self.node("articles.mjs")?,
            _ => self.python("articles.py")?,
        };
        let input = text(&files.home.join("articles.ndjson"));
        Ok(Call {
            words: words(&program, [&*input, &text(&database)]),
            database: Some(database),
            clock: Clock::Own,
            ..Call::default()
        })
    }

    fn feeds(&self, who: Who, files: &Files) -> Result<Call, String> {
        let program = match who {
            Who::Gather | Who::ByHand => return Ok(self.ingest(who, files, "feeds")),
            Who::Node => self.node("feeds.mjs")?,
            _ => self.python("feeds.py")?,
        };
        Ok(Call {
            words: words(&program, [&*text(&files.home.join("feeds"))]),
            clock: Clock::Own,
            ..Call::default()
        })
    }

    fn ingest(&self, who: Who, files: &Files, job: &str) -> Call {
        let side = if who == Who::Gather {
            "gather"
        } else {
            "by-hand"
        };
        let home = text(&files.scratch);
        let of_job = ["--job", job, "--side", side, "--home", &home];
        Call {
            words: words(&self.rust("bench-ingest"), of_job),
            clock: Clock::Own,
            ..Call::default()
        }
    }

    fn rust(&self, program: &str) -> Vec<String> {
        vec![text(&self.programs.join(program))]
    }

    fn python(&self, script: &str) -> Result<Vec<String>, String> {
        let script = self.sources.join("python").join(script);
        Ok(vec![text(&self.python.clone()?), text(&script)])
    }

    fn node(&self, script: &str) -> Result<Vec<String>, String> {
        let script = self.node.clone()?.join(script);
        Ok(vec!["node".to_owned(), text(&script)])
    }
}

/// A program with more arguments.
fn words<const N: usize>(program: &[String], more: [&str; N]) -> Vec<String> {
    let more = more.map(str::to_owned);
    [program, &more].concat()
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
