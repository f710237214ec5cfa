//! Copies of the whole file, made while it is written to, and put back.
//!
//! A copy is of one moment, in one file of its own without side files. Putting one back wants the database alone: nobody
//! else may have it open. The database that was there is kept under another name.
//!
//! Source: sqlite.org/backup.html; sqlite.org/wal.html for why leaving WAL mode needs the file alone.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, backup::Backup};
use tempfile::NamedTempFile;

use crate::{Error, Store, error::Fault, migrate, open};

/// How long is waited for somebody who is just about to close the database.
const PATIENCE: Duration = Duration::from_millis(500);

impl Store {
    /// Copies the database as it is at this moment into a new file, for the owner alone (mode 0600), and says how many
    /// bytes that is. Others can read and write meanwhile. When it fails, or the process dies, there is no file of that
    /// name, at most a temporary one beside it.
    ///
    /// # Errors
    /// [`ErrorKind::FileExists`](crate::ErrorKind::FileExists) when there is one of that name; else when the copy cannot be
    /// written. The error names the copy.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<u64, Error> {
        let to = to.as_ref();
        let run = || {
            let from = open::reader(self.path(), Duration::from_secs(10))?;
            if to.try_exists()? {
                return Err(Fault::FileExists);
            }
            let copy = copy(&from, to)?;
            let bytes = copy.as_file().metadata()?.len();
            place(copy, to)?;
            Ok(bytes)
        };
        run().map_err(|fault| Error::new(to, fault))
    }

    /// Puts a copy in the place of a database, and says under which name the database that was there is kept; `None`: there
    /// was none.
    ///
    /// The copy is checked as a whole first; it may be of an older gather, and is brought up to date when it is opened.
    ///
    /// # Errors
    /// [`ErrorKind::InUse`](crate::ErrorKind::InUse) when somebody has the database open; when the copy is no sound
    /// database of gather, or of a newer one, see [`Error::kind`]. The error names the file that is meant. Nothing was
    /// changed then.
    pub fn restore(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<Option<PathBuf>, Error> {
        let (from, to) = (from.as_ref(), to.as_ref());
        let copy = checked_copy(from, to).map_err(|fault| Error::new(from, fault))?;
        let run = || {
            let kept = if to.try_exists()? {
                alone(to)?;
                Some(set_aside(to)?)
            } else {
                None
            };
            place(copy, to)?;
            Ok(kept)
        };
        run().map_err(|fault: Fault| Error::new(to, fault))
    }
}

/// A copy of a database in a file beside `to`.
fn copy(from: &Connection, to: &Path) -> Result<NamedTempFile, Fault> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    let mut copied = Connection::open_with_flags(file.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // All in one step: a reader of a database in WAL mode holds nobody up.
    Backup::new(from, &mut copied)?.run_to_completion(i32::MAX, Duration::from_millis(5), None)?;
    // One file that stands by itself.
    let mode: String = copied.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    if mode != "delete" {
        return Err(Fault::NoWal { mode });
    }
    copied.close().map_err(|(_, error)| error)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn checked_copy(from: &Path, to: &Path) -> Result<NamedTempFile, Fault> {
    if from.is_dir() {
        return Err(Fault::NotAFile("a folder"));
    }
    fs::File::open(from)?;
    let source = Connection::open_with_flags(
        from,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    migrate::reject_foreign(&source)?;
    let copy = copy(&source, to)?;
    let copied = Connection::open_with_flags(copy.path(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let application: i32 = copied.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if application != migrate::APPLICATION_ID {
        return Err(Fault::OtherProgram);
    }
    open::damage(&copied, "PRAGMA integrity_check(1)")?;
    Ok(copy)
}

/// Fails unless nobody else has the database open; afterwards it is one file without side files.
fn alone(path: &Path) -> Result<(), Fault> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.busy_timeout(PATIENCE)?;
    let mode: rusqlite::Result<String> =
        conn.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0));
    match mode {
        Ok(mode) if mode == "delete" => Ok(()),
        Ok(_) => Err(Fault::InUse),
        Err(rusqlite::Error::SqliteFailure(failure, _))
            if failure.code == rusqlite::ErrorCode::DatabaseBusy =>
        {
            Err(Fault::InUse)
        }
        // What is no database any more can be replaced all the same: that is what a copy is for.
        Err(_) => Ok(()),
    }
}

/// Gives the database another name that nothing has yet.
fn set_aside(path: &Path) -> Result<PathBuf, Fault> {
    for number in 1_u32.. {
        let mut name: OsString = path.as_os_str().to_owned();
        name.push(format!(".before-restore-{number}"));
        let aside = PathBuf::from(name);
        if !aside.try_exists()? {
            fs::rename(path, &aside)?;
            // Side files of a database that could not be closed in order would be taken for the new one's.
            for suffix in ["-wal", "-shm"] {
                let side = |path: &Path| {
                    let mut name = path.as_os_str().to_owned();
                    name.push(suffix);
                    PathBuf::from(name)
                };
                match fs::rename(side(path), side(&aside)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(error.into());
                    }
                    _ => {}
                }
            }
            return Ok(aside);
        }
    }
    Err(Fault::FileExists)
}

/// Gives a finished copy its name, unless there is a file of that name.
fn place(copy: NamedTempFile, to: &Path) -> Result<(), Fault> {
    copy.persist_noclobber(to)
        .map_err(|failed| match failed.error.kind() {
            io::ErrorKind::AlreadyExists => Fault::FileExists,
            _ => failed.error.into(),
        })?;
    // The name is only safe once the folder is.
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
