//! What is known of earlier answers: nothing is fetched twice for nothing, and nothing is taken for granted.

use std::time::Duration;

use gather::ManualClock;
use gather_run::RunReport;
use gather_sandbox::{Api, Caching, Fault, Sandbox, Tag};
use gather_store::{OutcomeState, RunStatus, SourceRef};

use crate::support::{HOUR, Home, outcome, plan, still};

async fn sandbox(caching: Caching) -> Sandbox {
    Sandbox::builder()
        .caching(Api::Feeds, caching)
        .start()
        .await
        .unwrap()
}

fn feed(sandbox: &Sandbox) -> String {
    format!(
        "[source.wharf]\nfeed = \"{}/atom.xml\"\n",
        sandbox.origin(Api::Feeds)
    )
}

/// What the feed's requests said under a header, in their order.
fn sent(sandbox: &Sandbox, name: &str) -> Vec<Option<String>> {
    let log = sandbox.log(Api::Feeds);
    let said = log.requests().iter().map(|seen| seen.header(name));
    said.map(|value| value.map(str::to_owned)).collect()
}

struct World {
    sandbox: Sandbox,
    home: Home,
    clock: ManualClock,
    text: String,
}

impl World {
    async fn new(caching: Caching) -> Self {
        let sandbox = sandbox(caching).await;
        let text = feed(&sandbox);
        Self {
            home: Home::new(),
            clock: still(),
            sandbox,
            text,
        }
    }

    async fn run(&self) -> RunReport {
        self.home.run_at(&self.text, &self.clock).await
    }

    async fn state(&self) -> OutcomeState {
        outcome(&self.run().await, "wharf").state
    }
}

#[tokio::test]
async fn an_answer_that_is_still_good_is_not_asked_for_again() {
    let world = World::new(Caching::none().header("cache-control", "max-age=3600")).await;
    assert_eq!(world.state().await, OutcomeState::Complete);
    let held = world.home.stories();
    world.clock.advance(HOUR / 2);
    let second = world.run().await;
    assert_eq!(second.status, RunStatus::Complete);
    let wharf = outcome(&second, "wharf");
    assert_eq!((wharf.state, wharf.attempts), (OutcomeState::Unchanged, 0));
    assert!(wharf.reason.as_deref().unwrap().contains("is good until"));
    assert_eq!(world.sandbox.log(Api::Feeds).total(), 1);
    assert_eq!(world.home.stories(), held);

    let anyway = plan(&world.text).revalidate();
    let third = world.home.run_plan(anyway, world.clock.clock()).await;
    assert_eq!(outcome(&third, "wharf").attempts, 1, "who insists, asks");
    world.clock.advance(HOUR + HOUR);
    assert_eq!(
        world.run().await.timeline.report.attempts,
        1,
        "and later everybody does"
    );
}

#[tokio::test]
async fn a_poll_interval_is_kept_to() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let text = format!(
        "[source.gizmo]\npreset = \"github-events\"\nbase = \"{}\"\nparams = {{ repo = \"acme/gizmo\" }}\n",
        sandbox.origin(Api::GitHub)
    );
    let home = Home::new();
    let clock = still();
    let first = home.run_at(&text, &clock).await;
    assert_eq!(outcome(&first, "gizmo").state, OutcomeState::Complete);
    clock.advance(Duration::from_secs(50));
    let early = home.run_at(&text, &clock).await;
    assert_eq!(outcome(&early, "gizmo").attempts, 0, "60 s are asked for");
    clock.advance(Duration::from_secs(11));
    let later = home.run_at(&text, &clock).await;
    let later = outcome(&later, "gizmo");
    assert_eq!((later.state, later.attempts), (OutcomeState::Unchanged, 1));
}

#[tokio::test]
async fn a_year_of_freshness_is_a_day() {
    let world = World::new(Caching::none().header("cache-control", "max-age=31536000")).await;
    world.run().await;
    world.clock.advance(HOUR * 23);
    assert_eq!(world.state().await, OutcomeState::Unchanged);
    world.clock.advance(HOUR * 2);
    assert_eq!(world.state().await, OutcomeState::Complete);
}

