//! Where keys are: a file of lines, one key a line, the last of which seals. Empty lines and those with `#` do not count.
//!
//! A new key is appended, so that the old ones are never at risk; the file keeps its owner and its mode. Whoever changes
//! the file locks it, since several databases may share it.
//!
//! Not here: what a key is (`seal`).

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, zeroize::Zeroizing};
use serde::Serialize;

use super::{Key, VaultError};

/// More bytes are no file of keys.
const LONGEST: u64 = 64 * 1024;

const HEAD: &str = "# Keys of gather's vault, one a line. The last one seals, all of them open.\n\
                    # Without this file the access to your accounts in the database is lost; whoever has both has it.\n";

/// Where the vault's key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum KeyPlace {
    /// A file that gather may make and change.
    File(PathBuf),
    /// A systemd credential, which only its operator changes.
    Credential(PathBuf),
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the key file `{}`", path.display()),
            Self::Credential(path) => write!(f, "the systemd credential `{}`", path.display()),
        }
    }
}

/// The keys of a place: at least one.
#[derive(Debug)]
pub(super) struct Ring(Vec<Key>);

impl Ring {
    fn parse(text: &str, place: &KeyPlace) -> Result<Self, VaultError> {
        let mut keys = Vec::new();
        for (at, line) in text.lines().enumerate() {
            if let Some(spelled) = spelled(line) {
                keys.push(Key::parse(spelled).map_err(|what| VaultError::NotAKey {
                    place: place.clone(),
                    line: at + 1,
                    what,
                })?);
            }
        }
        if keys.is_empty() {
            return Err(VaultError::NotAKey {
                place: place.clone(),
                line: text.lines().count().max(1),
                what: "there is no key",
            });
        }
        Ok(Self(keys))
    }

    pub(super) fn keys(&self) -> &[Key] {
        &self.0
    }

    pub(super) fn find(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id() == id)
    }

    /// The key that seals.
    pub(super) fn last(&self) -> &Key {
        self.split_last().0
    }

    /// The key that seals, and the others.
    pub(super) fn split_last(&self) -> (&Key, &[Key]) {
        self.0.split_last().expect("made with at least one")
    }
}

/// What of a line is a key.
fn spelled(line: &str) -> Option<&str> {
    let line = line.trim();
    (!line.is_empty() && !line.starts_with('#')).then_some(line)
}

