//! Adding sources to the configuration file, without touching what a person wrote in it.
//!
//! Declarations are appended as text, so comments, order and layout of the rest stay byte for byte. The whole is read
//! as a configuration before anything is written, and replaces the file in one step: whoever reads it meanwhile sees the
//! old or the new one.
//!
//! Not here: what is declared (`gather_sources::sniff`), where the file is looked for (`files`).

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use gather_sources::{Config, ConfigErrors};

/// A configuration file that sources are added to.
#[derive(Debug)]
pub struct ConfigFile {
    /// Where it really is: a link is followed, so that it stays one.
    path: PathBuf,
    text: Option<String>,
    config: Config,
}

/// Why a configuration file could not be changed. It is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// It cannot be read or written.
    #[error("`{}` cannot be {what}", path.display())]
    Io {
        /// The file or its folder.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// It has mistakes already, or would have.
    #[error(transparent)]
    Config(#[from] Box<ConfigErrors>),
    /// What was added would have changed the meaning of what was there.
    #[error("`{}` cannot take another table at its end", .0.display())]
    Closed(PathBuf),
    /// Somebody else wrote it meanwhile.
    #[error("`{}` was changed by somebody else meanwhile", .0.display())]
    Changed(PathBuf),
}

impl ConfigFile {
    /// Reads a configuration file; one that is not there is an empty one.
    ///
    /// # Errors
    /// [`EditError::Io`] when it cannot be read or is not UTF-8, [`EditError::Config`] when it has mistakes: those are
    /// better put right before more is added.
    pub fn open(path: &Path) -> Result<Self, EditError> {
        let path = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(unreadable(path, error)),
        };
        let text = read(&path)?;
        let config = Config::parse(
            text.as_deref().unwrap_or_default(),
            &path.display().to_string(),
        )
        .map_err(Box::new)?;
        Ok(Self { path, text, config })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is such a file already.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.text.is_some()
    }

    /// What it declares.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Appends declarations, each the text of a `[source.NAME]`, and writes the file: into a new one beside it that then
    /// takes its place. Mode and line ends stay as they are; a file that is made is readable as the umask says, and so
    /// are the folders above it.
    ///
    /// # Errors
    /// [`EditError::Config`] when a name is taken or a declaration is wrong; [`EditError::Changed`] when the file is not
    /// any more what was read; [`EditError::Io`].
    pub fn add(&mut self, declarations: &[String]) -> Result<(), EditError> {
        let before = self.text.as_deref().unwrap_or_default();
        let mut text = before.to_owned();
        let line_end = if before.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        for declaration in declarations {
            if !text.is_empty() {
                if !text.ends_with('\n') {
                    text.push_str(line_end);
                }
                text.push_str(line_end);
            }
            for line in declaration.trim_end().lines() {
                text.push_str(line);
                text.push_str(line_end);
            }
        }
        let config = Config::parse(&text, &self.path.display().to_string()).map_err(Box::new)?;
        let names = |config: &Config| -> Vec<String> {
            let all = config.declarations();
            all.map(|one| one.name().to_owned()).collect()
        };
        let (old, new) = (names(&self.config), names(&config));
        if new.get(..old.len()) != Some(&old) || new.len() != old.len() + declarations.len() {
            return Err(EditError::Closed(self.path.clone()));
        }
        self.replace(&text)?;
        self.text = Some(text);
        self.config = config;
        Ok(())
    }

    fn replace(&self, text: &str) -> Result<(), EditError> {
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let unwritable = |path: &Path, source| EditError::Io {
            path: path.to_owned(),
            what: "written",
            source,
        };
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
        let failed = |error| unwritable(&self.path, error);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".gather-").suffix(".toml");
        let mode = fs::metadata(&self.path).map(|about| about.permissions());
        #[cfg(unix)]
        if mode.is_err() {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        if let Ok(mode) = mode {
            file.as_file().set_permissions(mode).map_err(failed)?;
        }
        file.as_file().sync_all().map_err(failed)?;
        // As late as it can be, since nothing keeps a person from saving in an editor.
        if read(&self.path)? != self.text {
            return Err(EditError::Changed(self.path.clone()));
        }
        file.persist(&self.path)
            .map_err(|error| failed(error.error))?;
        // The new name is only certain on the disk once the folder is.
        #[cfg(unix)]
        fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| unwritable(folder, error))?;
        Ok(())
    }
}

