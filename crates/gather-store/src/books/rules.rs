//! Categories by rules: the first that is about a transaction gives it its category.
//!
//! A rule overrules the source and never the user. A transaction is looked at once; when it changes, or the rules do,
//! it is looked at again.

use std::collections::{HashMap, hash_map::Entry};

use jiff::Timestamp;
use rusqlite::named_params;
use serde::Serialize;

use super::{
    Books, Rule, RuleSubject,
    row::{self, Row},
};
use crate::{Error, Store, codec::Instant, error::Fault};

/// How many rows are looked at in one transaction of the file.
const AT_ONCE: i64 = 10_000;

/// What applying rules did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ruled {
    /// Transactions that were looked at.
    pub looked_at: u64,
    /// Those whose category is another now.
    pub changed: u64,
}

impl Store {
    /// Gives every transaction that has not been looked at the category of the first rule that is about it. `digest`
    /// stands for the rules: another one than the last time has all transactions looked at again. A category that a
    /// user set stays; one that an earlier rule set and no rule sets now is the source's again.
    ///
    /// Written in steps of ten thousand transactions; when it is interrupted, the next call goes on.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn apply_rules(
        &self,
        rules: &[Rule<'_>],
        digest: &str,
        at: Timestamp,
    ) -> Result<Ruled, Error> {
        let changed = self.read(|tx| {
            Ok(!tx
                .prepare_cached("SELECT 1 FROM rules WHERE digest = ?1")?
                .exists([digest])?)
        })?;
        if changed {
            self.write(|tx| {
                tx.execute("DELETE FROM rules", [])?;
                tx.execute("INSERT INTO rules (digest) VALUES (?1)", [digest])?;
                tx.execute("UPDATE transactions SET ruled = 0 WHERE ruled = 1", [])?;
                Ok(())
            })?;
        }
        let mut ruled = Ruled::default();
        while self.read(|tx| {
            Ok(tx
                .prepare_cached("SELECT 1 FROM transactions WHERE ruled = 0")?
                .exists([])?)
        })? {
            self.write(|tx| step(&mut Books::open(tx, Instant(at), None), rules, &mut ruled))?;
        }
        Ok(ruled)
    }
}

fn step(books: &mut Books<'_>, rules: &[Rule<'_>], ruled: &mut Ruled) -> Result<(), Fault> {
    let mut owners = HashMap::new();
    let rows = row::find(
        books.tx,
        "t.ruled = 0 ORDER BY t.key LIMIT :most",
        named_params! {":most": AT_ONCE},
    )?;
    let mut look = books
        .tx
        .prepare_cached("UPDATE transactions SET ruled = 1 WHERE key = ?1")?;
    for held in rows {
        ruled.looked_at += 1;
        let (source, owner) = match owners.entry(held.source) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let source: (String, Option<String>) = books
                    .tx
                    .prepare_cached("SELECT name, owner FROM sources WHERE id = ?1")?
                    .query_row([held.source], |row| Ok((row.get(0)?, row.get(1)?)))?;
                new.insert(source)
            }
        };
        let after = by_rule(&held, rules, source, owner.as_deref());
        if after.category == held.category && after.category_by == held.category_by {
            look.execute([held.key])?;
        } else {
            ruled.changed += u64::from(after.category != held.category);
            books.rewrite(&held, &after)?;
        }
    }
    books.write_sums()
}

fn by_rule(held: &Row, rules: &[Rule<'_>], source: &str, owner: Option<&str>) -> Row {
    let mut after = Row {
        ruled: true,
        ..held.clone()
    };
    if held.category_by.as_deref() == Some("user") {
        return after;
    }
    let mut moved = held.record();
    moved.category.clone_from(&held.source_category);
    let subject = RuleSubject {
        source,
        owner,
        transaction: &moved,
    };
    match rules.iter().find(|rule| (rule.test)(subject)) {
        Some(rule) => {
            after.category = Some(rule.category.to_owned());
            after.category_by = Some(format!("rule:{}", rule.name));
        }
        None => {
            after.category.clone_from(&held.source_category);
            after.category_by = None;
        }
    }
    after
}