#[tokio::test]
async fn case_11_what_is_not_asked_says_nothing_about_the_hosts_limits() {
    let caching = Caching::none()
        .header("cache-control", "max-age=3600")
        .header("ratelimit-policy", "\"default\";q=1;w=60")
        .header("ratelimit", "\"default\";r=0;t=50");
    let world = World::new(caching).await;
    world.run().await;
    let host = world.sandbox.origin(Api::Feeds);
    let now = || world.clock.clock().wall().try_into().unwrap();
    let cooling = world.home.store.cooling(now()).unwrap();
    assert_eq!(cooling[0].host, host, "the answer itself counts");
    world.clock.advance(HOUR / 2);
    assert!(world.home.store.cooling(now()).unwrap().is_empty());
    assert_eq!(world.state().await, OutcomeState::Unchanged);
    assert!(
        world.home.store.cooling(now()).unwrap().is_empty(),
        "its second life does not"
    );
}

#[tokio::test]
async fn case_33_not_modified_of_rows_that_are_not_there_is_asked_again_without_a_condition() {
    let world = World::new(Caching::none().etag(Tag::Strong)).await;
    world.run().await;
    let held = world.home.stories();
    assert!(!held.is_empty());
    let emptied = rusqlite::Connection::open(world.home.store.path()).unwrap();
    emptied.execute("DELETE FROM articles", []).unwrap();
    assert_eq!(world.state().await, OutcomeState::Complete);
    assert_eq!(world.home.stories().len(), held.len());
    assert_eq!(sent(&world.sandbox, "if-none-match"), [None, None]);
}

#[tokio::test]
async fn case_33_not_modified_without_being_asked_is_asked_once_more_and_then_named() {
    let world = World::new(Caching::none()).await;
    world
        .sandbox
        .set_fault(Api::Feeds, Fault::status(304).first(1))
        .await
        .unwrap();
    assert_eq!(world.state().await, OutcomeState::Complete);
    assert_eq!(world.sandbox.log(Api::Feeds).total(), 2);

    world
        .sandbox
        .set_fault(Api::Feeds, Fault::status(304))
        .await
        .unwrap();
    let report = world.run().await;
    let wharf = outcome(&report, "wharf");
    assert_eq!(wharf.state, OutcomeState::Failed);
    assert!(
        wharf.reason.as_deref().unwrap().contains("304"),
        "{wharf:?}"
    );
    assert_eq!(world.sandbox.log(Api::Feeds).total(), 4);
}

#[tokio::test]
async fn case_34_a_tag_is_sent_back_byte_for_byte() {
    for tag in [
        Tag::Strong,
        Tag::Weak,
        Tag::Unquoted,
        Tag::Commas,
        Tag::Text("abc".to_owned()),
    ] {
        let world = World::new(Caching::none().etag(tag.clone())).await;
        assert_eq!(world.state().await, OutcomeState::Complete);
        assert_eq!(world.state().await, OutcomeState::Unchanged, "{tag:?}");
        assert_eq!(world.sandbox.log(Api::Feeds).total(), 2);
    }
    let world = World::new(Caching::none().etag(Tag::Text("abc".to_owned()))).await;
    world.run().await;
    world.run().await;
    let sent = sent(&world.sandbox, "if-none-match");
    assert_eq!(sent, [None, Some("abc".to_owned())]);
}

#[tokio::test]
async fn a_date_is_a_condition_too_and_is_sent_back_byte_for_byte() {
    let date = "Fri, 20 Nov 2026 08:00:00 GMT";
    let world = World::new(Caching::none().last_modified(date)).await;
    world.run().await;
    assert_eq!(world.state().await, OutcomeState::Unchanged);
    let sent = sent(&world.sandbox, "if-modified-since");
    assert_eq!(sent, [None, Some(date.to_owned())]);
}

