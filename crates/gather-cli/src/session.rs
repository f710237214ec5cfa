//! What every command needs: who is asking, what time it is, where the files are.
//!
//! The one clock is made in `main` and asked here; variables of the environment are read here and nowhere else.

use std::{
    env, fs,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use gather::Clock;
use gather_records::Viewer;
use gather_run::{ConfigFile, KeyPlace, Vault};
use gather_sources::{Config, SecretRef};
use gather_store::Store;
use jiff::{Timestamp, tz::TimeZone};
use secrecy::SecretString;

use crate::{
    args::{Command, Exported, Format, Global},
    escape,
    failure::{Failure, Result},
    render::{self, View},
};

/// A configuration and where it is from.
#[derive(Debug)]
pub(crate) struct Configuration {
    pub(crate) config: Config,
    /// `None`: there is no file, these are the built-in sources.
    pub(crate) file: Option<PathBuf>,
}

/// One call of the program.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) clock: Clock,
    pub(crate) zone: TimeZone,
    pub(crate) viewer: Viewer,
    pub(crate) format: Format,
    /// Whether `--format` was given.
    pub(crate) format_given: bool,
    pub(crate) quiet: bool,
    /// Where `--config` points.
    pub(crate) config: Option<PathBuf>,
    /// Where `--db` points.
    pub(crate) db: Option<PathBuf>,
}

/// A variable of the environment; one that is not UTF-8 counts as not set.
pub(crate) fn var(name: &str) -> Option<String> {
    env::var(name).ok()
}

impl Session {
    pub(crate) fn new(clock: Clock, global: &Global) -> Self {
        Self {
            clock,
            zone: TimeZone::system(),
            viewer: global.user.clone().map_or(Viewer::Operator, Viewer::User),
            format: global.format.unwrap_or_default(),
            format_given: global.format.is_some(),
            quiet: global.quiet,
            config: global.config.clone(),
            db: global.db.clone(),
        }
    }

    /// Now, on the wall clock.
    pub(crate) fn now(&self) -> Timestamp {
        // A clock set beyond the year 9999 is as good as one at its end.
        Timestamp::try_from(self.clock.wall()).unwrap_or(Timestamp::MAX)
    }

    /// Whether the viewer may see a source of this owner.
    pub(crate) fn sees(&self, owner: Option<&str>) -> bool {
        let user = self.viewer.user();
        user.is_none() || owner.is_none() || owner == user
    }

    /// How the reader sees things.
    pub(crate) fn view(&self) -> View {
        View::new(self.now(), self.zone.clone())
    }

    /// Whether people read the output, rather than programs.
    pub(crate) fn for_people(&self) -> bool {
        self.format == Format::Table
    }

    /// Refuses a format that the command cannot write.
    pub(crate) fn check_format(&self, command: &Command) -> Result<()> {
        let writes_news = matches!(command, Command::News(_))
            || matches!(command, Command::Export(export) if matches!(export.what, Exported::News(_)));
        if self.format.is_feed() && !writes_news {
            return Err(Failure::new("only news can be written as a feed").hint(
                "`gather news` and `gather export news` take `--format jsonfeed` and `--format rss`",
            ));
        }
        Ok(())
    }

    /// Where the configuration is, or would be made.
    pub(crate) fn config_path(&self) -> PathBuf {
        match &self.config {
            Some(named) => named.clone(),
            None => gather_run::config_candidates(&var)
                .into_iter()
                .map(|(path, _)| path)
                .find(|path| path.exists())
                .unwrap_or_else(|| gather_run::config_to_make(&var)),
        }
    }

    /// The configuration as a file that sources can be added to: the one that is read, else one that can be made.
    pub(crate) fn editable(&self) -> Result<ConfigFile> {
        Ok(ConfigFile::open(&self.config_path())?)
    }

    /// Asks a person who can answer, and takes anything but a yes for a no. Whoever reads the output as data, or is not
    /// at a terminal, is not asked.
    pub(crate) fn confirm(&self, question: &str) -> Result<bool> {
        let stdin = io::stdin();
        if !self.for_people() || !stdin.is_terminal() || !io::stderr().is_terminal() {
            return Ok(false);
        }
        render::words(&format!("{question} [y/N] "));
        let mut answer = String::new();
        stdin
            .read_line(&mut answer)
            .map_err(|error| Failure::new("your answer cannot be read").because(Some(&error)))?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes" | "YES"))
    }

    /// Looks a secret up, wherever its declaration says it is.
    pub(crate) fn secret(&self, wanted: &SecretRef) -> std::result::Result<SecretString, String> {
        let vault = || {
            let vault = self
                .held()
                .and_then(|held| held.map(|store| self.vault(&store)).transpose());
            vault.map_err(|failure| failure.sentence())
        };
        gather_run::find_secret(&var, &vault, wanted)
    }

