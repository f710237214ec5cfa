//! Python, Node, Go and curl, made ready for their programs in `bench/peers`.
//!
//! Packages are pinned and come through the languages' own clients. What is missing on this machine leaves out those
//! who need it, with the reason; nothing of the system is installed.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    need, say,
    workspace::{Workspace, captured, visible},
};

/// The sources of the programs.
const SOURCES: &str = "bench/peers";

/// Where Debian puts the source of Go's packages, which serves where modules cannot be fetched.
const DEBIAN_GO: &str = "/usr/share/gocode";

/// What is there, or why it is not.
#[derive(Debug)]
pub(super) struct Tools {
    /// The folder of the Rust programs.
    pub(super) programs: PathBuf,
    pub(super) sources: PathBuf,
    /// The interpreter that has the packages.
    pub(super) python: Result<PathBuf, String>,
    /// The folder of the programs of Node with their packages.
    pub(super) node: Result<PathBuf, String>,
    /// The program of Go for answers.
    pub(super) go_answers: Result<PathBuf, String>,
    /// The program of Go for news.
    pub(super) go_news: Result<PathBuf, String>,
    /// How many requests curl takes in flight.
    pub(super) curl: Result<u32, String>,
    /// What takes part, with versions.
    pub(super) versions: Vec<String>,
}

impl Tools {
    /// Makes ready what can be.
    pub(super) fn prepare(workspace: &Workspace, programs: &Path, home: &Path) -> Self {
        let sources = workspace.root.join(SOURCES);
        let mut versions = vec![rust_versions(workspace)];
        Self {
            python: told(&mut versions, "Python", python(workspace, &sources)),
            node: told(&mut versions, "Node", node(&sources, &home.join("node"))),
            go_answers: told(&mut versions, "Go", go_answers(&sources, home)),
            go_news: told(&mut versions, "Go with SQLite", go_news(&sources, home)),
            curl: told(&mut versions, "curl", curl_version()),
            programs: programs.to_owned(),
            sources,
            versions,
        }
    }
}

/// Notes the version of what is there, or says why it is not.
fn told<T>(
    versions: &mut Vec<String>,
    name: &str,
    found: Result<(T, String), String>,
) -> Result<T, String> {
    match found {
        Ok((place, version)) => {
            versions.push(version);
            Ok(place)
        }
        Err(reason) => {
            say::line(&format!("{name} is left out: {reason}"));
            Err(reason)
        }
    }
}

fn python(workspace: &Workspace, sources: &Path) -> Result<(PathBuf, String), String> {
    let python = need::peers(workspace)?.join("bin/python");
    let version = first_line(&python, &["--version"])?;
    let pins = pinned(&read(&sources.join("python/requirements.txt"))?);
    Ok((python, format!("{version}, {pins}")))
}

fn curl_version() -> Result<(u32, String), String> {
    let said = first_line("curl", &["--version"]).map_err(|_| "no curl".to_owned())?;
    let most = curl_most(&said);
    let version = first_words(&said, 2);
    Ok((most, format!("{version} (at most {most} in flight)")))
}

/// How many requests a curl takes in flight; asked for more, it takes 50.
fn curl_most(version: &str) -> u32 {
    let numbers = version.split(' ').nth(1).unwrap_or_default();
    let mut numbers = numbers.split('.').map(|it| it.parse().unwrap_or(0));
    let version: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version >= (8, 16) { 65_535 } else { 300 }
}

fn go_answers(sources: &Path, home: &Path) -> Result<(PathBuf, String), String> {
    let version = go_version()?;
    let program = home.join("go-answers");
    captured(&mut go_build(sources, "./answers", &program))?;
    Ok((program, version))
}

/// From modules, or where they cannot be fetched from Debian's source of them, which takes the system's SQLite.
fn go_news(sources: &Path, home: &Path) -> Result<(PathBuf, String), String> {
    go_version()?;
    let program = home.join("go-news");
    let mut from_modules = go_build(sources, "./news", &program);
    let Err(reason) = captured(&mut from_modules) else {
        return Ok((program, locked_module(&read(&sources.join("go/go.mod"))?)));
    };
    let package = Path::new(DEBIAN_GO).join("src/github.com/mattn/go-sqlite3");
    if !package.exists() {
        return Err(reason);
    }
    let mut from_debian = go_build(sources, "./news", &program);
    from_debian
        .env("GO111MODULE", "off")
        .env("GOPATH", DEBIAN_GO);
    captured(from_debian.env("GOFLAGS", "-tags=libsqlite3"))?;
    Ok((program, "go-sqlite3 as Debian has it".to_owned()))
}

fn go_version() -> Result<String, String> {
    let version = first_line("go", &["version"]).map_err(|_| "no Go toolchain".to_owned())?;
    let version = version.split(' ').nth(2).unwrap_or_default();
    Ok(format!("Go {}", version.trim_start_matches("go")))
}

fn go_build(sources: &Path, package: &str, program: &Path) -> Command {
    let mut command = Command::new("go");
    command.args(["build", "-o"]).arg(program).arg(package);
    command.current_dir(sources.join("go"));
    command
}

