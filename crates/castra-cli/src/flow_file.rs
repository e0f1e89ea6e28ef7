//! Flow files: flow binaries, and Python files with flows at their top level. Both register and run their flows themselves;
//! this finds them and starts them.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context as _, Result};

use crate::python;

/// A file with flows.
pub(crate) struct FlowFile(PathBuf);

impl FlowFile {
    /// The file at this path.
    pub(crate) fn find(path: &Path) -> Result<Self> {
        path.canonicalize().map(Self).with_context(|| format!("finding {}", path.display()))
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

#[cfg(test)]
mod tests {
    use super::*;

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
