//! What `gather.toml` may say, and how it is told what is wrong with it.

use std::time::Duration;

use gather_sources::Config;
use proptest::prelude::*;

use crate::support::{PLAIN, config, secret, source};

fn errors(text: &str) -> String {
    Config::parse(text, "gather.toml").unwrap_err().to_string()
}

#[test]
fn settings_have_defaults_and_can_be_set() {
    let plain = config("");
    assert_eq!(plain.settings().deadline, Duration::from_secs(60));
    assert_eq!(
        (plain.settings().in_flight, plain.settings().per_host),
        (64, 6)
    );
    assert_eq!(plain.settings().currency, None);
    let set =
        config("[settings]\ndeadline = \"90s\"\nin_flight = 8\nper_host = 2\ncurrency = \"eur\"\n");
    assert_eq!(set.settings().deadline, Duration::from_secs(90));
    assert_eq!(set.settings().currency.map(|c| c.code()), Some("EUR"));
}

#[test]
fn a_host_table_goes_before_what_sources_declare() {
    let config = config(
        r#"
[host."https://a.example"]
quota = []
in_flight = 3
[source.one]
feed = "https://a.example/1"
quota = "1/s"
[source.two]
feed = "https://b.example/2"
in_flight = 20
quota = ["1/s", "500/24h"]
[source.three]
feed = "https://b.example:443/3"
in_flight = 4
quota = "1/s"
"#,
    );
    let manners = config.manners(&config.resolve(&secret).sources);
    let seen: Vec<_> = manners
        .iter()
        .map(|m| (m.host.as_str(), m.in_flight, m.quotas.len()))
        .collect();
    assert_eq!(
        seen,
        [
            ("https://a.example", Some(3), 0),
            ("https://b.example", Some(4), 2)
        ]
    );
}

