//! GitHub: releases and events, with a token and without, its two limits, its pages.

use gather_records::Record;
use gather_sources::{Answer, Ask, Config, ReadErrorKind, Reading, SecretRef, Source};
use secrecy::{ExposeSecret, SecretString};

use crate::support::{answer, ask, config, lines, read, source};

const RELEASES: &str = "[source.github-releases]\nparams.repo = \"acme/gizmo\"\n";
const EVENTS: &str = "[source.github-events]\nparams.repo = \"acme/gizmo\"\n";

fn without_secrets(text: &str) -> Source {
    let mut resolved = config(text).resolve(&|_| Err("is not set".to_owned()));
    assert!(resolved.unready.is_empty(), "{:?}", resolved.unready);
    resolved.sources.remove(0)
}

fn header<'a>(ask: &'a Ask, name: &str) -> Option<&'a str> {
    ask.headers()
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.expose_secret())
}

fn quotas(source: &Source) -> Vec<(u32, u64)> {
    let quotas = &source.manners()[0].quotas;
    quotas
        .iter()
        .map(|quota| (quota.requests, quota.per.as_secs()))
        .collect()
}

#[test]
fn it_works_without_a_key_and_allows_itself_more_with_one() {
    for text in [RELEASES, EVENTS] {
        let without = without_secrets(text);
        let asked = &without.first_asks()[0];
        assert_eq!(header(asked, "authorization"), None);
        assert_eq!(quotas(&without), [(60, 3_600)]);
        assert!(!without.has_key() && !without.unchanged_is_free());
        let with = source(text);
        let asked = &with.first_asks()[0];
        assert_eq!(
            header(asked, "authorization"),
            Some("Bearer secret-GITHUB_TOKEN")
        );
        assert_eq!(quotas(&with), [(5_000, 3_600)]);
        assert!(with.has_key() && with.unchanged_is_free());
        assert!(with.declaration().key_is_optional());
        for asked in [asked, &without.first_asks()[0]] {
            assert_eq!(header(asked, "x-github-api-version"), Some("2022-11-28"));
            assert_eq!(header(asked, "accept"), Some("application/vnd.github+json"));
        }
    }
}

#[test]
fn a_key_that_is_empty_is_missing_and_one_that_is_broken_is_an_error() {
    let resolve = |value: &'static str| {
        config(RELEASES).resolve(&move |_: &SecretRef| Ok(SecretString::from(value)))
    };
    let empty = resolve(" \n");
    assert!(!empty.sources[0].has_key() && empty.unready.is_empty());
    let broken = resolve("a\nb");
    assert!(broken.sources.is_empty());
    assert!(broken.unready[0].reason.contains("line break"));
}

#[test]
fn a_quota_of_ones_own_holds_with_a_key_too() {
    let own = format!("{RELEASES}quota = \"10/1h\"\n");
    assert_eq!(quotas(&source(&own)), [(10, 3_600)]);
    let more = format!("{RELEASES}quota_with_key = \"15000/1h\"\n");
    assert_eq!(quotas(&source(&more)), [(15_000, 3_600)]);
    assert_eq!(quotas(&without_secrets(&more)), [(60, 3_600)]);
}

#[test]
fn a_key_of_ones_own_is_wanted_unless_it_says_otherwise() {
    let own = format!("{RELEASES}key = {{ env = \"MY_TOKEN\" }}\n");
    let missing = config(&own).resolve(&|_| Err("is not set".to_owned()));
    assert!(missing.sources.is_empty());
    assert!(missing.unready[0].reason.contains("MY_TOKEN"));
    let error = Config::parse(
        &format!("{RELEASES}key = {{ env = \"A\", optional = \"yes\" }}\n"),
        "gather.toml",
    )
    .unwrap_err();
    assert!(error.to_string().contains("true or false"), "{error}");
}

#[test]
fn a_repository_has_to_be_named() {
    let error = Config::parse("[source.github-releases]\n", "gather.toml").unwrap_err();
    assert!(error.to_string().contains("`repo`"), "{error}");
}

const RELEASE: &str = r#"[
{"id":7001,"node_id":"RE_1","tag_name":"v2.1.0","name":null,"body":"* fix Option<Clock>\r\n* less memory","draft":false,"prerelease":false,
 "created_at":"2026-11-17T10:00:00Z","published_at":"2026-11-17T10:12:31Z","html_url":"https://github.com/acme/gizmo/releases/tag/v2.1.0",
 "tarball_url":null,"author":{"login":"acmebot","id":5},"assets":[]},
{"id":7002,"tag_name":"v3.0.0-rc.1","name":"Three","body":null,"draft":false,"prerelease":true,"created_at":"2026-11-18T10:00:00Z",
 "published_at":null,"html_url":"https://github.com/acme/gizmo/releases/tag/v3.0.0-rc.1","author":{"login":"oak","id":6},"assets":[]},
{"id":7003,"tag_name":"v9","name":"Not yet","body":null,"draft":true,"prerelease":false,"created_at":"2026-11-19T10:00:00Z",
 "published_at":null,"html_url":"https://github.com/acme/gizmo/releases/tag/untagged","author":{"login":"oak","id":6},"assets":[]}]"#;

