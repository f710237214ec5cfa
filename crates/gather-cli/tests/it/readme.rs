//! What the README and the manual show is true: the configuration is one, and the commands do something.

use std::{fs, path::Path};

use gather_sandbox::Api;

use crate::world::{Home, World};

fn page(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(name)).unwrap()
}

fn readme() -> String {
    page("README.md")
}

/// The code blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// The commands of a line as a shell reads it, as far as the pages need: words, words in single quotes, pipes, and a
/// file at the end that the output goes to, which is left out.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            commands.last_mut().unwrap().push(part.to_owned());
            continue;
        }
        for word in part.split_whitespace() {
            match word {
                ">" | ">>" | "<" => return commands,
                "|" => commands.push(Vec::new()),
                word => commands.last_mut().unwrap().push(word.to_owned()),
            }
        }
    }
    commands
}

/// A file of a bank, as many let one download it.
const GIRO: &str = "Date;Payee;Text;Amount\n\
    03.11.2026;Harbour Market;Card 4711;-45,20\n\
    14.11.2026;Orrery Labs;Salary;3000,00\n\
    15.11.2026;Quay Coffee;;-3,80\n";

const NOVEMBER: &str = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n\
    <OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>4711</BANKACCTFROM><BANKTRANLIST>\n\
    <STMTTRN><DTPOSTED>20261105<TRNAMT>-20.00<FITID>a1<NAME>Lantern Books</STMTTRN>\n\
    <STMTTRN><DTPOSTED>20261106<TRNAMT>-12.99<FITID>a2<NAME>Lantern Streaming</STMTTRN>\n\
    </BANKTRANLIST><LEDGERBAL><BALAMT>467.01<DTASOF>20261118</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n";

/// A world with the files that the pages speak of.
fn world() -> World {
    let world = World::new(|sandbox| sandbox);
    let write = |name: &str, text: &str| world.home.write(name, text);
    write(
        "feed.xml",
        "<rss version='2.0'><channel><item><title>One</title><guid>1</guid></item></channel></rss>",
    );
    write("giro.csv", GIRO);
    write("november.ofx", NOVEMBER);
    write("answer.json", r#"[{"title": "One"}, {"title": "Two"}]"#);
    write(
        "subscriptions.opml",
        "<opml version='2.0'><body><outline text='Blog' xmlUrl='https://blog.example/feed'/></body></opml>",
    );
    world
}

/// Runs every `gather …` line of a page, one after the other, with simulated APIs in place of the addresses. What a
/// section adds to the configuration is there until its end. All of
/// them end with 0 and have something to say, but for a search, which may find nothing.
fn run_all(world: &World, text: &str) -> usize {
    let feeds = world.sandbox.origin(Api::Feeds);
    let places = [
        ("https://lwn.net/headlines/rss", format!("{feeds}/atom.xml")),
        (
            "https://bank.example/transactions",
            format!("{}/transactions", world.sandbox.origin(Api::Bank)),
        ),
        (
            "https://api.example.com/search?api-key=KEY",
            format!(
                "{}/search?api-key=k-123",
                world.sandbox.origin(Api::Guardian)
            ),
        ),
    ];
    let (mut count, mut section) = (0, 0);
    let sections = text.split("\n## ").map(|section| blocks(section, "sh"));
    for (at, line) in sections.enumerate().flat_map(|(at, blocks)| {
        let lines: Vec<_> = blocks
            .iter()
            .flat_map(|block| block.lines())
            .map(str::to_owned)
            .collect();
        lines.into_iter().map(move |line| (at, line))
    }) {
        if line != "gather" && !line.starts_with("gather ") {
            continue;
        }
        if at != section {
            section = at;
            world.home.write("gather.toml", world.declarations());
        }
        // A password, for those that want one.
        let mut input = "a few words that nobody guesses\n".to_owned();
        for words in commands(&line) {
            if serves(&words) {
                crate::serve::starts_and_stops(&world.home, &words[1..]);
                continue;
            }
            let args: Vec<String> = words
                .iter()
                .skip(1)
                .map(|word| {
                    let place = places.iter().find(|(known, _)| known == word);
                    place.map_or_else(|| word.clone(), |(_, simulated)| simulated.clone())
                })
                .collect();
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let mut command = world.home.command(&args);
            let ended = Home::ended(
                command
                    .env("GUARDIAN_KEY", "k-123")
                    .write_stdin(input.clone()),
            );
            assert_eq!(ended.code, 0, "{line}: {ended:?}");
            assert!(
                line.contains("--search") || !(ended.out.is_empty() && ended.err.is_empty()),
                "{line}: {ended:?}"
            );
            input = ended.out;
        }
        count += 1;
    }
    count
}

/// Whether a command goes on until it is stopped.
fn serves(words: &[String]) -> bool {
    let has = |word: &str| words.iter().any(|other| other == word);
    has("serve") || has("demo") && !has("--once")
}

#[test]
fn the_configuration_of_the_readme_is_right_but_for_keys_that_are_not_here() {
    let text = readme();
    let [toml] = &blocks(&text, "toml")[..] else {
        panic!("the README shows one configuration");
    };
    let home = Home::new();
    home.write("gather.toml", toml);
    let ended = home.gather(&["check"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    let all = format!("{}{}", ended.out, ended.err);
    assert!(
        all.contains("GUARDIAN_KEY") && all.contains("bank-token"),
        "{all}"
    );
    let listed = home.gather(&["sources", "--format", "json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 6, "{listed}");
}

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    let count = run_all(&world(), &readme());
    assert!(count >= 8, "{count}");
}

#[test]
fn the_examples_of_the_manual_run() {
    let count = run_all(&world(), &page("docs/manual/commands.md"));
    assert!(count >= 30, "{count}");
}

#[test]
fn the_examples_of_the_page_about_money_run() {
    let world = world();
    assert_eq!(world.gather(&["run", "-q"]).code, 0);
    let count = run_all(&world, &page("docs/manual/money.md"));
    assert!(count >= 12, "{count}");
}

#[test]
fn the_examples_of_the_page_about_the_dashboard_run() {
    let world = world();
    let text = page("docs/manual/serve.md");
    let count = run_all(&world, &text);
    assert!(count >= 8, "{count}");
    let [toml] = &blocks(&text, "toml")[..] else {
        panic!("it shows one configuration");
    };
    world.home.write("gather.toml", toml);
    let checked = world.gather(&["check"]);
    assert!(!checked.err.contains("unknown key"), "{checked:?}");
}

#[test]
fn the_examples_of_the_page_about_runs_run() {
    let world = world();
    assert_eq!(world.gather(&["run", "-q"]).code, 0);
    let count = run_all(&world, &page("docs/manual/runs.md"));
    assert!(count >= 9, "{count}");
}

#[test]
fn the_manual_has_a_section_for_every_command() {
    let manual = page("docs/manual/commands.md");
    let help = Home::new().gather(&["--help"]).out;
    let listed = help
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .zip(listed.lines().filter(|line| line.starts_with("  ")))
        .filter(|(_, line)| !line.starts_with("   "))
        .map(|(name, _)| name)
        .filter(|name| *name != "help")
        .collect();
    assert!(names.len() >= 15, "{names:?}");
    for name in names {
        assert!(manual.contains(&format!("\n## gather {name}\n")), "{name}");
    }
}

#[test]
fn lines_are_read_as_a_shell_reads_them() {
    let read = commands("gather parse a.json | gather select '.a | .b' > x");
    let expected = [
        vec!["gather", "parse", "a.json"],
        vec!["gather", "select", ".a | .b"],
    ];
    assert_eq!(read, expected);
}
