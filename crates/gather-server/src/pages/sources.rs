//! `/sources` and `/sources/{name}`: how each stands and why, what its quotas have left, "fetch now".
//!
//! Only sources that the reader may see have a page; of another's nothing tells whether it is there. One that is declared
//! no more, and of which something is held, still has one.
//!
//! Not here: what a state is called (`standing`), what outcomes brought (`runs`).

use std::time::Duration;

use axum::{
    extract::{Path, State as Of, rejection::PathRejection},
    response::Response,
};
use gather_run::{HostOutlook, Moved, Noted, Outlook, QuotaOutlook, Standing};
use gather_store::{
    Held, OutcomeState, Run, RunStatus, Snapshot, SourceOutcome, SourceState, Store,
};

use super::{
    address::{Sent, segment},
    answer::Failed,
    part::{Bar, Note, State, Tone},
    plot::Spark,
    reader::{Declared, Reader},
    runs::{self, outcome_row},
    show::{Numbers, plural, seconds},
    standing::{Due, Stands, known, stands, summary},
    view::{Empty, Here, Latency, QuotaUse, SourcePage, SourceRow, Sources},
};
use crate::app::App;

/// How many runs a latency is of.
const RUNS: usize = 20;
/// Outcomes and answers on the page of a source.
const OUTCOMES: usize = 12;
const ANSWERS: usize = 20;

pub(super) async fn list(Of(app): Of<App>, reader: Reader) -> Response {
    let due = Due::of(app.schedule(), &reader.declared());
    reader
        .show(&app, move |reader, store| fill_list(reader, store, &due))
        .await
}

pub(super) async fn one(
    Of(app): Of<App>,
    reader: Reader,
    path: Result<Path<String>, PathRejection>,
) -> Response {
    let due = Due::of(app.schedule(), &reader.declared());
    reader
        .show(&app, move |reader, store| {
            let Ok(Path(name)) = path else {
                return Err(no_source());
            };
            fill_one(reader, store, &due, &name)
        })
        .await
}

pub(super) async fn fetch(
    Of(app): Of<App>,
    reader: Reader,
    path: Result<Path<String>, PathRejection>,
    sent: Sent,
) -> Response {
    match path {
        Ok(Path(name)) => runs::fetch(&app, &reader, &[name], sent).await,
        Err(_) => reader.fail(&no_source()),
    }
}

fn no_source() -> Failed {
    Failed::missing("There is no such source.").leading("Sources", "/sources")
}

pub(super) fn fill_list(reader: &Reader, store: &Store, due: &Due) -> Result<Sources, Failed> {
    let declared = reader.declared();
    let outlook = gather_run::outlook(&reader.loaded.plan, store, reader.times.now)?;
    store.snapshot(|moment: &Snapshot<'_>| {
        let shell = reader.shell(moment, "Sources", Here::Sources)?;
        if declared.is_empty() {
            return Ok(Sources {
                shell,
                empty: Some(Empty {
                    sentence: "No source is declared yet.".to_owned(),
                    action: None,
                    command: Some("gather add lwn https://lwn.net/headlines/rss".to_owned()),
                }),
                ..Sources::default()
            });
        }
        let states = moment.source_states(&reader.viewer)?;
        let latest = moment.runs(&reader.viewer, RUNS)?;
        let rows: Vec<SourceRow> = declared
            .iter()
            .map(|one| row(reader, one, known(&states, one), due, &outlook, &latest))
            .collect();
        let marks: Vec<State> = rows.iter().map(|row| row.state).collect();
        Ok(Sources {
            summary: format!(
                "{}: {}",
                plural(rows.len() as u64, "source"),
                summary(&marks)
            ),
            shell,
            rows,
            empty: None,
            may_fetch: true,
        })
    })
}

