//! `gather serve` and what belongs to it: users, backup, restore, the demo that goes on.
#![cfg(unix)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::world::{Home, World};

const PASSWORD: &str = "a few words that nobody guesses";

/// A server that runs, and what it has said so far.
pub(crate) struct Served {
    child: Child,
    said: BufReader<std::process::ChildStderr>,
    heard: String,
}

/// A test that fails leaves no server behind.
impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    fn start(home: &Home, args: &[&str]) -> Self {
        Self::start_with(home, args, &[])
    }

    pub(crate) fn start_with(home: &Home, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = home
            .plain_command()
            .args(args)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            said,
            heard: String::new(),
        }
    }

    /// Reads on until a line has this in it, and gives that line.
    pub(crate) fn line(&mut self, with: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.said.read_line(&mut line).unwrap();
            self.heard.push_str(&line);
            assert!(read > 0, "ended without {with}: {}", self.heard);
            if line.contains(with) {
                return line;
            }
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Asks it to stop; all it said, and its exit code.
    pub(crate) fn stop(mut self) -> (i32, String) {
        let begun = Instant::now();
        self.signal("-TERM");
        self.said.read_to_string(&mut self.heard).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", self.heard);
        assert!(!self.heard.contains("panicked"), "{}", self.heard);
        (code, std::mem::take(&mut self.heard))
    }
}

/// Starts a command that serves, at a free port, and stops it once it does.
pub(crate) fn starts_and_stops(home: &Home, words: &[String]) {
    let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
    match args.iter().position(|word| *word == "--listen") {
        Some(at) => args[at + 1] = "127.0.0.1:0",
        None => args.extend(["--listen", "127.0.0.1:0"]),
    }
    let mut served = Served::start(home, &args);
    served.line("the dashboard is at");
    let (code, said) = served.stop();
    assert_eq!(code, 0, "{words:?}: {said}");
}

/// The address in a line.
fn address(line: &str) -> String {
    let from = line.find("http://").unwrap();
    line[from..].trim().to_owned()
}

