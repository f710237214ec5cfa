//! Any program, measured from outside: from its start to its end, its processor time, its memory, and what it did.
//!
//! What it did is what simulated servers say they answered, and what stands in a database in the end, so that a program
//! in another language is believed no more than one of ours. It is a program of its own because the system tells the
//! memory of all children together: here there is only one.
//!
//! Not here: which programs there are, and what is expected of them (`xtask/src/bench/peers`).

use std::{
    path::Path,
    process::{ExitCode, Stdio},
    time::{Duration, Instant},
};

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeVal,
};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt as _, process::Command};

use crate::{
    Fault,
    flags::Flags,
    ingest::store::digest,
    measure::{chain, complain, say, whole},
};

/// The arguments.
const USAGE: &str = "usage: bench-outside --seconds N [--servers ORIGIN,ORIGIN] [--database FILE] -- PROGRAM ARGUMENTS";

/// Runs the program behind `--` and prints one line of JSON: `wall_us`, `cpu_us` (user and system), `peak_kib`, `said`
/// (its standard output), `over` (it was ended because it took longer than `--seconds`), `asked` and `answered` (what
/// the servers counted, which is forgotten then), and `rows` and `digest` of the articles in the database.
pub fn run() -> ExitCode {
    match measured(std::env::args().skip(1)) {
        Ok(line) => {
            say(&line.to_string());
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn measured(mut arguments: impl Iterator<Item = String>) -> Result<Value, Fault> {
    let own: Vec<String> = arguments.by_ref().take_while(|it| it != "--").collect();
    let flags = Flags::read(
        own.into_iter(),
        &["--seconds", "--servers", "--database"],
        USAGE,
    )?;
    let program = arguments
        .next()
        .ok_or_else(|| format!("no program behind `--`\n{USAGE}"))?;
    let mut command = Command::new(&program);
    command.args(arguments);
    let limit = Duration::from_secs(flags.number("--seconds", 1)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut line = runtime
        .block_on(ended(command, limit))
        .map_err(|error| format!("{program}: {error}"))?;
    if let Ok(servers) = flags.get("--servers") {
        let (asked, answered) = runtime.block_on(counted(servers))?;
        line["asked"] = asked.into();
        line["answered"] = answered.into();
    }
    if let Ok(file) = flags.get("--database")
        && line["over"] == false
    {
        let (rows, digest) =
            articles(Path::new(file)).map_err(|error| format!("{file}: {error}"))?;
        line["rows"] = rows.into();
        line["digest"] = format!("{digest:016x}").into();
    }
    Ok(line)
}

/// Runs it to its end, or to the end of its time.
async fn ended(mut command: Command, limit: Duration) -> Result<Value, Fault> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let start = Instant::now();
    let mut child = command.spawn()?;
    let mut output = child.stdout.take().ok_or("it has no output")?;
    let mut said = String::new();
    let whole_run = tokio::time::timeout(limit, async {
        let ends = async {
            let status = child.wait().await?;
            Ok::<_, std::io::Error>((status, start.elapsed()))
        };
        tokio::try_join!(ends, output.read_to_string(&mut said))
    })
    .await;
    let (wall, over) = match whole_run {
        Ok(ended) => {
            let ((status, wall), _) = ended?;
            if !status.success() {
                return Err(format!("ended with {status}").into());
            }
            (wall, false)
        }
        Err(_) => {
            child.kill().await?;
            (start.elapsed(), true)
        }
    };
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = span(usage.user_time()) + span(usage.system_time());
    Ok(json!({
        "wall_us": whole(wall), "cpu_us": whole(cpu), "peak_kib": usage.max_rss(), "said": said, "over": over,
    }))
}

fn span(time: TimeVal) -> Duration {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
    let micros = u64::try_from(time.tv_usec()).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}

/// How many requests the servers saw, and to how many of them the whole answer went out; they begin anew then.
async fn counted(servers: &str) -> Result<(u64, u64), Fault> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let (mut asked, mut answered) = (0, 0);
    for origin in servers.split(',') {
        let log = client.get(format!("{origin}/_sandbox/log")).send().await?;
        let log: Value = serde_json::from_slice(&log.error_for_status()?.bytes().await?)?;
        asked += log["total"].as_u64().unwrap_or_default();
        answered += log["answered"].as_u64().unwrap_or_default();
        let reset = client.post(format!("{origin}/_sandbox/reset")).send();
        reset.await?.error_for_status()?;
    }
    Ok((asked, answered))
}

/// How many articles a database holds, and a digest of what they are, whether gather's store or one table holds them.
fn articles(file: &Path) -> Result<(u64, u64), Fault> {
    let conn = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let of_the_store = conn.table_exists(None, "sources")?;
    let query = if of_the_store {
        "SELECT sources.name, articles.id, articles.title, articles.url
           FROM articles JOIN sources ON sources.id = articles.source_id"
    } else {
        "SELECT source, id, title, url FROM articles"
    };
    digest(&conn, query)
}

#[cfg(test)]
mod tests {
    use super::{articles, measured};

    fn words(line: &str) -> impl Iterator<Item = String> + use<> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        words.into_iter()
    }

    #[test]
    fn a_program_is_measured_from_its_start_to_its_end_or_to_the_end_of_its_time() {
        let line = measured(words("--seconds 60 -- echo 5")).unwrap();
        assert_eq!(
            (line["over"].as_bool(), line["said"].as_str()),
            (Some(false), Some("5\n"))
        );
        assert!(line["wall_us"].as_u64() > Some(0) && line["peak_kib"].as_u64() > Some(0));
        let line = measured(words("--seconds 1 -- sleep 60")).unwrap();
        assert_eq!(line["over"], true);
        assert!(line["wall_us"].as_u64() >= Some(1_000_000));
        assert!(measured(words("--seconds 60 -- false")).is_err());
        assert!(measured(words("--seconds 60")).is_err());
    }

    #[test]
    fn one_table_and_the_store_with_the_same_articles_have_one_digest() {
        let home = std::env::temp_dir();
        let made = ["store", "table"].map(|name| {
            let file = home.join(format!("outside-{name}-{}.db", std::process::id()));
            let _ = std::fs::remove_file(&file);
            let conn = rusqlite::Connection::open(&file).unwrap();
            conn.execute_batch(if name == "store" {
                "CREATE TABLE sources (id INTEGER, name TEXT);
                 CREATE TABLE articles (source_id INTEGER, id TEXT, title TEXT, url TEXT, more TEXT);
                 INSERT INTO sources VALUES (7, 'a');
                 INSERT INTO articles VALUES (7, '1', 'One', NULL, 'x');"
            } else {
                "CREATE TABLE articles (source TEXT, id TEXT, title TEXT, url TEXT);
                 INSERT INTO articles VALUES ('a', '1', 'One', NULL);"
            })
            .unwrap();
            let seen = articles(&file).unwrap();
            std::fs::remove_file(&file).unwrap();
            seen
        });
        assert_eq!(made[0], made[1]);
        assert_eq!(made[0].0, 1);
    }
}