fn row(
    reader: &Reader,
    one: &Declared,
    state: Option<&SourceState>,
    due: &Due,
    outlook: &Outlook,
    latest: &[Run],
) -> SourceRow {
    let Stands {
        state: mark, word, ..
    } = stands(reader, one, state, due);
    let laid_out = outlook.sources.iter().find(|laid| laid.source == one.name);
    let hosts = laid_out.map_or(&[][..], |laid| &laid.hosts);
    // The one that is nearest to its end is the one that matters.
    let quota = outlook
        .hosts
        .iter()
        .filter(|host| hosts.contains(&host.host))
        .flat_map(|host| &host.quotas)
        .max_by(|a, b| share(a).total_cmp(&share(b)));
    let of_source: Vec<&SourceOutcome> = latest
        .iter()
        .filter_map(|run| {
            let mut outcomes = run.outcomes.iter();
            outcomes.find(|told| told.source == one.name && told.owner == one.owner)
        })
        .collect();
    SourceRow {
        name: one.name.clone(),
        href: reader.to(&format!("/sources/{}", segment(&one.name))),
        own: one.owner.is_some(),
        state: mark,
        word,
        notes: why(
            reader,
            one,
            state,
            mark,
            laid_out.and_then(|laid| laid.reason.as_deref()),
        ),
        good: state
            .and_then(|state| state.good_at)
            .map(|at| reader.times.ago(at)),
        due: due.next.get(&one.name).map(|at| reader.times.ahead(*at)),
        every: match one.lacking {
            // How often it would be asked is not known before it can be.
            Some(_) => String::new(),
            None => format!("every {}", span(one.every)),
        },
        quota: quota.map(|quota| quota_use(reader, quota)),
        latency: latency(&of_source),
    }
}

/// Why a source stands as it does, and what to do about it.
fn why(
    reader: &Reader,
    one: &Declared,
    state: Option<&SourceState>,
    mark: State,
    moved: Option<&str>,
) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    let mut note = |text: String, tone: Tone| {
        if !notes.iter().any(|held| held.text == text) {
            notes.push(Note { text, tone });
        }
    };
    if let Some((reason, hint)) = &one.lacking {
        note(format!("{reason}; {hint}"), Tone::Alarm);
        return notes;
    }
    let last = state.and_then(|state| state.last.as_ref());
    let bad = matches!(
        mark,
        State::Failed | State::Partial | State::Limited | State::GivenUp
    );
    if let Some(last) = last.filter(|_| bad) {
        if let Some(reason) = &last.reason {
            note(reason.clone(), mark.tone());
        }
        if let Some(hint) = &last.hint {
            note(hint.clone(), Tone::Plain);
        }
    }
    if mark == State::GivenUp {
        note(
            "It is not asked again by itself; “Fetch now” asks once more.".to_owned(),
            Tone::Plain,
        );
    }
    let good_at = state.and_then(|state| state.good_at);
    if let Some(at) = good_at.filter(|at| one.is_stale(*at, reader.times.now)) {
        let ago = reader.times.ago(at).words;
        note(
            format!("last good {ago}, wanted every {}", span(one.every)),
            Tone::Quiet,
        );
    }
    if let Some(reason) = moved.filter(|_| mark != State::GivenUp) {
        note(reason.to_owned(), Tone::Quiet);
    }
    notes
}

/// How much of a quota is taken.
fn share(quota: &QuotaOutlook) -> f64 {
    // Counts of requests are far below what a float holds exactly.
    let taken = u32::try_from(quota.taken).unwrap_or(u32::MAX);
    f64::from(taken) / f64::from(quota.requests.max(1))
}

fn quota_use(reader: &Reader, quota: &QuotaOutlook) -> QuotaUse {
    let count = |count| reader.numbers.count(count);
    let spent = quota.taken >= u64::from(quota.requests);
    QuotaUse {
        used: format!("{} / {}", count(quota.taken), count(quota.requests.into())),
        window: format!("in {}", span(quota.per)),
        bar: Bar {
            filled: (share(quota) * 100.0).min(100.0),
            ..Bar::default()
        },
        reset: quota.free_at.filter(|_| spent).map(|at| {
            let ahead = reader.times.ahead(at).words;
            format!("the next is free {ahead}")
        }),
    }
}

