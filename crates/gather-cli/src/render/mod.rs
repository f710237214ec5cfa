//! The one place that prints: data to standard output, words to standard error.
//!
//! Everything is put together as text with colours in it first and written in one go; what the terminal does not
//! want is taken out on the way (`NO_COLOR`, `--color`, no terminal). A reader that went away is no error.
//!
//! Not here: what is shown (`command`), what is stored (`gather-store`).

mod amount;
mod bars;
mod bench;
mod budgets;
mod data;
mod failure;
mod feed;
mod finding;
mod import;
mod layout;
mod money;
mod outcome;
mod outlook;
mod progress;
mod proof;
mod review;
mod runs;
mod sentence;
mod sources;
mod style;
mod time;
mod vault;
mod waterfall;

use std::io::{self, Write};

pub(crate) use bench::{bench, bench_cost, bench_failing, bench_sentence, bench_short};
pub(crate) use data::{Cell, Row, document, one, rows};
pub(crate) use failure::{failure, hint};
pub(crate) use feed::feed;
pub(crate) use finding::{advice, checked, entries, imported, looked, no_answer, notes, sample};
pub(crate) use import::{bank_file, bank_file_kept, imports, question, undone};
pub(crate) use layout::View;
pub(crate) use money::{Extent, is_empty, money};
pub(crate) use outcome::{durations, is_good, reasons};
pub(crate) use outlook::{outlook, standing};
pub(crate) use progress::Progress;
pub(crate) use proof::{drifts, proofs};
pub(crate) use review::reviews;
pub(crate) use runs::{run_sentence, run_table, run_title};
pub(crate) use sentence::{closing, interrupted, plural, sentence};
pub(crate) use sources::{SourceLine, missing, source_table};
pub(crate) use style::{accent, bold, dim};
pub(crate) use vault::vault;
pub(crate) use waterfall::waterfall;

use crate::{args::Colour, failure::Failure};

/// Sets for the whole program when colours are used.
pub(crate) fn use_colour(colour: Colour) {
    match colour {
        Colour::Auto => anstream::ColorChoice::Auto,
        Colour::Always => anstream::ColorChoice::Always,
        Colour::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Whether the reader of standard output still listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Listens,
    Gone,
}

/// Writes data to standard output.
pub(crate) fn data(text: &str) -> Result<Reader, Failure> {
    let mut out = anstream::stdout().lock();
    heard(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Writes bytes that are ours to standard output as they are.
pub(crate) fn raw(bytes: &[u8]) -> Result<Reader, Failure> {
    let mut out = io::stdout().lock();
    heard(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Standard output for many lines: buffered, without colours.
pub(crate) struct Lines(io::BufWriter<io::StdoutLock<'static>>);

impl Lines {
    pub(crate) fn new() -> Self {
        Self(io::BufWriter::with_capacity(64 * 1024, io::stdout().lock()))
    }

    /// Writes a line of JSON.
    pub(crate) fn json(&mut self, line: &str) -> Result<Reader, Failure> {
        let line = crate::escape::json(line);
        heard(
            self.0
                .write_all(line.as_bytes())
                .and_then(|()| self.0.write_all(b"\n")),
        )
    }

    /// Writes what is still in the buffer.
    pub(crate) fn end(mut self) -> Result<Reader, Failure> {
        heard(self.0.flush())
    }
}

fn heard(written: io::Result<()>) -> Result<Reader, Failure> {
    match written {
        Ok(()) => Ok(Reader::Listens),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(Failure::new("standard output cannot be written").because(Some(&error))),
    }
}

/// Writes words to standard error. That nobody reads them is nothing we could say anywhere.
pub(crate) fn words(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
