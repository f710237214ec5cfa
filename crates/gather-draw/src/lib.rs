//! What a run did with its time, drawn and in words: for the terminal's files and for the pages of the server alike.
//!
//! A drawing is SVG without styles of its own, since pages do not allow them: [`STYLE`] belongs to the page, and a file has
//! it inside. Positions are percentages, so that letters keep their size whatever the width.
//!
//! Not here: what the time was spent on (`gather-run`), where the drawing stands (`gather-cli`, `gather-server`).

mod bench;
mod chart;
mod drawing;
mod report;
mod scale;
mod words;

pub use bench::{BenchPage, Compared, compared, times};
pub use drawing::{Drawing, STYLE};
pub use report::{Fact, ReportPage};
pub use scale::ticks;
pub use words::{PathLine, fit, label, lane_note, path_lines, path_sentence, span};