/// The module that a `go.mod` requires.
fn locked_module(module: &str) -> String {
    let required = module
        .lines()
        .find_map(|line| line.strip_prefix("require "));
    let (name, version) = required
        .and_then(|it| it.split_once(" v"))
        .unwrap_or_default();
    format!("{} {version}", name.rsplit('/').next().unwrap_or_default())
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// The packages of `bench/peers/node` in a folder, with the programs; better-sqlite3 is compiled there.
fn node(sources: &Path, place: &Path) -> Result<(PathBuf, String), String> {
    let about = "process.stdout.write([process.version, process.versions.undici, process.execPath].join(' '))";
    let node = first_line("node", &["-e", about]).map_err(|_| "no Node".to_owned())?;
    let at = |error: std::io::Error| format!("{}: {error}", place.display());
    let from = sources.join("node");
    let package = read(&from.join("package.json"))?;
    let lock = read(&from.join("package-lock.json"))?;
    fs::create_dir_all(place).map_err(at)?;
    for entry in fs::read_dir(&from).map_err(at)? {
        let entry = entry.map_err(at)?;
        fs::copy(entry.path(), place.join(entry.file_name())).map_err(at)?;
    }
    let stamp = place.join("made-from");
    let wanted = format!("{node}\n{lock}");
    if !fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        visible(npm.current_dir(place))?;
        let mut npm = Command::new("npm");
        npm.args(["rebuild", "better-sqlite3"]).current_dir(place);
        // Not what others have compiled; and Node's headers where they came with it.
        npm.env("npm_config_build_from_source", "true");
        if let Some(prefix) = node.rsplit(' ').next().map(Path::new).and_then(prefix) {
            npm.env("npm_config_nodedir", prefix);
        }
        visible(&mut npm)?;
        fs::write(&stamp, wanted).map_err(at)?;
    }
    let mut words = node.split(' ');
    let (version, undici) = (words.next(), words.next());
    let version = format!(
        "Node {} (fetch is undici {}), {}",
        version.unwrap_or_default().trim_start_matches('v'),
        undici.unwrap_or_default(),
        dependencies(&package)
    );
    Ok((place.to_owned(), version))
}

/// The folder above `bin` and `include` of a Node, if it has its headers there.
fn prefix(executable: &Path) -> Option<&Path> {
    let prefix = executable.parent()?.parent()?;
    prefix
        .join("include/node/node.h")
        .exists()
        .then_some(prefix)
}

/// Names and versions in a `package.json`.
fn dependencies(package: &str) -> String {
    let package: serde_json::Value = serde_json::from_str(package).unwrap_or_default();
    let dependencies = package["dependencies"].as_object().into_iter().flatten();
    let named =
        dependencies.map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or("?")));
    named.collect::<Vec<_>>().join(", ")
}

fn first_line(program: impl AsRef<OsStr>, arguments: &[&str]) -> Result<String, String> {
    let output = captured(Command::new(program).args(arguments))?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(said.lines().next().unwrap_or_default().trim().to_owned())
}

fn first_words(text: &str, count: usize) -> String {
    let words: Vec<&str> = text.split(' ').take(count).collect();
    words.join(" ")
}

/// Names and versions in a `requirements.txt`, of what the programs import.
fn pinned(requirements: &str) -> String {
    const NAMED: [&str; 5] = ["httpx", "aiohttp", "requests", "aiosqlite", "feedparser"];
    let pins = requirements
        .lines()
        .filter_map(|line| line.split_once("=="));
    let pins: Vec<String> = pins
        .filter(|(name, _)| NAMED.contains(name))
        .map(|(name, version)| format!("{name} {}", first_words(version, 1)))
        .collect();
    pins.join(", ")
}

/// The libraries of the bare clients, as Cargo.lock has them.
fn rust_versions(workspace: &Workspace) -> String {
    let lock = fs::read_to_string(workspace.root.join("Cargo.lock")).unwrap_or_default();
    let rustc = first_line("rustc", &["--version"])
        .map_or_else(|_| "Rust".to_owned(), |it| first_words(&it, 2));
    let named =
        ["hyper", "hyper-util", "reqwest", "rusqlite", "feed-rs"].map(|name| locked(&lock, name));
    format!("{rustc}, {}", named.join(", "))
}

fn locked(lock: &str, name: &str) -> String {
    let start = format!("name = \"{name}\"\nversion = \"");
    let version = lock
        .split(&start)
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    format!("{name} {}", version.unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use super::{curl_most, dependencies, locked, locked_module, pinned};

    #[test]
    fn versions_are_read_where_they_are_pinned() {
        let pins = "# x\nhttpx==0.28.1 \\\n    --hash=sha256:00\nidna==3.20 \\\nrequests==2.34.2\n";
        assert_eq!(pinned(pins), "httpx 0.28.1, requests 2.34.2");
        let package = r#"{ "dependencies": { "rss-parser": "3.13.0" } }"#;
        assert_eq!(dependencies(package), "rss-parser 3.13.0");
        assert_eq!(curl_most("curl 7.88.1 (x86_64) libcurl/7.88.1"), 300);
        assert_eq!(curl_most("curl 8.16.0 (x86_64)"), 65_535);
        let module = "module x\n\nrequire github.com/mattn/go-sqlite3 v1.14.16\n";
        assert_eq!(locked_module(module), "go-sqlite3 1.14.16");
        let lock = "[[package]]\nname = \"hyper\"\nversion = \"1.8.1\"\n";
        assert_eq!(locked(lock, "hyper"), "hyper 1.8.1");
    }
}