#[tokio::test]
async fn case_35_freshness_that_contradicts_itself_or_cannot_be_read_is_none() {
    let expires = |value: &str| Caching::none().header("expires", value);
    let control = |value: &str| Caching::none().header("cache-control", value);
    for stale in [
        expires("-1"),
        expires("0"),
        control("max-age=abc"),
        control("max-age=60, max-age=0"),
        control("max-age=60").header("cache-control", "max-age=0"),
        control("max-age=60, no-cache"),
        control("max-age=60").header("age", "61"),
        control("max-age=-5"),
        control("s-maxage=600"),
        expires("Fri, 01 Jan 2100 00:00:00 GMT").header("expires", "Fri, 01 Jan 2101 00:00:00 GMT"),
        Caching::none().header("pragma", "no-cache"),
        Caching::none().last_modified("Thu, 01 Jan 2015 00:00:00 GMT"),
    ] {
        let world = World::new(stale.clone()).await;
        world.run().await;
        assert_eq!(world.run().await.timeline.report.attempts, 1, "{stale:?}");
    }
    for fresh in [
        control("Max-Age=\"60\", private"),
        control("max-age=99999999999999999999"),
        control("max-age=60").header("expires", "0"),
        expires("Fri, 01 Jan 2100 00:00:00 GMT"),
        control("max-age=60, ext=\"a, no-store, b\""),
    ] {
        let world = World::new(fresh.clone()).await;
        world.run().await;
        assert_eq!(world.run().await.timeline.report.attempts, 0, "{fresh:?}");
    }
}

