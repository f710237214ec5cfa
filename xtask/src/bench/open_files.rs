//! How many files a process may have open: a connection is one, and ten thousand at once are more than most shells allow.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises this process's own limit, which the programs it starts inherit; says what to type where it may not.
pub(super) fn allow(needed: u64) -> Result<(), String> {
    let now = getrlimit(Resource::Nofile);
    // `None` is no limit.
    if now.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if now.maximum.is_some_and(|maximum| maximum < needed) {
        return Err(format!(
            "this job needs {needed} open files a process, and the hard limit is {}: type `ulimit -n {needed}` as root in the shell that starts this",
            now.maximum.unwrap_or_default()
        ));
    }
    let wanted = Rlimit {
        current: Some(needed),
        maximum: now.maximum,
    };
    setrlimit(Resource::Nofile, wanted)
        .map_err(|error| format!("`ulimit -n {needed}` is needed and was refused: {error}"))
}

#[cfg(test)]
mod tests {
    use super::allow;

    #[test]
    fn what_is_allowed_already_is_left_alone_and_too_much_is_refused_in_words() {
        assert_eq!(allow(1), Ok(()));
        if let Err(reason) = allow(u64::MAX - 1) {
            assert!(reason.contains("ulimit -n"), "{reason}");
        }
    }
}
