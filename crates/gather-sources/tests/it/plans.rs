//! What may be kept of a request, and the request made of it again; digests of declarations.

use gather_sources::{Ask, Config, Source};
use secrecy::{ExposeSecret, SecretString};

use crate::support::{PLAIN, config, read, secret, source};

const SECRETIVE: &str = r#"
[source.s]
url = "https://s.example/list?fixed=1"
key = { env = "K" }
auth = { query = "api-key" }
query = { app = { env = "APP" }, n = 5 }
headers = { X-Token = { env = "T" } }
pages = { next = ".next" }
follow = { each = ".ids[]", url = "https://s.example/item/{}" }
[source.s.article]
id = ".id"
"#;

fn same(one: &Ask, other: &Ask) {
    let parts = |ask: &Ask| {
        let headers: Vec<(String, String)> = ask
            .headers()
            .iter()
            .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()))
            .collect();
        (
            ask.step().to_owned(),
            (ask.hop(), ask.page()),
            ask.url().clone(),
            ask.bare_url().clone(),
            headers,
            ask.is_foreign(),
            ask.wants_token(),
            ask.plan(),
        )
    };
    assert_eq!(parts(one), parts(other));
}

fn all_asks(source: &Source) -> Vec<Ask> {
    let mut asks = source.first_asks();
    let next = [
        "/list?p=2&api-key=secret-K&app=secret-APP",
        "https://other.example/?k=1",
    ];
    for next in next {
        let body = format!("{{\"next\":\"{next}\",\"ids\":[7,\"a b\"]}}");
        asks.extend(read(source, &body).unwrap().follow);
    }
    asks
}

#[test]
fn a_plan_makes_the_same_request_again_and_holds_no_secret() {
    let source = source(SECRETIVE);
    let asks = all_asks(&source);
    assert_eq!(asks.len(), 7);
    for ask in asks {
        let plan = ask.plan();
        assert!(!plan.contains("secret-"), "{plan}");
        assert!(!ask.bare_url().as_str().contains("secret-"), "{ask:?}");
        assert!(!plan.contains('\n'));
        same(&ask, &source.ask_again(&plan).unwrap());
    }
}

#[test]
fn a_plan_is_sent_with_the_credentials_of_today() {
    let config = config(SECRETIVE);
    let before = config.resolve(&secret).sources.remove(0);
    let after = config
        .resolve(&|_| Ok(SecretString::from("fresh")))
        .sources
        .remove(0);
    let ask = before.first_asks().remove(0);
    let again = after.ask_again(&ask.plan()).unwrap();
    assert_eq!(
        again.url().as_str(),
        "https://s.example/list?fixed=1&n=5&app=fresh&api-key=fresh"
    );
    assert_eq!(ask.bare_url(), again.bare_url());
    assert_eq!(
        ask.bare_url().as_str(),
        "https://s.example/list?fixed=1&n=5"
    );
}

#[test]
fn an_address_with_a_secret_in_its_path_has_no_plan_to_repeat() {
    let source = source(SECRETIVE);
    let body = "{\"next\":\"/u/secret-K/2?x=1\",\"ids\":[]}";
    let body = body.replace("[]", "[1]");
    let reading = read(&source, &body).unwrap();
    let ask = &reading.follow[0];
    assert_eq!(ask.url().as_str(), "https://s.example/u/secret-K/2?x=1");
    assert_eq!(ask.bare_url().as_str(), "https://s.example/u/***/2?x=1");
    assert!(!ask.plan().contains("secret-K"), "{}", ask.plan());
    assert!(source.ask_again(&ask.plan()).is_none());
}

#[test]
fn a_plan_of_something_else_is_refused() {
    let source = source(SECRETIVE);
    let plan = source.first_asks()[0].plan();
    assert!(source.ask_again(&plan).is_some());
    for other in [
        String::new(),
        "{}".to_owned(),
        "null".to_owned(),
        plan.replace("\"main\"", "\"other\""),
        plan.replace("\"hop\":0", "\"hop\":9"),
        plan.replace("https:", "file:"),
        plan[..plan.len() - 1].to_owned(),
    ] {
        assert!(source.ask_again(&other).is_none(), "{other}");
    }
}

#[test]
fn a_plan_that_was_tampered_with_does_no_harm() {
    let source = source(SECRETIVE);
    let plan = source.first_asks()[0].plan();
    let tampered = plan.replace("\"before\":0", "\"before\":18446744073709551615");
    assert_ne!(tampered, plan);
    let ask = source.ask_again(&tampered).unwrap();
    let body = "{\"next\":\"/2\",\"ids\":[1]}";
    let reading = crate::support::answer(&source, &ask, 200, body).unwrap();
    assert!(reading.follow.iter().all(|ask| ask.hop() == 1));
    // Another host learns nothing, whatever a plan says.
    let elsewhere = plan.replace("https://s.example", "https://evil.example");
    let ask = source.ask_again(&elsewhere).unwrap();
    assert!(ask.is_foreign() && !ask.url().as_str().contains("secret"));
    assert!(
        ask.headers()
            .iter()
            .all(|(_, value)| !value.expose_secret().contains("secret"))
    );
}

fn digest(text: &str) -> String {
    let config = Config::parse(text, "gather.toml").unwrap();
    config.declarations().next().unwrap().digest().to_owned()
}

#[test]
fn a_digest_changes_with_what_is_declared_and_with_nothing_else() {
    let plain = digest(PLAIN);
    assert!(plain.len() == 64 && plain.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_eq!(
        plain,
        digest(&format!(
            "# a comment\n\n{PLAIN}\n[source.other]\nfeed = \"https://o.example/\"\n"
        ))
    );
    for (from, to) in [
        ("\".title\"", "\".headline\""),
        ("\".items[]\"", "\".items[]?\""),
        ("https://plain.example/list", "https://plain.example/lists"),
        ("score = \".score\"\n", ""),
        (
            "[source.plain]\n",
            "[source.plain]\nheaders = { X-A = \"1\" }\n",
        ),
        (
            "[source.plain]\n",
            "[source.plain]\npages = { page = \"p\" }\n",
        ),
    ] {
        let changed = PLAIN.replace(from, to);
        assert_ne!(changed, PLAIN);
        assert_ne!(digest(&changed), plain, "{to}");
    }
}

#[test]
fn a_digest_covers_the_preset() {
    let plain = digest("[source.guardian]\n");
    assert_eq!(plain, digest("[source.guardian]\npreset = \"guardian\"\n"));
    assert_ne!(plain, digest("[source.guardian]\narticle.title = \".x\"\n"));
    assert_ne!(plain, digest("[source.hackernews]\n"));
    assert_ne!(
        digest("[source.hackernews-new]\n"),
        digest("[source.hackernews-ask]\n")
    );
}

#[test]
fn whether_an_unchanged_answer_is_free_is_declared() {
    let free = |text: &str| {
        let config = config(text);
        config.declarations().next().unwrap().unchanged_is_free()
    };
    assert!(!free(PLAIN));
    let text = PLAIN.replace(
        "[source.plain]\n",
        "[source.plain]\nunchanged_is_free = true\n",
    );
    assert!(free(&text));
}
