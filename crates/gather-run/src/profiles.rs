//! Profiles of bank files: what was concluded from one file, or told, is known when the next one of its account comes.
//!
//! One file of TOML an account, `profiles/SOURCE/ACCOUNT.toml` beside the configuration, for a person to read and edit.
//! What is given with a call lies on top of it, key by key.
//!
//! Not here: what a profile says (`gather_sources::files::Profile`).

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use gather_sources::files::Profile;

/// More than this is no profile.
const LARGEST: u64 = 1 << 20;

/// Where profiles are kept.
#[derive(Debug, Clone)]
pub struct Profiles {
    folder: PathBuf,
}

/// Why a profile cannot be used or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// It cannot be read or written.
    #[error("profile `{}` cannot be {what}", path.display())]
    Io {
        /// The file or its folder.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// It is no profile.
    #[error("profile `{}`: {why}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        why: String,
    },
    /// A key that was given with the call, or what came of it, is wrong.
    #[error("`{given}`: {why}")]
    Key {
        /// The key and its value as they were given.
        given: String,
        /// What is wrong.
        why: String,
    },
}

/// Something that a call says about how a file is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileSetting {
    /// All that stands in this file.
    File(PathBuf),
    /// One key, such as `date_order` or `columns.amount`, and its value, with or without the quotes of TOML.
    Key(String, String),
}

impl Profiles {
    /// Those beside a configuration file, whether it exists or not.
    #[must_use]
    pub fn beside(config: &Path) -> Self {
        Self {
            folder: config.with_file_name("profiles"),
        }
    }

    /// Where the profile of a source's account is kept.
    #[must_use]
    pub fn path(&self, source: &str, account: &str) -> PathBuf {
        let name = file_name(account) + ".toml";
        self.folder.join(file_name(source)).join(name)
    }

    /// The profile of an account; `None` when none was kept.
    ///
    /// # Errors
    /// When it cannot be read or is none.
    pub fn load(&self, source: &str, account: &str) -> Result<Option<Profile>, ProfileError> {
        let path = self.path(source, account);
        match fs::exists(&path) {
            Ok(false) => Ok(None),
            _ => read(&path).map(Some),
        }
    }

    /// Keeps the profile of an account in place of an earlier one, in one step.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(
        &self,
        source: &str,
        account: &str,
        profile: &Profile,
    ) -> Result<PathBuf, ProfileError> {
        let path = self.path(source, account);
        let shown: String = account.chars().filter(|c| !c.is_control()).collect();
        let text = format!(
            "# How the files of the account \"{shown}\" are read; `gather import` keeps it.\n{}",
            profile.to_toml()
        );
        let failed = |source| ProfileError::Io {
            path: path.clone(),
            what: "written",
            source,
        };
        if fs::read_to_string(&path).is_ok_and(|held| held == text) {
            return Ok(path);
        }
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(failed)?;
        let mut file = tempfile::Builder::new()
            .prefix(".gather-")
            .tempfile_in(folder)
            .map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(path)
    }
}

/// A profile with what a call says on top of it, the last word of a key counting.
///
/// # Errors
/// When a file cannot be read, or a key or its value is wrong.
pub fn with_settings(
    base: Option<Profile>,
    settings: &[ProfileSetting],
) -> Result<Profile, ProfileError> {
    let mut profile = base.unwrap_or_default();
    for setting in settings {
        profile = match setting {
            ProfileSetting::File(path) => {
                let lies_on_top = table(&read(path)?);
                let mut all = table(&profile);
                lay(&mut all, lies_on_top);
                parsed(&all).map_err(|why| ProfileError::Wrong {
                    path: path.clone(),
                    why,
                })?
            }
            ProfileSetting::Key(key, value) => {
                let given = format!("{key}={value}");
                let wrong = |why: String| ProfileError::Key {
                    given: given.clone(),
                    why,
                };
                let one = one_key(key, value).map_err(wrong)?;
                let mut all = table(&profile);
                lay(&mut all, one);
                parsed(&all).map_err(wrong)?
            }
        };
    }
    Ok(profile)
}

