//! `cargo xtask bench`: everything in release, then the benchmarks.

use std::process::Command;

use anyhow::Result;

use crate::shell;

/// Runs the named benchmarks, or all.
///
/// # Errors
/// If the build or a benchmark fails.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    shell::run(shell::cargo().args([
        "build",
        "--release",
        "--package",
        "castra-cli",
        "--package",
        "castra-bench",
    ]))?;
    shell::run(Command::new(shell::target().join("release/castra-bench")).args(names))
}
