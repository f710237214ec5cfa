//! Opening the file: every reason not to use it is found and named here, before anything else happens.
//!
//! The file and the folders that are missing are made for the owner alone, since there is money inside; SQLite gives
//! its own side files (`-wal`, `-shm`) the mode of the database.
//!
//! Source: sqlite.org/wal.html (section on the WAL-reset bug for why 3.51.3), sqlite.org/pragma.html.

use std::{
    fs, io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, MAIN_DB, OpenFlags, ffi};

use crate::{error::Fault, migrate};

/// A file up to this size is checked as a whole at every start; it takes a few milliseconds.
const CHECKED_BYTES: u64 = 4 * 1024 * 1024;

/// The oldest SQLite that does not have the bug by which a checkpoint can lose pages.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Checks the file, creates it where it is missing, and returns the connection that writes.
pub(crate) fn writer(path: &Path, busy: Duration) -> Result<Connection, Fault> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(Fault::OldSqlite(rusqlite::version()));
    }
    let size = prepare_file(path)?;
    let mut conn = connect(path, busy)?;
    if conn.is_readonly(MAIN_DB)? {
        return Err(Fault::ReadOnly);
    }
    migrate::reject_foreign(&conn)?;
    write_ahead(&conn, busy)?;
    if size > 0 && size <= CHECKED_BYTES {
        damage(&conn, "PRAGMA quick_check(1)")?;
    }
    migrate::migrate(&mut conn)?;
    Ok(conn)
}

/// A connection that can only read.
pub(crate) fn reader(path: &Path, busy: Duration) -> Result<Connection, Fault> {
    let conn = connect(path, busy)?;
    // What several readers keep, the system has in its own cache once: in a server that runs for weeks it is memory.
    conn.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -4096;")?;
    Ok(conn)
}

/// Runs one of SQLite's checks; what it finds is an error.
pub(crate) fn damage(conn: &Connection, check: &str) -> Result<(), Fault> {
    let found: String = conn.query_row(check, [], |row| row.get(0))?;
    if found == "ok" {
        Ok(())
    } else {
        Err(Fault::Damaged(found.replace('\n', "; ")))
    }
}

/// Makes folders and file where they are missing and returns the size of the file.
fn prepare_file(path: &Path) -> Result<u64, Fault> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => return Ok(found.len()),
        Ok(found) if found.is_dir() => return Err(Fault::NotAFile("a folder")),
        Ok(_) => return Err(Fault::NotAFile("a device or a socket")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    // Not truncated and not "create new": another process may be making it at this moment.
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?.metadata()?.len())
}

fn connect(path: &Path, busy: Duration) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(busy)?;
    conn.set_prepared_statement_cache_capacity(128);
    // With temporary data in memory nothing of what is in the file is written anywhere else.
    conn.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; \
         PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;",
    )?;
    Ok(conn)
}

/// Switches to write-ahead logging. SQLite does not wait by itself when another process switches at the same moment.
fn write_ahead(conn: &Connection, busy: Duration) -> Result<(), Fault> {
    let started = Instant::now();
    loop {
        let answer: rusqlite::Result<String> =
            conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
        match answer {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => return Err(Fault::NoWal { mode }),
            Err(rusqlite::Error::SqliteFailure(failure, _))
                if failure.extended_code & 0xff == ffi::SQLITE_BUSY && started.elapsed() < busy =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error.into()),
        }
    }
}