#[tokio::test]
async fn case_36_a_server_that_sends_the_same_again_changes_nothing() {
    let caching = Caching::none().etag(Tag::Strong).ignores_conditions();
    let world = World::new(caching).await;
    world.run().await;
    let held = world.home.stories();
    world.clock.advance(HOUR);
    let report = world.run().await;
    let wharf = outcome(&report, "wharf");
    assert_eq!(wharf.state, OutcomeState::Complete);
    assert_eq!((wharf.counts.new, wharf.counts.changed), (0, 0));
    assert_eq!(wharf.counts.unchanged, held.len() as u64);
    assert_eq!(world.home.stories(), held);
    let newest: i64 = rusqlite::Connection::open(world.home.store.path())
        .unwrap()
        .query_row(
            "SELECT count(*) FROM articles WHERE updated_at <> first_seen",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(newest, 0);
}

#[tokio::test]
async fn case_37_not_modified_freshens_what_is_noted_and_leaves_the_rows() {
    let caching = Caching::none()
        .etag(Tag::Text("\"one\"".to_owned()))
        .not_modified_header("etag", "\"two\"")
        .not_modified_header("cache-control", "max-age=3600");
    let world = World::new(caching).await;
    world.run().await;
    let held = world.home.stories();
    assert_eq!(world.state().await, OutcomeState::Unchanged);
    world.clock.advance(HOUR / 2);
    assert_eq!(
        world.run().await.timeline.report.attempts,
        0,
        "now it is fresh"
    );
    world.clock.advance(HOUR);
    assert_eq!(world.state().await, OutcomeState::Unchanged);
    let told = ["\"one\"", "\"two\""].map(|tag| Some(tag.to_owned()));
    assert_eq!(sent(&world.sandbox, "if-none-match")[1..], told);
    assert_eq!(world.home.stories(), held);
}

fn in_language(sandbox: &Sandbox, language: &str) -> String {
    format!(
        "{}headers = {{ accept-language = \"{language}\" }}\n",
        feed(sandbox)
    )
}

#[tokio::test]
async fn case_38_an_answer_in_one_language_does_not_stand_for_another() {
    let caching = Caching::none()
        .etag(Tag::Strong)
        .header("cache-control", "max-age=3600")
        .header("vary", "Accept-Language");
    let world = World::new(caching).await;
    let run = async |language: &str| {
        let text = in_language(&world.sandbox, language);
        world.home.run_at(&text, &world.clock).await
    };
    run("de").await;
    assert_eq!(run("de").await.timeline.report.attempts, 0);
    assert_eq!(run("fr").await.timeline.report.attempts, 1);
    assert_eq!(sent(&world.sandbox, "if-none-match"), [None, None]);

    let star = Caching::none()
        .etag(Tag::Strong)
        .header("cache-control", "max-age=3600")
        .header("vary", "Accept, *");
    let world = World::new(star).await;
    world.run().await;
    assert_eq!(world.run().await.timeline.report.attempts, 1);
    assert_eq!(sent(&world.sandbox, "if-none-match"), [None, None]);
}

#[tokio::test]
async fn case_39_of_what_must_not_be_stored_nothing_is_noted() {
    let caching = Caching::none()
        .etag(Tag::Text("\"tell-tale-tag\"".to_owned()))
        .header("cache-control", "no-store, max-age=3600");
    let world = World::new(caching).await;
    world.run().await;
    assert_eq!(world.run().await.timeline.report.attempts, 1);
    assert_eq!(sent(&world.sandbox, "if-none-match"), [None, None]);
    let bytes = world.home.bytes();
    let found = bytes.windows(13).any(|at| at == b"tell-tale-tag");
    assert!(!found, "it stands in the database");
}

#[tokio::test]
async fn case_40_old_data_stands_in_for_an_error_as_long_as_the_server_allows() {
    let caching = Caching::none().header("cache-control", "max-age=60, stale-if-error=7200");
    let world = World::new(caching).await;
    world.run().await;
    let held = world.home.stories();
    world
        .sandbox
        .set_fault(Api::Feeds, Fault::status(400))
        .await
        .unwrap();
    world.clock.advance(HOUR);
    let report = world.run().await;
    assert_eq!(report.status, RunStatus::Partial, "degraded, and says so");
    let wharf = outcome(&report, "wharf");
    assert_eq!(wharf.state, OutcomeState::Partial);
    let reason = wharf.reason.as_deref().unwrap();
    assert!(
        reason.contains("400") && reason.contains("stands in"),
        "{reason}"
    );
    assert_eq!(world.home.stories(), held);
    world.clock.advance(HOUR * 2);
    assert_eq!(world.state().await, OutcomeState::Failed, "not for ever");
}

#[tokio::test]
async fn an_edited_mapping_asks_afresh() {
    let world = World::new(Caching::none().etag(Tag::Strong)).await;
    world.run().await;
    let text = format!("{}every = \"2h\"\n", world.text);
    let report = world.home.run_at(&text, &world.clock).await;
    assert_eq!(outcome(&report, "wharf").state, OutcomeState::Complete);
    assert_eq!(sent(&world.sandbox, "if-none-match"), [None, None]);
}

#[tokio::test]
async fn what_an_answer_led_to_is_asked_although_the_answer_stands() {
    let sandbox = Sandbox::builder()
        .caching(
            (Api::HackerNews, "/v0/topstories.json"),
            Caching::none().header("cache-control", "max-age=3600"),
        )
        .start()
        .await
        .unwrap();
    let text = format!(
        "[source.hackernews]\nbase = \"{}\"\n",
        sandbox.origin(Api::HackerNews)
    );
    let home = Home::new();
    let clock = still();
    home.run_at(&text, &clock).await;
    sandbox.set_edition(Api::HackerNews, 1);
    let report = home.run_at(&text, &clock).await;
    assert_eq!(
        report.timeline.report.attempts, 20,
        "the items, and not their list"
    );
    let hackernews = outcome(&report, "hackernews");
    assert_eq!(hackernews.state, OutcomeState::Complete);
    assert!(hackernews.counts.changed > 0, "scores have grown");
}

#[tokio::test]
async fn nothing_that_is_noted_holds_a_key() {
    let sandbox = Sandbox::builder()
        .caching(Api::Guardian, Caching::none().etag(Tag::Strong))
        .start()
        .await
        .unwrap();
    let text = format!(
        "[source.guardian]\nbase = \"{}\"\nkey = {{ env = \"KEY\" }}\npages = {{ page = \"page\", max = 1 }}\nquota = \"100/1m\"\n",
        sandbox.origin(Api::Guardian)
    );
    let home = Home::new();
    home.run_at(&text, &still()).await;
    let source = SourceRef {
        name: "guardian",
        owner: None,
    };
    let plan = plan(&text);
    let digest = plan
        .sources()
        .next()
        .unwrap()
        .declaration()
        .digest()
        .to_owned();
    assert!(!home.store.answers(source, &digest).unwrap().is_empty());
    assert!(!home.bytes().windows(5).any(|at| at == b"k-123"));
    let report = home.run_at(&text, &still()).await;
    assert_eq!(outcome(&report, "guardian").state, OutcomeState::Unchanged);
}
