//! Sources and one source.

use jiff::SignedDuration;

use super::{link, minutes_ago, note, runs::outcomes, shell, times};
use crate::pages::{part::*, plot::Spark, view::*};

pub(in crate::pages::tests) fn latency(gap: bool) -> Latency {
    let values: Vec<Option<f64>> = (0..20)
        .map(|at| {
            if gap && at > 16 {
                None
            } else {
                Some(0.2 + f64::from((at * 7) % 5) * 0.05)
            }
        })
        .collect();
    Latency {
        average: "0.28 s".to_owned(),
        spark: Spark::of(&values),
    }
}

pub(in crate::pages::tests) fn sources() -> Sources {
    let row = |name: &str, state: State, word: &str, notes: Vec<Note>, quota: bool| SourceRow {
        name: name.to_owned(),
        href: format!("/sources/{name}"),
        own: name == "bank",
        state,
        word: word.to_owned(),
        notes,
        good: (state != State::Lacking)
            .then(|| times().ago(minutes_ago(if state == State::Stale { 190 } else { 2 }))),
        due: (state != State::Lacking)
            .then(|| times().ahead(times().now + SignedDuration::from_mins(28))),
        every: "every 30 min".to_owned(),
        quota: quota.then(|| QuotaUse {
            used: "96 / 100".to_owned(),
            window: "in 24 h".to_owned(),
            bar: Bar {
                filled: 96.0,
                ..Bar::default()
            },
            reset: None,
        }),
        latency: (state != State::Lacking).then(|| latency(state == State::Failed)),
    };
    Sources {
        shell: shell("Sources", Here::Sources),
        summary: "6 sources: 2 well, 1 partial, 1 stale, 1 failed, 1 without its key".to_owned(),
        rows: vec![
            row(
                "bank",
                State::Stale,
                "stale",
                vec![note("last good 3 h ago, wanted every 30 min", Tone::Quiet)],
                false,
            ),
            row(
                "ecb",
                State::Failed,
                "failed",
                vec![note(
                    "no answer: timed out after 10 s, 3 attempts; 4 in a row",
                    Tone::Alarm,
                )],
                false,
            ),
            row("guardian", State::Well, "well", Vec::new(), false),
            row("hackernews", State::Well, "well", Vec::new(), false),
            row("newsapi", State::Partial, "9 of 10", Vec::new(), true),
            row(
                "openexchange",
                State::Lacking,
                "key missing",
                vec![note(
                    "the variable OPENEXCHANGE_KEY is not set; export it and start the server again",
                    Tone::Alarm,
                )],
                false,
            ),
        ],
        empty: None,
        may_fetch: true,
    }
}

pub(in crate::pages::tests) fn no_sources() -> Sources {
    Sources {
        rows: Vec::new(),
        summary: String::new(),
        empty: Some(Empty {
            sentence: "No source is declared yet.".to_owned(),
            action: None,
            command: Some("gather add lwn https://lwn.net/headlines/rss".to_owned()),
        }),
        ..sources()
    }
}

pub(in crate::pages::tests) fn source_page() -> SourcePage {
    SourcePage {
        shell: shell("ecb", Here::Sources),
        name: "ecb".to_owned(),
        state: State::Failed,
        word: "failed 4 times in a row".to_owned(),
        notes: vec![
            note("no answer: timed out after 10 s, 3 attempts", Tone::Alarm),
            note(
                "Tried again at 14:40; until then what is shown is 3 h old.",
                Tone::Plain,
            ),
        ],
        facts: vec![
            (
                "Asks".to_owned(),
                vec!["https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml".to_owned()],
            ),
            ("Preset".to_owned(), vec!["ecb".to_owned()]),
            ("Every".to_owned(), vec!["30 min".to_owned()]),
            ("Last good".to_owned(), vec!["3 h ago".to_owned()]),
            ("Holds".to_owned(), vec!["31 rates".to_owned()]),
        ],
        quotas: vec![QuotaUse {
            used: "3 / 60".to_owned(),
            window: "in 1 h".to_owned(),
            bar: Bar {
                filled: 5.0,
                ..Bar::default()
            },
            reset: Some("the next is free at 14:40".to_owned()),
        }],
        latency: Some(latency(true)),
        outcomes: outcomes()
            .into_iter()
            .enumerate()
            .map(|(at, outcome)| {
                (
                    link(&format!("{}", 18 - at), "/runs/18"),
                    times().ago(minutes_ago(2 + 30 * i64::try_from(at).unwrap())),
                    outcome,
                )
            })
            .collect(),
        answers: vec![(
            "ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml".to_owned(),
            "stands until 14:40, the server can confirm it".to_owned(),
        )],
        may_fetch: true,
    }
}
