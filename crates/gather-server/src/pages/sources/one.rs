//! `/sources/{name}`: why one source stands as it does.

use gather_run::{HostOutlook, Moved, Noted, Standing};
use gather_store::{Held, RunStatus, Snapshot, SourceOutcome, Store};

use super::{
    super::{
        answer::Failed,
        part::{Note, State, Tone},
        reader::{Declared, Reader},
        runs::outcome_row,
        show::{Numbers, plural},
        standing::{Due, Stands, known, stands},
        view::{Here, SourcePage},
    },
    latency, no_source, quota_use, span, why,
};

/// Outcomes and answers that are shown.
const OUTCOMES: usize = 12;
const ANSWERS: usize = 20;

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

pub(in crate::pages) fn fill_one(
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
            may_fetch: one.lacking.is_none(),
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
