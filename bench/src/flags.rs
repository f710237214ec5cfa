//! Flags with their values, as the programs for databases and servers take them.

use std::{collections::HashMap, str::FromStr};

/// What was given.
#[derive(Debug)]
pub(crate) struct Flags {
    given: HashMap<String, String>,
    usage: &'static str,
}

impl Flags {
    /// Reads flags of which each has a value and may be given once.
    pub(crate) fn read(
        mut arguments: impl Iterator<Item = String>,
        known: &[&str],
        usage: &'static str,
    ) -> Result<Self, String> {
        let mut given = HashMap::new();
        while let Some(flag) = arguments.next() {
            if !known.contains(&flag.as_str()) {
                return Err(format!("`{flag}` is not an option\n{usage}"));
            }
            let value = arguments
                .next()
                .ok_or_else(|| format!("`{flag}` needs a value\n{usage}"))?;
            if given.insert(flag.clone(), value).is_some() {
                return Err(format!("`{flag}` is there twice\n{usage}"));
            }
        }
        Ok(Self { given, usage })
    }

    pub(crate) fn get(&self, flag: &str) -> Result<&str, String> {
        let value = self.given.get(flag).map(String::as_str);
        value.ok_or_else(|| format!("`{flag}` is missing\n{}", self.usage))
    }

    /// A number of at least `least`.
    pub(crate) fn number<T: FromStr + PartialOrd + std::fmt::Display>(
        &self,
        flag: &str,
        least: T,
    ) -> Result<T, String> {
        let value = self.get(flag)?;
        let number = value.parse().ok().filter(|number| *number >= least);
        number.ok_or_else(|| {
            format!(
                "{flag}: `{value}` is not a number of at least {least}\n{}",
                self.usage
            )
        })
    }
}
