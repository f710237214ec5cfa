//! No secret gets out: one of its own is planted in every place that can hold one, everything a person can do is done
//! against servers that repeat whatever they are sent, and then they are looked for in all that was written.
//!
//! Each canary has a middle that no encoding of addresses changes; it is looked for as it is, in Base64 and in hexadecimal.

use std::{future::pending, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gather_run::{KeyPlace, Plan, Runner, Vault, find_secret};
use gather_sources::Config;
use gather_store::{SourceRef, Store};
use jiff::Timestamp;

use crate::{
    mirror::{Kind, Mirror},
    world::{Ended, Home},
};

/// A place that holds a secret, and the middle of the secret in it.
const PLACES: &[(&str, &str)] = &[
    ("environment", "Zq7env4Kx9"),
    ("file", "Zq7file4Kx9"),
    ("credential", "Zq7cred4Kx9"),
    ("password", "Zq7pass4Kx9"),
    ("header", "Zq7head4Kx9"),
    ("query", "Zq7quer4Kx9"),
    ("client secret", "Zq7clse4Kx9"),
    ("client id", "Zq7clid4Kx9"),
    ("token", "Zq7tokn4Kx9"),
    ("vault", "Zq7vaul4Kx9"),
    ("access URL", "Zq7accs4Kx9"),
    ("proxy", "Zq7prox4Kx9"),
];

/// What a claim takes and gives.
const CLAIMED: &[(&str, &str)] = &[
    ("setup token", "Zq7setu4Kx9"),
    ("claimed password", "Zq7clmd4Kx9"),
];

/// What is typed into a command line or a file by mistake, or because it cannot be helped.
const TYPED: &[(&str, &str)] = &[
    ("typed password", "Zq7tpwd4Kx9"),
    ("typed parameter", "Zq7tpar4Kx9"),
    ("literal key", "Zq7lite4Kx9"),
    ("literal password", "Zq7lipw4Kx9"),
    ("bad address", "Zq7badu4Kx9"),
];

fn middle(place: &str) -> &'static str {
    let mut all = PLACES.iter().chain(CLAIMED).chain(TYPED);
    let (_, middle) = all.find(|(name, _)| *name == place).unwrap();
    middle
}

/// A secret with everything in it that addresses and headers have to encode.
fn canary(place: &str) -> String {
    format!("a+/{}&=b%", middle(place))
}

/// Where something was found that must not be there.
#[derive(Default)]
struct Hunt {
    leaks: Vec<String>,
}

impl Hunt {
    fn look(&mut self, at: &str, bytes: &[u8]) {
        for (place, middle) in PLACES.iter().chain(CLAIMED).chain(TYPED) {
            for needle in shapes(middle) {
                let found = bytes
                    .windows(needle.len())
                    .position(|w| w == needle.as_bytes());
                if let Some(found) = found {
                    let around = &bytes[found.saturating_sub(60)..bytes.len().min(found + 40)];
                    let around = String::from_utf8_lossy(around);
                    self.leaks.push(format!("{place} in {at}: …{around:?}…"));
                }
            }
        }
    }

    /// Fails the test with everything that was found.
    fn end(mut self) {
        self.leaks.dedup();
        let leaks = self.leaks.join("\n");
        assert!(leaks.is_empty(), "{} leaks:\n{leaks}", self.leaks.len());
    }

    fn ended(&mut self, args: &[&str], ended: &Ended) {
        self.look(&format!("output of {args:?}"), ended.out.as_bytes());
        self.look(&format!("words of {args:?}"), ended.err.as_bytes());
    }

    /// Everything below a folder but the files in which secrets were planted.
    fn folder(&mut self, folder: &Path, planted: &[&str]) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                self.folder(&path, planted);
            } else if !planted.contains(&name.as_str()) {
                self.look(&path.display().to_string(), &std::fs::read(&path).unwrap());
            }
        }
    }
}

/// How a text looks as it is, within Base64 at each of the three places it can begin, and in hexadecimal.
fn shapes(middle: &str) -> Vec<String> {
    let mut shapes = vec![middle.to_owned()];
    for before in 0..3 {
        let padded = [&vec![b'x'; before], middle.as_bytes()].concat();
        let text = STANDARD.encode(&padded);
        // Only what no neighbour can change.
        let (first, last) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        shapes.push(text[first..last].to_owned());
    }
    let hex = middle.bytes().map(|byte| format!("{byte:02x}"));
    shapes.push(hex.collect());
    shapes
}

