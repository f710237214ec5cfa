//! The next 24 hours against the quotas, and why a source stands as it does.

use std::time::Duration;

use gather_run::{HostOutlook, Outlook, QuotaOutlook, RunOutcome, Standing};
use gather_store::OutcomeState;
use jiff::Timestamp;

use super::{
    View, layout,
    sentence::plural,
    sources::{held, sign},
    style, time,
};
use crate::escape;

/// Outcomes that are shown of a source.
const OUTCOMES: usize = 5;
/// Answers that are shown of a source.
const ANSWERS: usize = 5;

/// A length of time that somebody declared: `30 min`, `6 h`, `1 d`, `90 s`.
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => time::seconds(span),
        _ if seconds.is_multiple_of(86_400) && seconds > 86_400 => {
            format!("{} d", seconds / 86_400)
        }
        _ if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

fn due(at: Option<Timestamp>, view: &View) -> String {
    match at {
        None => "never".to_owned(),
        Some(at) if at <= view.now => "now".to_owned(),
        Some(at) => time::clock(at, view),
    }
}

/// When each source is due, and what that asks of each host.
pub(crate) fn outlook(outlook: &Outlook, view: &View) -> String {
    let header = ["source", "every", "due", "runs", "requests a run"];
    let rows: Vec<[String; 5]> = outlook
        .sources
        .iter()
        .map(|one| {
            let requests = match (one.learnt, one.next_due) {
                (_, None) => String::new(),
                (true, _) => one.requests.to_string(),
                (false, _) => format!("{} or more", one.requests),
            };
            [
                escape::line(&one.source).into_owned(),
                span(one.every),
                due(one.next_due, view),
                one.runs.to_string(),
                requests,
            ]
        })
        .collect();
    let widths: Vec<usize> = (0..4)
        .map(|at| {
            let column = rows.iter().map(|row| row[at].as_str());
            layout::widest(column.chain([header[at]])).min(30)
        })
        .collect();
    let line = |cells: [&str; 5]| {
        let [source, every, due, runs, requests] = cells;
        format!(
            "{}  {}  {}  {}  {requests}",
            layout::left(source, widths[0]),
            layout::right(every, widths[1]),
            layout::left(due, widths[2]),
            layout::right(runs, widths[3]),
        )
        .trim_end()
        .to_owned()
    };
    let mut text = format!("{}\n", style::dim(line(header)));
    for (row, one) in rows.iter().zip(&outlook.sources) {
        text.push_str(&line(row.each_ref().map(String::as_str)));
        text.push('\n');
        if let Some(reason) = &one.reason {
            text.push_str(&under(reason, "  ", view));
        }
    }
    for of_host in &outlook.hosts {
        text.push('\n');
        text.push_str(&host(of_host, "", view));
    }
    text
}

/// A host, and under it its quotas.
fn host(host: &HostOutlook, indent: &str, view: &View) -> String {
    let name = escape::line(&host.host);
    let mut text = format!(
        "{indent}{}  {} in 24 h, {} in flight at most\n",
        style::bold(&name),
        plural(host.requests, "request"),
        host.in_flight
    );
    if let Some(until) = host.cooling_until {
        let until = format!(
            "○ asked to be left alone until {}",
            time::clock(until, view)
        );
        text.push_str(&format!("{indent}  {}\n", style::caution(until)));
    }
    let names: Vec<String> = host
        .quotas
        .iter()
        .map(|quota| format!("{} in {}", quota.requests, span(quota.per)))
        .collect();
    let width = layout::widest(names.iter().map(String::as_str));
    for (one, name) in host.quotas.iter().zip(&names) {
        text.push_str(&format!(
            "{indent}  {}  {}\n",
            layout::left(name, width),
            quota(one, view)
        ));
    }
    if host.quotas.is_empty() {
        text.push_str(&format!(
            "{indent}  {}\n",
            style::dim("no quota is declared")
        ));
    }
    text
}

fn quota(quota: &QuotaOutlook, view: &View) -> String {
    let taken = match (quota.taken, quota.free_at) {
        (0, _) => "none taken now".to_owned(),
        (taken, None) => format!("{taken} taken now"),
        (taken, Some(at)) => format!(
            "{taken} taken now, the next is free {}",
            due(Some(at), view)
        ),
    };
    if quota.fits {
        format!(
            "{} at most {} in one window, {taken}",
            style::accent("● fits:"),
            quota.busiest
        )
    } else {
        let over = format!("◐ too many: up to {}", quota.busiest);
        format!(
            "{} wanted in one window, {taken}: some will wait",
            style::caution(over)
        )
    }
}

fn under(words: &str, indent: &str, view: &View) -> String {
    let lines = layout::wrapped(&escape::line(words), indent, indent, view.width);
    lines
        .lines()
        .map(|line| format!("{}\n", style::dim(line)))
        .collect()
}

