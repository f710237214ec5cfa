//! Where gather finds its files and its secrets.
//!
//! The configuration is `--config`, else `GATHER_CONFIG`, else `./gather.toml`, else `gather/gather.toml` in the
//! configuration folder; the database is `--db`, else `gather/gather.db` in the data folder (XDG Base Directory
//! Specification 0.8). Variables come in as a function, so that tests need not change their process.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gather_sources::SecretRef;
use secrecy::SecretString;

/// The most bytes a secret's file may have: more is not a key but a mistake.
const LONGEST_SECRET: u64 = 64 * 1024;

/// An absolute folder that a variable names, as the XDG specification wants it.
fn folder(var: &dyn Fn(&str) -> Option<String>, name: &str, under_home: &str) -> Option<PathBuf> {
    let named = var(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    named.or_else(|| {
        let home = var("HOME").filter(|home| !home.is_empty())?;
        Some(Path::new(&home).join(under_home))
    })
}

/// gather's own folder for configuration; `None` without a home.
#[must_use]
pub fn config_dir(var: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    Some(folder(var, "XDG_CONFIG_HOME", ".config")?.join("gather"))
}

/// The places a configuration is looked for when no flag names it, in order. A place that `GATHER_CONFIG` names must
/// exist (`true`); the others may.
#[must_use]
pub fn config_candidates(var: &dyn Fn(&str) -> Option<String>) -> Vec<(PathBuf, bool)> {
    if let Some(named) = var("GATHER_CONFIG").filter(|path| !path.is_empty()) {
        return vec![(named.into(), true)];
    }
    let mut places = vec![(PathBuf::from("gather.toml"), false)];
    places.extend(config_dir(var).map(|dir| (dir.join("gather.toml"), false)));
    places
}

/// Where a configuration is made when there is none and no flag names it: as `GATHER_CONFIG` says, else in the
/// configuration folder, else, without a home, in the current folder.
#[must_use]
pub fn config_to_make(var: &dyn Fn(&str) -> Option<String>) -> PathBuf {
    if let Some(named) = var("GATHER_CONFIG").filter(|path| !path.is_empty()) {
        return named.into();
    }
    config_dir(var).map_or_else(|| "gather.toml".into(), |dir| dir.join("gather.toml"))
}

/// Where the database is when no flag names it; `None` without a home.
#[must_use]
pub fn database_path(var: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    Some(folder(var, "XDG_DATA_HOME", ".local/share")?.join("gather/gather.db"))
}

/// Looks a secret up where its declaration says it is.
///
/// # Errors
/// In words for a person: that it is not set, is empty, or cannot be read. The secret's place is not named again:
/// whoever looks it up has it.
pub fn read_secret(
    var: &dyn Fn(&str) -> Option<String>,
    secret: &SecretRef,
) -> Result<SecretString, String> {
    let found = match secret {
        SecretRef::Env(name) => var(name).ok_or("is not set")?,
        SecretRef::File(path) => read_file(path)?,
        SecretRef::SystemdCredential(name) => {
            let folder = var("CREDENTIALS_DIRECTORY")
                .ok_or("is not there: gather was not started by systemd with credentials")?;
            read_file(&Path::new(&folder).join(name))?
        }
        // See `find_secret`.
        SecretRef::Vault { .. } => return Err("is looked up in the vault only".to_owned()),
        _ => return Err("cannot be looked up by this gather".to_owned()),
    };
    let trimmed = found.trim();
    if trimmed.is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(trimmed.to_owned().into())
}

fn read_file(path: &Path) -> Result<String, String> {
    let unreadable = |e: std::io::Error| format!("cannot be read: {e}");
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > LONGEST_SECRET {
        return Err(format!("has {size} bytes, too many for a secret"));
    }
    fs::read_to_string(path).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn vars(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        move |name| {
            let (_, value) = pairs.iter().find(|(key, _)| *key == name)?;
            Some((*value).to_owned())
        }
    }

    #[test]
    fn a_named_configuration_is_the_only_one_looked_for() {
        let named = vars(&[("GATHER_CONFIG", "/etc/g.toml"), ("HOME", "/user")]);
        assert_eq!(config_candidates(&named), [("/etc/g.toml".into(), true)]);
        let unnamed = vars(&[("HOME", "/user")]);
        assert_eq!(
            config_candidates(&unnamed),
            [
                ("gather.toml".into(), false),
                ("/user/.config/gather/gather.toml".into(), false)
            ]
        );
    }

    #[test]
    fn a_new_configuration_is_made_where_it_is_looked_for() {
        let named = vars(&[("GATHER_CONFIG", "/etc/g.toml"), ("HOME", "/user")]);
        assert_eq!(config_to_make(&named), PathBuf::from("/etc/g.toml"));
        let home = vars(&[("HOME", "/user")]);
        let made = config_to_make(&home);
        assert!(config_candidates(&home).contains(&(made, false)));
        assert_eq!(config_to_make(&vars(&[])), PathBuf::from("gather.toml"));
    }

    #[test]
    fn a_relative_xdg_folder_is_ignored_as_the_specification_says() {
        let relative = vars(&[("XDG_DATA_HOME", "data"), ("HOME", "/user")]);
        let expected = PathBuf::from("/user/.local/share/gather/gather.db");
        assert_eq!(database_path(&relative), Some(expected));
        let absolute = vars(&[("XDG_DATA_HOME", "/data")]);
        assert_eq!(
            database_path(&absolute),
            Some("/data/gather/gather.db".into())
        );
        assert_eq!(database_path(&vars(&[])), None);
    }

    #[test]
    fn a_secret_is_trimmed_and_its_absence_is_told() {
        let var = vars(&[("KEY", " abc\n"), ("BLANK", "  ")]);
        let read = |name: &str| read_secret(&var, &SecretRef::Env(name.to_owned()));
        assert_eq!(read("KEY").unwrap().expose_secret(), "abc");
        assert!(read("BLANK").unwrap_err().contains("is empty"));
        assert!(read("NONE").unwrap_err().contains("is not set"));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, "from-file\n").unwrap();
        let from_file = read_secret(&var, &SecretRef::File(path.clone())).unwrap();
        assert_eq!(from_file.expose_secret(), "from-file");
        fs::remove_file(&path).unwrap();
        let gone = read_secret(&var, &SecretRef::File(path)).unwrap_err();
        assert!(gone.contains("cannot be read"), "{gone}");
    }
}