/// Asks over a connection of its own; the whole answer.
fn ask(url: &str, head: &str, body: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!(
        "{} /{path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\nAccept: text/html\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{head}\r\n{body}",
        if body.is_empty() { "GET" } else { "POST" },
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Signs in, and gives the cookie.
fn sign_in(url: &str, name: &str, password: &str) -> Option<String> {
    let form = format!("name={name}&password={}", password.replace(' ', "+"));
    let answer = ask(&format!("{url}login"), "", &form);
    let line = answer
        .lines()
        .find(|line| line.to_lowercase().starts_with("set-cookie: "))?;
    Some(line[12..].split(';').next().unwrap().to_owned())
}

fn add_user(home: &Home, name: &str, password: &str) -> crate::world::Ended {
    Home::ended(
        home.command(&["user", "add", name])
            .write_stdin(format!("{password}\n")),
    )
}

#[test]
fn a_server_fetches_shows_and_stops_when_it_is_asked() {
    let world = World::new(|sandbox| sandbox);
    assert_eq!(add_user(&world.home, "ana", PASSWORD).code, 0);
    let mut served = Served::start(&world.home, &["serve", "--listen", "127.0.0.1:0"]);
    let url = address(&served.line("the dashboard is at"));
    let begun = Instant::now();
    loop {
        let cookie = sign_in(&url, "ana", PASSWORD).expect("it lets ana in");
        let page = ask(&url, &format!("Cookie: {cookie}\r\n"), "");
        if page.contains("data-story") && page.contains("Net worth") {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{page}");
        std::thread::sleep(Duration::from_millis(300));
    }
    let (code, said) = served.stop();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("begun"), "the log tells of the run: {said}");
    assert!(said.contains("run="), "with its number: {said}");
    assert!(!said.contains("nobody can sign in"), "{said}");
}

#[test]
fn without_a_user_it_prints_a_link_that_makes_one() {
    let world = World::new(|sandbox| sandbox);
    let mut served = Served::start(
        &world.home,
        &["--quiet", "serve", "--listen", "127.0.0.1:0"],
    );
    let link = address(&served.line("make the first user at"));
    assert!(ask(&link, "", "").contains("Make the first user"));
    let words = PASSWORD.replace(' ', "+");
    let made = ask(
        &link,
        "",
        &format!("name=ana&password={words}&again={words}"),
    );
    assert!(made.starts_with("HTTP/1.1 303 "), "{made}");
    assert!(ask(&link, "", "").starts_with("HTTP/1.1 404 "), "once");
    let (code, said) = served.stop();
    assert_eq!(code, 0, "{said}");
    let listed = world.gather(&["user", "list"]);
    assert_eq!(listed.out, "ana\n");
}

#[test]
fn the_log_can_be_read_by_programs_and_has_no_secret_in_it() {
    let world = World::new(|sandbox| sandbox);
    add_user(&world.home, "ana", PASSWORD);
    let mut served = Served::start(
        &world.home,
        &[
            "--quiet",
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log",
            "json",
        ],
    );
    let ended = served.line("\"ended\"");
    let line: serde_json::Value = serde_json::from_str(&ended).unwrap();
    assert_eq!(line["span"]["name"], "run", "{line}");
    assert_eq!(line["span"]["run"], 1, "{line}");
    // The same figures as in the history of runs.
    let run = world.gather(&["runs", "1", "--format", "json"]);
    let run: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let told = &line["fields"];
    for figure in ["wall_ms", "one_by_one_ms", "longest_chain_ms", "status"] {
        assert!(!told[figure].is_null(), "{figure}: {line}");
        assert_eq!(told[figure], run[figure], "{figure}: {line} {run}");
    }
    assert!(told["peak_in_flight"].as_u64().unwrap() > 1, "{line}");
    assert!(told["new"].as_u64().unwrap() > 0, "{line}");
    for figure in [
        "retries",
        "not_modified",
        "waited_slot_ms",
        "waited_host_ms",
        "waited_quota_ms",
        "waited_cool_down_ms",
    ] {
        assert!(told[figure].is_u64(), "{figure}: {line}");
    }
    let (_, said) = served.stop();
    assert!(!said.contains("k-123"), "{said}");
    for line in said.lines() {
        serde_json::from_str::<serde_json::Value>(line)
            .unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[test]
fn what_cannot_be_is_told_before_anything_starts() {
    let world = World::new(|sandbox| sandbox);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for (args, told) in [
        (
            vec![
                "serve".to_owned(),
                "--listen".to_owned(),
                format!("127.0.0.1:{port}"),
            ],
            "cannot be listened at",
        ),
        (
            vec![
                "serve".to_owned(),
                "--listen".to_owned(),
                "nowhere".to_owned(),
            ],
            "no address to listen at",
        ),
        (
            vec!["--as".to_owned(), "ana".to_owned(), "serve".to_owned()],
            "a server is for all its users",
        ),
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let ended = world.gather(&args);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.err.contains(told), "{ended:?}");
    }
    let more = format!(
        "{}\n[server]\ntls = {{ certificate = \"none.pem\", key = \"none.pem\" }}\n",
        world.declarations()
    );
    world.home.write("gather.toml", more);
    let ended = world.gather(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(
        ended
            .err
            .contains("`none.pem` cannot be used as a certificate"),
        "{ended:?}"
    );
}

#[test]
fn a_hangup_reads_the_configuration_again_and_a_broken_one_changes_nothing() {
    let world = World::new(|sandbox| sandbox);
    add_user(&world.home, "ana", PASSWORD);
    let mut served = Served::start(&world.home, &["serve", "--listen", "127.0.0.1:0"]);
    let url = address(&served.line("the dashboard is at"));
    served.line("ended");
    world.home.write("gather.toml", "[source.harbour]\nfeed = ");
    served.signal("-HUP");
    served.line("cannot be used");
    let cookie = sign_in(&url, "ana", PASSWORD).unwrap();
    let page = ask(
        &format!("{url}sources"),
        &format!("Cookie: {cookie}\r\n"),
        "",
    );
    assert!(page.contains("The configuration cannot be used"), "{page}");
    assert!(page.contains("guardian"), "the old one is in force: {page}");
    world.home.write(
        "gather.toml",
        world
            .declarations()
            .replace("[source.harbour]", "[source.quay]"),
    );
    served.signal("-HUP");
    served.line("the configuration was read again");
    let page = ask(
        &format!("{url}sources"),
        &format!("Cookie: {cookie}\r\n"),
        "",
    );
    assert!(
        page.contains("quay") && !page.contains("cannot be used"),
        "{page}"
    );
    served.stop();
}

#[test]
fn users_are_made_listed_given_another_password_and_taken_away() {
    let home = Home::new();
    assert!(
        home.gather(&["user", "list"])
            .err
            .contains("gather user add NAME")
    );
    assert_eq!(add_user(&home, "ana", PASSWORD).code, 0);
    let twice = add_user(&home, "Ana", PASSWORD);
    assert_eq!(twice.code, 2);
    assert!(
        twice.err.contains("there is a user `ana` already"),
        "{twice:?}"
    );
    for (name, password, told) in [
        ("ben", "short", "at least 12 characters"),
        ("ben", "", "no password on standard input"),
        ("a/b", PASSWORD, "letters, digits"),
    ] {
        let refused = add_user(&home, name, password);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.err.contains(told), "{refused:?}");
        assert!(!refused.err.contains(PASSWORD));
    }
    let listed = home.gather(&["user", "list", "--format", "json"]).json();
    assert_eq!(listed[0]["name"], "ana");
    assert_eq!(listed[0]["can_sign_in"], true);
    let changed = Home::ended(
        home.command(&["user", "passwd", "ana"])
            .write_stdin("another few words, long\n"),
    );
    assert_eq!(changed.code, 0, "{changed:?}");
    let unknown = Home::ended(home.command(&["user", "passwd", "eve"]).write_stdin("x\n"));
    assert_eq!(unknown.code, 2, "{unknown:?}");
    let asked = home.gather(&["user", "remove", "ana"]);
    assert_eq!(asked.code, 1, "nobody said yes: {asked:?}");
    assert_eq!(home.gather(&["user", "remove", "ana", "--yes"]).code, 0);
    assert_eq!(home.gather(&["user", "list"]).out, "");
}

#[test]
fn a_backup_of_a_server_at_work_is_whole_and_can_be_put_back() {
    let world = World::new(|sandbox| sandbox);
    add_user(&world.home, "ana", PASSWORD);
    let mut served = Served::start(&world.home, &["serve", "--listen", "127.0.0.1:0"]);
    served.line("ended");
    let made = world.gather(&["backup", "copy.db"]);
    assert_eq!(made.code, 0, "{made:?}");
    assert!(
        made.err.contains("the vault's key is not in it"),
        "{made:?}"
    );
    let again = world.gather(&["backup", "copy.db"]);
    assert_eq!(again.code, 2, "a file is not overwritten: {again:?}");
    let busy = world.gather(&["restore", "copy.db", "--yes"]);
    served.stop();
    let stories = world.home.stories();
    assert!(!stories.is_empty());
    assert_eq!(busy.code, 2, "not under a server at work: {busy:?}");
    world.home.write("broken.db", "no database at all");
    let broken = world.gather(&["restore", "broken.db", "--yes"]);
    assert_eq!(broken.code, 2, "{broken:?}");
    assert_eq!(world.home.stories(), stories, "nothing is lost");
    let back = world.gather(&["restore", "copy.db", "--yes"]);
    assert_eq!(back.code, 0, "{back:?}");
    assert!(back.err.contains("what was there before is in"), "{back:?}");
    assert_eq!(world.home.stories(), stories);
    assert_eq!(world.gather(&["user", "list"]).out, "ana\n");
}

#[test]
fn the_demo_goes_on_to_serve_its_dashboard_until_it_is_stopped() {
    let home = Home::new();
    let mut served = Served::start(&home, &["demo"]);
    let url = address(&served.line("the dashboard is at"));
    let line = served.line("sign in as demo with ");
    let password = line
        .split("sign in as demo with ")
        .nth(1)
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let cookie = sign_in(&url, "demo", &password).expect("it lets the demo's user in");
    let page = ask(&url, &format!("Cookie: {cookie}\r\n"), "");
    assert!(
        page.contains("data-story") && page.contains("Net worth"),
        "{page}"
    );
    served.signal("-INT");
    let (code, said) = served.stop();
    assert_eq!(code, 0, "{said}");
}
