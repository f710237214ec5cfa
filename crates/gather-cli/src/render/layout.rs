//! Width, columns and line breaks, counted in cells of the terminal and not in characters.

use std::borrow::Cow;

use console::{Alignment, Term, measure_text_width, pad_str, truncate_str};
use jiff::{Timestamp, tz::TimeZone};

use crate::session::var;

/// Where nothing says how wide the output is.
const USUAL: usize = 80;
/// Lines longer than this are hard to follow with the eye.
const WIDEST: usize = 120;
const NARROWEST: usize = 40;

/// How the reader sees things.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// Cells in a line.
    pub(crate) width: usize,
    /// What ages are counted from.
    pub(crate) now: Timestamp,
    /// Where the reader is.
    pub(crate) zone: TimeZone,
    /// Whether titles can be links.
    pub(crate) links: bool,
}

impl View {
    /// As wide as the terminal, else as `COLUMNS` says, else 80 cells.
    pub(crate) fn new(now: Timestamp, zone: TimeZone) -> Self {
        let terminal = Term::stdout()
            .size_checked()
            .map(|(_, columns)| usize::from(columns));
        let named = || var("COLUMNS")?.trim().parse().ok();
        let coloured =
            anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
        Self {
            width: terminal
                .or_else(named)
                .unwrap_or(USUAL)
                .clamp(NARROWEST, WIDEST),
            now,
            zone,
            links: coloured && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        }
    }
}

/// How many cells a text takes; colours take none.
pub(crate) fn width(text: &str) -> usize {
    measure_text_width(text)
}

/// The widest of some texts.
pub(crate) fn widest<'t>(texts: impl IntoIterator<Item = &'t str>) -> usize {
    texts.into_iter().map(width).max().unwrap_or(0)
}

/// A text cut to `cells`, with `…` where something is missing.
pub(crate) fn cut(text: &str, cells: usize) -> Cow<'_, str> {
    truncate_str(text, cells, "…")
}

/// A text in a column of `cells`, to its left; cut where it is longer.
pub(crate) fn left(text: &str, cells: usize) -> Cow<'_, str> {
    pad_str(text, cells, Alignment::Left, Some("…"))
}

/// A text in a column of `cells`, to its right; never cut, since a number without its end is another number.
pub(crate) fn right(text: &str, cells: usize) -> Cow<'_, str> {
    pad_str(text, cells, Alignment::Right, None)
}

/// One text to the left and one to the right of a line.
pub(crate) fn apart(left_text: &str, right_text: &str, cells: usize) -> String {
    let rest = cells.saturating_sub(width(right_text));
    format!("{}{right_text}", left(left_text, rest))
}

/// A text on as many lines as it needs, all of them indented, the first by `first`.
pub(crate) fn wrapped(text: &str, first: &str, indent: &str, cells: usize) -> String {
    let options = textwrap::Options::new(cells)
        .initial_indent(first)
        .subsequent_indent(indent)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        // A long address is better broken by the terminal than by us: it stays one that can be copied.
        .break_words(false);
    textwrap::fill(text, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_cells() {
        assert_eq!(left("日本", 5), "日本 ");
        assert_eq!(left("日本語", 5), "日本…");
        assert_eq!(width(&crate::render::dim("ab")), 2);
        assert_eq!(right("12.00", 4), "12.00");
        assert_eq!(apart("Savings", "10.00", 14), "Savings  10.00");
    }

    #[test]
    fn a_long_word_stays_whole() {
        assert_eq!(
            wrapped("see https://a.example/b now", "", "  ", 12),
            "see\n  https://a.example/b\n  now"
        );
    }
}
