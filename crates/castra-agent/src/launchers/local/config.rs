//! Options of the local agent.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use crate::launchers::local::process::is_executable;

/// How the local agent launches (prefect 1.4.1 `LocalAgent.__init__`).
#[derive(Clone, Debug)]
pub struct LocalConfig {
    /// Directories that Prefect flow runs can import from besides.
    pub import_paths: Vec<String>,
    /// The Python that runs Prefect flows; see [`find_python`].
    pub python: String,
    /// Whether the agent shows what flow runs print.
    pub show_flow_logs: bool,
    /// How long a process may take to end after SIGTERM before it gets SIGKILL.
    pub stop_grace: Duration,
}

impl LocalConfig {
    /// How long a process is given by default, as Docker does.
    pub const STOP_GRACE: Duration = Duration::from_secs(10);

    /// The defaults, with this Python.
    pub fn new(python: impl Into<String>) -> Self {
        Self {
            import_paths: Vec::new(),
            python: python.into(),
            show_flow_logs: false,
            stop_grace: Self::STOP_GRACE,
        }
    }
}

/// The labels of a local agent: its own, and the name of its machine unless that is among them, because flows that are
/// stored on a machine's disk carry it (prefect 1.4.1 `LocalAgent.__init__`).
pub fn labels_with_hostname(mut labels: Vec<String>, hostname: &str) -> Vec<String> {
    if !labels.iter().any(|label| label == hostname) {
        labels.push(hostname.to_owned());
    }
    labels
}

/// No `python3` is to be found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no `python3` on PATH: install Python, or say with --python which one runs Prefect flows")]
pub struct PythonNotFound;

/// The `python3` of a search path, as an absolute path: flow runs may have another `PATH` than the agent.
///
/// # Errors
/// [`PythonNotFound`].
pub fn find_python(search_path: &OsStr) -> Result<PathBuf, PythonNotFound> {
    env::split_paths(search_path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join("python3"))
        .find(|python| is_executable(python))
        .ok_or(PythonNotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hostname_is_a_label_once() {
        let labels = |own: &[&str]| labels_with_hostname(own.iter().map(|&l| l.to_owned()).collect(), "host");
        assert_eq!(labels(&["dev"]), ["dev", "host"]);
        assert_eq!(labels(&["host", "dev"]), ["host", "dev"]);
    }

    #[test]
    fn python_is_found_by_an_absolute_path() {
        let folder = tempfile::tempdir().unwrap();
        let search_path = env::join_paths([folder.path(), "/bin".as_ref()]).unwrap();
        std::os::unix::fs::symlink("/bin/sh", folder.path().join("python3")).unwrap();
        assert_eq!(find_python(&search_path), Ok(folder.path().join("python3")));
        assert_eq!(find_python("relative".as_ref()), Err(PythonNotFound));
    }
}