/// How long a source took lately, the newest outcome first; one that gave nothing is a gap.
fn latency(outcomes: &[&SourceOutcome]) -> Option<Latency> {
    let asked = outcomes
        .iter()
        .rev()
        .filter(|outcome| outcome.attempts > 0 && outcome.state.is_some());
    let values: Vec<Option<f64>> = asked
        .map(|outcome| {
            let good = outcome.state.is_some_and(OutcomeState::is_good);
            good.then_some(outcome.took.as_secs_f64())
        })
        .collect();
    let good: Vec<f64> = values.iter().flatten().copied().collect();
    if good.is_empty() {
        return None;
    }
    let count = f64::from(u32::try_from(good.len()).unwrap_or(u32::MAX));
    let average = Duration::try_from_secs_f64(good.iter().sum::<f64>() / count).ok()?;
    Some(Latency {
        average: seconds(average),
        spark: Spark::of(&values),
    })
}

/// A length of time that somebody declared: `30 min`, `6 h`, `2 d`, `90 s`.
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => self::seconds(span),
        _ if seconds.is_multiple_of(86_400) && seconds > 86_400 => {
            format!("{} d", seconds / 86_400)
        }
        _ if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

/// `31 rates`, `2 accounts, 1,204 transactions`, `nothing`.
fn holds(held: &Held, numbers: Numbers) -> String {
    let kinds = [
        ("article", held.articles),
        ("account", held.accounts),
        ("transaction", held.transactions),
        ("budget", held.budgets),
        ("rate", held.rates),
    ];
    let parts: Vec<String> = kinds
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| {
            let plain = count.to_string();
            plural(count, word).replacen(&plain, &numbers.count(count), 1)
        })
        .collect();
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join(", ")
    }
}

pub(super) fn fill_one(
    reader: &Reader,
    store: &Store,
    due: &Due,
    name: &str,
) -> Result<SourcePage, Failed> {
    let declared = reader.declared().into_iter().find(|one| one.name == name);
    let Some(one) = declared else {
        return store.snapshot(|moment| undeclared(reader, moment, name));
    };
    let plan = &reader.loaded.plan;
    let standing = gather_run::standing(plan, store, name, reader.times.now)?;
    let standing = standing.ok_or_else(no_source)?;
    store.snapshot(|moment: &Snapshot<'_>| {
        let states = moment.source_states(&reader.viewer)?;
        let state = known(&states, &one);
        let Stands {
            state: mark, word, ..
        } = stands(reader, &one, state, due);
        let outcomes: Vec<&SourceOutcome> =
            standing.outcomes.iter().map(|told| &told.outcome).collect();
        let quotas = standing.on_hosts.iter().flat_map(|host| &host.quotas);
        Ok(SourcePage {
            shell: reader.shell(moment, name, Here::Sources)?,
            name: name.to_owned(),
            state: mark,
            word: match standing.failures_in_a_row {
                failures @ 2.. if mark == State::Failed => {
                    format!("failed {failures} times in a row")
                }
                _ => word,
            },
            notes: why(
                reader,
                &one,
                state,
                mark,
                standing.outlook.reason.as_deref(),
            ),
            facts: facts(reader, &one, &standing, due),
            quotas: quotas.map(|quota| quota_use(reader, quota)).collect(),
            latency: latency(&outcomes),
            outcomes: standing
                .outcomes
                .iter()
                .take(OUTCOMES)
                .map(|told| {
                    let run = told.run.to_string();
                    (
                        reader.link(&run, &format!("/runs/{run}")),
                        told.outcome
                            .at
                            .map(|at| reader.times.ago(at))
                            .unwrap_or_default(),
                        outcome_row(reader, &told.outcome, RunStatus::Complete),
                    )
                })
                .collect(),
            answers: standing
                .answers
                .iter()
                .take(ANSWERS)
                .map(|noted| (noted.request.clone(), noted_words(reader, noted)))
                .collect(),
            may_fetch: true,
        })
    })
}