#[test]
fn releases_are_read_and_drafts_left_out() {
    let source = source(RELEASES);
    assert_eq!(
        ask(&source, "main").url().as_str(),
        "https://api.github.com/repos/acme/gizmo/releases?per_page=30"
    );
    let reading = read(&source, RELEASE).unwrap();
    assert_eq!((reading.skipped, reading.rejected.len()), (1, 0));
    insta::assert_snapshot!(lines(&reading.records), @r#"
    {"kind":"article","id":"7001","title":"acme/gizmo v2.1.0","url":"https://github.com/acme/gizmo/releases/tag/v2.1.0","published_at":"2026-11-17T10:12:31Z","author":"acmebot","summary":"* fix Option<Clock> * less memory","section":"release","score":null,"comments":null}
    {"kind":"article","id":"7002","title":"acme/gizmo Three","url":"https://github.com/acme/gizmo/releases/tag/v3.0.0-rc.1","published_at":"2026-11-18T10:00:00Z","author":"oak","summary":null,"section":"pre-release","score":null,"comments":null}
    "#);
    assert!(read(&source, "[]").unwrap().records.is_empty());
    assert!(
        answer(&source, &ask(&source, "main"), 204, "")
            .unwrap()
            .records
            .is_empty()
    );
}

fn linked(source: &Source, ask: &Ask, link: &str, body: &str) -> Reading {
    let url = ask.url().clone();
    let answer = Answer {
        status: 200,
        content_type: Some("application/json; charset=utf-8"),
        links: &[link],
        final_url: &url,
        body: body.as_bytes(),
    };
    source.read(ask, &answer).unwrap()
}

#[test]
fn pages_go_by_the_link_that_github_gives() {
    let link = "<https://api.github.com/repositories/9001/releases?per_page=30&page=2>; rel=\"next\", \
                <https://api.github.com/repositories/9001/releases?per_page=30&page=3>; rel=\"last\"";
    let one = source(RELEASES);
    let reading = linked(&one, &ask(&one, "main"), link, RELEASE);
    assert!(
        reading.follow.is_empty() && reading.warnings.is_empty(),
        "one page unless asked for more: {:?}",
        reading.warnings
    );
    let more = source(&format!("{RELEASES}pages = {{ max = 3 }}\n"));
    let reading = linked(&more, &ask(&more, "main"), link, RELEASE);
    let next = &reading.follow[0];
    assert_eq!(
        next.url().as_str(),
        "https://api.github.com/repositories/9001/releases?per_page=30&page=2"
    );
    assert_eq!(
        header(next, "authorization"),
        Some("Bearer secret-GITHUB_TOKEN")
    );
    assert!(!next.is_foreign());
}

fn refused(source: &Source, status: u16, body: &str) -> (ReadErrorKind, String) {
    let error = answer(source, &ask(source, "main"), status, body).unwrap_err();
    (error.kind(), error.hint().unwrap_or_default().to_owned())
}

#[test]
fn case_06_and_07_both_limits_are_limits_and_no_refusal_of_the_key() {
    let source = source(RELEASES);
    let primary = r#"{"message":"API rate limit exceeded for 192.0.2.7. (But here's the good news: …)","documentation_url":"https://docs.github.com/rest"}"#;
    let secondary = r#"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.","documentation_url":"https://docs.github.com/rest"}"#;
    for status in [403, 429] {
        let (kind, hint) = refused(&source, status, primary);
        assert_eq!(kind, ReadErrorKind::Limited);
        assert!(hint.contains("GITHUB_TOKEN"), "{hint}");
        let (kind, hint) = refused(&source, status, secondary);
        assert_eq!(kind, ReadErrorKind::Limited);
        assert!(hint.contains("pause"), "{hint}");
    }
}

#[test]
fn other_refusals_say_what_to_look_at() {
    let source = source(RELEASES);
    for (status, message, kind, word) in [
        (401, "Bad credentials", ReadErrorKind::Key, "GITHUB_TOKEN"),
        (
            403,
            "Resource not accessible by personal access token",
            ReadErrorKind::Key,
            "rights",
        ),
        (404, "Not Found", ReadErrorKind::Request, "params.repo"),
        (
            451,
            "Repository access blocked",
            ReadErrorKind::Request,
            "legal",
        ),
        (422, "Validation Failed", ReadErrorKind::Request, "query"),
        (502, "Server Error", ReadErrorKind::Unavailable, "per_page"),
    ] {
        let body = format!(
            r#"{{"message":"{message}","documentation_url":"https://docs.github.com/rest","status":"{status}"}}"#
        );
        let (found, hint) = refused(&source, status, &body);
        assert_eq!(found, kind, "{status}");
        assert!(hint.contains(word), "{status}: {hint}");
    }
    let (kind, _) = refused(
        &source,
        403,
        "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
    );
    assert_eq!(kind, ReadErrorKind::Key);
}

#[test]
fn events_of_every_kind_have_words() {
    let source = source(EVENTS);
    assert_eq!(
        ask(&source, "main").url().as_str(),
        "https://api.github.com/repos/acme/gizmo/events?per_page=30"
    );
    let event = |id: u32, kind: &str, payload: &str| {
        format!(
            r#"{{"id":"4300000{id}","type":"{kind}","actor":{{"id":5,"login":"oakplane"}},"repo":{{"id":9001,"name":"acme/gizmo"}},"payload":{payload},"public":true,"created_at":"2026-11-20T08:00:{id:02}Z"}}"#
        )
    };
    let issue = r#"{"number":12,"title":"Clock<T> skew","html_url":"https://github.com/acme/gizmo/issues/12","body":"It drifts."}"#;
    let events = [
        event(
            1,
            "PushEvent",
            r#"{"ref":"refs/heads/main","head":"abc123","before":"0"}"#,
        ),
        event(
            2,
            "IssuesEvent",
            &format!(r#"{{"action":"opened","issue":{issue}}}"#),
        ),
        event(
            3,
            "PullRequestEvent",
            r#"{"action":"opened","number":13,"pull_request":{"number":13}}"#,
        ),
        event(
            4,
            "PullRequestEvent",
            r#"{"action":"closed","number":14,"pull_request":{"number":14,"title":"Faster","html_url":"https://github.com/acme/gizmo/pull/14"}}"#,
        ),
        event(
            5,
            "IssueCommentEvent",
            &format!(
                r#"{{"action":"created","issue":{issue},"comment":{{"body":"Same here.","html_url":"https://github.com/acme/gizmo/issues/12#issuecomment-1"}}}}"#
            ),
        ),
        event(
            6,
            "ReleaseEvent",
            r#"{"action":"published","release":{"tag_name":"v2","name":null,"html_url":"https://github.com/acme/gizmo/releases/tag/v2"}}"#,
        ),
        event(7, "CreateEvent", r#"{"ref":null,"ref_type":"repository"}"#),
        event(8, "DeleteEvent", r#"{"ref":"topic","ref_type":"branch"}"#),
        event(9, "WatchEvent", r#"{"action":"started"}"#),
        event(
            10,
            "ForkEvent",
            r#"{"forkee":{"full_name":"oak/gizmo","html_url":"https://github.com/oak/gizmo"}}"#,
        ),
        event(11, "SponsorsTeaEvent", "{}"),
        event(
            12,
            "PullRequestReviewEvent",
            r#"{"action":"created","pull_request":{"number":14},"review":{"html_url":"https://github.com/acme/gizmo/pull/14#pullrequestreview-1"}}"#,
        ),
    ];
    let reading = read(&source, &format!("[{}]", events.join(","))).unwrap();
    assert!(reading.rejected.is_empty() && reading.warnings.is_empty());
    let told: Vec<String> = reading
        .records
        .iter()
        .map(|record| match record {
            Record::Article(article) => format!(
                "{} | {} | {}",
                article.title.as_deref().unwrap_or("-"),
                article.url.as_ref().map_or("-", url::Url::as_str),
                article.section.as_deref().unwrap_or("-"),
            ),
            other => panic!("{other:?}"),
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    acme/gizmo: push to main | https://github.com/acme/gizmo/commit/abc123 | Push
    acme/gizmo: opened issue #12 Clock<T> skew | https://github.com/acme/gizmo/issues/12 | Issues
    acme/gizmo: opened pull request #13 | https://github.com/acme/gizmo/pull/13 | PullRequest
    acme/gizmo: closed pull request #14 Faster | https://github.com/acme/gizmo/pull/14 | PullRequest
    acme/gizmo: comment on #12 Clock<T> skew | https://github.com/acme/gizmo/issues/12#issuecomment-1 | IssueComment
    acme/gizmo: published release v2 | https://github.com/acme/gizmo/releases/tag/v2 | Release
    acme/gizmo: created repository | - | Create
    acme/gizmo: deleted branch topic | - | Delete
    acme/gizmo: star | - | Watch
    acme/gizmo: fork oak/gizmo | https://github.com/oak/gizmo | Fork
    acme/gizmo: SponsorsTea | - | SponsorsTea
    acme/gizmo: review of pull request #14 | https://github.com/acme/gizmo/pull/14#pullrequestreview-1 | PullRequestReview
    ");
}
