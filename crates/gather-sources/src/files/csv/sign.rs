//! Whether an amount is money in or out, where the table leaves that to more than a minus.
//!
//! What proves it is a running balance: it changes by each amount, or by its opposite. Where every amount is without a
//! sign and nothing proves it, it is asked for.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::super::{Import, Profile, Proof, error::Open};

/// What a row says, as far as the sign is concerned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) amount: Decimal,
    pub(super) balance: Option<Decimal>,
}

/// How the running balance follows the amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) newest_first: bool,
    pub(super) opposite: bool,
}

/// The only way in which the balance follows all amounts; `None` where there is none or more than one.
pub(super) fn run(steps: &[Step]) -> Option<Run> {
    if steps.len() < 2 || steps.iter().any(|step| step.balance.is_none()) {
        return None;
    }
    let mut left = [false, true].into_iter().flat_map(|newest_first| {
        [false, true].map(|opposite| Run {
            newest_first,
            opposite,
        })
    });
    let fits = |run: &Run| {
        steps.windows(2).all(|pair| {
            let (before, after) = if run.newest_first {
                (pair[1], pair[0])
            } else {
                (pair[0], pair[1])
            };
            let (Some(from), Some(to)) = (before.balance, after.balance) else {
                return false;
            };
            let moved = if run.opposite {
                -after.amount
            } else {
                after.amount
            };
            from.checked_add(moved) == Some(to)
        })
    };
    let first = left.find(fits)?;
    left.find(fits).is_none().then_some(first)
}

/// Where the signs of amounts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signs {
    /// From the amounts, if any of them has one.
    Own { any: bool },
    /// From the column that they are in, or from one beside it.
    OfTheTable,
}

/// What has the other sign than it is written with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Turned {
    pub(super) amounts: bool,
    pub(super) balances: bool,
}

/// What has to be turned round: by the profile, by the balance, else nothing.
pub(super) fn turned(
    steps: &[Step],
    signs: Signs,
    profile: &Profile,
    import: &mut Import,
    open: &mut Open,
) -> Turned {
    let nothing = Turned::default();
    if let Some(amounts) = profile.negate {
        return Turned { amounts, ..nothing };
    }
    let proof = |steps: &[Step]| {
        let told = steps.iter().take(2).map(|step| {
            let balance = step
                .balance
                .map_or_else(String::new, |it| format!(", then {it}"));
            Proof::new(step.line, &format!("{}{balance}", step.amount))
        });
        told.collect::<Vec<_>>()
    };
    if let Some(run) = run(steps) {
        let (turned, conclusion) = match (run.opposite, signs) {
            (false, _) => (nothing, "as written: the balance follows the amounts"),
            (true, Signs::Own { .. }) => (
                Turned {
                    amounts: true,
                    ..nothing
                },
                "turned round: the balance goes down by each positive amount",
            ),
            // What the table calls out is out, so the balance is what is owed.
            (true, Signs::OfTheTable) if profile.negate_balance.is_none() => (
                Turned {
                    balances: true,
                    ..nothing
                },
                "as the table says; the balance is turned round, since it goes up by what goes out",
            ),
            (true, Signs::OfTheTable) => (nothing, "as the table says"),
        };
        import.find("sign", conclusion, proof(steps));
        return turned;
    }
    if signs == Signs::OfTheTable {
        import.find("sign", "as the table says", proof(steps));
        return nothing;
    }
    if signs == (Signs::Own { any: true }) || steps.iter().all(|step| step.amount.is_zero()) {
        let signed: Vec<Step> = steps
            .iter()
            .copied()
            .filter(|step| step.amount.is_sign_negative())
            .collect();
        import.find("sign", "as written: a minus is money out", proof(&signed));
        return nothing;
    }
    open.ask(
        "negate",
        "no amount has a sign, so they can all be money in or all be money out",
        proof(steps),
        &[("false", "money in"), ("true", "money out")],
    );
    nothing
}

/// The meaning of each value of an indicator; what is not known is asked for.
pub(super) fn indicators<'v>(
    values: impl Iterator<Item = (usize, &'v str)>,
    profile: &Profile,
    open: &mut Open,
) -> BTreeMap<String, bool> {
    let mut known = profile.indicators.clone();
    for (line, value) in values {
        if value.is_empty() || known.contains_key(value) {
            continue;
        }
        match super::names::is_out(value) {
            Some(out) => {
                known.insert(value.to_owned(), out);
            }
            None => open.ask(
                format!("indicators.{value:?}"),
                "a value does not say whether the amount is in or out",
                vec![Proof::new(line, value)],
                &[("false", "money in"), ("true", "money out")],
            ),
        }
        if known.len() > 50 {
            break;
        }
    }
    known
}
