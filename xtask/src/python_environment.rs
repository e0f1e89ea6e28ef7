//! Virtual environments of Python under `target/`, each made of a pinned list of packages.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

/// One environment.
pub(crate) struct PythonEnvironment {
    /// The name of its folder under `target/`.
    pub(crate) name: &'static str,
    /// The file that pins its packages, from the workspace's root.
    pub(crate) requirements: &'static str,
}

impl PythonEnvironment {
    /// Its Python.
    pub(crate) fn python(&self) -> PathBuf {
        self.folder().join("bin/python")
    }

    fn folder(&self) -> PathBuf {
        shell::target().join(self.name)
    }

    /// Makes it, or makes it anew when the pins have changed.
    ///
    /// # Errors
    /// If it cannot be made or the pinned packages cannot be installed.
    pub(crate) fn prepare(&self) -> Result<()> {
        let requirements = shell::root().join(self.requirements);
        let pins =
            std::fs::read(&requirements).with_context(|| format!("reading {}", requirements.display()))?;
        let stamp = self.folder().join("requirements.installed");
        if std::fs::read(&stamp).is_ok_and(|installed| installed == pins) {
            return Ok(());
        }
        let base = base_python().context("no Python 3.11 found")?;
        shell::run(Command::new(base).args(["-m", "venv", "--clear"]).arg(self.folder()))?;
        let mut install = Command::new(self.python());
        install.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements);
        shell::run(&mut install)?;
        std::fs::write(&stamp, pins).with_context(|| format!("writing {}", stamp.display()))
    }
}

/// Whether a Python is here that the pinned packages run on.
///
/// # Errors
/// In words, what is missing and how to have it.
pub(crate) fn possible() -> Result<(), String> {
    match base_python() {
        Some(_) => Ok(()),
        None => Err("Python 3.11 with venv is needed: install python3.11 and python3.11-venv".to_owned()),
    }
}

/// Prefect 1.4.1 runs on CPython 3.11, and on nothing newer.
fn base_python() -> Option<&'static str> {
    let check = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))";
    ["python3.11", "python3"]
        .into_iter()
        .find(|python| shell::succeeds(Command::new(python).args(["-c", check])))
}
