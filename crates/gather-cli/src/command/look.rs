//! `gather try` and `gather add`: look at an address, propose how to declare it, and declare it.
//!
//! The declaration is data and goes to standard output, so that it can be pasted or appended; what was found, and what
//! to look at, are words. Names that are taken and files with mistakes are told before anything is asked.

use gather_records::{Currency, Record, canonical_url};
use gather_run::{ConfigFile, Looked, NoAnswer, Plan, Probe};
use gather_sources::{
    Config,
    sniff::{self, Proposal},
};
use serde::Serialize;
use url::Url;

use super::Exit;
use crate::{
    args::{self, Format},
    failure::{Failure, Result},
    render::{self, Reader},
    session::{Session, shown, typed},
    signals::Signals,
};

/// Records that are shown as a sample.
const SAMPLE: usize = 3;

/// What is to be done with an address.
struct Wanted {
    url: Url,
    name: Option<String>,
    currency: Option<Currency>,
    add: bool,
    /// Only what was added is told.
    brief: bool,
}

/// All that was found, for programs.
#[derive(Serialize)]
struct Found<'a> {
    asked: Vec<Asked>,
    name: Option<&'a str>,
    declaration: Option<&'a str>,
    variables: &'a [String],
    notes: &'a [String],
    sample: &'a [Record],
    added_to: Option<String>,
    failed: Option<&'a str>,
}

#[derive(Serialize)]
struct Asked {
    url: String,
    found: String,
}

/// `gather try`.
pub(crate) async fn look(session: &Session, args: &args::Try) -> Result<Exit> {
    let wanted = Wanted {
        url: args.url.clone(),
        name: args.name.clone(),
        currency: args.currency,
        add: args.add,
        brief: false,
    };
    probe(session, wanted).await
}

/// `gather add`.
pub(crate) async fn add(session: &Session, args: args::Add) -> Result<Exit> {
    let Some(url) = args.url else {
        return preset(session, &args.name);
    };
    let wanted = Wanted {
        url,
        name: Some(args.name),
        currency: args.currency,
        add: true,
        brief: true,
    };
    probe(session, wanted).await
}

/// Declares a preset by its name. Nothing is asked.
fn preset(session: &Session, name: &str) -> Result<Exit> {
    only_json(session, "add")?;
    let mut file = session.editable()?;
    refuse_taken(&file, name)?;
    if !gather_sources::presets().any(|preset| preset.name == name) {
        let names: Vec<&str> = gather_sources::presets()
            .map(|preset| preset.name)
            .collect();
        return Err(
            Failure::new(format!("there is no preset `{name}`")).hint(format!(
                "give its address: `gather add {name} URL`; presets are {}",
                names.join(", ")
            )),
        );
    }
    let proposal = Proposal::of_preset(name);
    let text = proposal.text(name);
    // What a preset still needs is said by the name of what is missing.
    let config = Config::parse(&text, name).map_err(|errors| {
        let first = errors.errors.first();
        let why = first.map_or("it is incomplete", |error| error.message.as_str());
        let hint = first
            .and_then(|error| error.help.clone())
            .unwrap_or_default();
        Failure::new(format!(
            "the preset `{name}` cannot be added by its name alone: {why}"
        ))
        .hint(format!(
            "declare it in `{}` by hand: {hint}",
            shown(file.path())
        ))
    })?;
    write(session, &mut file, &text)?;
    let keys: Vec<String> = config
        .resolve(&|wanted| session.secret(wanted))
        .unready
        .into_iter()
        .map(|one| one.hint)
        .collect();
    report(session, &file, name, &text, &[], &keys)?;
    Ok(Exit::Complete)
}