#[test]
fn the_hunt_finds_what_is_encoded() {
    let secret = canary("password");
    let basic = STANDARD.encode(format!("reader:{secret}"));
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    for text in [&secret, &basic, &form, &STANDARD.encode(&secret)] {
        let mut hunt = Hunt::default();
        hunt.look("here", format!("before {text} after").as_bytes());
        assert_eq!(hunt.leaks.len(), 1, "{text}: {:?}", hunt.leaks);
    }
}

/// Every way a key is sent, as the lines of a declaration.
fn ways(token: &Mirror) -> Vec<(&'static str, String)> {
    let token = token.addr;
    vec![
        ("bearer", "key = { env = \"CANARY_ENV\" }".into()),
        (
            "header",
            "key = { file = \"canary.key\" }\nauth = { header = \"X-Key\", prefix = \"token \" }".into(),
        ),
        (
            "query",
            "key = { credential = \"canary\" }\nauth = { query = \"q\" }".into(),
        ),
        (
            "basic",
            "key = { env = \"CANARY_PASSWORD\" }\nauth = { basic = \"reader\" }".into(),
        ),
        (
            "beside",
            "headers = { X-Token = { env = \"CANARY_HEADER\" } }\nquery = { who = { env = \"CANARY_QUERY\" } }".into(),
        ),
        (
            "oauth2",
            format!(
                "key = {{ env = \"CANARY_CLIENT_SECRET\" }}\nauth = {{ oauth2 = {{ token = \"http://{token}/token\", id = {{ env = \"CANARY_CLIENT_ID\" }} }} }}"
            ),
        ),
        (
            "oauth2-form",
            format!(
                "key = {{ env = \"CANARY_CLIENT_SECRET\" }}\nauth = {{ oauth2 = {{ token = \"http://{token}/token\", id = {{ env = \"CANARY_CLIENT_ID\" }}, send = \"form\" }} }}"
            ),
        ),
        ("vault", "key = { vault = true }".into()),
    ]
}

const MAPPING: &str = r#"timeout = "1s"
pages = { link = "next", max = 2 }
currency = "EUR"
article = { id = ".id", title = ".title", url = ".url", summary = ".text", published_at = ".at" }
transaction = { where = ".amount", id = ".id", amount = ".amount", date = ".at" }
"#;

/// Servers of every kind, and a declaration for every way to each of them.
struct Aviary {
    home: Home,
    mirrors: Vec<Mirror>,
    text: String,
    names: Vec<String>,
    planted: Vec<(&'static str, String)>,
}

impl Aviary {
    fn new() -> Self {
        let landing = Mirror::start(Kind::Rows);
        let token = canary("token").leak();
        let (good, bad) = (
            Mirror::start(Kind::Token(token)),
            Mirror::start(Kind::Unauthorized),
        );
        let kinds = [
            ("rows", Kind::Rows),
            ("rejected", Kind::Rejected),
            ("unauthorized", Kind::Unauthorized),
            ("wrapped", Kind::Wrapped),
            ("html", Kind::Html),
            ("broken", Kind::Broken),
            ("fails", Kind::Fails),
            ("limited", Kind::Limited),
            ("redirect", Kind::Redirect(landing.addr)),
            ("moved", Kind::Moved),
            ("next", Kind::Next),
            ("reset", Kind::Reset),
        ];
        let home = Home::new();
        let key_place = KeyPlace::File(home.path("gather.key"));
        let vault = Vault::new(Store::open(home.path("gather.db")).unwrap(), key_place);
        let keep = |name: &str, key: String| {
            let source = SourceRef { name, owner: None };
            vault
                .keep(source, &key.into(), Timestamp::UNIX_EPOCH)
                .unwrap();
        };
        let mut text = "[settings]\ndeadline = \"20s\"\nper_host = 8\n\n".to_owned();
        let (mut mirrors, mut names) = (Vec::new(), Vec::new());
        for (answers, kind) in kinds {
            let mirror = Mirror::start(kind);
            let addr = mirror.addr;
            for (way, lines) in ways(&good) {
                let name = format!("{way}-{answers}");
                text +=
                    &format!("[source.{name}]\nurl = \"http://{addr}/list\"\n{lines}\n{MAPPING}\n");
                if way == "vault" {
                    keep(&name, canary("vault"));
                }
                names.push(name);
            }
            let name = format!("bank-{answers}");
            let password: String =
                url::form_urlencoded::byte_serialize(canary("access URL").as_bytes()).collect();
            keep(&name, format!("http://owner:{password}@{addr}/simplefin"));
            text += &format!("[source.{name}]\npreset = \"simplefin\"\ntimeout = \"1s\"\n\n");
            names.push(name);
            mirrors.push(mirror);
        }
        for (way, lines) in ways(&bad)
            .into_iter()
            .filter(|(way, _)| way.starts_with("oauth2"))
        {
            let name = format!("{way}-refused");
            text += &format!(
                "[source.{name}]\nurl = \"http://{}/list\"\n{lines}\n{MAPPING}\n",
                landing.addr
            );
            names.push(name);
        }
        text += &format!(
            "[source.proxied]\nurl = \"http://news.canary.example/list\"\nkey = {{ env = \"CANARY_ENV\" }}\n{MAPPING}\n"
        );
        names.push("proxied".to_owned());
        mirrors.extend([landing, good, bad]);
        home.write("gather.toml", &text);
        home.write("canary.key", canary("file"));
        std::fs::create_dir(home.path("credentials")).unwrap();
        home.write("credentials/canary", canary("credential"));
        let planted = [
            ("CANARY_ENV", "environment"),
            ("CANARY_PASSWORD", "password"),
            ("CANARY_HEADER", "header"),
            ("CANARY_QUERY", "query"),
            ("CANARY_CLIENT_SECRET", "client secret"),
            ("CANARY_CLIENT_ID", "client id"),
        ];
        let mut planted: Vec<_> = planted
            .map(|(name, place)| (name, canary(place)))
            .into_iter()
            .collect();
        let folder = home.path("credentials").display().to_string();
        planted.push(("CREDENTIALS_DIRECTORY", folder));
        planted.push(("RUST_LOG", "trace".to_owned()));
        Self {
            home,
            mirrors,
            text,
            names,
            planted,
        }
    }

