//! The Python package `castra`, run from its folder in the workspace with an extension module that cargo has built for
//! debugging: quicker than a wheel, and what is edited in Python is tested as it stands.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::python_environment::PythonEnvironment;
use crate::{clouds, prefect1, shell};

/// The environment with what its tests need.
const ENVIRONMENT: PythonEnvironment =
    PythonEnvironment { name: "python", requirements: "tests/python/requirements.txt" };
/// The package, from the workspace's root.
const PACKAGE: &str = "crates/castra-python/python/castra";

/// Tests the package, in part against the real prefect 1.4.1.
///
/// # Errors
/// If something cannot be made, or a test fails.
pub(crate) fn test() -> Result<()> {
    ENVIRONMENT.prepare()?;
    prefect1::ENVIRONMENT.prepare()?;
    clouds::ENVIRONMENT.prepare()?;
    build()?;
    let mut tests = Command::new(ENVIRONMENT.python());
    tests
        .args(["-m", "pytest", "tests/python"])
        .env("CASTRA_BIN", shell::target().join("debug/castra"))
        .env(prefect1::PYTHON, prefect1::ENVIRONMENT.python())
        .env(clouds::PYTHON, clouds::ENVIRONMENT.python())
        .current_dir(shell::root());
    clouds::name_azurite(&mut tests);
    shell::run(&mut tests)
}

/// Builds the extension module and the command, and puts the module into the package.
///
/// # Errors
/// If cargo fails, or the file system does.
pub(crate) fn build() -> Result<()> {
    shell::run(shell::cargo().args(["build", "--package", "castra-python", "--package", "castra-cli"]))?;
    let module = shell::root().join(PACKAGE).join("_castra.abi3.so");
    if module.is_symlink() || module.exists() {
        std::fs::remove_file(&module).with_context(|| format!("removing {}", module.display()))?;
    }
    std::os::unix::fs::symlink(built(), &module).with_context(|| format!("linking {}", module.display()))
}

/// The extension module as cargo names it.
fn built() -> PathBuf {
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    shell::target().join(format!("debug/{prefix}_castra{suffix}"))
}
