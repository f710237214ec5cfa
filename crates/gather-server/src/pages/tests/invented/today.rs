//! The front page, full, empty, and before anything was fetched.

use super::{money::*, news::stories, note, shell};
use crate::pages::{part::*, view::*};

pub(in crate::pages::tests) fn strip() -> Strip {
    let chip = |name: &str, state, note: &str| Chip {
        name: name.to_owned(),
        href: format!("/sources/{name}"),
        state,
        note: note.to_owned(),
    };
    Strip {
        chips: vec![
            chip("ecb", State::Failed, "no answer: timed out after 10 s"),
            chip("bank", State::Stale, "stale 3 h"),
            chip("newsapi", State::Partial, "9 of 10"),
            chip("hackernews", State::Well, "2 min"),
            chip("guardian", State::Well, "2 min"),
            chip("frankfurter", State::Running, "being asked"),
        ],
        more: None,
        summary: "3 well, 1 partial, 1 stale, 1 failed".to_owned(),
        worst: Some(State::Failed),
    }
}

pub(in crate::pages::tests) fn today() -> Today {
    Today {
        shell: shell("Today", Here::Today),
        date: "Thursday, 19 November".to_owned(),
        strip: strip(),
        stories: stories("").into_iter().take(12).collect(),
        worth: worth(),
        accounts: accounts()
            .into_iter()
            .map(|row| AccountRow { proof: None, ..row })
            .collect(),
        budgets: Some(budgets()),
        spending: Some(spending()),
        transactions: transactions(6),
        rates: vec![RateRow {
            base: "EUR".to_owned(),
            quotes: vec![
                ("USD".to_owned(), "1.0712".to_owned()),
                ("GBP".to_owned(), "0.8391".to_owned()),
                ("CHF".to_owned(), "0.9402".to_owned()),
            ],
            origin: note("ecb, 19 Nov", Tone::Plain),
        }],
        ..Today::default()
    }
}

pub(in crate::pages::tests) fn first(running: bool) -> Today {
    let mut page = Today {
        shell: shell("Today", Here::Today),
        date: "Thursday, 19 November".to_owned(),
        first: Some(First {
            sentence: "No source is declared yet. These three commands bring the first one in, where the server runs.".to_owned(),
            commands: [
                ("gather try https://lwn.net/headlines/rss", "looks at an address and says what it would take from it"),
                ("gather add lwn https://lwn.net/headlines/rss", "writes it into gather.toml, which this server reads again by itself"),
                ("gather run lwn", "fetches it now; after this the schedule does"),
            ]
            .map(|(command, words)| (command.to_owned(), words.to_owned()))
            .into(),
            running: running.then(|| "3 of 5 sources have answered".to_owned()),
        }),
        ..Today::default()
    };
    page.shell.last_run = None;
    page
}

pub(in crate::pages::tests) fn nothing_today() -> Today {
    let mut page = Today {
        no_stories: Some(Empty {
            sentence: "No story yet: no source of news is declared.".to_owned(),
            action: None,
            command: Some("gather add lwn https://lwn.net/headlines/rss".to_owned()),
        }),
        no_money: Some(Empty {
            sentence: "No money here yet. A file that your bank lets you download is enough for a beginning:".to_owned(),
            action: None,
            command: Some("gather import november.ofx --yes".to_owned()),
        }),
        stories: Vec::new(),
        ..today()
    };
    page.shell.problem = Some("gather.toml, line 12: `evry` is not a field of a source; the last good configuration stays in force".to_owned());
    if let Some(run) = &mut page.shell.last_run {
        run.running = Some("3 of 5".to_owned());
    }
    page
}
