//! The definitions that expressions may use: jaq's without what is not pure, and our own loops.
//!
//! All of them are read once in the life of a process. A program is compiled with only those that it calls, directly
//! or through others: compiling the whole prelude costs many times what a usual expression does.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use jaq_core::{
    load::{
        self,
        lex::StrPart,
        parse::{BinaryOp, Def, Pattern, Term},
    },
    path::Part,
};

/// Definitions that rest on something other than the input, or that are replaced below.
const LEFT_OUT_DEFS: &[(&str, usize)] = &[
    ("debug", 0),
    ("debug", 1),
    ("stderr", 0),
    ("halt", 0),
    ("halt_error", 0),
    ("halt_error", 1),
    ("repeat", 1),
    ("recurse", 1),
    ("while", 2),
    ("until", 2),
];

/// The loops, each with a look at the meter a round.
const METERED_DEFS: &str = r"
def repeat(f): def rec: __tick | (f, rec); rec;
def recurse(f): def rec: __tick | (., (f | rec)); rec;
def while(cond; update): def rec: __tick | if cond then ., (update | rec) else ({}[] as $x | .) end; rec;
def until(cond; update): def rec: __tick | if cond then . else (update | rec) end; rec;
";

/// Every definition, in an order in which each stands behind what it calls, and the names that it calls.
static ALL: LazyLock<Vec<(Def<&'static str>, HashSet<&'static str>)>> = LazyLock::new(|| {
    let ours = load::parse(METERED_DEFS, |p| p.defs())
        .expect("a constant text, compiled by every test")
        .into_iter();
    let theirs = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(|def| !LEFT_OUT_DEFS.contains(&(def.name, def.args.len())));
    ours.chain(theirs)
        .map(|def| {
            let mut names = HashSet::new();
            called(&def.body, &mut names);
            (def, names)
        })
        .collect()
});

/// The places of the definitions of each name.
static PLACES: LazyLock<HashMap<&'static str, Vec<usize>>> = LazyLock::new(|| {
    let mut places = HashMap::<_, Vec<usize>>::new();
    for (place, (def, _)) in ALL.iter().enumerate() {
        places.entry(def.name).or_default().push(place);
    }
    places
});

/// The definitions that a program calls; all of them where that cannot be told.
pub(super) fn defs(code: &str) -> Vec<Def<&'static str>> {
    let Some(term) = load::parse(code, |p| p.term()) else {
        return ALL.iter().map(|(def, _)| def.clone()).collect();
    };
    let mut names = HashSet::new();
    called(&term, &mut names);
    let mut wanted = vec![false; ALL.len()];
    let mut open: Vec<&str> = names.into_iter().collect();
    while let Some(name) = open.pop() {
        for &place in PLACES.get(name).map_or(&[][..], Vec::as_slice) {
            if !std::mem::replace(&mut wanted[place], true) {
                open.extend(&ALL[place].1);
            }
        }
    }
    ALL.iter()
        .zip(wanted)
        .filter(|(_, wanted)| *wanted)
        .map(|((def, _), _)| def.clone())
        .collect()
}

/// Adds every name that a term calls, whatever it stands for.
fn called<'s>(term: &Term<&'s str>, names: &mut HashSet<&'s str>) {
    let mut go = |term: &Term<&'s str>| called(term, names);
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => {}
        Term::Str(format, parts) => {
            for part in parts {
                if let StrPart::Term(term) = part {
                    go(term);
                }
            }
            names.extend(format);
        }
        Term::Arr(inner) => inner.iter().for_each(|term| go(term)),
        Term::Obj(fields) => {
            for (key, value) in fields {
                go(key);
                value.iter().for_each(&mut go);
            }
        }
        Term::Neg(inner) | Term::Label(_, inner) => go(inner),
        Term::BinOp(left, operator, right) => {
            go(left);
            go(right);
            if let BinaryOp::Pipe(Some(pattern)) = operator {
                bound(pattern, names);
            }
        }
        Term::Fold(name, source, pattern, rest) => {
            go(source);
            rest.iter().for_each(&mut go);
            names.insert(name);
            bound(pattern, names);
        }
        Term::TryCatch(inner, catch) => {
            go(inner);
            catch.iter().for_each(|term| go(term));
        }
        Term::IfThenElse(branches, other) => {
            for (condition, branch) in branches {
                go(condition);
                go(branch);
            }
            other.iter().for_each(|term| go(term));
        }
        Term::Def(defs, inner) => {
            defs.iter().for_each(|def| go(&def.body));
            go(inner);
        }
        Term::Call(name, arguments) => {
            arguments.iter().for_each(&mut go);
            names.insert(name);
        }
        Term::Path(inner, path) => {
            go(inner);
            for (part, _) in &path.0 {
                match part {
                    Part::Index(term) => go(term),
                    Part::Range(from, to) => from.iter().chain(to).for_each(&mut go),
                }
            }
        }
    }
}

fn bound<'s>(pattern: &Pattern<&'s str>, names: &mut HashSet<&'s str>) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(parts) => parts.iter().for_each(|part| bound(part, names)),
        Pattern::Obj(parts) => {
            for (key, part) in parts {
                called(key, names);
                bound(part, names);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_brings_only_what_it_calls() {
        assert!(defs(".a.b[0] // 1").is_empty());
        let names: Vec<&str> = defs("to_entries | map(.key)")
            .iter()
            .map(|def| def.name)
            .collect();
        assert!(names.contains(&"to_entries") && names.contains(&"map"));
        assert!(names.len() < 10, "{names:?}");
        assert_eq!(defs("(").len(), ALL.len());
    }

    #[test]
    fn every_definition_compiles_by_itself() {
        for (def, _) in ALL.iter() {
            let arguments: Vec<&str> = def.args.iter().map(|_| "1").collect();
            let code = match arguments.is_empty() {
                true => def.name.to_owned(),
                false => format!("{}({})", def.name, arguments.join("; ")),
            };
            if let Err(faults) = super::super::compile(&code, &[]) {
                panic!("{code}: {faults:?}");
            }
        }
    }

    #[test]
    fn what_is_hidden_in_a_term_is_found() {
        for code in [
            "\"\\(map(.))\"",
            "[map(.)]",
            "{a: map(.)}",
            "{(map(.)): 1}",
            "-map(.)",
            "1 + map(.)",
            ". as {a: $x} | map(.)",
            ". as {(map(.)): $x} | $x",
            "reduce map(.) as $x (0; .)",
            "reduce . as $x (0; map(.))",
            "try map(.)",
            "try 1 catch map(.)",
            "if map(.) then 1 end",
            "if 1 then map(.) end",
            "if 1 then 1 else map(.) end",
            "label $x | map(.)",
            "first(map(.))",
            ".[map(.)]",
            ".[1:map(.)]",
            "map(.).a",
        ] {
            assert!(defs(code).iter().any(|def| def.name == "map"), "{code}");
            super::super::compile(code, &[]).unwrap_or_else(|faults| panic!("{code}: {faults:?}"));
        }
    }
}