#[test]
fn a_source_overrides_single_fields_of_its_preset() {
    let source = source(
        r#"
[source.mine]
preset = "guardian"
every = "1h"
owner = "ada"
timeout = "7s"
query = { q = "kelp", show-fields = false }
article.title = '"G: " + .webTitle'
"#,
    );
    assert_eq!((source.name(), source.owner()), ("mine", Some("ada")));
    assert_eq!(source.every(), Some(Duration::from_secs(3600)));
    assert_eq!(source.timeout(), Some(Duration::from_secs(7)));
    assert_eq!(
        source.first_asks()[0].redacted_url(),
        "https://content.guardianapis.com/search?order-by=newest&page-size=50&q=kelp&api-key=***"
    );
    let body = r#"{"response":{"status":"ok","results":[{"id":"x","webTitle":"T","webUrl":"https://g.example/x"}]}}"#;
    let reading = crate::support::read(&source, body).unwrap();
    assert!(
        crate::support::lines(&reading.records)
            .contains(r#""title":"G: T","url":"https://g.example/x""#)
    );
}

#[test]
fn every_problem_is_told_with_its_place() {
    insta::assert_snapshot!(errors(r#"
[setings]
deadline = "60s"

[settings]
deadline = 60
per_host = 0
currency = "EURO"

[host."a.example"]
in_flight = 1

[source.one]
feed = "https://a.example/"
qota = "1/s"
every = "soon"
quota = "lots"

[source.two]
preset = "gardian"

[source.three]
url = "ftp://a.example/x"
article.id = ".id"

[source.four]
auth = { headr = "X" }
url = "https://a.example/{x}"
"#), @r#"
    gather.toml:2:2: unknown key `setings` (did you mean `settings`?)
    gather.toml:6:12: expected a text in quotes, found a whole number
    gather.toml:7:12: expected a whole number from 1 to 10000
    gather.toml:8:12: `EURO` is not an ISO 4217 currency code such as `EUR`
    gather.toml:10:7: `a.example` is not a host; expected scheme, name and perhaps port, such as `https://example.org`
    gather.toml:15:1: unknown key `qota` (did you mean `quota`?)
    gather.toml:16:9: `soon` is not a length of time; expected one such as `60s`, `30m`, `24h`
    gather.toml:17:9: expected a quota such as `"100/24h"` or `{ requests = 100, per = "24h" }`
    gather.toml:20:10: there is no preset `gardian` (did you mean `guardian`?)
    gather.toml:23:7: `ftp` addresses are not fetched; expected http or https
    gather.toml:26:9: nothing says what the answer holds (add a table `article`, `account`, `transaction`, `budget` or `rate`; for RSS, Atom or JSON Feed write `feed` in place of `url`)
    gather.toml:27:10: unknown key `headr` (did you mean `header`?)
    gather.toml:28:7: there is no parameter `x` (add `params = { x = "…" }`)
    "#);
}

#[test]
fn a_mistake_in_an_expression_has_line_and_column() {
    insta::assert_snapshot!(errors(r#"
[source.a]
url = "https://a.example/"

[source.a.article]
each = ".items["
where = '.x == now'
id = ".id"
title = '''
  .title
  | frobnicate'''
url = "def f: f; f"
published_at = "\"\\(.d)\" | nope"
"#), @r#"
    gather.toml:6:16: in `each`: expected closing bracket, found the end
    gather.toml:7:16: in `where`: `now` does not exist here: an answer means the same whenever it is read
    gather.toml:11:5: in `title`: there is no function `frobnicate`; a field is written `.frobnicate`, a text `"frobnicate"`
    gather.toml:12:8: in `url`: functions cannot be defined in a declaration; write the expression out
    gather.toml:13:16: in `published_at`: there is no function `nope`; a field is written `.nope`, a text `"nope"`
    "#);
}

#[test]
fn what_a_mapping_lacks_is_named() {
    insta::assert_snapshot!(errors(r#"
[source.a]
url = "https://a.example/"

[source.b]
url = "https://b.example/"
[source.b.transaction]
id = ".id"
titel = ".x"

[source.c]
preset = "json-bank"

[source.d]
feed = "https://d.example/"
article.id = ".id"

[source.e]
url = "https://e.example/"
follow = { each = ".[]", url = "https://e.example/item" }
article.id = ".id"
article.negate = true

[source.f]

[source.g]
preset = "guardian"
url = "https://g.example/x"
base = "https://g.example"

[source.h]
url = "https://me:pw@h.example/"
article.id = ".id"
auth = { basic = "me" }
"#), @r#"
    gather.toml:2:9: nothing says what the answer holds (add a table `article`, `account`, `transaction`, `budget` or `rate`; for RSS, Atom or JSON Feed write `feed` in place of `url`)
    gather.toml:5:9: source `b` holds money of an unknown currency (add `currency = "EUR"`, or map `currency` if the answers say it)
    gather.toml:7:1: `amount` is missing: every transaction needs `amount`
    gather.toml:9:1: unknown key `titel` (known here: amount, id, account, currency, date, description, category, pending, payee, value_date, balance_after, each, where, negate, scale, flip, weak_ids)
    gather.toml:11:9: preset `json-bank`: `base` is not set (add `base = "https://…"`, the start of the address)
    gather.toml:11:9: source `c` holds money of an unknown currency (add `currency = "EUR"`, or map `currency` if the answers say it)
    gather.toml:16:1: a feed says itself what its parts are, so it takes no mapping (leave this table out, or set `format = "json"`)
    gather.toml:20:32: this address is the same for every value: `{}` is missing (put `{}` where the value belongs)
    gather.toml:22:9: unknown key `negate` (known here: id, title, url, published_at, author, summary, section, score, comments, content, each, where)
    gather.toml:24:9: source `f` has no `url` (add `url`, `feed`, or a `preset`)
    gather.toml:29:8: no address of `g` uses `{base}` (give the whole address as `url`)
    gather.toml:32:7: a user and a password do not belong into an address (use `auth = { basic = "USER" }` and `key = { env = "NAME" }`)
    gather.toml:34:8: `auth` needs a `key` (add `key = { env = "NAME" }`)
    "#);
}

#[test]
fn broken_toml_has_its_place() {
    insta::assert_snapshot!(errors("[source.a]\nurl = \"https://a.example\narticle.id = 1 2\n"), @r#"
    gather.toml:2:25: not TOML: invalid basic string, expected `"`
    gather.toml:3:14: not TOML: string values must be quoted, expected literal string
    "#);
}

#[test]
fn the_span_of_an_error_is_the_text_it_is_about() {
    let text = format!("{PLAIN}\n[source.x]\nfeed = \"https://x.example\"\nevery = \"soon\"\n");
    let errors = Config::parse(&text, "gather.toml").unwrap_err();
    assert_eq!(&errors.text[errors.errors[0].span.clone()], "\"soon\"");
    let text = PLAIN.replace("\".score\"", "\".a | .b | c\"");
    let errors = Config::parse(&text, "gather.toml").unwrap_err();
    assert_eq!(&errors.text[errors.errors[0].span.clone()], "c");
}

#[test]
fn comments_and_odd_expressions_do_not_break_out() {
    let text = PLAIN
        .replace("\".title\"", "\".title # | .other\"")
        .replace("\".score\"", "'''(.score) # )'''");
    let reading = crate::support::read(
        &source(&text),
        r#"{"items":[{"id":1,"title":"t","score":3}]}"#,
    )
    .unwrap();
    assert!(crate::support::lines(&reading.records).contains(r#""title":"t""#));
    assert!(Config::parse(&PLAIN.replace("\".title\"", "\".title) | (.id\""), "f").is_err());
}

#[test]
fn a_follow_can_go_deeper() {
    let source = source(
        r#"
[source.deep]
url = "https://d.example/boards"
follow = { each = ".[]", url = "https://d.example/b/{}", follow = { each = ".threads[]", url = "https://d.example/t/{}" } }
[source.deep.article]
id = ".id"
"#,
    );
    let boards = crate::support::read(&source, r#"["x"]"#).unwrap();
    let threads =
        crate::support::answer(&source, &boards.follow[0], 200, r#"{"threads":[7, 7, 8]}"#)
            .unwrap();
    let urls: Vec<&str> = threads.follow.iter().map(|ask| ask.url().path()).collect();
    assert_eq!(urls, ["/t/7", "/t/8"]);
    let thread = crate::support::answer(&source, &threads.follow[0], 200, r#"{"id":7}"#).unwrap();
    assert_eq!(thread.records.len(), 1);
}

proptest! {
    #[test]
    fn any_text_is_a_configuration_or_told_what_is_wrong(
        parts in proptest::collection::vec(prop_oneof![
            Just("[source.a]\n"), Just("[settings]\n"), Just("[host.\"https://a.example\"]\n"), Just("[source.a.article]\n"),
            Just("url = "), Just("\"https://a.example/{x}\"\n"), Just("\".a | .b[\"\n"), Just("id = \".id\"\n"), Just("key = "),
            Just("{ env = \"X\" }\n"), Just("quota = \"1/s\"\n"), Just("5\n"), Just("[[x]]\n"), Just("\"\"\"é"), Just("="), Just("é"),
            Just("preset = \"guardian\"\n"), Just("follow = { each = \".\" }\n"), Just("[source.\"\"]\n"), Just("step.x.y = 1\n"),
        ], 0..12),
    ) {
        let text = parts.concat();
        if let Err(errors) = Config::parse(&text, "gather.toml") {
            prop_assert!(!errors.errors.is_empty());
            for error in &errors.errors {
                prop_assert!(error.span.end <= text.len() && error.line >= 1 && error.column >= 1);
            }
        }
    }
}
