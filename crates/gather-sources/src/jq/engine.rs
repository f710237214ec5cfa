//! Compiling and running, on jaq.
//!
//! The loops of the language are replaced by ones that ask the meter before each round (`prelude`). A spent meter ends every loop with an error, also where the expression catches errors.

use std::{
    cell::Cell,
    ops::Range,
    sync::OnceLock,
    time::{Duration, Instant},
};

use jaq_core::{
    Ctx, DataT, Exn, Lut, Vars,
    box_iter::box_once,
    data::HasLut,
    load::{Arena, File, Loader},
    native::{self, v},
};
use jaq_json::Val;

use super::{json, prelude};

/// Native functions that depend on something other than the input, or act on the process.
const IMPURE_FUNS: &[&str] = &[
    "env",
    "now",
    "halt",
    "localtime",
    "strflocaltime",
    "debug_empty",
    "stderr_empty",
];

/// What is wrong with an expression, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    /// In words for a person.
    pub(crate) message: String,
}

/// A compiled expression.
pub(crate) struct Program {
    /// Its text and variables, as long as it is not compiled.
    source: Option<(String, &'static [&'static str])>,
    filter: OnceLock<Result<jaq_core::Filter<Metered>, String>>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Program")
    }
}

/// How long expressions may run on one answer.
#[derive(Debug)]
pub(crate) struct Meter {
    deadline: Option<Instant>,
    ticks: Cell<u32>,
    spent: Cell<bool>,
}

impl Meter {
    /// A meter that is spent after `time` from now; `None`: never.
    pub(crate) fn new(time: Option<Duration>) -> Self {
        Self {
            deadline: time.and_then(|time| Instant::now().checked_add(time)),
            ticks: Cell::new(0),
            spent: Cell::new(false),
        }
    }

    /// Whether the time is used up. Looks at the clock.
    pub(crate) fn is_spent(&self) -> bool {
        if !self.spent.get() && self.deadline.is_some_and(|end| Instant::now() >= end) {
            self.spent.set(true);
        }
        self.spent.get()
    }

    /// One round of a loop; looks at the clock every 64 rounds. `false`: stop.
    fn tick(&self) -> bool {
        let ticks = self.ticks.get().wrapping_add(1);
        self.ticks.set(ticks);
        if ticks.is_multiple_of(64) {
            !self.is_spent()
        } else {
            !self.spent.get()
        }
    }
}

/// The kind of data that programs here work on: jaq's values, and a meter beside them.
struct Metered;

#[derive(Clone, Copy)]
struct Run<'a> {
    lut: &'a Lut<Metered>,
    meter: &'a Meter,
}

impl DataT for Metered {
    type V<'a> = Val;
    type Data<'a> = Run<'a>;
}

impl<'a> HasLut<'a, Metered> for Run<'a> {
    fn lut(&self) -> &'a Lut<Metered> {
        self.lut
    }
}

fn too_long() -> jaq_core::Error<Val> {
    jaq_core::Error::str("the expression took too long")
}

/// Our own native functions.
fn natives() -> impl Iterator<Item = native::Fun<Metered>> {
    let funs: [native::Filter<jaq_core::RunPtr<Metered>>; 3] = [
        ("__tick", v(0), |cv| {
            box_once(if cv.0.data().meter.tick() {
                Ok(cv.1)
            } else {
                Err(Exn::from(too_long()))
            })
        }),
        ("range", v(3), |mut cv| {
            let by = cv.0.pop_var();
            let to = cv.0.pop_var();
            let from = cv.0.pop_var();
            Box::new(range(from, to, by, cv.0.data().meter))
        }),
        // jaq's own would follow any depth of brackets down the stack.
        ("fromjson", v(0), |cv| {
            let read = match &cv.1 {
                Val::TStr(text) | Val::BStr(text) => json::parse(text).map_err(|e| e.to_string()),
                _ => Err("only a string can be read as JSON".to_owned()),
            };
            box_once(read.map_err(|e| Exn::from(jaq_core::Error::str(e))))
        }),
    ];
    funs.into_iter().map(native::run::<Metered>)
}

