//! `cargo xtask picture`: docs/run.svg, a picture of what gather really printed.
//!
//! It builds the binary, runs it 100 columns wide with colours in an empty home of its own, and turns the
//! text with its ANSI codes into an SVG that brings its own background, so that it reads well on a
//! light and on a dark page. Nothing in it is drawn by hand, apart from the line with the command.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anstyle::RgbColor;
use anstyle_svg::{Palette, Term};

use crate::say;
use crate::workspace::{Workspace, visible};

const PICTURE: &str = "docs/run.svg";
const COLUMNS: &str = "100";

const PAPER: RgbColor = RgbColor(0x15, 0x16, 0x12);
const INK: RgbColor = RgbColor(0xec, 0xea, 0xe2);

/// Black to white, then the bright ones; each at least 4.5:1 on [`PAPER`] but for black, which is for backgrounds.
const COLOURS: Palette = Palette([
    RgbColor(0x2e, 0x2f, 0x29),
    RgbColor(0xf0, 0x8a, 0x80),
    RgbColor(0x6f, 0xcf, 0xae),
    RgbColor(0xe0, 0xb0, 0x50),
    RgbColor(0x8a, 0xb4, 0xe8),
    RgbColor(0xd0, 0x9b, 0xd8),
    RgbColor(0x7c, 0xc4, 0xd4),
    RgbColor(0xd6, 0xd4, 0xcc),
    RgbColor(0xa6, 0xa4, 0x99),
    RgbColor(0xf7, 0xab, 0xa3),
    RgbColor(0x95, 0xe0, 0xc6),
    RgbColor(0xf0, 0xc8, 0x78),
    RgbColor(0xad, 0xcc, 0xf2),
    RgbColor(0xe0, 0xb8, 0xe6),
    RgbColor(0xa4, 0xd9, 0xe4),
    RgbColor(0xfb, 0xfa, 0xf6),
]);

/// Runs `gather` with these arguments and draws what it printed.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<(), String> {
    visible(&mut workspace.cargo(&["build", "--package", "gather-cli", "--bin", "gather"]))?;
    let home = workspace.target.join("picture");
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    }
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;

    let words = arguments.join(" ");
    say::line(&format!("$ gather {words}"));
    let printed = printed(&workspace.target.join("debug/gather"), arguments, &home)?;
    // The home is a path of this machine; a reader knows his own by this name.
    let printed = printed.replace(&home.display().to_string(), "~");
    let picture = draw(&format!("gather {words}"), &printed);

    let place = workspace.root.join(PICTURE);
    fs::create_dir_all(workspace.root.join("docs"))
        .and_then(|()| fs::write(&place, picture))
        .map_err(|error| format!("{PICTURE}: {error}"))?;
    say::line(&format!("wrote {PICTURE}"));
    Ok(())
}

/// Everything the program printed, stdout and stderr in the order in which it came.
fn printed(program: &Path, arguments: &[&str], home: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", program.display());
    let (mut reader, writer) = std::io::pipe().map_err(failed)?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(home);
    // Only what a terminal would give: no key, no settings and no file of the person at work gets into the picture.
    command.env_clear();
    for name in ["PATH", "LANG", "TZ"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.envs([("HOME", home), ("TMPDIR", home)]);
    command.envs([
        ("COLUMNS", COLUMNS),
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
        ("CLICOLOR_FORCE", "1"),
    ]);
    command.stdin(Stdio::null());
    command
        .stdout(writer.try_clone().map_err(failed)?)
        .stderr(writer);
    let mut child = command.spawn().map_err(failed)?;
    // The command holds our ends of the pipe; the reader would wait for them for ever.
    drop(command);
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(failed)?;
    let status = child.wait().map_err(failed)?;
    let text = String::from_utf8(bytes)
        .map_err(|error| format!("gather printed what is not UTF-8: {error}"))?;
    if status.success() {
        Ok(text)
    } else {
        Err(format!("gather ended with {status}:\n{text}"))
    }
}

/// The picture of a command and what it printed.
fn draw(command: &str, printed: &str) -> String {
    let terminal = Term::new()
        .palette(COLOURS)
        .fg_color(INK.into())
        .bg_color(PAPER.into())
        .min_width_px(840);
    let svg = terminal.render_svg(&format!(
        "\u{1b}[1m$ {command}\u{1b}[0m\n{}\n",
        printed.trim_end()
    ));
    // Said to those who cannot see it: what the picture is of.
    let title = format!("<title>Terminal: {}</title>", escaped(command));
    match svg.split_once('>') {
        Some((open, rest)) => format!("{open} role=\"img\">\n  {title}{rest}"),
        None => svg,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{draw, printed};

    fn shell(script: &str) -> Result<String, String> {
        printed(Path::new("/bin/sh"), &["-c", script], &std::env::temp_dir())
    }

    #[test]
    fn both_streams_are_kept_in_their_order() {
        let text = shell("echo one; echo two >&2; echo three; echo $COLUMNS").unwrap();
        assert_eq!(text, "one\ntwo\nthree\n100\n");
    }

    #[test]
    fn nothing_of_the_person_at_work_gets_in() {
        // cargo sets this one for every test, so it is there to be seen if the environment is not cleared.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        assert_eq!(shell("echo \"[$CARGO_MANIFEST_DIR]\"").unwrap(), "[]\n");
    }

    #[test]
    fn a_run_that_failed_is_no_picture() {
        let reason = shell("echo what went wrong; exit 3").unwrap_err();
        assert!(
            reason.contains("3") && reason.contains("what went wrong"),
            "{reason}"
        );
    }

    #[test]
    fn colours_become_classes_and_text_stays_text() {
        let svg = draw(
            "gather demo --once",
            "\u{1b}[32mok\u{1b}[0m 3 < 4 & \u{1b}[1mbold\u{1b}[0m\n",
        );
        assert!(svg.starts_with("<svg "), "{svg}");
        assert!(
            svg.contains("<title>Terminal: gather demo --once</title>"),
            "{svg}"
        );
        assert!(svg.contains("class=\"fg-green\">ok<"), "{svg}");
        assert!(svg.contains("3 &lt; 4 &amp; "), "{svg}");
        assert!(
            svg.contains("#6FCFAE"),
            "the palette gives the green: {svg}"
        );
        assert!(!svg.contains('\u{1b}'), "{svg}");
    }

    #[test]
    fn the_picture_brings_its_own_background() {
        let svg = draw("gather", "text\n");
        assert!(
            svg.contains(".bg { fill: #151612 }") && svg.contains("class=\"bg\""),
            "{svg}"
        );
        assert!(
            !svg.contains("http://") || svg.matches("http://").count() == 1,
            "only the namespace: {svg}"
        );
    }
}
