//! Live progress on a terminal: a line a source, then the total, made from the events of the run and nothing else.
//!
//! At most a screenful of lines is shown: a terminal that scrolls cannot be drawn over. When a source is done, one that
//! had no line yet takes its place. Without a terminal nothing is drawn.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use console::Term;
use gather::EventKind;
use gather_run::{RunEvent, RunEventKind};
use gather_store::{Outcome, OutcomeState};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{layout, sentence::plural, style, time};
use crate::escape;

/// Lines beyond these help nobody, and redrawing them flickers.
const MOST_LINES: usize = 20;
/// Rows of the terminal that stay free for the total and for what was there before.
const FREE_ROWS: usize = 4;
const TICK: Duration = Duration::from_millis(100);

/// The progress of one run.
#[derive(Debug)]
pub(crate) struct Progress {
    screen: MultiProgress,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    lines: Vec<Line>,
    /// Sources that have no line on the screen yet.
    unseen: VecDeque<usize>,
    total: ProgressBar,
    ended: usize,
    records: u64,
}

#[derive(Debug)]
struct Line {
    name: String,
    bar: Option<ProgressBar>,
    known: u64,
    done: u64,
    records: u64,
    about: String,
    ended: bool,
}

impl Progress {
    /// Of a run over these sources; `shown` is false where nobody is to see it.
    pub(crate) fn new<'n>(names: impl Iterator<Item = &'n str>, shown: bool) -> Self {
        let term = Term::stderr();
        let visible = shown && term.is_term();
        let screen = MultiProgress::with_draw_target(if visible {
            ProgressDrawTarget::term(term.clone(), 10)
        } else {
            ProgressDrawTarget::hidden()
        });
        let lines: Vec<Line> = names
            .map(|name| Line {
                name: escape::line(name).into_owned(),
                bar: None,
                known: 0,
                done: 0,
                records: 0,
                about: String::new(),
                ended: false,
            })
            .collect();
        let rows = term
            .size_checked()
            .map_or(24, |(rows, _)| usize::from(rows));
        let room = rows.saturating_sub(FREE_ROWS).clamp(1, MOST_LINES);
        let total = screen
            .add(ProgressBar::new_spinner().with_style(template("{spinner} {elapsed}  {msg}")));
        if visible {
            total.enable_steady_tick(TICK);
        }
        let mut state = State {
            unseen: (0..lines.len()).collect(),
            lines,
            total,
            ended: 0,
            records: 0,
        };
        if visible {
            for _ in 0..room {
                state.show_next(&screen);
            }
        }
        state.say_total();
        Self {
            screen,
            state: Mutex::new(state),
        }
    }

    /// Something happened.
    pub(crate) fn event(&self, event: &RunEvent) {
        let mut state = self.lock();
        let state = &mut *state;
        let Some(line) = state.lines.get_mut(event.source) else {
            return;
        };
        match &event.kind {
            RunEventKind::Request { event, .. } => line.request(event),
            RunEventKind::Kept(counts) => {
                let kept = counts.new + counts.changed + counts.unchanged;
                line.records += kept;
                state.records += kept;
            }
            RunEventKind::Ended(outcome) => {
                line.end(outcome);
                state.ended += 1;
                state.say_total();
                if !state.unseen.is_empty() {
                    if let Some(bar) = state.lines[event.source].bar.take() {
                        bar.finish_and_clear();
                        self.screen.remove(&bar);
                    }
                    state.show_next(&self.screen);
                }
                return;
            }
            _ => return,
        }
        line.draw();
    }

    /// Writes a line above the progress.
    pub(crate) fn say(&self, text: &str) {
        self.screen.suspend(|| super::words(text));
    }

    /// Takes all lines off the screen; what they said is said better by the report.
    pub(crate) fn clear(&self) {
        let state = self.lock();
        for bar in state.lines.iter().filter_map(|line| line.bar.as_ref()) {
            bar.finish_and_clear();
        }
        state.total.finish_and_clear();
        // A terminal that is gone needs no clearing.
        let _ = self.screen.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn show_next(&mut self, screen: &MultiProgress) {
        // One that ended unseen is in the total already.
        while let Some(at) = self.unseen.pop_front() {
            if self.lines[at].ended {
                continue;
            }
            let width = layout::widest(self.lines.iter().map(|line| line.name.as_str())).min(24);
            let bar = ProgressBar::new_spinner().with_style(template("{spinner} {prefix}  {msg}"));
            let bar = screen.insert_before(&self.total, bar);
            bar.set_prefix(layout::left(&self.lines[at].name, width).into_owned());
            bar.enable_steady_tick(TICK);
            self.lines[at].bar = Some(bar);
            self.lines[at].draw();
            return;
        }
    }

    fn say_total(&self) {
        let hidden = self
            .lines
            .iter()
            .filter(|line| line.bar.is_none() && !line.ended)
            .count();
        let more = if hidden > 0 {
            format!(", {hidden} not shown")
        } else {
            String::new()
        };
        self.total.set_message(style::dim(format!(
            "{} of {} done, {}{more}",
            self.ended,
            plural(self.lines.len() as u64, "source"),
            plural(self.records, "record"),
        )));
    }
}

