//! A part of the tests: what it is, whether this machine can run it, and how to make it so.

use anyhow::Result;

/// One part. Parts run in order; the first that fails ends the run.
pub(crate) struct Part {
    /// Its name, as printed.
    pub(crate) name: &'static str,
    /// `Err` says in words what is missing and how to have it.
    pub(crate) possible: fn() -> Result<(), String>,
    /// Runs it.
    pub(crate) run: fn() -> Result<()>,
}

/// For parts that need nothing but Rust.
pub(crate) fn always() -> Result<(), String> {
    Ok(())
}