fn facts(
    reader: &Reader,
    one: &Declared,
    standing: &Standing,
    due: &Due,
) -> Vec<(String, Vec<String>)> {
    let mut facts: Vec<(String, Vec<String>)> = Vec::new();
    let mut fact = |name: &str, values: Vec<String>| {
        if !values.is_empty() {
            facts.push((name.to_owned(), values));
        }
    };
    fact("Asks", standing.addresses.clone());
    let preset = standing.preset.iter().filter(|preset| **preset != one.name);
    fact("Preset", preset.cloned().collect());
    fact("Every", vec![span(one.every)]);
    let next = due.next.get(&one.name);
    fact(
        "Next due",
        next.map(|at| reader.times.ahead(*at).words)
            .into_iter()
            .collect(),
    );
    let good = standing
        .good_at
        .map_or_else(|| "never yet".to_owned(), |at| reader.times.ago(at).words);
    fact("Last good", vec![good]);
    fact("Holds", vec![holds(&standing.held, reader.numbers)]);
    fact(
        "Moved",
        standing
            .moves
            .iter()
            .map(|moved| moved_words(reader, moved))
            .collect(),
    );
    fact(
        "Gone",
        standing
            .gone
            .iter()
            .map(|(url, at)| format!("{url}, since {}", reader.times.clock(*at).words))
            .collect(),
    );
    let cooling = |host: &HostOutlook| {
        let until = reader.times.clock(host.cooling_until?).words;
        Some(format!(
            "{} asked to be left alone until {until}",
            host.host
        ))
    };
    fact(
        "Pause",
        standing.on_hosts.iter().filter_map(cooling).collect(),
    );
    facts
}

fn moved_words(reader: &Reader, moved: &Moved) -> String {
    let how = match moved.adopted_at {
        Some(at) => format!("asked there since {}", reader.times.clock(at).words),
        None => format!("told in {}", plural(moved.runs.into(), "run")),
    };
    format!("{} to {}: {how}", moved.from, moved.to)
}

fn noted_words(reader: &Reader, noted: &Noted) -> String {
    let mut said = Vec::new();
    if let Some(until) = noted.fresh_until.filter(|until| *until > reader.times.now) {
        said.push(format!("stands until {}", reader.times.clock(until).words));
    }
    said.push(
        if noted.has_validator {
            "the server can confirm it"
        } else {
            "asked for afresh"
        }
        .to_owned(),
    );
    said.join(", ")
}

/// A source that is declared no more, or never was: what came in files is under the name of one, too.
fn undeclared(reader: &Reader, moment: &Snapshot<'_>, name: &str) -> Result<SourcePage, Failed> {
    let states = moment.source_states(&reader.viewer)?;
    let state = states.iter().find(|state| state.source == name);
    let state = state.ok_or_else(no_source)?;
    let last = state.last_run.zip(state.last.as_ref());
    Ok(SourcePage {
        shell: reader.shell(moment, name, Here::Sources)?,
        name: name.to_owned(),
        state: State::Skipped,
        word: "not declared".to_owned(),
        notes: vec![Note {
            text: "It is not in the configuration, and so it is not asked. What it brought stays."
                .to_owned(),
            tone: Tone::Plain,
        }],
        facts: vec![
            (
                "Last good".to_owned(),
                vec![
                    state
                        .good_at
                        .map_or_else(|| "never asked".to_owned(), |at| reader.times.ago(at).words),
                ],
            ),
            ("Holds".to_owned(), vec![holds(&state.held, reader.numbers)]),
        ],
        quotas: Vec::new(),
        latency: None,
        outcomes: last
            .into_iter()
            .map(|(run, outcome)| {
                (
                    reader.link(&run.to_string(), &format!("/runs/{run}")),
                    outcome
                        .at
                        .map(|at| reader.times.ago(at))
                        .unwrap_or_default(),
                    outcome_row(reader, outcome, RunStatus::Complete),
                )
            })
            .collect(),
        answers: Vec::new(),
        may_fetch: false,
    })
}
