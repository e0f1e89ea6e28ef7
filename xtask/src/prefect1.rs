//! The real prefect 1.4.1 client in a virtual environment of its own, under `target/`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

/// The Python of the environment.
pub(crate) fn python() -> PathBuf {
    folder().join("bin/python")
}

fn folder() -> PathBuf {
    shell::target().join("prefect1")
}

fn requirements() -> PathBuf {
    shell::root().join("tests/prefect1/requirements.txt")
}

/// Whether a Python is here that prefect 1.4.1 runs on.
///
/// # Errors
/// In words, what is missing and how to have it.
pub(crate) fn possible() -> Result<(), String> {
    match base_python() {
        Some(_) => Ok(()),
        None => {
            Err("the real client needs Python 3.11 with venv: install python3.11 and python3.11-venv"
                .to_owned())
        }
    }
}

/// Prefect 1.4.1 runs on CPython 3.11, and on nothing newer.
fn base_python() -> Option<&'static str> {
    let check = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))";
    ["python3.11", "python3"]
        .into_iter()
        .find(|python| shell::succeeds(Command::new(python).args(["-c", check])))
}

/// Makes the environment, or makes it anew when the pins have changed.
///
/// # Errors
/// If the environment cannot be made or the pinned packages cannot be installed.
pub(crate) fn prepare() -> Result<()> {
    let pins =
        std::fs::read(requirements()).with_context(|| format!("reading {}", requirements().display()))?;
    let stamp = folder().join("requirements.installed");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == pins) {
        return Ok(());
    }
    let base = base_python().context("no Python 3.11 found")?;
    shell::run(Command::new(base).args(["-m", "venv", "--clear"]).arg(folder()))?;
    shell::run(
        Command::new(python()).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements()),
    )?;
    std::fs::write(&stamp, pins).with_context(|| format!("writing {}", stamp.display()))
}
