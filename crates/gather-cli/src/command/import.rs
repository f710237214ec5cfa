//! `gather import`: files of other programs, told by their content: lists of feeds, and files of banks.
//!
//! What would be done is said first. It is done with `--yes`, or when a person at a terminal says so.

mod bank;
mod feeds;
mod past;

use std::path::PathBuf;

pub(crate) use bank::{BankReport, RowLine};
pub(crate) use feeds::{Entry, Fate};
pub(crate) use past::imports;

use super::{Exit, offline};
use crate::{
    args,
    failure::{Failure, Result},
    session::{Session, typed},
};

/// Larger files are refused before they fill the memory.
const LARGEST: u64 = 1 << 30;

/// A file that was read.
struct Input {
    file: PathBuf,
    bytes: Vec<u8>,
}

/// `gather import`.
pub(crate) fn import(session: &Session, args: &args::Import) -> Result<Exit> {
    if let Some(id) = args.undo {
        return past::undo(session, id);
    }
    let mut inputs = Vec::new();
    for file in &args.files {
        inputs.push(Input {
            file: file.clone(),
            bytes: offline::read(file, LARGEST)?,
        });
    }
    let lists = inputs.iter().filter(|input| is_list(&input.bytes)).count();
    if lists == 0 {
        return bank::import(session, &inputs, args);
    }
    if lists < inputs.len() {
        return Err(
            Failure::new("some of these files are lists of feeds, others of banks")
                .hint("import them with two calls: nothing was done"),
        );
    }
    if args.account.is_some() || !args.profile.is_empty() {
        return Err(
            Failure::new("a list of feeds has no account and no profile")
                .hint("leave `--account` and `--profile` out"),
        );
    }
    feeds::import(session, &inputs, args.yes)
}

/// Whether bytes are a list of feeds: OPML says so near its beginning, in whatever encoding.
fn is_list(bytes: &[u8]) -> bool {
    let head: String = bytes
        .iter()
        .take(8192)
        .filter(|byte| byte.is_ascii() && **byte != 0)
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    head.contains("<opml")
}

/// The files as they can be typed into a shell.
fn typed_names(inputs: &[Input]) -> String {
    let names: Vec<String> = inputs.iter().map(|input| typed(&input.file)).collect();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_feeds_is_told_by_its_root() {
        let utf16: Vec<u8> = "<?xml version='1.0'?>\n<OPML version='2.0'>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(is_list(&utf16));
        assert!(is_list(b"\xef\xbb\xbf<!-- mine -->\n<opml>"));
        for other in [&b"OFXHEADER:100"[..], b"<rss/>", b"", b"Date;Amount\n"] {
            assert!(!is_list(other));
        }
    }
}
