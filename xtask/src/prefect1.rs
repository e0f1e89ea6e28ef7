//! The real prefect 1.4.1 client, and the tests that drive it.

use std::process::Command;

use anyhow::Result;

use crate::python_environment::PythonEnvironment;
use crate::{clouds, shell};

/// The environment variable by which tests find the Python that has the real client.
pub(crate) const PYTHON: &str = "CASTRA_PREFECT1_PYTHON";

/// The environment with the real client in it.
pub(crate) const ENVIRONMENT: PythonEnvironment =
    PythonEnvironment { name: "prefect1", requirements: "tests/prefect1/requirements.txt" };

/// How many tests run at a time, each worker with a server and agents of its own: they wait more than they work.
const WORKERS: &str = "4";

/// Runs the real client against Castra.
///
/// # Errors
/// If something cannot be made, or a test fails.
pub(crate) fn test() -> Result<()> {
    ENVIRONMENT.prepare()?;
    clouds::ENVIRONMENT.prepare()?;
    shell::run(shell::cargo().args(["build", "--package", "castra-cli"]))?;
    shell::run(
        Command::new(ENVIRONMENT.python())
            .args(["-m", "pytest", "tests/prefect1", "--numprocesses", WORKERS])
            .env("CASTRA_BIN", shell::target().join("debug/castra"))
            .env(clouds::PYTHON, clouds::ENVIRONMENT.python())
            .current_dir(shell::root()),
    )
}