/// Why a source stands as it does.
pub(crate) fn standing(standing: &Standing, view: &View) -> String {
    let one = &standing.outlook;
    let preset = match &standing.preset {
        Some(preset) if *preset != one.source => format!(" (preset {})", escape::line(preset)),
        _ => String::new(),
    };
    let when = match one.next_due {
        None => "does not run".to_owned(),
        Some(at) if at <= view.now => format!("is due now, and every {}", span(one.every)),
        Some(at) => format!(
            "is due at {}, and every {}",
            time::clock(at, view),
            span(one.every)
        ),
    };
    let mut text = format!(
        "{}{preset} {when}\n",
        style::bold(escape::line(&one.source))
    );
    if let Some(reason) = &one.reason {
        text.push_str(&under(reason, "  ", view));
    }
    let mut section = |name: &str, lines: Vec<String>| {
        for (at, line) in lines.iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            let first = format!("  {}  ", layout::left(name, 8));
            // The label is measured before it is coloured, and wrapped text hangs under the value.
            let wrapped = layout::wrapped(line, &first, &" ".repeat(12), view.width);
            text.push_str(&wrapped.replacen(&first, &style::dim(&first), 1));
            text.push('\n');
        }
    };
    section(
        "asks",
        standing
            .addresses
            .iter()
            .map(|url| escape::line(url).into_owned())
            .collect(),
    );
    section(
        "good",
        match standing.good_at {
            None => vec!["never yet".to_owned()],
            Some(at) => {
                let holds = held(&standing.held);
                let holds = if holds.is_empty() {
                    "nothing".to_owned()
                } else {
                    holds
                };
                vec![format!("{}; {holds} held", time::days_ago(at, view))]
            }
        },
    );
    section(
        "runs",
        standing
            .outcomes
            .iter()
            .take(OUTCOMES)
            .map(|one| outcome(one, view))
            .collect(),
    );
    if standing.failures_in_a_row > 1 {
        section(
            "",
            vec![style::caution(format!(
                "{} in a row brought nothing",
                standing.failures_in_a_row
            ))],
        );
    }
    section(
        "answers",
        standing
            .answers
            .iter()
            .take(ANSWERS)
            .map(|noted| {
                let mut said = Vec::new();
                if let Some(until) = noted.fresh_until.filter(|until| *until > view.now) {
                    said.push(format!("stands until {}", time::clock(until, view)));
                }
                said.push(if noted.has_validator {
                    "the server can confirm it".to_owned()
                } else {
                    "asked for afresh".to_owned()
                });
                format!("{}: {}", escape::line(&noted.request), said.join(", "))
            })
            .chain(
                standing
                    .answers
                    .len()
                    .checked_sub(ANSWERS)
                    .filter(|more| *more > 0)
                    .map(|more| format!("and {more} more")),
            )
            .collect(),
    );
    section(
        "moved",
        standing
            .moves
            .iter()
            .map(|moved| {
                let how = match moved.adopted_at {
                    Some(at) => format!("asked there since {}", time::clock(at, view)),
                    None => format!("told in {}", plural(moved.runs.into(), "run")),
                };
                format!(
                    "{} to {}: {how}",
                    escape::line(&moved.from),
                    escape::line(&moved.to)
                )
            })
            .collect(),
    );
    section(
        "gone",
        standing
            .gone
            .iter()
            .map(|(url, at)| format!("{} since {}", escape::line(url), time::clock(*at, view)))
            .collect(),
    );
    for of_host in &standing.on_hosts {
        text.push_str(&host(of_host, "  ", view));
    }
    text
}

/// `● complete 3 min ago (run 3): 2 new, 1 request`.
fn outcome(one: &RunOutcome, view: &View) -> String {
    let outcome = &one.outcome;
    let state = outcome
        .state
        .map_or_else(|| style::caution("◐ interrupted"), sign);
    let at = outcome
        .at
        .map_or_else(String::new, |at| format!(" {}", time::days_ago(at, view)));
    let counts = &outcome.counts;
    let mut parts = Vec::new();
    for (count, word) in [
        (counts.new, "new"),
        (counts.changed, "changed"),
        (counts.unchanged, "as before"),
        (counts.rejected, "rejected"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    parts.push(plural(outcome.attempts.into(), "request"));
    if outcome.waited >= Duration::from_millis(100) {
        parts.push(format!("{} waited", time::seconds(outcome.waited)));
    }
    if let Some(until) = outcome
        .until
        .filter(|_| outcome.state == Some(OutcomeState::Limited))
    {
        parts.push(format!("until {}", time::clock(until, view)));
    }
    let reason = outcome
        .reason
        .as_deref()
        .map_or_else(String::new, |reason| format!("; {}", escape::line(reason)));
    format!(
        "{state}{at} (run {}): {}{reason}",
        one.run,
        parts.join(", ")
    )
}