impl KeyPlace {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Credential(path) => path,
        }
    }

    fn failed(&self, what: &'static str) -> impl Fn(io::Error) -> VaultError {
        let place = self.clone();
        move |source| VaultError::Io {
            place: place.clone(),
            what,
            source,
        }
    }

    /// The keys; `None`: there is no such file.
    pub(super) fn read(&self) -> Result<Option<Ring>, VaultError> {
        match File::open(self.path()) {
            Ok(file) => self.ring(&file).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("read")(error)),
        }
    }

    fn ring(&self, file: &File) -> Result<Ring, VaultError> {
        Ring::parse(&self.text(file)?, self)
    }

    fn text(&self, mut file: &File) -> Result<Zeroizing<String>, VaultError> {
        let failed = self.failed("read");
        let about = file.metadata().map_err(&failed)?;
        // systemd gives credentials its own way, and to its own user.
        #[cfg(unix)]
        if let Self::File(_) = self {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = about.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(VaultError::Exposed {
                    place: self.clone(),
                    mode,
                });
            }
        }
        if !about.is_file() || about.len() > LONGEST {
            return Err(failed(io::Error::other(
                "it is not a file of at most 64 KiB",
            )));
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(&failed)?;
        Ok(text)
    }

    /// Makes the file with a first key, for its owner alone. Whoever was quicker has made it.
    pub(super) fn make(&self) -> Result<Ring, VaultError> {
        let Self::File(path) = self else {
            return Err(self.failed("read")(io::ErrorKind::NotFound.into()));
        };
        let failed = self.failed("written");
        let folder = folder(path);
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(&failed)?;
        let key = Key::random()?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(&failed)?;
        writeln!(file, "{HEAD}{}", key.spelled().expose_secret())
            .and_then(|()| file.as_file().sync_all())
            .map_err(&failed)?;
        match file.persist_noclobber(path) {
            Ok(_) => sync_folder(folder).map_err(&failed)?,
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error.error)),
        }
        // What is really there, whoever made it.
        let file = File::open(path).map_err(self.failed("read"))?;
        self.ring(&file)
    }

    /// Adds a key, which seals from now on.
    pub(super) fn append(&self, key: &Key) -> Result<Ring, VaultError> {
        let failed = self.failed("written");
        let mut file = self.locked()?;
        let before = self.text(&file)?;
        Ring::parse(&before, self)?;
        let gap = if before.ends_with('\n') { "" } else { "\n" };
        let after = Zeroizing::new(format!(
            "{}{gap}{}\n",
            *before,
            key.spelled().expose_secret()
        ));
        file.write_all(&after.as_bytes()[before.len()..])
            .and_then(|()| file.sync_all())
            .map_err(&failed)?;
        Ring::parse(&after, self)
    }

    /// Takes out every key but the last and those that are `needed`; the rest of the file stays as it is.
    pub(super) fn forget(&self, needed: &dyn Fn(&str) -> bool) -> Result<Vec<String>, VaultError> {
        let Self::File(path) = self else {
            return Err(VaultError::NotOurs {
                path: self.path().to_owned(),
            });
        };
        let failed = self.failed("written");
        let file = self.locked()?;
        let before = self.text(&file)?;
        let ring = Ring::parse(&before, self)?;
        let (_, old) = ring.split_last();
        let gone: Vec<_> = old
            .iter()
            .map(|key| key.id().to_owned())
            .filter(|id| !needed(id) && id != ring.last().id())
            .collect();
        if gone.is_empty() {
            return Ok(gone);
        }
        let mut kept = Zeroizing::new(String::with_capacity(before.len()));
        for line in before.split_inclusive('\n') {
            let id = spelled(line).and_then(|key| Key::parse(key).ok());
            if id.is_none_or(|key| !gone.iter().any(|id| id == key.id())) {
                kept.push_str(line);
            }
        }
        // A link stays one.
        let path = fs::canonicalize(path).map_err(&failed)?;
        let folder = folder(&path);
        let mut new = tempfile::NamedTempFile::new_in(folder).map_err(&failed)?;
        same_owner(&file, new.as_file()).map_err(&failed)?;
        new.write_all(kept.as_bytes())
            .and_then(|()| new.as_file().sync_all())
            .map_err(&failed)?;
        new.persist(&path).map_err(|error| failed(error.error))?;
        sync_folder(folder).map_err(&failed)?;
        Ok(gone)
    }

    /// The file, open for appending, and locked until it is dropped.
    fn locked(&self) -> Result<File, VaultError> {
        let failed = self.failed("written");
        loop {
            let file = fs::OpenOptions::new()
                .read(true)
                .append(true)
                .open(self.path())
                .map_err(&failed)?;
            file.lock().map_err(&failed)?;
            // Another process may have put a new file in its place while this one waited.
            if is_same(&file, self.path()).map_err(&failed)? {
                return Ok(file);
            }
        }
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (open, there) = (file.metadata()?, fs::metadata(path)?);
    Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
}

/// A file that is open and locked cannot be replaced there.
#[cfg(not(unix))]
fn is_same(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Gives a new file owner, group and mode of the one that it replaces.
#[cfg(unix)]
fn same_owner(old: &File, new: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let (old, about) = (old.metadata()?, new.metadata()?);
    if (old.uid(), old.gid()) != (about.uid(), about.gid()) {
        fchown(new, Some(old.uid()), Some(old.gid()))?;
    }
    new.set_permissions(old.permissions())
}

#[cfg(not(unix))]
fn same_owner(_: &File, _: &File) -> io::Result<()> {
    Ok(())
}

/// Makes sure that the name of a new file survives a power failure.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