impl Line {
    fn request(&mut self, event: &EventKind) {
        match event {
            EventKind::Queued => self.known += 1,
            EventKind::Waiting(cause) => self.about = format!("waiting for {}", cause.as_str()),
            EventKind::Started { attempt: 1 } => self.about = "asking".to_owned(),
            EventKind::Started { attempt } => self.about = format!("asking, attempt {attempt}"),
            EventKind::FirstByte { .. } => self.about = "reading".to_owned(),
            EventKind::Redirected => self.about = "following a redirect".to_owned(),
            EventKind::Retrying { pause, why } => {
                self.about = format!("again in {}: {}", time::seconds(*pause), escape::line(why));
            }
            EventKind::Done { .. } | EventKind::Failed { .. } => {
                self.done += 1;
                self.about = String::new();
            }
            _ => {}
        }
    }

    fn end(&mut self, outcome: &Outcome) {
        self.ended = true;
        let Some(bar) = &self.bar else { return };
        let (sign, words) = match outcome.state {
            OutcomeState::Complete | OutcomeState::Unchanged | OutcomeState::Skipped => {
                (style::accent("✓"), plural(self.records, "record"))
            }
            state => {
                let sign = if state == OutcomeState::Failed {
                    style::alarm("✕")
                } else {
                    style::caution("◐")
                };
                let reason = outcome.reason.as_deref().unwrap_or_default();
                (sign, format!("{state}: {}", escape::line(reason)))
            }
        };
        bar.set_style(template(&format!("{sign} {{prefix}}  {{wide_msg}}")));
        bar.finish_with_message(format!("{}  {words}", self.requests()));
    }

    fn requests(&self) -> String {
        let known = self.known.to_string();
        format!("{:>width$}/{known}", self.done, width = known.len().max(2))
    }

    fn draw(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}  {}", self.requests(), style::dim(&self.about)));
        }
    }
}

/// Templates are written above; one that is none would show the message alone.
fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(&text.replace("{msg}", "{wide_msg}"))
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
}

#[cfg(test)]
mod tests {
    use gather::WaitCause;
    use gather_store::Counts;

    use super::*;

    fn tell(progress: &Progress, source: usize, kind: RunEventKind) {
        progress.event(&RunEvent {
            source,
            at: Duration::ZERO,
            kind,
        });
    }

    fn request(event: EventKind) -> RunEventKind {
        RunEventKind::Request { request: 0, event }
    }

    fn line(progress: &Progress, at: usize) -> (String, String) {
        let state = progress.lock();
        (state.lines[at].requests(), state.lines[at].about.clone())
    }

    #[test]
    fn a_line_tells_what_the_events_told() {
        let progress = Progress::new(["a", "b\u{1b}[2J"].into_iter(), false);
        for _ in 0..2 {
            tell(&progress, 0, request(EventKind::Queued));
        }
        tell(&progress, 0, request(EventKind::Waiting(WaitCause::Quota)));
        assert_eq!(
            line(&progress, 0),
            (" 0/2".to_owned(), "waiting for the host's quota".to_owned())
        );
        tell(
            &progress,
            0,
            request(EventKind::Retrying {
                pause: Duration::from_millis(480),
                why: "answered\u{7} 503".to_owned(),
            }),
        );
        assert_eq!(line(&progress, 0).1, "again in 0.48 s: answered\\u{7} 503");
        tell(
            &progress,
            0,
            request(EventKind::Done {
                status: 200,
                bytes: 9,
            }),
        );
        assert_eq!(line(&progress, 0), (" 1/2".to_owned(), String::new()));
        tell(
            &progress,
            0,
            RunEventKind::Kept(Counts {
                new: 3,
                unchanged: 4,
                ..Counts::default()
            }),
        );
        let state = progress.lock();
        assert_eq!(
            (state.lines[0].records, state.records, state.ended),
            (7, 7, 0)
        );
        assert_eq!(state.lines[1].name, "b\\u{1b}[2J");
    }
}
