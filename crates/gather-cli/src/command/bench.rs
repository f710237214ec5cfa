//! `gather bench`: one by one against all at once, on the user's sources or on simulated ones.
//!
//! A measurement spends what belongs to the user, so it says beforehand what it will cost, and asks. When it is stopped,
//! what it came to so far is told.
//!
//! Not here: the measurement (`gather-run`), its pictures (`gather-draw`), simulated sources (`simulated`).

mod simulated;
mod told;

use std::path::Path;

use gather_run::{Bench, Cost, Plan, Point, Way, sizes, worked_out};
use tokio::sync::watch;

use super::{Exit, run};
use crate::{
    args::{self, Target},
    failure::{Failure, Result},
    render,
    session::{Session, shown},
    signals::Signals,
};

use simulated::Simulated;

/// Completes when a person asks to stop.
#[derive(Clone)]
struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Whoever could ask is gone: nobody will.
    async fn asked(mut self) {
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    fn is_asked(&self) -> bool {
        *self.0.borrow()
    }
}

/// What is measured, as far as it has come.
struct Measurement {
    /// Every source.
    bench: Bench,
    /// Fewer sources.
    points: Vec<Point>,
    /// How many rounds there are to be; fewer than wanted where no more fit.
    rounds: u64,
    /// What is measured, in words.
    what: String,
    /// How to measure it again.
    again: String,
}

/// `gather bench`.
pub(crate) async fn bench(session: &Session, args: &args::Bench) -> Result<Exit> {
    check_target(args)?;
    if args.sandbox {
        let simulated = Simulated::start(args).await?;
        let exit = on_simulated(session, args, &simulated).await;
        simulated.stop().await;
        exit
    } else {
        on_sources(session, args).await
    }
}

/// What cannot be written is said before anything is asked.
fn check_target(args: &args::Bench) -> Result<()> {
    let Some(Target::File(path)) = &args.html else {
        return Ok(());
    };
    if !args.force && path.exists() {
        return Err(Failure::new(format!("`{}` is there already", shown(path)))
            .hint("name another file, or write over it with `--force`"));
    }
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    if folder.is_some_and(|folder| !folder.is_dir()) {
        let failure = Failure::new(format!("`{}` cannot be written", shown(path)));
        return Err(failure.hint("name a file in a folder that is there"));
    }
    Ok(())
}

async fn on_simulated(
    session: &Session,
    args: &args::Bench,
    simulated: &Simulated,
) -> Result<Exit> {
    let plan = simulated.plan()?;
    let mut measurement = Measurement {
        bench: Bench::new(plan.clone(), None, session.clock.clone())?,
        points: Vec::new(),
        rounds: args.rounds,
        what: simulated.words(),
        again: simulated.again(args),
    };
    session.note(&format!("{}\n", render::dim(&measurement.what)));
    measure(session, &mut measurement, Some(&plan))
        .await?
        .end(session, args, &measurement)
}

async fn on_sources(session: &Session, args: &args::Bench) -> Result<Exit> {
    let configuration = session.configuration()?;
    let wanted = args::Run {
        sources: args.sources.clone(),
        ..args::Run::default()
    };
    let plan = run::plan(session, &configuration, &wanted)?;
    if configuration.file.is_none() {
        session.note_no_file();
    }
    let store = session.store()?;
    let bench = Bench::new(plan, Some(store), session.clock.clone())?;
    let sources = bench.sources().count();
    if sources == 0 {
        return Ok(none_ready(session, &bench));
    }
    ask(session, args, &bench)?;
    let mut again = vec!["gather bench".to_owned()];
    again.extend(args.sources.iter().cloned());
    again.push(format!("--rounds {}", args.rounds));
    let mut measurement = Measurement {
        bench,
        points: Vec::new(),
        rounds: args.rounds,
        what: render::plural(sources as u64, "source"),
        again: again.join(" "),
    };
    measure(session, &mut measurement, None)
        .await?
        .end(session, args, &measurement)
}

/// No source has its key: there is nobody to ask.
fn none_ready(session: &Session, bench: &Bench) -> Exit {
    let mut text = String::new();
    for unready in bench.unready() {
        let why = format!("{}: {}", unready.source, unready.reason);
        text.push_str(&format!("✕ {}\n", crate::escape::line(&why)));
        if !session.quiet {
            text.push_str(&render::hint(&unready.hint, "  ", &session.view()));
        }
    }
    text.push_str("nothing was measured: no source can be asked\n");
    render::words(&text);
    Exit::Partial
}

/// Says what it will cost, refuses what does not fit, and asks for consent.
fn ask(session: &Session, args: &args::Bench, bench: &Bench) -> Result<()> {
    let cost = bench.cost(args.rounds)?;
    let view = session.view();
    let fit = cost.rounds_that_fit();
    if fit < args.rounds {
        let failure = Failure::new("this would take more of a quota than is left")
            .detail(render::bench_short(&cost, &view));
        return Err(failure.hint(match fit {
            0 => "not even one round fits now; name other sources, or wait".to_owned(),
            fit => format!(
                "{}: `--rounds {fit}`",
                if fit == 1 {
                    "one round fits".to_owned()
                } else {
                    format!("{fit} rounds fit")
                }
            ),
        }));
    }
    let words = render::bench_cost(&cost, bench.sources().count(), &view);
    if args.yes {
        session.note(&words);
        return Ok(());
    }
    render::words(&words);
    if session.confirm("spend them?")? {
        return Ok(());
    }
    Err(
        Failure::new("nothing was measured: the requests were not agreed to")
            .hint("`--yes` spends them without asking; `--sandbox` spends nothing"),
    )
}

