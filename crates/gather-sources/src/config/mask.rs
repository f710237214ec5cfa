//! Keeps what should not be in a configuration file out of what is said about it: a fault is shown with its line, and the
//! line may be the very one that somebody wrote a password into.
//!
//! What is masked keeps its length in bytes, so that places in the text stay right.

/// Names whose value as a text is a secret in the wrong place: where it is right, it is a table that names one.
const NAMES: &[&str] = &[
    "key",
    "token",
    "password",
    "secret",
    "access_url",
    "api_key",
];

/// The text with users and passwords of addresses, and literal keys, as asterisks.
pub(super) fn secrets(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        masked.push_str(&addresses(&literal(line)));
    }
    masked
}

/// `key = "…"`.
fn literal(line: &str) -> String {
    let Some((name, value)) = line.split_once('=') else {
        return line.to_owned();
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let last = last.trim_matches(|c: char| c.is_whitespace() || "\"'{".contains(c));
    let indent = value.len() - value.trim_start().len();
    let quoted = &value[indent..];
    let Some(quote) = quoted.chars().next().filter(|c| "\"'".contains(*c)) else {
        return line.to_owned();
    };
    if !NAMES.contains(&last) {
        return line.to_owned();
    }
    let inside = &quoted[1..];
    // A quote may stand escaped within, so the last one ends it.
    let end = inside
        .rfind(quote)
        .unwrap_or_else(|| inside.trim_end().len());
    let before = line.len() - inside.len();
    format!(
        "{}{}{}",
        &line[..before],
        stars(&inside[..end]),
        &inside[end..]
    )
}

/// `https://USER:PASSWORD@…`.
fn addresses(line: &str) -> String {
    let (mut masked, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        masked.push_str(before);
        let whole = after
            .find(|c: char| c.is_whitespace() || "\"'`".contains(c))
            .unwrap_or(after.len());
        let authority = after.find('/').unwrap_or(whole).min(whole);
        // A password may hold a `/` that nobody encoded; behind a colon a port would be digits.
        let password = after[..authority].split_once(':');
        let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let end = match password {
            Some((_, start)) if !is_port(start) => whole,
            _ => authority,
        };
        let user = after[..end].rfind('@').unwrap_or(0);
        masked.push_str(&stars(&after[..user]));
        rest = &after[user..];
    }
    masked + rest
}

fn stars(text: &str) -> String {
    "*".repeat(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_every_place_stays() {
        for (text, shown) in [
            ("key = \"abcé\" # why", "key = \"*****\" # why"),
            ("auth.token='a\\'b'\n", "auth.token='****'\n"),
            ("key = \"abc\n", "key = \"***\n"),
            ("key = { env = \"NAME\" }", "key = { env = \"NAME\" }"),
            ("keys = \"abc\"", "keys = \"abc\""),
            (
                "url = \"https://me:p@w@h.example/a@b\"",
                "url = \"https://******************@b\"",
            ),
            (
                "`{x}://u:p@h` and http://u@h",
                "`{x}://***@h` and http://*@h",
            ),
            ("mailto:a@b.example", "mailto:a@b.example"),
            ("http://u:p/w@h.example/", "http://*****@h.example/"),
            (
                "https://h.example:8443/@u https://h.example/@u",
                "https://h.example:8443/@u https://h.example/@u",
            ),
        ] {
            assert_eq!(secrets(text), shown);
            assert_eq!(text.len(), shown.len());
        }
    }
}