fn read(path: &Path) -> Result<Profile, ProfileError> {
    let failed = |source| ProfileError::Io {
        path: path.to_owned(),
        what: "read",
        source,
    };
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > LARGEST {
        return Err(ProfileError::Wrong {
            path: path.to_owned(),
            why: "it is too large to be a profile".to_owned(),
        });
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    Profile::parse(&text).map_err(|why| ProfileError::Wrong {
        path: path.to_owned(),
        why,
    })
}

fn table(profile: &Profile) -> toml::Table {
    toml::from_str(&profile.to_toml()).expect("a profile is written as a table")
}

fn parsed(table: &toml::Table) -> Result<Profile, String> {
    let text = toml::to_string(table).map_err(|error| error.to_string())?;
    // Line and column are those of a text that nobody has seen.
    Profile::parse(&text).map_err(|why| why.lines().last().unwrap_or("wrong").to_owned())
}

/// `key = value` as a table. A value without quotes that is no TOML is a text.
fn one_key(key: &str, value: &str) -> Result<toml::Table, String> {
    let whole = |value: &str| toml::from_str::<toml::Table>(&format!("{key} = {value}"));
    let quoted = toml::Value::String(value.to_owned()).to_string();
    whole(value)
        .or_else(|_| whole(&quoted))
        .map_err(|_| format!("expected KEY=VALUE, found the key `{key}`"))
}

fn lay(below: &mut toml::Table, above: toml::Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => lay(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

/// A text as the name of a file: two texts never share one.
fn file_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len() + 5);
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_') {
            name.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                name.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str, value: &str) -> ProfileSetting {
        ProfileSetting::Key(key.to_owned(), value.to_owned())
    }

    #[test]
    fn what_is_kept_is_found_again_by_its_account() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles::beside(&folder.path().join("gather.toml"));
        assert!(profiles.load("files", "Giro / 1").unwrap().is_none());
        let profile = Profile::parse("date_order = \"dmy\"\ncurrency = \"EUR\"").unwrap();
        let path = profiles.save("files", "Giro / 1", &profile).unwrap();
        assert_eq!(path, folder.path().join("profiles/files/Giro %2F 1.toml"));
        assert_eq!(
            profiles.load("files", "Giro / 1").unwrap(),
            Some(profile.clone())
        );
        assert_eq!(profiles.load("files", "Giro / 2").unwrap(), None);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# How the files of the account \"Giro / 1\""));
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        profiles.save("files", "Giro / 1", &profile).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    }

    #[test]
    fn no_account_leads_out_of_the_folder() {
        for (account, name) in [
            ("../x", "%2E%2E%2Fx"),
            (".", "%2E"),
            ("a\0b", "a%00b"),
            ("DE89 3704", "DE89 3704"),
            ("Ö", "Ö"),
        ] {
            assert_eq!(file_name(account), name);
        }
    }

    #[test]
    fn what_is_given_lies_on_top_key_by_key() {
        let base = Profile::parse(
            "date_order = \"mdy\"\ndelimiter = \";\"\n[columns]\namount = \"Betrag\"\ndate = \"Tag\"",
        )
        .unwrap();
        let settings = [
            key("date_order", "dmy"),
            key("columns.amount", "Umsatz"),
            key("currency", "\"EUR\""),
            key("decimals.amount", ","),
            key("negate", "true"),
        ];
        let profile = with_settings(Some(base), &settings).unwrap();
        let expected = Profile::parse(
            "date_order = \"dmy\"\ndelimiter = \";\"\nnegate = true\ncurrency = \"EUR\"\n\
             [columns]\namount = \"Umsatz\"\ndate = \"Tag\"\n[decimals]\namount = \",\"",
        )
        .unwrap();
        assert_eq!(profile, expected);
    }

    #[test]
    fn a_wrong_key_or_value_is_named() {
        for (name, value, said) in [
            ("date_ordr", "dmy", "date_ordr"),
            ("date_order", "dym", "dym"),
            ("currency", "EURO", "EURO"),
            ("", "x", "expected KEY=VALUE"),
        ] {
            let error = with_settings(None, &[key(name, value)]).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
        let missing = ProfileSetting::File("/nowhere/p.toml".into());
        let error = with_settings(None, &[missing]).unwrap_err();
        assert!(error.to_string().contains("/nowhere/p.toml"), "{error}");
    }
}