/// How a measurement ended.
enum Ended {
    /// All rounds are done, or as many as could be.
    Done,
    /// A person stopped it.
    Stopped,
}

/// Measures until it is done or stopped; a second signal does not wait for what is under way.
async fn measure(
    session: &Session,
    measurement: &mut Measurement,
    fewer: Option<&Plan>,
) -> Result<Ended> {
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new("signals cannot be listened to").because(Some(&error)))?;
    let (stop, stopped) = watch::channel(false);
    let stopping = async {
        signals.next().await;
        session.note("stopping: what has been measured is told; once more ends at once\n");
        // The measurement that listened may just have ended by itself.
        let _ = stop.send(true);
        signals.next().await;
    };
    let stopped = Stop(stopped);
    tokio::select! {
        done = Box::pin(all(session, measurement, fewer, &stopped)) => done,
        () = stopping => Ok(Ended::Stopped),
    }
}

async fn all(
    session: &Session,
    measurement: &mut Measurement,
    fewer: Option<&Plan>,
    stop: &Stop,
) -> Result<Ended> {
    let known = measurement.bench.cost(measurement.rounds)?;
    let Some(first) = measurement.bench.warm_up(stop.clone().asked()).await? else {
        return Ok(Ended::Stopped);
    };
    // Where nobody answers, asking again only spends.
    if first.good == 0 {
        return Ok(Ended::Done);
    }
    if fewer.is_none() {
        as_many_as_fit(session, measurement, &known)?;
    }
    let rounds = measurement.rounds;
    if !rounds_of(session, &mut measurement.bench, rounds, stop).await? {
        return Ok(Ended::Stopped);
    }
    measurement.points = match fewer {
        Some(plan) => fewer_measured(session, plan, measurement, stop).await?,
        None => fewer_worked_out(&measurement.bench),
    };
    Ok(if stop.is_asked() {
        Ended::Stopped
    } else {
        Ended::Done
    })
}

/// The first run has shown what a run asks: where that was not known it is said, and rounds that do not fit any more are
/// left out.
fn as_many_as_fit(session: &Session, measurement: &mut Measurement, known: &Cost) -> Result<()> {
    let cost = measurement.bench.cost(measurement.rounds)?;
    let a_run = render::plural(cost.a_run, "request");
    let fit = cost.rounds_that_fit();
    if fit < measurement.rounds {
        let rounds = render::plural(measurement.rounds, "round");
        render::words(&format!(
            "a run makes {a_run}, more than was known: {fit} of {rounds} fit\n{}",
            render::bench_short(&cost, &session.view())
        ));
        measurement.rounds = fit;
    } else if !known.unlearnt.is_empty() {
        let rest = render::plural(cost.requests(), "request");
        session.note(&format!("a run makes {a_run}: {rest} to come\n"));
    }
    Ok(())
}

/// Whether it came to the end of them.
async fn rounds_of(session: &Session, bench: &mut Bench, rounds: u64, stop: &Stop) -> Result<bool> {
    for nth in 1..=rounds {
        let Some(round) = bench.round(stop.clone().asked()).await? else {
            return Ok(false);
        };
        let [slow, fast] = Way::BOTH.map(|way| gather_draw::span(round.way(way).measured.wall));
        session.note(&format!(
            "{}\n",
            render::dim(format!(
                "round {nth} of {rounds}: one by one {slow}, all at once {fast}"
            ))
        ));
    }
    Ok(true)
}

/// The same with fewer of the simulated sources, and all of them as they were measured.
async fn fewer_measured(
    session: &Session,
    plan: &Plan,
    measurement: &Measurement,
    stop: &Stop,
) -> Result<Vec<Point>> {
    let names: Vec<String> = measurement.bench.sources().map(str::to_owned).collect();
    let mut points = Vec::new();
    for size in sizes(names.len()) {
        if size == names.len() {
            let figures = measurement.bench.figures();
            points.extend(figures.map(|figures| Point::measured(size, &figures)));
            break;
        }
        session.note(&format!(
            "{}\n",
            render::dim(format!("with {}", render::plural(size as u64, "source")))
        ));
        let plan = plan.clone().only(&names[..size])?;
        let mut bench = Bench::new(plan, None, session.clock.clone())?;
        let warm = bench.warm_up(stop.clone().asked()).await?;
        if warm.is_none() || !rounds_of(session, &mut bench, measurement.rounds, stop).await? {
            break;
        }
        let figures = bench.figures();
        points.extend(figures.map(|figures| Point::measured(size, &figures)));
    }
    Ok(points)
}

/// What fewer sources would have taken, and all of them as they were measured. Nothing is asked for it.
fn fewer_worked_out(bench: &Bench) -> Vec<Point> {
    let Some(figures) = bench.figures() else {
        return Vec::new();
    };
    let timeline = &bench.rounds()[figures.at_once.middle].at_once.timeline;
    let all = bench.sources().count();
    let points = sizes(all).into_iter().filter_map(|size| {
        if size == all {
            Some(Point::measured(size, &figures))
        } else {
            worked_out(timeline, size)
        }
    });
    points.collect()
}
