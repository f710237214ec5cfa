//! A run as one file for a browser: what it was, where the time went, what would have shortened it.
//!
//! The file needs nothing from elsewhere, and no script; it says so to the browser.

use askama::Template;
use gather_run::Timeline;

use crate::{
    drawing::{Drawing, own_style, rendered},
    words::{PathLine, clean, path_lines, path_sentence},
};

/// How a page of its own looks, beside what its drawings look like.
const PAGE: &str = include_str!("../assets/page.css");

/// The styles of a page that stands alone.
pub(crate) fn page_style() -> String {
    format!("{}{PAGE}", own_style())
}

/// A figure with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is of.
    pub name: String,
    /// What it is.
    pub value: String,
}

/// What stands around a drawing in a file.
#[derive(Debug, Clone, Default)]
pub struct ReportPage {
    /// `Run 18`.
    pub title: String,
    /// When it was, where the reader is.
    pub when: String,
    /// The line to remember: `47 articles from 4 sources in 0.52 s (one by one: 2.31 s, 4.4x)`.
    pub line: String,
    /// More figures.
    pub facts: Vec<Fact>,
    /// For each source that is not complete what was wrong.
    pub troubles: Vec<String>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Report<'a> {
    page: &'a ReportPage,
    style: &'a str,
    path: Option<String>,
    drawing: String,
    lines: Vec<PathLine>,
    advice: Vec<Vec<Piece>>,
}

/// A piece of a sentence, and whether it is to be typed as it is.
struct Piece {
    code: bool,
    text: String,
}

/// A sentence at its backticks.
fn pieces(sentence: &str) -> Vec<Piece> {
    let pieces = sentence.split('`').enumerate();
    let pieces = pieces.map(|(at, text)| Piece {
        code: at % 2 == 1,
        text: text.to_owned(),
    });
    pieces.filter(|piece| !piece.text.is_empty()).collect()
}

impl ReportPage {
    /// The whole file.
    #[must_use]
    pub fn render(&self, timeline: &Timeline) -> String {
        let path = timeline.path();
        let page = self.clean();
        let advice = timeline.advice();
        rendered(&Report {
            style: &page_style(),
            path: path_sentence(timeline, &path),
            drawing: Drawing::of(timeline, &path, "wf", &page.title).inline(),
            lines: path_lines(timeline, &path),
            advice: advice
                .iter()
                .map(|advice| pieces(&clean(&advice.to_string())))
                .collect(),
            page: &page,
        })
    }

    /// The same with texts that act on nothing.
    pub(crate) fn clean(&self) -> Self {
        Self {
            title: clean(&self.title),
            when: clean(&self.when),
            line: clean(&self.line),
            facts: self
                .facts
                .iter()
                .map(|fact| Fact {
                    name: clean(&fact.name),
                    value: clean(&fact.value),
                })
                .collect(),
            troubles: self.troubles.iter().map(|trouble| clean(trouble)).collect(),
        }
    }
}
