//! Files that cannot be used: each is named, before anything is written.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use gather_records::Record;
use gather_store::{Error, ErrorKind, Options, Page, Store};
use tempfile::TempDir;

use crate::support::{DATABASE, again, article, at, shared};

/// A folder with a store that has something in it, closed.
fn filled() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gather.db");
    let store = Store::open(&path).unwrap();
    let run = store.begin_run(at(0), &[]).unwrap();
    let records: Vec<_> = (0..300)
        .map(|n| {
            Record::Article(article(
                &n.to_string(),
                &"title ".repeat(20),
                &format!("https://a.example/{n}"),
            ))
        })
        .collect();
    store
        .keep(Page::new(run, shared("a"), &records, at(1)))
        .unwrap();
    (folder, path)
}

/// Opens what must not open, and checks that the error names the kind and the file.
fn refused(path: &Path, kind: ErrorKind, says: &str) -> Error {
    let before = fs::read(path).ok();
    let error = Store::open(path).unwrap_err();
    assert_eq!(
        error.kind(),
        kind,
        "{error}: {:?}",
        std::error::Error::source(&error)
    );
    assert!(
        error.to_string().contains(&path.display().to_string()),
        "{error}"
    );
    assert!(error.to_string().contains(says), "{error}");
    assert_eq!(fs::read(path).ok(), before, "the file was touched");
    error
}

fn raw(path: &Path, sql: &str) {
    rusqlite::Connection::open(path)
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}

#[test]
fn missing_folders_are_made_and_nobody_else_can_read_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/gather.db");
    let store = Store::open(&path).unwrap();
    store.begin_run(at(0), &[]).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
            let entry = entry.unwrap().path();
            assert_eq!(mode(&entry), 0o600, "{}", entry.display());
        }
    }
}

#[test]
fn case_47_a_folder_or_a_device_is_not_a_file() {
    let folder = tempfile::tempdir().unwrap();
    refused(folder.path(), ErrorKind::NotAFile, "is a folder");
    #[cfg(unix)]
    {
        let error = Store::open("/dev/null").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAFile);
    }
}

#[test]
fn a_file_where_a_folder_should_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "x").unwrap();
    refused(
        &folder.path().join("file/gather.db"),
        ErrorKind::NoAccess,
        "cannot be opened",
    );
}

#[test]
fn case_47_a_text_file_is_not_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "not a database at all\n".repeat(100)).unwrap();
    refused(&path, ErrorKind::NotADatabase, "is not a SQLite database");
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    raw(
        &path,
        "CREATE TABLE articles (id); INSERT INTO articles VALUES (1);",
    );
    refused(&path, ErrorKind::OtherProgram, "belongs to another program");
    raw(&path, "PRAGMA application_id = 42; DROP TABLE articles;");
    refused(&path, ErrorKind::OtherProgram, "belongs to another program");
}

#[test]
fn case_47_a_newer_schema_is_refused_by_its_version() {
    let (_folder, path) = filled();
    raw(
        &path,
        "INSERT INTO schema VALUES (99, 'from the future', '00');",
    );
    let error = refused(&path, ErrorKind::NewerSchema, "made by a newer gather");
    assert!(error.to_string().contains("version 99"), "{error}");
}

#[test]
fn a_schema_of_another_build_is_refused() {
    let (_folder, path) = filled();
    raw(
        &path,
        "UPDATE schema SET checksum = 'feedfeedfeedfeed' WHERE version = 1;",
    );
    refused(&path, ErrorKind::UnknownSchema, "version 1 of its schema");
}

#[test]
fn case_47_damage_is_found_when_the_file_is_opened() {
    let (_folder, path) = filled();
    let whole = fs::read(&path).unwrap();
    let page = 4096;
    // The first page holds the header and must stay, or it would be no database at all.
    let mut broken = whole.clone();
    for start in (page..whole.len()).step_by(page) {
        broken[start..start + 64].fill(0xa5);
    }
    fs::write(&path, &broken).unwrap();
    refused(&path, ErrorKind::Corrupt, "is damaged");
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    refused(&path, ErrorKind::Corrupt, "is damaged");
}

#[test]
fn a_lock_held_too_long_is_named() {
    let (_folder, path) = filled();
    let options = Options {
        wait: Duration::from_millis(20),
    };
    let store = Store::open_with(&path, options).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.begin_run(at(1), &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(error.to_string().contains("another process"), "{error}");
    other.execute_batch("COMMIT").unwrap();
    store.begin_run(at(2), &[]).unwrap();
}

#[cfg(unix)]
mod permissions {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};

    use super::*;

    /// What a process that is not privileged is told when it opens the file.
    fn told(folder: &Path, path: &Path) -> String {
        let locked = folder.join("probe");
        fs::write(&locked, "").unwrap();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o444)).unwrap();
        let privileged = fs::OpenOptions::new().write(true).open(&locked).is_ok();
        fs::remove_file(&locked).unwrap();
        let mut command = again("faults::permissions::child_opens", path);
        if privileged {
            // Modes mean nothing to root, so the child becomes nobody; it may not reach this program where it lies.
            let copy = tempfile::tempdir().unwrap();
            fs::set_permissions(copy.path(), fs::Permissions::from_mode(0o755)).unwrap();
            let program = copy.path().join("it");
            fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
            let mut nobody = std::process::Command::new(&program);
            nobody
                .args(command.get_args())
                .env(DATABASE, path)
                .current_dir("/")
                .uid(65534)
                .gid(65534);
            let output = nobody.output().unwrap();
            return String::from_utf8(output.stdout).unwrap();
        }
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn case_47_a_read_only_file_or_folder_and_a_closed_file_are_named() {
        for (file, folder_mode, kind) in [
            (0o444, 0o777, "ReadOnly"),
            (0o444, 0o555, "ReadOnly"),
            (0o666, 0o555, "ReadOnly"),
            (0o000, 0o777, "NoAccess"),
        ] {
            let (folder, path) = filled();
            set(folder.path(), 0o777);
            let before = fs::read(&path).unwrap();
            set(&path, file);
            set(folder.path(), folder_mode);
            // The probe needs a folder of its own: this one may be closed.
            let probe = tempfile::tempdir().unwrap();
            let told = told(probe.path(), &path);
            set(folder.path(), 0o777);
            set(&path, 0o600);
            assert!(
                told.contains(&format!("told {kind}")),
                "{file:o} in {folder_mode:o}: {told}"
            );
            assert_eq!(fs::read(&path).unwrap(), before);
        }
    }

    #[test]
    fn a_file_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        set(folder.path(), 0o555);
        let probe = tempfile::tempdir().unwrap();
        for path in ["gather.db", "new/folder/gather.db"] {
            let told = told(probe.path(), &folder.path().join(path));
            assert!(told.contains("told NoAccess"), "{path}: {told}");
        }
    }

    #[test]
    #[ignore = "a part of another test, which starts it as a process of its own"]
    fn child_opens() {
        let Some(path) = std::env::var_os(DATABASE) else {
            return;
        };
        match Store::open(path) {
            Ok(_) => println!("\ntold nothing"),
            Err(error) => println!(
                "\ntold {:?}: {error}: {:?}",
                error.kind(),
                std::error::Error::source(&error)
            ),
        }
    }
}
