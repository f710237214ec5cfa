//! A repository: its releases and what happened in it, newest first.

use fastrand::Rng;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    news::before,
    words::{self, SECTIONS},
};

pub(crate) const RELEASES: u32 = 65;
pub(crate) const EVENTS: u32 = 90;

const LOGINS: [&str; 6] = [
    "acmebot", "oakplane", "quillpen", "tidemark", "marram-k", "fennel9",
];

fn actor(login: &str) -> Value {
    json!({
        "login": login,
        "id": crate::answer::fingerprint(login.as_bytes()) % 1_000_000,
        "html_url": format!("https://github.example/{login}"),
        "type": "User",
    })
}

/// Among the first ten: a draft, a pre-release, one without a name or notes.
pub(crate) fn releases(seed: u64, now: Timestamp) -> Vec<Value> {
    let mut rng = Rng::with_seed(seed ^ 0x5245_4c53);
    (0..RELEASES)
        .map(|n| {
            let version = format!("v{}.{}.0", 1 + (RELEASES - n) / 20, (RELEASES - n) % 20);
            let day = i64::from(n) * 5 * 86_400 + rng.i64(3_600..86_400);
            let draft = n == 2;
            let bare = n % 10 == 4;
            let notes = (0..rng.u32(1..=4))
                .map(|_| format!("* {}", words::sentence(&mut rng)))
                .collect::<Vec<_>>()
                .join("\r\n");
            let page = format!("https://github.example/acme/gizmo/releases/tag/{version}");
            json!({
                "id": 70_000 + u64::from(RELEASES - n),
                "node_id": format!("RE_{:x}", 70_000 + RELEASES - n),
                "tag_name": version,
                "name": if bare { Value::Null } else { format!("Gizmo {}", &version[1..]).into() },
                "body": if bare { Value::Null } else { format!("## Changes\r\n\r\n{notes}\r\n").into() },
                "draft": draft,
                "prerelease": n % 10 == 7,
                "created_at": before(now, day + 900).to_string(),
                "published_at": if draft { Value::Null } else { before(now, day).to_string().into() },
                "html_url": page,
                "url": format!("https://api.github.example/repos/acme/gizmo/releases/{}", 70_000 + RELEASES - n),
                "tarball_url": format!("https://api.github.example/repos/acme/gizmo/tarball/{version}"),
                "zipball_url": Value::Null,
                "author": actor(LOGINS[usize::from(n % 3 == 1)]),
                "target_commitish": "main",
                "assets": [],
            })
        })
        .collect()
}

/// Every kind of event that `gather` words, and one that it has never heard of.
pub(crate) fn events(seed: u64, now: Timestamp) -> Vec<Value> {
    let mut rng = Rng::with_seed(seed ^ 0x4556_4e54);
    (0..EVENTS)
        .map(|n| {
            let number = 400 - n;
            let title = words::headline(&mut rng, &SECTIONS[1]);
            let page = |what: &str| format!("https://github.example/acme/gizmo/{what}");
            let issue = json!({ "number": number, "title": title, "html_url": page(&format!("issues/{number}")) });
            let (kind, payload) = match n % 10 {
                0 => (
                    "PushEvent",
                    json!({ "ref": "refs/heads/main", "head": format!("{:040x}", rng.u128(..)), "before": format!("{:040x}", rng.u128(..)) }),
                ),
                1 => ("IssuesEvent", json!({ "action": "opened", "issue": issue })),
                2 => (
                    "PullRequestEvent",
                    // Of a pull request only the number and the address are told.
                    json!({ "action": "opened", "number": number, "pull_request": { "number": number, "url": format!("https://api.github.example/repos/acme/gizmo/pulls/{number}") } }),
                ),
                3 => (
                    "IssueCommentEvent",
                    json!({ "action": "created", "issue": issue, "comment": { "body": words::sentence(&mut rng), "html_url": page(&format!("issues/{number}#issuecomment-{n}")) } }),
                ),
                4 => (
                    "ReleaseEvent",
                    json!({ "action": "published", "release": { "tag_name": format!("v9.{n}.0"), "name": Value::Null, "html_url": page(&format!("releases/tag/v9.{n}.0")) } }),
                ),
                5 => (
                    "CreateEvent",
                    json!({ "ref": format!("topic-{n}"), "ref_type": "branch" }),
                ),
                6 => ("DeleteEvent", json!({ "ref": format!("topic-{n}"), "ref_type": "branch" })),
                7 => ("WatchEvent", json!({ "action": "started" })),
                8 => (
                    "ForkEvent",
                    json!({ "forkee": { "full_name": format!("{}/gizmo", LOGINS[3]), "html_url": format!("https://github.example/{}/gizmo", LOGINS[3]) } }),
                ),
                _ => ("SponsorsTeaEvent", json!({ "cups": n })),
            };
            let login = words::pick(&mut rng, &LOGINS);
            let at = before(now, i64::from(n) * 1_700 + rng.i64(60..1_600));
            json!({
                // Text, though it looks like a number.
                "id": (43_000_000_000_u64 - u64::from(n)).to_string(),
                "type": kind,
                "actor": { "id": 5, "login": login, "display_login": login },
                "repo": { "id": 9_001, "name": "acme/gizmo", "url": "https://api.github.example/repos/acme/gizmo" },
                "payload": payload,
                "public": true,
                "created_at": at.to_string(),
            })
        })
        .collect()
}
