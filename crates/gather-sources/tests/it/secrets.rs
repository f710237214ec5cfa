//! Secrets are looked up by the caller, sent as they are, and shown to nobody.

use gather_sources::{Answer, Config, SecretRef};
use secrecy::{ExposeSecret, SecretString};

use crate::support::{PLAIN, config, secret, source};

#[test]
fn case_30_a_key_with_special_characters_is_sent_whole_and_shown_redacted() {
    let key = "a&b+c d/é=%41";
    let config = config("[source.guardian]");
    let resolved = config.resolve(&|_| Ok(SecretString::from(key)));
    let ask = resolved.sources[0].first_asks().remove(0);
    let (_, sent) = ask
        .url()
        .query_pairs()
        .find(|(name, _)| name == "api-key")
        .unwrap();
    assert_eq!(sent, key);
    assert!(
        ask.redacted_url().ends_with("api-key=***"),
        "{}",
        ask.redacted_url()
    );
    let debug = format!("{ask:?} {:?}", resolved.sources);
    for part in ["a&b", "a%26b", "%2541"] {
        assert!(!debug.contains(part), "{debug}");
    }
    assert_eq!(ask.redact(&format!("refused {key}!")), "refused ***!");
}

#[test]
fn case_30_a_key_that_the_server_repeats_is_redacted() {
    let config = config("[source.guardian]");
    let resolved = config.resolve(&|_| Ok(SecretString::from("secret-K")));
    let source = &resolved.sources[0];
    let ask = source.first_asks().remove(0);
    for (status, body) in [
        (401, r#"{"message": "Invalid key: secret-K"}"#),
        (
            200,
            r#"{"response": {"status": "error", "message": "Invalid key: secret-K"}}"#,
        ),
    ] {
        let answer = Answer {
            status,
            content_type: None,
            links: &[],
            final_url: ask.url(),
            body: body.as_bytes(),
        };
        let error = source.read(&ask, &answer).unwrap_err().to_string();
        assert!(
            error.contains("***") && !error.contains("secret-K"),
            "{error}"
        );
    }
}

#[test]
fn a_key_is_presented_as_declared() {
    for (auth, name, value) in [
        ("", "authorization", "Bearer secret-K"),
        ("auth = \"bearer\"", "authorization", "Bearer secret-K"),
        ("auth = { header = \"X-Key\" }", "x-key", "secret-K"),
        (
            "auth = { header = \"Authorization\", prefix = \"token \" }",
            "authorization",
            "token secret-K",
        ),
        (
            "auth = { basic = \"me\" }",
            "authorization",
            "Basic bWU6c2VjcmV0LUs=",
        ),
    ] {
        let text = PLAIN.replace(
            "[source.plain]\n",
            &format!("[source.plain]\nkey = {{ env = \"K\" }}\n{auth}\n"),
        );
        let ask = source(&text).first_asks().remove(0);
        let found = ask
            .headers()
            .iter()
            .find(|(header, _)| header == name)
            .unwrap();
        assert_eq!(found.1.expose_secret(), value, "{auth}");
        assert_eq!(ask.redact(value).matches("secret-K").count(), 0);
        assert!(!ask.redact(value).contains("bWU6"), "{auth}");
    }
}

#[test]
fn a_header_and_a_parameter_can_be_secret() {
    let text = PLAIN.replace(
        "[source.plain]\n",
        "[source.plain]\nheaders = { X-Token = { env = \"T\" }, X-Plain = \"p\" }\nquery = { app_id = { env = \"Q\" }, n = 5 }\n",
    );
    let ask = source(&text).first_asks().remove(0);
    assert_eq!(ask.url().query(), Some("n=5&app_id=secret-Q"));
    assert_eq!(
        ask.redacted_url(),
        "https://plain.example/list?n=5&app_id=***"
    );
    assert_eq!(ask.redact("secret-T"), "***");
    assert_eq!(ask.redact("p"), "p");
}

#[test]
fn a_source_without_its_key_is_named_and_the_others_go_on() {
    let config = config(&format!("[source.newsapi]\n{PLAIN}\n[source.guardian]\n"));
    let resolved = config.resolve(&|reference| match reference {
        SecretRef::Env(name) if name == "NEWSAPI_KEY" => Err("is not set".to_owned()),
        other => secret(other),
    });
    let ready: Vec<&str> = resolved
        .sources
        .iter()
        .map(gather_sources::Source::name)
        .collect();
    assert_eq!(ready, ["plain", "guardian"]);
    let unready = &resolved.unready[0];
    assert_eq!(unready.source, "newsapi");
    assert_eq!(
        unready.reason,
        "environment variable `NEWSAPI_KEY` is not set"
    );
    assert_eq!(unready.hint, "set `NEWSAPI_KEY`");
}

#[test]
fn white_space_around_a_secret_does_not_count_and_inside_is_refused() {
    let config = config("[source.guardian]");
    let with = |value: &'static str| config.resolve(&move |_| Ok(SecretString::from(value)));
    let ask = with(" key\n").sources[0].first_asks().remove(0);
    assert!(ask.url().query().unwrap().ends_with("api-key=key"));
    for bad in ["", " \n", "one\ntwo"] {
        let resolved = with(bad);
        assert_eq!(
            (resolved.sources.len(), resolved.unready.len()),
            (0, 1),
            "{bad:?}"
        );
    }
}

#[test]
fn a_followed_address_of_another_host_gets_no_credentials() {
    let text = r#"
[source.s]
url = "https://s.example/list"
key = { env = "K" }
headers = { X-More = "yes" }
follow = { each = ".[]", url = "{}" }
[source.s.article]
id = ".id"
"#;
    let source = source(text);
    let body = r#"["https://evil.example/1", "/2", "http://s.example/3"]"#;
    let reading = crate::support::read(&source, body).unwrap();
    let seen: Vec<(String, bool, usize)> = reading
        .follow
        .iter()
        .map(|ask| (ask.url().to_string(), ask.is_foreign(), ask.headers().len()))
        .collect();
    assert_eq!(
        seen,
        [
            ("https://evil.example/1".to_owned(), true, 1),
            ("https://s.example/2".to_owned(), false, 3),
            ("http://s.example/3".to_owned(), true, 1),
        ]
    );
}

#[test]
fn a_secret_is_never_written_into_the_file() {
    let errors = Config::parse("[source.newsapi]\nkey = \"abc\"\n", "gather.toml").unwrap_err();
    insta::assert_snapshot!(errors, @r#"gather.toml:2:7: a secret is not written into this file; expected `{ env = "NAME" }`, `{ file = "PATH" }`, `{ credential = "NAME" }` or `{ vault = true }` (put it into an environment variable or a file, and name that here)"#);
}

#[test]
fn a_key_in_the_vault_is_that_of_the_source_and_its_owner() {
    let text = PLAIN.replace(
        "[source.plain]\n",
        "[source.plain]\nkey = { vault = true }\nowner = \"ann\"\n",
    );
    let config = config(&text);
    let wanted = SecretRef::Vault {
        source: "plain".to_owned(),
        owner: Some("ann".to_owned()),
    };
    assert_eq!(config.declarations().next().unwrap().key(), Some(&wanted));
    let resolved = config.resolve(&|reference| {
        assert_eq!(*reference, wanted);
        Err("is not there".to_owned())
    });
    insta::assert_snapshot!(
        format!("{}; {}", resolved.unready[0].reason, resolved.unready[0].hint),
        @"the key of `plain` in the vault is not there; claim it with `gather sources claim plain`; `gather secrets status` says how the vault stands"
    );
}

#[test]
fn only_a_key_can_be_in_the_vault() {
    for (line, place) in [
        ("headers = { x = { vault = true } }", "unknown key `vault`"),
        ("key = { vault = false }", "expected `vault = true`"),
        ("key = { vault = \"plain\" }", "expected true or false"),
        ("key = { vault = true, env = \"K\" }", "exactly one of"),
    ] {
        let text = PLAIN.replace("[source.plain]\n", &format!("[source.plain]\n{line}\n"));
        let errors = Config::parse(&text, "gather.toml").unwrap_err().to_string();
        assert!(errors.contains(place), "{line}: {errors}");
    }
}

/// A key that is long enough to be no word of the data.
const LONG: &str = "k-1234567+/89";

fn read_with_key(
    lines: &str,
    body: &str,
    links: &[&str],
) -> Result<gather_sources::Reading, String> {
    let config = config(&format!(
        "[source.plain]\nurl = \"https://plain.example/list\"\n{lines}\n\
         article = {{ id = \".id\", title = \".title\", url = \".url\" }}\n"
    ));
    let resolved = config.resolve(&|_| Ok(SecretString::from(LONG)));
    let source = &resolved.sources[0];
    let mut ask = source.first_asks().remove(0);
    if ask.wants_token() {
        ask.hide(&gather_sources::Token {
            value: LONG.into(),
            lives: None,
        });
    }
    let answer = Answer {
        status: 200,
        content_type: Some("application/json"),
        links,
        final_url: ask.url(),
        body: body.as_bytes(),
    };
    source
        .read(&ask, &answer)
        .map_err(|error| error.to_string())
}

#[test]
fn case_30_a_key_that_an_api_puts_into_its_rows_is_not_kept() {
    let body = r#"[{"id": "k-1234567+\/89-1", "title": "told k-1234567+\/89", "url": "https://plain.example/a?api=k-1234567%2B%2F89"}]"#;
    let reading = read_with_key("key = { env = \"K\" }", body, &[]).unwrap();
    let gather_records::Record::Article(article) = &reading.records[0] else {
        panic!("{reading:?}");
    };
    assert_eq!(article.id, "***-1");
    assert_eq!(article.title.as_deref(), Some("told ***"));
    assert_eq!(
        article.url.as_ref().map(url::Url::as_str),
        Some("https://plain.example/a?api=***")
    );
}

#[test]
fn case_30_a_reason_that_was_cut_in_the_middle_of_a_key_does_not_show_its_beginning() {
    let good = r#"{"id": "1", "title": "1.50"}"#;
    let money = "key = { env = \"K\" }\ncurrency = \"EUR\"\n\
                 transaction = { id = \".id\", amount = \".title\" }";
    for before in 28..36 {
        let bad = format!(r#"{{"id": "2", "title": "{}{LONG}"}}"#, "x".repeat(before));
        let reading = read_with_key(money, &format!("[{good}, {good}, {bad}]"), &[]).unwrap();
        let reason = &reading.rejected[0].reason;
        assert!(
            reason.contains("xx***…") && !reason.contains("k-1"),
            "{reason}"
        );
    }
}

#[test]
fn case_30_a_next_page_with_the_token_in_its_address_is_asked_and_not_kept() {
    let oauth2 = "key = { env = \"S\" }\nauth = { oauth2 = { token = \"https://plain.example/t\", id = \"me\" } }\npages = { link = \"next\" }";
    let link = "</more?page=2&was=k-1234567%252B%252F89>; rel=\"next\"";
    let body = r#"[{"id": "1", "title": "a"}]"#;
    let reading = read_with_key(oauth2, body, &[link]).unwrap();
    let next = &reading.follow[0];
    assert!(next.url().as_str().ends_with("was=k-1234567%252B%252F89"));
    assert!(next.bare_url().as_str().ends_with("/more?page=2&was=***"));
    assert!(!next.is_repeatable());
    assert!(!format!("{} {next:?}", next.plan()).contains("k-1234567"));
}

#[test]
fn case_30_a_fault_of_the_file_is_shown_without_what_should_not_be_in_it() {
    for line in [
        format!("key = \"{LONG}\""),
        format!("url = \"https://me:{LONG}@n.example/\""),
        "url = \"https://me:k-1234567@n.example:99999/\"".to_owned(),
    ] {
        let text = format!("[source.plain]\nowner = 7\n{line}\narticle = {{ id = \".id\" }}\n");
        let errors = Config::parse(&text, "gather.toml").unwrap_err();
        let told = format!("{errors} {errors:?}");
        assert!(!told.contains("k-1234567"), "{told}");
        assert_eq!(errors.text.len(), text.len());
    }
}
