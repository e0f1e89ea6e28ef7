//! What tests find on a real Docker engine: images built from this machine's own files, because nothing is pulled.

use std::process::Command;

use anyhow::Result;

use crate::{prefect1, python_environment, shell};

/// Whether an engine answers. The tests that need one look for it themselves, and say what they leave out.
///
/// # Errors
/// In words, what is missing and how to have it.
pub(crate) fn possible() -> Result<(), String> {
    match shell::succeeds(Command::new("docker").arg("info")) {
        true => Ok(()),
        false => {
            Err("no engine answers `docker info`: install Docker and start it, or set DOCKER_HOST".to_owned())
        }
    }
}

/// Builds the images that tests run containers from.
///
/// # Errors
/// If one cannot be built; its script says what to install.
pub(crate) fn prepare() -> Result<()> {
    shell::run(Command::new("tests/images/base.sh").current_dir(shell::root()))?;
    if python_environment::possible().is_ok() {
        prefect1::ENVIRONMENT.prepare()?;
        let mut script = Command::new("tests/images/prefect1.sh");
        shell::run(script.arg(prefect1::ENVIRONMENT.python()).current_dir(shell::root()))?;
    }
    Ok(())
}
