//! The package `castra` in a Python of this machine, which runs and registers the flows of Python files.

use std::process::Command;

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
