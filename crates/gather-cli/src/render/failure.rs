//! What went wrong, for a person: the sentence, its causes, what to do; mistakes in a file in their place.

use gather_sources::{ConfigError, ConfigErrors};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report,
};

use super::{View, layout, style};
use crate::{
    escape,
    failure::{Failure, Said},
};

/// A failure as it is written to standard error.
pub(crate) fn failure(failure: &Failure, view: &View) -> String {
    match failure {
        Failure::Said(said) => sentence(said, view),
        Failure::Config(errors) => mistakes(errors, view),
    }
}

fn sentence(said: &Said, view: &View) -> String {
    let mut text = layout::wrapped(
        &format!("{} {}", style::alarm("error:"), escape::line(&said.message)),
        "",
        "  ",
        view.width,
    );
    text.push('\n');
    for cause in &said.causes {
        let cause = format!("cause: {}", escape::line(cause));
        text.push_str(&layout::wrapped(&cause, "  ", "    ", view.width));
        text.push('\n');
    }
    for lines in &said.details {
        text.push_str(lines);
    }
    if let Some(advice) = &said.hint {
        text.push_str(&hint(advice, "", view));
    }
    text
}

/// What to do, on lines of its own.
pub(crate) fn hint(advice: &str, indent: &str, view: &View) -> String {
    let text = format!("{} {}", style::accent("hint:"), escape::line(advice));
    let mut lines = layout::wrapped(&text, indent, &format!("{indent}  "), view.width);
    lines.push('\n');
    lines
}

/// Every mistake of a configuration, each under the lines it is in.
fn mistakes(errors: &ConfigErrors, view: &View) -> String {
    let coloured = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let theme = if coloured {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(view.width)
        .with_links(false)
        .with_break_words(false);
    let count = match errors.errors.len() {
        1 => "1 mistake".to_owned(),
        several => format!("{several} mistakes"),
    };
    let file = escape::line(&errors.file);
    let mut text = format!("{} `{file}` has {count}\n", style::alarm("error:"));
    for error in &errors.errors {
        let report = report(error, errors);
        let mut drawn = String::new();
        let shown = handler.render_report(&mut drawn, report.as_ref());
        if shown.is_err() {
            drawn = format!(
                "{file}:{}:{}: {}\n",
                error.line, error.column, error.message
            );
        }
        text.push('\n');
        text.push_str(drawn.trim_start_matches('\n'));
    }
    text.push('\n');
    text.push_str(&hint(
        "`gather check` looks at the file again without asking anybody",
        "",
        view,
    ));
    text
}

fn report(error: &ConfigError, errors: &ConfigErrors) -> Report {
    let mut diagnostic = MietteDiagnostic::new(escape::line(&error.message).into_owned());
    if let Some(help) = &error.help {
        diagnostic = diagnostic.with_help(escape::line(help).into_owned());
    }
    let label = LabeledSpan::new_primary_with_span(None, error.span.clone());
    Report::from(diagnostic.with_label(label))
        .with_source_code(NamedSource::new(&errors.file, visible(&errors.text)))
}

/// The text of the file with nothing in it that acts on the terminal; every byte keeps its place.
fn visible(text: &str) -> String {
    let harmless = |c: char| {
        c == '\n'
            || c == '\t'
            || !matches!(
                escape::line(c.encode_utf8(&mut [0; 4])),
                std::borrow::Cow::Owned(_)
            )
    };
    text.chars()
        .flat_map(|c| {
            let (shown, times) = if harmless(c) {
                (c, 1)
            } else {
                ('?', c.len_utf8())
            };
            std::iter::repeat_n(shown, times)
        })
        .collect()
}