async fn probe(session: &Session, wanted: Wanted) -> Result<Exit> {
    only_json(session, if wanted.brief { "add" } else { "try" })?;
    let mut file = session.editable()?;
    if let Some(name) = &wanted.name {
        refuse_taken(&file, name)?;
    }
    let config = if file.exists() {
        file.config().clone()
    } else {
        Config::default_sources()
    };
    let plan = Plan::new(&config, &|wanted| session.secret(wanted));
    // Without a database there is no ledger to share, and none is made for a look.
    let store = match session.database()?.try_exists() {
        Ok(true) => Some(session.store()?),
        Ok(false) | Err(_) => None,
    };
    let probe = Probe::new(&plan, store.as_ref(), session.clock.clone())?;
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new("signals cannot be listened to").because(Some(&error)))?;
    let looked = tokio::select! {
        looked = probe.look(&wanted.url, wanted.currency) => looked,
        () = signals.next() => return Ok(Exit::Interrupted),
    };
    let (seen, failed) = match looked {
        Ok(seen) => (seen, None),
        Err((seen, no)) => (seen, Some(no)),
    };
    finish(session, &wanted, &mut file, seen, failed)
}

/// Tells what was found, and declares it if that is wanted.
fn finish(
    session: &Session,
    wanted: &Wanted,
    file: &mut ConfigFile,
    seen: Vec<Looked>,
    failed: Option<NoAnswer>,
) -> Result<Exit> {
    let view = session.view();
    let last = seen.last().map(|looked| &looked.found);
    let proposal = last
        .and_then(|found| found.proposal.as_ref())
        .filter(|_| failed.is_none());
    // A source of a preset's name builds on it, which only a proposal of that preset wants.
    let is_other_preset = |name: &str| {
        proposal.is_some_and(|one| one.preset() != Some(name))
            && gather_sources::presets().any(|preset| preset.name == name)
    };
    if let Some(name) = wanted.name.as_deref().filter(|name| is_other_preset(name)) {
        return Err(Failure::new(format!(
            "`{name}` is the name of a preset, which this address is not"
        ))
        .hint("give it another name"));
    }
    let taken = |name: &str| is_taken(file, name) || is_other_preset(name);
    let name = wanted
        .name
        .clone()
        .or_else(|| Some(sniff::free_name(proposal?.name(), &taken)));
    let text = proposal
        .zip(name.as_deref())
        .map(|(proposal, name)| proposal.text(name));
    let variables = proposal
        .zip(name.as_deref())
        .map_or_else(Vec::new, |(one, name)| one.variables(name));
    if session.for_people() {
        session.note(&render::looked(&seen, &view));
    }
    let follower = proposal.and_then(|one| follower(file.config(), one));
    let mut added_to = None;
    if let (true, Some(text)) = (wanted.add, &text) {
        if let Some(follower) = &follower {
            return Err(
                Failure::new(format!("`{follower}` follows this address already")).hint(format!(
                    "`gather run {}` fetches it",
                    typed(follower.as_ref())
                )),
            );
        }
        write(session, file, text)?;
        added_to = Some(shown(file.path()));
    }
    if !session.for_people() {
        let sample = last.map_or(&[][..], |found| &found.reading.records);
        let found = Found {
            asked: seen
                .iter()
                .map(|looked| Asked {
                    url: looked.shown.clone(),
                    found: looked.found.what.to_string(),
                })
                .collect(),
            name: name.as_deref().filter(|_| text.is_some()),
            declaration: text.as_deref(),
            variables: &variables,
            notes: last.map_or(&[][..], |found| &found.notes),
            sample: &sample[..sample.len().min(SAMPLE)],
            added_to,
            failed: failed.as_ref().map(|no| no.reason.as_str()),
        };
        render::one(session.format, &found)?;
    } else if let (Some(found), Some(text), Some(name)) = (last, &text, &name) {
        if wanted.brief {
            report(session, file, name, text, &found.notes, &needs(&variables))?;
        } else {
            session.note(&render::sample(&found.reading, SAMPLE, &view));
            if render::data(&crate::escape::lines(text))? == Reader::Gone {
                return Ok(Exit::Complete);
            }
            session.note(&render::notes(&found.notes, &view));
            let advice = match (&added_to, &follower) {
                (None, Some(follower)) => format!("`{follower}` follows this address already"),
                (None, None) => {
                    format!(
                        "the same with `--add` writes this to `{}`",
                        shown(file.path())
                    )
                }
                (Some(path), _) => format!(
                    "written to `{path}`; `gather run {}` fetches it",
                    typed(name.as_ref())
                ),
            };
            let mut words = render::hint(&advice, "", &view);
            for need in needs(&variables) {
                words.push_str(&render::hint(&need, "", &view));
            }
            session.note(&words);
        }
    } else if let Some(found) = last.filter(|_| failed.is_none()) {
        session.note(&render::notes(&found.notes, &view));
    }
    if let Some(no) = &failed {
        render::words(&render::no_answer(None, no, !session.quiet, &view));
    }
    Ok(if text.is_some() {
        Exit::Complete
    } else {
        Exit::Partial
    })
}

