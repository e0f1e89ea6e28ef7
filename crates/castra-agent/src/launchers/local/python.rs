//! Python: which one runs Prefect flows on the agent's machine.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;

use super::process::is_executable;

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
    fn python_is_found_by_an_absolute_path() {
        let folder = tempfile::tempdir().unwrap();
        let search_path = env::join_paths([folder.path(), "/bin".as_ref()]).unwrap();
        std::os::unix::fs::symlink("/bin/sh", folder.path().join("python3")).unwrap();
        assert_eq!(find_python(&search_path), Ok(folder.path().join("python3")));
        assert_eq!(find_python("relative".as_ref()), Err(PythonNotFound));
    }
}