    /// The same, with the vault of a database that is open already.
    pub(crate) fn secret_from(
        &self,
        wanted: &SecretRef,
        store: &Store,
    ) -> std::result::Result<SecretString, String> {
        let vault = || {
            let vault = self.vault(store);
            vault.map(Some).map_err(|failure| failure.sentence())
        };
        gather_run::find_secret(&var, &vault, wanted)
    }

    /// The vault of a database, whose key is beside the configuration unless a variable says otherwise.
    pub(crate) fn vault(&self, store: &Store) -> Result<Vault> {
        let place = KeyPlace::find(&var, Some(&self.config_path())).ok_or_else(|| {
            Failure::new(
                "there is no place for the vault's key: neither XDG_CONFIG_HOME nor HOME is set",
            )
            .hint("name a file with `GATHER_KEY_FILE`")
        })?;
        Ok(Vault::new(store.clone(), place))
    }

    /// The database, where there is one.
    fn existing_database(&self) -> Result<Option<PathBuf>> {
        let path = self.database()?;
        // What else is wrong with it the store can say better.
        Ok(path.try_exists().unwrap_or(true).then_some(path))
    }

    /// Something worth knowing that is neither data nor an error.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            render::words(text);
        }
    }

    /// Finds, reads and checks the configuration.
    pub(crate) fn configuration(&self) -> Result<Configuration> {
        let places = match &self.config {
            Some(named) => vec![(named.clone(), true)],
            None => gather_run::config_candidates(&var),
        };
        for (path, named) in places {
            match fs::read(&path) {
                Ok(bytes) => return read_config(path, bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound && !named => {}
                Err(error) => {
                    let given = if self.config.is_some() {
                        "`--config`"
                    } else {
                        "`GATHER_CONFIG`"
                    };
                    let hint = match (error.kind(), named) {
                        (io::ErrorKind::NotFound, _) => {
                            format!("{given} names it: correct the path, or leave it out")
                        }
                        _ => "allow reading it, or name another with `--config`".to_owned(),
                    };
                    return Err(Failure::new(format!(
                        "configuration `{}` cannot be read",
                        shown(&path)
                    ))
                    .because(Some(&error))
                    .hint(hint));
                }
            }
        }
        Ok(Configuration {
            config: Config::default_sources(),
            file: None,
        })
    }

    /// Says that there is no configuration file, where one would be looked for, and how to start one.
    pub(crate) fn note_no_file(&self) {
        let place = gather_run::config_dir(&var).map_or_else(
            || "gather.toml".to_owned(),
            |dir| shown(&dir.join("gather.toml")),
        );
        let place = if place == "gather.toml" {
            "`./gather.toml`".to_owned()
        } else {
            format!("`./gather.toml` or `{place}`")
        };
        self.note(&format!(
            "no configuration at {place}, so the built-in sources are asked; `gather run --help` shows a whole one\n"
        ));
    }

    /// Where the database is.
    pub(crate) fn database(&self) -> Result<PathBuf> {
        match &self.db {
            Some(named) => Ok(named.clone()),
            None => gather_run::database_path(&var).ok_or_else(|| {
                Failure::new(
                    "there is no place for the database: neither XDG_DATA_HOME nor HOME is set",
                )
                .hint("name a file with `--db FILE`")
            }),
        }
    }

    /// Opens the database, and makes it where it is missing.
    pub(crate) fn store(&self) -> Result<Store> {
        Ok(Store::open(self.database()?)?)
    }

    /// Opens the database where there is one.
    pub(crate) fn held(&self) -> Result<Option<Store>> {
        let path = self.existing_database()?;
        Ok(path.map(Store::open).transpose()?)
    }

    /// Opens the database to read from it; `None` where there is none, which is then said, since the path may be wrong.
    pub(crate) fn stored(&self) -> Result<Option<Store>> {
        let held = self.held()?;
        if held.is_none() {
            self.note(&format!(
                "there is no database `{}` yet: `gather run` fetches and makes it\n",
                shown(&self.database()?)
            ));
        }
        Ok(held)
    }
}

fn read_config(path: PathBuf, bytes: Vec<u8>) -> Result<Configuration> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::new(format!(
            "configuration `{}`, line {line}: not UTF-8",
            shown(&path)
        ))
        .hint("save the file as UTF-8")
    })?;
    Ok(Configuration {
        config: Config::parse(&text, &shown(&path))?,
        file: Some(path),
    })
}

/// A path as it is shown to a person.
pub(crate) fn shown(path: &Path) -> String {
    escape::line(&path.display().to_string()).into_owned()
}

/// A path as it can be typed into a shell.
pub(crate) fn typed(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_shell_would_split_it() {
        assert_eq!(typed(Path::new("/a/b-c.db")), "/a/b-c.db");
        assert_eq!(typed(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }

    #[test]
    fn a_file_that_is_not_utf8_is_named_with_its_line() {
        let failure = read_config("g.toml".into(), b"a = 1\n\xff".to_vec()).unwrap_err();
        let Failure::Said(said) = failure else {
            panic!("{failure:?}")
        };
        assert_eq!(said.message, "configuration `g.toml`, line 2: not UTF-8");
    }
}
