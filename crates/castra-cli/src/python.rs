//! Python files with flows: they are run and registered by the package `castra` in a Python of this machine.

use std::path::Path;
use std::process::Command;

/// What to do if Python does not start.
pub(crate) const HINT: &str = "is there a `python3` with the package `castra`?";

/// Whether it is a Python file.
pub(crate) fn is_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py")
}

/// `python -m castra`, with the Python that this command was installed with, or the `python3` of `PATH`. `--prefect` lets `import
/// prefect` mean Castra in the files.
pub(crate) fn castra(prefect: bool) -> Command {
    let beside = std::env::current_exe().ok().map(|command| command.with_file_name("python3"));
    let python = beside.filter(|python| python.exists()).unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    command.args(["-m", "castra"]);
    if prefect {
        command.arg("--prefect");
    }
    command
}