    /// Calls the program with every secret in its place, and looks at what it says.
    fn gather(&self, hunt: &mut Hunt, proxy: &Mirror, args: &[&str]) -> Ended {
        let args: Vec<&str> = args.iter().copied().chain(["--db", "gather.db"]).collect();
        let password: String =
            url::form_urlencoded::byte_serialize(canary("proxy").as_bytes()).collect();
        let through = format!("http://porter:{password}@{}", proxy.addr);
        let mut command = self.home.command(&args);
        command.envs(self.planted.iter().map(|(name, value)| (name, value)));
        command
            .env("HTTP_PROXY", &through)
            .env("http_proxy", &through);
        let ended = Home::ended(&mut command);
        hunt.ended(&args, &ended);
        ended
    }

    fn seen(&self) -> String {
        self.mirrors.iter().map(Mirror::seen).collect()
    }
}

const FORMATS: [&str; 4] = ["table", "json", "ndjson", "csv"];

#[test]
fn case_30_no_secret_is_in_output_database_exports_or_recordings_whatever_servers_answer() {
    let aviary = Aviary::new();
    let (open, shut) = (Mirror::start(Kind::Rows), Mirror::start(Kind::Proxy407));
    let mut hunt = Hunt::default();

    // Permanent redirects are believed the third time.
    for (proxy, args) in [
        (&open, &["run", "--format", "table"][..]),
        (&shut, &["run", "--format", "json"]),
        (&open, &["run", "--revalidate", "--format", "ndjson"]),
    ] {
        let ended = aviary.gather(&mut hunt, proxy, args);
        assert_eq!(ended.code, 1, "{ended:?}");
    }
    for args in [
        &["news", "--links", "--limit", "1000"][..],
        &["money"],
        &["sources"],
        &["plan"],
        &["check"],
        &["money", "proof"],
        &["money", "review"],
        &["runs"],
        &["runs", "1"],
        &["runs", "last"],
        &["secrets", "status"],
    ] {
        for format in ["table", "json"] {
            let args = [args, &["--format", format]].concat();
            aviary.gather(&mut hunt, &shut, &args);
        }
    }
    for run in ["1", "2", "3"] {
        for file in ["--svg", "--html", "--har"] {
            let ended = aviary.gather(&mut hunt, &shut, &["runs", run, file, "-"]);
            assert!(ended.code == 0 && ended.out.len() > 10_000, "{ended:?}");
        }
        // What is kept of it is compressed, so that looking at the database does not tell.
        let store = Store::open(aviary.home.path("gather.db")).unwrap();
        let kept = store.timeline(run.parse().unwrap()).unwrap().unwrap();
        hunt.look("a timeline", &zstd::decode_all(&kept[..]).unwrap());
    }
    for shown in [["--html", "-"], ["--format", "json"]] {
        // Those whose hosts have no quota that has been spent by now: one that answers, and two that are refused.
        let of = ["bench", "proxied", "oauth2-refused", "oauth2-form-refused"];
        let args = [&of[..], &["--yes", "--rounds", "1"], &shown].concat();
        let ended = aviary.gather(&mut hunt, &open, &args);
        assert!(ended.out.len() > 1_000, "{ended:?}");
    }
    for format in ["table", "json"] {
        let args = ["check", "--online", "--format", format];
        aviary.gather(&mut hunt, &shut, &args);
    }
    for format in ["ndjson", "json", "csv", "jsonfeed", "rss"] {
        let args = ["export", "news", "--format", format];
        assert_eq!(aviary.gather(&mut hunt, &open, &args).code, 0);
    }
    for format in ["ndjson", "csv"] {
        aviary.gather(&mut hunt, &open, &["export", "money", "--format", format]);
    }
    aviary.gather(&mut hunt, &open, &["export", "opml"]);
    aviary.gather(&mut hunt, &open, &["secrets", "rotate"]);
    let args = ["secrets", "rotate", "--forget-old", "--format", "json"];
    assert_eq!(aviary.gather(&mut hunt, &open, &args).code, 0);
    // One way that shows in addresses, one with a password in its address.
    let told = |name: &&String| {
        let ways = ["query-", "bank-", "prox"];
        ways.iter().any(|way| name.starts_with(way))
    };
    for name in aviary.names.iter().filter(told) {
        aviary.gather(&mut hunt, &open, &["why", name]);
    }
    aviary.gather(
        &mut hunt,
        &open,
        &["why", "query-moved", "--format", "json"],
    );

    // All that can hold one did: what was never sent could not get out either.
    let seen = aviary.seen() + &open.seen() + &shut.seen();
    for (place, middle) in PLACES {
        assert!(seen.contains(middle), "no server was ever sent the {place}");
    }
    let planted = ["canary.key", "canary", "gather.key"];
    hunt.folder(aviary.home.folder.path(), &planted);
    recordings(&aviary, &mut hunt);
    hunt.end();
}

/// What a program sees that uses the crates: reports, recordings, and whatever has a `Debug`.
fn recordings(aviary: &Aviary, hunt: &mut Hunt) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("second.db")).unwrap();
    let text = aviary.text.replace(
        "\"canary.key\"",
        &format!("{:?}", aviary.home.path("canary.key")),
    );
    let config = Config::parse(&text, "gather.toml").unwrap();
    let var = |name: &str| {
        let (_, value) = aviary.planted.iter().find(|(known, _)| *known == name)?;
        Some(value.clone())
    };
    let vault = Vault::new(
        Store::open(aviary.home.path("gather.db")).unwrap(),
        KeyPlace::File(aviary.home.path("gather.key")),
    );
    let plan = Plan::new(&config, &|secret| {
        find_secret(&var, &|| Ok(Some(vault.clone())), secret)
    });
    assert!(plan.unready().is_empty(), "{:?}", plan.unready());
    hunt.look("a plan", format!("{plan:#?}").as_bytes());
    for source in plan.sources() {
        for ask in source.first_asks() {
            hunt.look(
                "an ask",
                format!("{ask:?} {} {}", ask.plan(), ask.bare_url()).as_bytes(),
            );
        }
    }
    let runner = Runner::new(plan, store, gather::Clock::system()).unwrap();
    let events = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let told = std::sync::Arc::clone(&events);
    let report = runtime
        .block_on(runner.run(pending(), move |event| {
            *told.lock().unwrap() += &format!("{event:?}\n");
        }))
        .unwrap();
    let har = serde_json::to_string(&report.timeline.report.har()).unwrap();
    assert!(har.matches("\"request\"").count() > 50, "{har}");
    hunt.look("a HAR file", har.as_bytes());
    hunt.look("a report", format!("{report:#?}").as_bytes());
    hunt.look("events", events.lock().unwrap().as_bytes());
    hunt.look(
        "the vault",
        format!("{vault:?} {:?}", vault.status().unwrap()).as_bytes(),
    );
    hunt.folder(folder.path(), &[]);
}