/// What is said when a source was added.
fn report(
    session: &Session,
    file: &ConfigFile,
    name: &str,
    text: &str,
    notes: &[String],
    needs: &[String],
) -> Result<()> {
    if !session.for_people() {
        let found = Found {
            asked: Vec::new(),
            name: Some(name),
            declaration: Some(text),
            variables: &[],
            notes,
            sample: &[],
            added_to: Some(shown(file.path())),
            failed: None,
        };
        render::one(session.format, &found)?;
        return Ok(());
    }
    let view = session.view();
    render::data(&format!(
        "{} `{}` to `{}`\n",
        render::accent("added"),
        crate::escape::line(name),
        shown(file.path())
    ))?;
    let mut words = render::notes(notes, &view);
    for need in needs {
        words.push_str(&render::hint(need, "", &view));
    }
    words.push_str(&render::hint(
        &format!("`gather run {}` fetches it", typed(name.as_ref())),
        "",
        &view,
    ));
    session.note(&words);
    Ok(())
}

fn needs(variables: &[String]) -> Vec<String> {
    variables
        .iter()
        .map(|variable| {
            format!(
                "set `{variable}` to the key that stands in the address: it is not written down"
            )
        })
        .collect()
}

/// Writes a declaration to the end of the configuration, and says so where the file is new.
fn write(session: &Session, file: &mut ConfigFile, text: &str) -> Result<()> {
    let is_new = !file.exists();
    file.add(&[text.to_owned()])?;
    if is_new {
        made(session, file);
    }
    Ok(())
}

/// Says that there is a configuration now, which the built-in sources are not in.
pub(crate) fn made(session: &Session, file: &ConfigFile) {
    session.note(&format!(
        "made `{}`: from now on the sources in it are asked, and the built-in ones no more (`gather add hackernews` adds one)\n",
        shown(file.path())
    ));
}

pub(crate) fn is_taken(file: &ConfigFile, name: &str) -> bool {
    file.config()
        .declarations()
        .any(|known| known.name() == name)
}

fn refuse_taken(file: &ConfigFile, name: &str) -> Result<()> {
    if is_taken(file, name) {
        return Err(Failure::new(format!(
            "there is a source `{name}` already in `{}`",
            shown(file.path())
        ))
        .hint("give it another name, or change that one by hand"));
    }
    Ok(())
}

/// The source that follows the same address, however it is written.
pub(crate) fn follower(config: &Config, proposal: &Proposal) -> Option<String> {
    let wanted = canonical_url(proposal.url()?);
    config
        .declarations()
        .find(|declaration| declaration.urls().any(|url| canonical_url(url) == wanted))
        .map(|declaration| declaration.name().to_owned())
}

fn only_json(session: &Session, command: &str) -> Result<()> {
    if matches!(session.format, Format::Csv) {
        return Err(Failure::new(format!("`gather {command}` writes no CSV"))
            .hint("leave `--format` out, or give `--format json`"));
    }
    Ok(())
}
