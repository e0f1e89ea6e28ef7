//! Flow files: flow binaries, and Python files with flows at their top level. Both register and run their flows themselves;
//! this finds them and starts them.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context as _, Result};

use crate::python;

/// A file with flows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FlowFile(PathBuf);

impl FlowFile {
    /// The file at this path.
    pub(crate) fn find(path: &Path) -> Result<Self> {
        found(path).map(Self)
    }

    /// The file at this path, or the Python files in the folder there, by name. Folders in it are not looked into.
    pub(crate) fn find_all(path: &Path) -> Result<Vec<Self>> {
        let path = found(path)?;
        if !path.is_dir() {
            return Ok(vec![FlowFile(path)]);
        }
        let reading = || format!("reading the folder {}", path.display());
        let mut files = Vec::new();
        for entry in path.read_dir().with_context(reading)? {
            let file = FlowFile(entry.with_context(reading)?.path());
            if file.is_python() && file.0.is_file() {
                files.push(file);
            }
        }
        files.sort();
        Ok(files)
    }

    /// Where it is, absolute.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Whether it is a Python file.
    pub(crate) fn is_python(&self) -> bool {
        self.0.extension().is_some_and(|extension| extension == "py")
    }

    /// What has its flows `register` or `run`. With `prefect`, `import prefect` means Castra in a Python file.
    pub(crate) fn command(&self, verb: &str, prefect: bool) -> Command {
        if self.is_python() {
            let mut command = python::castra(prefect);
            command.args([verb, "--path"]).arg(&self.0);
            command
        } else {
            let mut command = Command::new(&self.0);
            command.arg(verb);
            command
        }
    }

    /// Carries a [`Self::command`] out, and waits for its end.
    pub(crate) fn carry_out(&self, mut command: Command) -> Result<ExitStatus> {
        let hint = match self.is_python() {
            true => "is there a `python3` with the package `castra`?",
            false => "is it a flow binary, built by cargo? A Python file ends in `.py`",
        };
        command.status().with_context(|| format!("starting {}: {hint}", self.0.display()))
    }
}

fn found(path: &Path) -> Result<PathBuf> {
    path.canonicalize().with_context(|| format!("finding {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_the_python_files_in_it_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.py", "a.py", "notes.md"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("folder.py")).unwrap();
        let files = FlowFile::find_all(folder.path()).unwrap();
        let names: Vec<_> = files.iter().filter_map(|file| file.path().file_name()).collect();
        assert_eq!(names, ["a.py", "b.py"]);
    }

    #[test]
    fn what_is_no_flow_file_says_what_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("README.md");
        std::fs::write(&path, "# Flows\n").unwrap();
        let file = FlowFile::find(&path).unwrap();
        let error = file.carry_out(file.command("run", false)).unwrap_err().to_string();
        assert!(
            error.ends_with("README.md: is it a flow binary, built by cargo? A Python file ends in `.py`")
        );
    }

    #[test]
    fn a_python_file_is_handed_to_python() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flow.py");
        std::fs::write(&path, "").unwrap();
        let file = FlowFile::find(&path).unwrap();
        let command = file.command("register", true);
        let arguments: Vec<_> = command.get_args().map(|it| it.to_string_lossy().into_owned()).collect();
        let path = file.path().to_str().unwrap();
        assert_eq!(arguments, ["-m", "castra", "--prefect", "register", "--path", path]);
    }
}