#[test]
fn case_30_neither_a_setup_token_nor_what_it_gives_is_shown_or_left_in_the_clear() {
    let mut hunt = Hunt::default();
    let password: String =
        url::form_urlencoded::byte_serialize(canary("claimed password").as_bytes()).collect();
    let access: &str = format!("http://owner:{password}@ADDR/simplefin").leak();
    let landing = Mirror::start(Kind::Rows);
    for kind in [
        Kind::Access(access),
        Kind::Forbidden,
        Kind::Fails,
        Kind::Html,
        Kind::Limited,
        Kind::Redirect(landing.addr),
        Kind::Moved,
        Kind::Reset,
    ] {
        let (home, mirror) = (Home::new(), Mirror::start(kind));
        home.write("gather.toml", "[source.simplefin]\ntimeout = \"1s\"\n");
        let claim = format!("http://{}/claim/{}", mirror.addr, middle("setup token"));
        let mut command = home.command(&["sources", "claim", "simplefin"]);
        let claimed = Home::ended(command.write_stdin(STANDARD.encode(&claim)));
        hunt.ended(&["sources", "claim"], &claimed);
        assert!(mirror.seen().contains(middle("setup token")));
        let gives = matches!(kind, Kind::Access(_));
        assert_eq!(claimed.code, if gives { 0 } else { 2 }, "{claimed:?}");
        for format in FORMATS {
            for args in [
                &["run"][..],
                &["money"],
                &["export", "money"],
                &["why", "simplefin"],
                &["secrets", "status"],
            ] {
                let args = [args, &["--format", format]].concat();
                hunt.ended(&args, &home.gather(&args));
            }
        }
        assert_eq!(mirror.seen().contains(middle("claimed password")), gives);
        assert!(home.path("gather.key").exists());
        hunt.folder(home.folder.path(), &["gather.key"]);
    }
    hunt.end();
}

