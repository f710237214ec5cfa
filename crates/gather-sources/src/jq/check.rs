//! What is wrong with an expression before it ever runs, with the place in its text.

use jaq_core::{
    compile::Undefined,
    load::{
        self, Arena, File, Loader,
        lex::{Lexer, StrPart, Tok, Token},
        span,
    },
};

use super::Fault;

/// Longer expressions and deeper brackets than these belong in a program.
const MAX_LENGTH: usize = 8_000;
const MAX_DEPTH: usize = 64;

/// Checks the syntax of one expression by itself, so that it can be put into parentheses without surprises.
///
/// With `allow_def` it may define functions. An expression that runs unattended may not: a function that calls
/// itself could loop without ever looking at the clock.
pub(crate) fn check(code: &str, allow_def: bool) -> Result<(), Vec<Fault>> {
    let whole = |message: String| {
        vec![Fault {
            span: 0..code.len(),
            message,
        }]
    };
    if code.len() > MAX_LENGTH {
        return Err(whole(format!(
            "an expression of {} bytes; at most {MAX_LENGTH} are read",
            code.len()
        )));
    }
    if depth(code) > MAX_DEPTH {
        return Err(whole(format!(
            "brackets nested deeper than {MAX_DEPTH} levels"
        )));
    }
    let arena = Arena::default();
    Loader::new([])
        .load(&arena, File { code, path: () })
        .map_err(|errors| syntax_faults(code, errors))?;
    if !allow_def
        && let Ok(tokens) = Lexer::new(code).lex()
        && let Some(def) = find_word("def", &tokens)
    {
        return Err(vec![Fault {
            span: span(code, def),
            message: "functions cannot be defined in a declaration; write the expression out"
                .to_owned(),
        }]);
    }
    Ok(())
}

/// An upper bound of how deep the brackets of a text are nested.
fn depth(code: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in code.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn find_word<'s>(word: &str, tokens: &[Token<&'s str>]) -> Option<&'s str> {
    tokens.iter().find_map(|Token(text, kind)| match kind {
        Tok::Word if *text == word => Some(*text),
        Tok::Block(inner) => find_word(word, inner),
        Tok::Str(parts) => parts.iter().find_map(|part| match part {
            StrPart::Term(Token(_, Tok::Block(inner))) => find_word(word, inner),
            _ => None,
        }),
        _ => None,
    })
}

pub(super) fn syntax_faults(code: &str, errors: load::Errors<&str, ()>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut push = |text: &str, message: String| {
        faults.push(Fault {
            span: span_within(code, text),
            message,
        });
    };
    for (_, error) in errors {
        match error {
            load::Error::Io(imports) => {
                for (path, _) in imports {
                    push(path, "modules cannot be imported here".to_owned());
                }
            }
            load::Error::Lex(list) => {
                for (expected, found) in list {
                    push(
                        first_char(found),
                        format!(
                            "expected {}{}",
                            expected.as_str(),
                            instead_of(first_char(found))
                        ),
                    );
                }
            }
            load::Error::Parse(list) => {
                for (expected, found) in list {
                    push(
                        found,
                        format!("expected {}{}", expected.as_str(), instead_of(found)),
                    );
                }
            }
        }
    }
    faults
}

fn first_char(text: &str) -> &str {
    let end = text.chars().next().map_or(0, char::len_utf8);
    &text[..end]
}

fn instead_of(found: &str) -> String {
    let short: String = found.chars().take(20).collect();
    if short.trim().is_empty() {
        ", found the end".to_owned()
    } else {
        format!(", found `{short}`")
    }
}

pub(super) fn name_faults(code: &str, errors: jaq_core::compile::Errors<&str, ()>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (_, list) in errors {
        for (name, kind) in list {
            let message = match (&kind, name) {
                (
                    Undefined::Filter(_),
                    "env" | "now" | "input" | "inputs" | "debug" | "stderr" | "halt",
                ) => {
                    format!(
                        "`{name}` does not exist here: an answer means the same whenever it is read"
                    )
                }
                (Undefined::Filter(0), _) => {
                    format!(
                        "there is no function `{name}`; a field is written `.{name}`, a text `\"{name}\"`"
                    )
                }
                (Undefined::Filter(n), _) => {
                    format!(
                        "there is no function `{name}` with {n} argument{}",
                        if *n == 1 { "" } else { "s" }
                    )
                }
                _ => format!("there is no {} `{name}`", kind.as_str()),
            };
            faults.push(Fault {
                span: span_within(code, name),
                message,
            });
        }
    }
    faults
}

/// Where `part` is in `code`; its end when `part` is not a piece of it.
fn span_within(code: &str, part: &str) -> std::ops::Range<usize> {
    let inside = code.as_bytes().as_ptr_range();
    let piece = part.as_bytes().as_ptr_range();
    if inside.contains(&piece.start) && piece.end <= inside.end {
        span(code, part)
    } else {
        code.len()..code.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_its_place() {
        let faults = check(".a | .[", false).unwrap_err();
        assert_eq!(faults[0].span, 7..7, "{faults:?}");
        let faults = check(".a | | .b", false).unwrap_err();
        assert_eq!(faults[0].span, 5..6, "{faults:?}");
        let faults = check(".a | (.b ", false).unwrap_err();
        assert!(!faults.is_empty());
        let faults = check("", false).unwrap_err();
        assert_eq!(faults[0].message, "expected term, found the end");
        assert!(check(".a", false).is_ok());
    }

    #[test]
    fn functions_cannot_be_defined_in_a_declaration() {
        for code in [
            "def f: f; f",
            "(def f: f; f)",
            r#""\(def f: f; f)""#,
            ".a | def f: 1; f",
        ] {
            let faults = check(code, false).unwrap_err();
            assert!(faults[0].message.contains("defined"), "{code}: {faults:?}");
            assert!(check(code, true).is_ok(), "{code}");
        }
        assert!(check(".def", false).is_ok());
        assert!(check("{def: 1}", false).is_ok() || check("{\"def\": 1}", false).is_ok());
    }

    #[test]
    fn a_bomb_of_brackets_is_refused() {
        assert!(check(&"(".repeat(7_000), false).is_err());
        assert!(check(&"-".repeat(100_000), false).is_err());
    }
}
