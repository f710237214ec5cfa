//! What can be typed behind `cargo xtask bench`.

use std::path::PathBuf;

/// The command's help.
pub(crate) const USAGE: &str = "\
usage: cargo xtask bench [run|library|ingest|money|serve|instructions|peers] [OPTIONS]

  run             the binary: all sources at once, the longest chain, one by one
  library         the crate beside bare hyper-util, hyper and reqwest
  ingest          JSON to stored records, feeds to records, records into the store, beside jaq, feed-rs
                  and statements by hand
  money           the dashboard's figures of 10 thousand and 1 million transactions, and an OFX file into the
                  store; the databases of the figures are made once, which takes minutes, and kept in
                  target/bench/money
  serve           the dashboard of 1 million transactions and 100 thousand articles, as JSON and as a page, 50
                  connections for 10 s, beside a bare axum handler with as many bytes; its database is made once,
                  from that of money, and kept in target/bench/serve
                  [default: these five]
  instructions    what valgrind counts for each request of the crate, beside bare hyper-util and hyper;
                  fails when it is over 5 % more than bench/instructions.json says
  peers           gather beside programs of Python, Node and Go, curl and bare libraries, on the same work; brings
                  their packages, once, and leaves out what is not on this machine; takes about 20 minutes

  --rounds N      measured rounds, after one to warm up [default: run 5, library 7,
                  ingest 5, money 5, serve 3, peers 5]; instructions: without one [default: 3]
  --latency MS    run: what every answer takes, at least 1 [default: 500]
  --jobs LETTERS  library, ingest, money, peers: only these jobs, such as ac [default: all]
  --save          instructions: keep the figures as the baseline
  --write         peers: write docs/manual/peers.md and its pictures, from all jobs
  --no-build      measure the programs as they were built last
  --json FILE     also write the figures there";

/// One of the things that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Run,
    Library,
    Ingest,
    Money,
    Serve,
    Instructions,
    Peers,
}

impl Part {
    /// The letters of its jobs, where it has several.
    fn jobs(self) -> Option<&'static str> {
        match self {
            Self::Library => Some("abcd"),
            Self::Ingest => Some("abc"),
            Self::Money => Some("ab"),
            Self::Peers => Some("abcdefghi"),
            Self::Run | Self::Serve | Self::Instructions => None,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// `None` is all but instructions and peers.
    pub(super) part: Option<Part>,
    /// `None` is each part's own number.
    pub(super) rounds: Option<usize>,
    /// Milliseconds.
    pub(super) latency: u32,
    /// Letters of jobs; `None` is all.
    pub(super) jobs: Option<String>,
    /// Whether the programs are built first.
    pub(super) build: bool,
    /// Whether the figures become the baseline.
    pub(super) save: bool,
    /// Whether the page of the manual is written.
    pub(super) write: bool,
    pub(super) json: Option<PathBuf>,
}

impl Options {
    pub(super) fn parse(words: &[&str]) -> Result<Self, String> {
        let (part, flags) = match words {
            ["run", rest @ ..] => (Some(Part::Run), rest),
            ["library", rest @ ..] => (Some(Part::Library), rest),
            ["ingest", rest @ ..] => (Some(Part::Ingest), rest),
            ["money", rest @ ..] => (Some(Part::Money), rest),
            ["serve", rest @ ..] => (Some(Part::Serve), rest),
            ["instructions", rest @ ..] => (Some(Part::Instructions), rest),
            ["peers", rest @ ..] => (Some(Part::Peers), rest),
            all => (None, all),
        };
        let mut options = Self {
            part,
            rounds: None,
            latency: 500,
            jobs: None,
            build: true,
            save: false,
            write: false,
            json: None,
        };
        let mut flags = flags.iter();
        while let Some(flag) = flags.next() {
            let mut value = || match flags.next() {
                Some(value) => Ok(*value),
                None => Err(format!("`{flag}` needs a value\n\n{USAGE}")),
            };
            match *flag {
                "--rounds" => options.rounds = Some(number(flag, value()?)?),
                "--latency" if matches!(part, None | Some(Part::Run)) => {
                    options.latency = number(flag, value()?)?;
                }
                "--jobs" if part.and_then(Part::jobs).is_some() => {
                    let known = part.and_then(Part::jobs).unwrap_or_default();
                    options.jobs = Some(letters(value()?, known)?);
                }
                "--save" if part == Some(Part::Instructions) => options.save = true,
                "--write" if part == Some(Part::Peers) => options.write = true,
                "--no-build" => options.build = false,
                "--json" => options.json = Some(value()?.into()),
                _ => return Err(format!("`{flag}` is not an option here\n\n{USAGE}")),
            }
        }
        if options.write && options.jobs.is_some() {
            return Err(format!(
                "--write: a page has all jobs, not --jobs\n\n{USAGE}"
            ));
        }
        Ok(options)
    }

    /// Whether the job of this letter is measured.
    pub(super) fn wants(&self, letter: char) -> bool {
        self.jobs
            .as_ref()
            .is_none_or(|letters| letters.contains(letter))
    }
}

fn number<T: std::str::FromStr + PartialOrd + From<u8>>(
    flag: &str,
    value: &str,
) -> Result<T, String> {
    match value.parse() {
        Ok(number) if number >= T::from(1) => Ok(number),
        _ => Err(format!(
            "{flag}: `{value}` is not a number of at least 1\n\n{USAGE}"
        )),
    }
}

fn letters(value: &str, known: &str) -> Result<String, String> {
    if !value.is_empty() && value.chars().all(|letter| known.contains(letter)) {
        Ok(value.to_owned())
    } else {
        Err(format!(
            "--jobs: `{value}` has other letters than {known}\n\n{USAGE}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, Part};

    #[test]
    fn what_is_left_out_has_its_default() {
        let options = Options::parse(&["library", "--rounds", "3"]).unwrap();
        assert_eq!(
            (options.part, options.rounds),
            (Some(Part::Library), Some(3))
        );
        let options = Options::parse(&[]).unwrap();
        assert_eq!((options.part, options.latency), (None, 500));
        assert!(options.wants('d'));
        let options = Options::parse(&["ingest", "--jobs", "ac"]).unwrap();
        assert!(options.wants('c') && !options.wants('b'));
        let options = Options::parse(&["instructions", "--save"]).unwrap();
        assert_eq!(
            (options.part, options.save),
            (Some(Part::Instructions), true)
        );
        assert!(Options::parse(&["peers", "--write"]).unwrap().write);
    }

    #[test]
    fn a_flag_that_means_nothing_to_the_part_is_refused() {
        for words in [
            &["run", "--jobs", "a"][..],
            &["library", "--latency", "5"],
            &["library", "--save"],
            &["instructions", "--jobs", "a"],
            &["instructions", "--latency", "5"],
            &["--rounds", "0"],
            &["--rounds"],
            &["--jobs", "a"],
            &["library", "--jobs", "ax"],
            &["ingest", "--jobs", "d"],
            &["money", "--jobs", "c"],
            &["ingest", "--latency", "5"],
            &["serve", "--jobs", "a"],
            &["serve", "--latency", "5"],
            &["peers", "--write", "--jobs", "a"],
            &["library", "--write"],
            &["fast"],
        ] {
            assert!(Options::parse(words).is_err(), "{words:?}");
        }
    }
}