#[test]
fn what_is_typed_into_a_command_or_a_file_by_mistake_is_not_repeated() {
    let home = Home::new();
    let mut hunt = Hunt::default();
    let mirrors = [
        Kind::Rows,
        Kind::Unauthorized,
        Kind::Html,
        Kind::Broken,
        Kind::Reset,
        Kind::Moved,
    ]
    .map(Mirror::start);
    let encoded = |place: &str| -> String {
        url::form_urlencoded::byte_serialize(canary(place).as_bytes()).collect()
    };
    for (number, mirror) in mirrors.iter().enumerate() {
        let password = format!(
            "http://me:{}@{}/list",
            encoded("typed password"),
            mirror.addr
        );
        let parameter = format!(
            "http://{}/list?api_key={}",
            mirror.addr,
            encoded("typed parameter")
        );
        for (way, url) in [("password", password), ("parameter", parameter)] {
            let name = format!("{way}{number}");
            for args in [
                &["try", &url][..],
                &["try", &url, "--format", "json"],
                &["try", &url, "--name", &name, "--add"],
                &["add", &format!("{name}-again"), &url],
            ] {
                // A file that has become wrong is another test's matter.
                let ended = home.gather(args);
                let shown = [args[0], way];
                hunt.look(&format!("output of {shown:?}"), ended.out.as_bytes());
                hunt.look(&format!("words of {shown:?}"), ended.err.as_bytes());
            }
        }
    }
    hunt.folder(home.folder.path(), &[]);

    for (number, line) in [
        format!(
            "key = \"{}\"\nurl = \"https://n.example/\"",
            canary("literal key")
        ),
        format!(
            "url = \"https://me:{}@n.example/\"",
            encoded("literal password")
        ),
        format!(
            "url = \"https://me:{}@n.example:99999/\"",
            encoded("bad address")
        ),
        format!(
            "url = \"{{nowhere}}://me:{}@n.example/\"",
            encoded("bad address")
        ),
        format!(
            "feed = \"https://me:{}@n.example/\"",
            encoded("literal password")
        ),
    ]
    .iter()
    .enumerate()
    {
        let file = format!("wrong{number}.toml");
        home.write(
            &file,
            format!("[source.wrong]\n{line}\narticle = {{ id = \".id\" }}\n"),
        );
        for command in ["check", "run"] {
            let args = [command, "--config", &file];
            let ended = home.gather(&args);
            assert_eq!(ended.code, 2, "{ended:?}");
            hunt.ended(&args, &ended);
        }
    }
    hunt.end();
}
