//! Settings, login, setup, failures.

use super::{choice, day, link, minutes_ago, note, outside, shell, times};
use crate::pages::{part::*, view::*};

pub(in crate::pages::tests) fn settings() -> Settings {
    let mut shell = shell("Settings", Here::Settings);
    shell.notice = Some(note("Saved.", Tone::Plain));
    Settings {
        shell,
        name: "ann".to_owned(),
        currency: vec![
            choice("each currency apart", "", "", false),
            choice("EUR", "EUR", "", true),
            choice("USD", "USD", "", false),
        ],
        time_zone: String::new(),
        time_zones: vec!["Europe/Berlin".to_owned(), "Europe/Paris".to_owned()],
        themes: vec![
            choice("as the system", "system", "", true),
            choice("light", "light", "", false),
            choice("dark", "dark", "", false),
        ],
        sessions: vec![
            SessionRow {
                id: "1".to_owned(),
                agent: "Firefox on Linux".to_owned(),
                address: "127.0.0.1".to_owned(),
                began: times().ago(minutes_ago(3000)),
                used: times().ago(minutes_ago(0)),
                this_one: true,
            },
            SessionRow {
                id: "2".to_owned(),
                agent: "Safari on iPhone".to_owned(),
                address: "192.168.1.20".to_owned(),
                began: times().ago(minutes_ago(9000)),
                used: times().ago(minutes_ago(700)),
                this_one: false,
            },
        ],
        keys: vec![
            KeyRow {
                id: "1".to_owned(),
                name: "kitchen display".to_owned(),
                scopes: "news, money".to_owned(),
                made: times().ago(minutes_ago(90000)),
                used: Some(times().ago(minutes_ago(1))),
                expires: None,
            },
            KeyRow {
                id: "2".to_owned(),
                name: "cron".to_owned(),
                scopes: "fetch".to_owned(),
                made: times().ago(minutes_ago(9000)),
                used: None,
                expires: Some(times().day(day("2027-02-01"))),
            },
        ],
        scopes: vec![
            choice("read news", "news", "", true),
            choice("read money", "money", "", false),
            choice("see sources", "sources", "", false),
            choice("change things", "edit", "", false),
            choice("fetch", "fetch", "", false),
        ],
        made: Some((
            "cron".to_owned(),
            "gather_8f3kq2m1x7v9p4t6w0y5z8b1c3d5f7h9j2l4n6r8".to_owned(),
        )),
    }
}

pub(in crate::pages::tests) fn login(refused: bool) -> Login {
    Login {
        shell: outside("Sign in"),
        name: if refused { "ann".to_owned() } else { String::new() },
        next: "/money".to_owned(),
        refused: refused.then(|| "Name or password is not right. After more tries like this one you would have to wait.".to_owned()),
        nobody: false,
    }
}

pub(in crate::pages::tests) fn nobody() -> Login {
    Login {
        nobody: true,
        ..login(false)
    }
}

pub(in crate::pages::tests) fn setup() -> Setup {
    Setup {
        shell: outside("Welcome"),
        action: "/setup/x".to_owned(),
        name: String::new(),
        refused: Some("The two passwords are not the same.".to_owned()),
    }
}

pub(in crate::pages::tests) fn failure(status: u16) -> Failure {
    let (sentence, advice, action) = match status {
        403 => (
            "That is not yours to do.",
            "The request came from another site, or your key lacks the scope.",
            Some(link("Today", "/")),
        ),
        404 => (
            "There is no such page.",
            "It may have been another user's, or the address has a slip in it.",
            Some(link("Today", "/")),
        ),
        429 => ("Too many tries.", "Wait 4 min, then try again.", None),
        503 => (
            "The store cannot be read right now.",
            "The disk may be full; the log of the server says more.",
            Some(link("Try again", "/")),
        ),
        _ => (
            "Something broke on our side.",
            "Nothing of what you sent was kept.",
            Some(link("Today", "/")),
        ),
    };
    Failure {
        shell: if status == 404 {
            shell("Not found", Here::Elsewhere)
        } else {
            outside("Failed")
        },
        status,
        sentence: sentence.to_owned(),
        advice: Some(advice.to_owned()),
        action,
        request: (status >= 500).then(|| "01JD3W8Q4M".to_owned()),
    }
}