fn range<'a>(
    from: Val,
    to: Val,
    by: Val,
    meter: &'a Meter,
) -> impl Iterator<Item = jaq_core::ValX<'a, Val>> {
    let zero = Val::from(0_usize);
    let up = by > zero;
    let down = by < zero;
    let mut next = Some(Ok(from));
    std::iter::from_fn(move || match next.take()? {
        Err(e) => Some(Err(Exn::from(e))),
        Ok(x) => {
            let inside = if up {
                x < to
            } else if down {
                x > to
            } else {
                x != to
            };
            if !inside {
                return None;
            }
            if !meter.tick() {
                return Some(Err(Exn::from(too_long())));
            }
            next = Some(x.clone() + by.clone());
            Some(Ok(x))
        }
    })
}

fn funs() -> impl Iterator<Item = native::Fun<Metered>> {
    let core = jaq_core::funs::<Metered>().filter(|(name, ..)| *name != "range");
    let std = jaq_std::funs::<Metered>().filter(|(name, ..)| !IMPURE_FUNS.contains(name));
    let json = jaq_json::funs::<Metered>().filter(|(name, ..)| *name != "fromjson");
    core.chain(std).chain(json).chain(natives())
}

/// Compiles `code`, in which the variables `vars` (each with its `$`) are known.
pub(crate) fn compile(code: &str, vars: &'static [&'static str]) -> Result<Program, Vec<Fault>> {
    let filter = filter(code, vars)?;
    Ok(Program {
        source: None,
        filter: Ok(filter).into(),
    })
}

fn filter(code: &str, vars: &[&str]) -> Result<jaq_core::Filter<Metered>, Vec<Fault>> {
    let arena = Arena::default();
    let modules = Loader::new(prelude::defs(code))
        .load(&arena, File { code, path: () })
        .map_err(|errors| super::check::syntax_faults(code, errors))?;
    jaq_core::Compiler::default()
        .with_funs(funs())
        .with_global_vars(vars.iter().copied())
        .compile(modules)
        .map_err(|errors| super::check::name_faults(code, errors))
}

impl Program {
    /// A program that is compiled when it first runs: for texts that are known to be sound. One that is not gives its
    /// fault as the error of each run.
    pub(crate) fn later(code: String, vars: &'static [&'static str]) -> Self {
        Self {
            source: Some((code, vars)),
            filter: OnceLock::new(),
        }
    }

    fn filter(&self) -> Result<&jaq_core::Filter<Metered>, String> {
        let compiled = self.filter.get_or_init(|| match &self.source {
            Some((code, vars)) => filter(code, vars).map_err(|faults| {
                let first = faults.into_iter().next();
                first.map_or_else(String::new, |fault| fault.message)
            }),
            None => Err(String::new()),
        });
        compiled
            .as_ref()
            .map_err(|message| format!("the expression cannot be compiled: {message}"))
    }

    /// Compiles it now.
    #[cfg(test)]
    pub(crate) fn is_sound(&self) -> bool {
        self.filter().is_ok()
    }

    /// Every output for `input`; `vars` in the order they were compiled with. Ends after the first error.
    pub(crate) fn run<'a>(
        &'a self,
        input: Val,
        vars: impl IntoIterator<Item = Val>,
        meter: &'a Meter,
    ) -> impl Iterator<Item = Result<Val, String>> + 'a {
        let (mut outputs, mut unsound) = match self.filter() {
            Ok(filter) => (Some(outputs(filter, input, vars, meter)), None),
            Err(message) => (None, Some(Err(message))),
        };
        std::iter::from_fn(move || match &mut outputs {
            Some(outputs) => outputs.next(),
            None => unsound.take(),
        })
    }
}

fn outputs<'a>(
    filter: &'a jaq_core::Filter<Metered>,
    input: Val,
    vars: impl IntoIterator<Item = Val>,
    meter: &'a Meter,
) -> impl Iterator<Item = Result<Val, String>> + 'a {
    let data = Run {
        lut: &filter.lut,
        meter,
    };
    let ctx = Ctx::<Metered>::new(data, Vars::new(vars));
    let mut outputs = filter.id.run((ctx, input));
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let output = outputs.next()?;
        if meter.is_spent() {
            ended = true;
            return Some(Err(too_long_text()));
        }
        Some(output.map_err(|exn| {
            ended = true;
            match exn.get_err() {
                Ok(e) => describe(&e),
                Err(_) => "the expression breaks out of nothing".to_owned(),
            }
        }))
    })
}

