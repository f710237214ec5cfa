//! `gather parse` and `gather select`: the tools for writing mappings, on bytes that are already here.

use std::{
    fs,
    io::{self, Read},
    ops::ControlFlow,
    path::Path,
};

use gather_sources::{ParsedFormat, ReadError, Selector};

use super::Exit;
use crate::{
    args::{self, Format},
    failure::{Failure, Result},
    render::{self, Lines, Reader},
    session::{Session, shown},
};

/// More than this is no answer of an API.
const LARGEST: u64 = 1 << 30;

/// `gather parse`.
pub(crate) fn parse(session: &Session, args: &args::Parse) -> Result<Exit> {
    only_lines(session, "parse")?;
    let bytes = read(&args.file, LARGEST)?;
    let parsed =
        gather_sources::parse(&bytes, args.content_type.as_deref(), args.base_url.as_ref())
            .map_err(|error| unreadable(&args.file, &error))?;
    let mut lines = Lines::new();
    for line in &parsed.lines {
        if lines.json(line)? == Reader::Gone {
            return Ok(Exit::Complete);
        }
    }
    lines.end()?;
    for warning in &parsed.warnings {
        session.note(&format!("warning: {}\n", crate::escape::line(warning)));
    }
    let what = match &parsed.format {
        ParsedFormat::Feed => "a feed (RSS or Atom)".to_owned(),
        ParsedFormat::JsonFeed => "a JSON Feed".to_owned(),
        ParsedFormat::Preset(preset) => format!("an answer that the preset `{preset}` reads"),
        ParsedFormat::Ndjson => "lines of JSON".to_owned(),
        ParsedFormat::Csv => "CSV".to_owned(),
        ParsedFormat::Xml => "XML".to_owned(),
        _ => "JSON".to_owned(),
    };
    let count = render::plural(parsed.lines.len() as u64, "line");
    session.note(&format!(
        "{}\n",
        render::dim(format!("{}: {what}, {count}", name(&args.file)))
    ));
    Ok(Exit::Complete)
}

/// `gather select`.
pub(crate) fn select(session: &Session, args: &args::Select) -> Result<Exit> {
    only_lines(session, "select")?;
    let wrong = |error: gather_sources::SelectError| {
        let place = if error.in_expression {
            "expression".to_owned()
        } else {
            name(&args.file)
        };
        // What fails while it runs has no place in its text.
        let place = match (error.line, error.column) {
            (0, _) => place,
            (line, column) => format!("{place}:{line}:{column}"),
        };
        Failure::new(format!("{place}: {}", error.message))
    };
    // The expression first: standard input may be a person who has not typed yet.
    let selector = Selector::compile(&args.expression).map_err(wrong)?;
    let bytes = read(&args.file, LARGEST)?;
    let mut lines = Lines::new();
    let mut written = Ok(Reader::Listens);
    let selected = selector.run(&bytes, &mut |line| {
        written = lines.json(&line);
        match written {
            Ok(Reader::Listens) => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    });
    if written? == Reader::Gone {
        return Ok(Exit::Complete);
    }
    lines.end()?;
    selected.map_err(wrong)?;
    Ok(Exit::Complete)
}

/// These commands write JSON lines whatever is asked; asking for something else is a mistake worth saying.
fn only_lines(session: &Session, command: &str) -> Result<()> {
    if session.format_given && session.format != Format::Ndjson {
        return Err(Failure::new(format!(
            "`gather {command}` writes JSON lines and no other format"
        ))
        .hint("leave `--format` out"));
    }
    Ok(())
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

/// The input as it is named in messages.
pub(super) fn name(file: &Path) -> String {
    if is_stdin(file) {
        "standard input".to_owned()
    } else {
        shown(file)
    }
}

/// What is wrong with an input, as `file:line:column` where the place is known.
pub(super) fn unreadable(file: &Path, error: &ReadError) -> Failure {
    let words = error.to_string();
    let failure = Failure::new(match error.position() {
        Some((line, column)) => {
            let said = format!(" at line {line}, column {column}");
            let words = words.strip_suffix(&said).unwrap_or(&words);
            format!("{}:{line}:{column}: {words}", name(file))
        }
        None => format!("{}: {words}", name(file)),
    });
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Reads a file or standard input, at most `largest` bytes.
pub(super) fn read(file: &Path, largest: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if is_stdin(file) {
        io::stdin().lock().take(largest + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(file).and_then(|file| file.take(largest + 1).read_to_end(&mut bytes))
    };
    match read {
        Ok(size) if size as u64 > largest => Err(Failure::new(format!(
            "{} has more than {} MiB",
            name(file),
            largest >> 20
        ))
        .hint("give a part of it")),
        Ok(_) => Ok(bytes),
        Err(error) => Err(Failure::new(format!("{} cannot be read", name(file)))
            .because(Some(&error))
            .hint("correct the path, or give `-` for standard input")),
    }
}