fn unreadable(path: &Path, source: io::Error) -> EditError {
    EditError::Io {
        path: path.to_owned(),
        what: "read",
        source,
    }
}

fn read(path: &Path) -> Result<Option<String>, EditError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HN: &str = "[source.hackernews]\n";
    const LWN: &str = "# LWN\n[source.lwn]\nfeed = \"https://lwn.net/headlines/rss\"\n";

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn add(path: &Path, declarations: &[&str]) -> Result<(), EditError> {
        let owned: Vec<String> = declarations.iter().map(|one| (*one).to_owned()).collect();
        ConfigFile::open(path)?.add(&owned)
    }

    #[test]
    fn what_was_there_stays_byte_for_byte() {
        let folder = folder();
        let path = folder.path().join("gather.toml");
        let before =
            "# mine\n[settings]   # aligned\ncurrency   = 'EUR'\n\n\n[source.hackernews] # top";
        fs::write(&path, before).unwrap();
        add(&path, &[LWN, "[source.guardian]"]).unwrap();
        let after = fs::read_to_string(&path).unwrap();
        assert_eq!(after, format!("{before}\n\n{LWN}\n[source.guardian]\n"));
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "no other file stays behind");
    }

    #[test]
    fn line_ends_stay_what_they_are() {
        let folder = folder();
        let path = folder.path().join("gather.toml");
        fs::write(&path, "[source.hackernews]\r\n").unwrap();
        add(&path, &[LWN]).unwrap();
        let after = fs::read_to_string(&path).unwrap();
        assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    }

    #[test]
    fn a_file_and_its_folders_are_made_where_there_are_none() {
        let folder = folder();
        let path = folder.path().join("a/b/gather.toml");
        let mut file = ConfigFile::open(&path).unwrap();
        assert!(!file.exists());
        file.add(&[HN.to_owned()]).unwrap();
        assert!(file.exists());
        assert_eq!(fs::read_to_string(&path).unwrap(), HN);
        file.add(&[LWN.to_owned()]).unwrap();
        assert_eq!(file.config().declarations().count(), 2);
    }

    #[test]
    fn a_taken_name_a_wrong_declaration_and_a_wrong_file_change_nothing() {
        let folder = folder();
        let path = folder.path().join("gather.toml");
        fs::write(&path, HN).unwrap();
        for wrong in [
            HN,
            "[source.x]\nurl = 1\n",
            "[settings]\nin_flight = 3\n",
            "garbage",
        ] {
            let error = add(&path, &[LWN, wrong]).unwrap_err();
            assert!(
                matches!(error, EditError::Config(_) | EditError::Closed(_)),
                "{error}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), HN);
        }
        fs::write(&path, "source = {}\n").unwrap();
        assert!(matches!(add(&path, &[LWN]), Err(EditError::Config(_))));
        fs::write(&path, "[source.a]\nevry = 1\n").unwrap();
        assert!(matches!(add(&path, &[LWN]), Err(EditError::Config(_))));
        fs::write(&path, b"\xff").unwrap();
        assert!(matches!(
            add(&path, &[LWN]),
            Err(EditError::Io { what: "read", .. })
        ));
    }

    #[test]
    fn a_change_by_somebody_else_is_not_overwritten() {
        let folder = folder();
        let path = folder.path().join("gather.toml");
        fs::write(&path, HN).unwrap();
        let mut file = ConfigFile::open(&path).unwrap();
        fs::write(&path, "# changed\n").unwrap();
        let error = file.add(&[LWN.to_owned()]).unwrap_err();
        assert!(matches!(error, EditError::Changed(_)), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "# changed\n");
    }

    #[cfg(unix)]
    #[test]
    fn mode_and_links_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder();
        let (real, link) = (
            folder.path().join("real.toml"),
            folder.path().join("gather.toml"),
        );
        fs::write(&real, HN).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        add(&link, &[LWN]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&real).unwrap().contains("lwn"));
        assert_eq!(
            fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o640
        );
    }
}