fn too_long_text() -> String {
    "the expression took too long".to_owned()
}

/// At most 200 characters of an error, since it may quote the value it is about.
fn describe(error: &jaq_core::Error<Val>) -> String {
    let text = error.to_string();
    let mut short: String = text.chars().take(200).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: &str, input: &str) -> Vec<Result<String, String>> {
        let meter = Meter::new(Some(Duration::from_millis(300)));
        let program = compile(code, &[]).unwrap();
        let input = json::parse(input.as_bytes()).unwrap();
        program
            .run(input, [], &meter)
            .take(1000)
            .map(|r| r.map(|v| json::to_line(&v)))
            .collect()
    }

    fn ok(code: &str, input: &str) -> Vec<String> {
        run(code, input).into_iter().map(Result::unwrap).collect()
    }

    #[test]
    fn numbers_keep_their_text() {
        let numbers = "[0.10,12345678901234567890.123456789,9007199254740993,1e400]";
        assert_eq!(ok(".", numbers), [numbers]);
    }

    #[test]
    fn loops_work_as_in_jq() {
        assert_eq!(ok("[range(3)]", "null"), ["[0,1,2]"]);
        assert_eq!(ok("[range(3;0;-1)]", "null"), ["[3,2,1]"]);
        assert_eq!(ok("[limit(3; 1 | repeat(.))]", "null"), ["[1,1,1]"]);
        assert_eq!(ok("[1 | while(. < 20; . * 2)]", "null"), ["[1,2,4,8,16]"]);
        assert_eq!(ok("1 | until(. > 20; . * 2)", "null"), ["32"]);
        assert_eq!(ok("[recurse(.[]?)]", "[[1]]"), ["[[[1]],[1],1]"]);
        assert_eq!(ok("[..]", "[[1]]"), ["[[[1]],[1],1]"]);
        assert_eq!(ok(r#""1.50" | tonumber"#, "null"), ["1.50"]);
    }

    #[test]
    fn an_endless_loop_ends() {
        for code in [
            "[1 | repeat(.)]",
            "last(range(0; 1; 0))",
            "[range(1e15)] | length",
            "1 | until(false; .)",
            "[1 | recurse(.)] | length",
            "try [1 | repeat(.)] catch (2 | until(false; .))",
            "([1 | repeat(.)] | length)?, 3",
        ] {
            let results = run(code, "null");
            assert!(
                matches!(results.last(), Some(Err(e)) if e.contains("too long")),
                "{code}: {results:?}"
            );
        }
    }

    #[test]
    fn what_is_not_pure_does_not_exist() {
        for code in [
            "env",
            "$ENV",
            "now",
            "input",
            "inputs",
            "debug",
            "debug(1)",
            "stderr",
            "halt",
            "halt(1)",
            "halt_error",
            "localtime",
            "strflocaltime(\"%H\")",
            "input_line_number",
        ] {
            let faults = compile(code, &[]).expect_err(code);
            assert!(!faults.is_empty(), "{code}");
        }
    }

    #[test]
    fn json_in_a_string_is_bounded_in_depth() {
        let bomb = format!("\"{}\"", "[".repeat(100_000));
        let results = run("fromjson", &bomb);
        assert!(
            matches!(&results[..], [Err(e)] if e.contains("deep")),
            "{results:?}"
        );
    }

    #[test]
    fn variables_are_known() {
        let meter = Meter::new(None);
        let program = compile("$params.n + .", &["$params"]).unwrap();
        let params = json::parse(br#"{"n":2}"#).unwrap();
        let out: Vec<_> = program
            .run(json::parse(b"1").unwrap(), [params], &meter)
            .map(|r| json::to_line(&r.unwrap()))
            .collect();
        assert_eq!(out, ["3"]);
    }
}
