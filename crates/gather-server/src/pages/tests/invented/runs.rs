//! Runs and one run.

use super::{link, minutes_ago, note, shell, times};
use crate::pages::{part::*, view::*};

pub(in crate::pages::tests) fn outcome(
    name: &str,
    state: State,
    word: &str,
    brought: &str,
    took: &str,
    notes: Vec<Note>,
) -> OutcomeRow {
    OutcomeRow {
        source: link(name, &format!("/sources/{name}")),
        state,
        word: word.to_owned(),
        brought: brought.to_owned(),
        requests: "21".to_owned(),
        waited: "0.12 s".to_owned(),
        took: took.to_owned(),
        notes,
    }
}

pub(in crate::pages::tests) fn outcomes() -> Vec<OutcomeRow> {
    vec![
        outcome(
            "bank",
            State::Well,
            "complete",
            "2 transactions new",
            "0.31 s",
            Vec::new(),
        ),
        outcome(
            "ecb",
            State::Failed,
            "failed",
            "nothing",
            "10.0 s",
            vec![
                note("no answer: timed out after 10 s, 3 attempts", Tone::Alarm),
                note("it is tried again at 14:40", Tone::Quiet),
            ],
        ),
        outcome(
            "guardian",
            State::Well,
            "complete",
            "10 articles, 3 of them new",
            "0.22 s",
            Vec::new(),
        ),
        outcome(
            "hackernews",
            State::Well,
            "complete",
            "20 articles, 6 of them new",
            "0.52 s",
            Vec::new(),
        ),
        outcome(
            "newsapi",
            State::Limited,
            "limited",
            "nothing",
            "0.00 s",
            vec![note(
                "100 requests in 24 h are spent; the next is free at 09:12 on 20 Nov",
                Tone::Caution,
            )],
        ),
    ]
}

pub(in crate::pages::tests) fn runs() -> Runs {
    let row = |at: usize| RunRow {
        id: (18 - at).to_string(),
        href: format!("/runs/{}", 18 - at),
        state: if at == 3 {
            State::Interrupted
        } else if at.is_multiple_of(3) {
            State::Partial
        } else {
            State::Well
        },
        word: if at == 3 {
            "interrupted"
        } else if at.is_multiple_of(3) {
            "3 of 5 sources"
        } else {
            "complete"
        }
        .to_owned(),
        started: times().clock(minutes_ago(2 + 30 * i64::try_from(at).unwrap())),
        wall: "0.52 s".to_owned(),
        waiting: "2.31 s".to_owned(),
        gain: "4.4x".to_owned(),
        wall_bar: 12.0 + 2.0 * f64::from(u32::try_from(at).unwrap()),
        waiting_bar: 60.0 + 3.0 * f64::from(u32::try_from(at).unwrap()),
        brought: "11 new, 3 changed".to_owned(),
        troubles: if at.is_multiple_of(3) && at != 3 {
            vec![
                (State::Failed, link("ecb", "/sources/ecb")),
                (State::Limited, link("newsapi", "/sources/newsapi")),
            ]
        } else {
            Vec::new()
        },
    };
    Runs {
        shell: shell("Runs", Here::Runs),
        rows: (0..12).map(row).collect(),
        older: Some("/runs?before=7".to_owned()),
        empty: None,
    }
}

pub(in crate::pages::tests) fn no_runs() -> Runs {
    Runs {
        rows: Vec::new(),
        older: None,
        empty: Some(Empty {
            sentence: "No run yet. The schedule begins one by itself when a source is due."
                .to_owned(),
            action: None,
            command: Some("gather run".to_owned()),
        }),
        ..runs()
    }
}

pub(in crate::pages::tests) fn run_page() -> RunPage {
    RunPage {
        shell: shell("Run 18", Here::Runs),
        id: "18".to_owned(),
        state: State::Partial,
        word: "3 of 5 sources gave all they had".to_owned(),
        started: times().ago(minutes_ago(2)),
        line: "10.0 s for 14.1 s of waiting, 1.4x".to_owned(),
        chain: Some(note(
            "The longest chain of requests took 10.0 s: without ecb it would have been 0.52 s.",
            Tone::Plain,
        )),
        facts: [
            ("Requests", "47"),
            ("New", "11"),
            ("Changed", "3"),
            ("As before", "29"),
            ("Rejected", "0"),
        ]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .into(),
        running: false,
        waterfall: Some(Waterfall {
            drawing: "<svg role=\"group\" aria-label=\"Run 18\"></svg>".to_owned(),
            path: vec![(
                "0 ms".to_owned(),
                "10.0 s".to_owned(),
                "ecb: first byte".to_owned(),
            )],
            advice: vec![
                "Raise `per_host` of hackernews from 6 to 12: about 0.3 s less.".to_owned(),
            ],
        }),
        outcomes: outcomes(),
        before: Some("/runs/17".to_owned()),
        after: None,
    }
}
