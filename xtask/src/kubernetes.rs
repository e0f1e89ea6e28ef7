//! The Kubernetes cluster that tests launch on: the one that `KUBECONFIG` names.

use std::process::Command;

use anyhow::Result;

use crate::shell;

/// Whether a cluster answers. The tests that need one look for it themselves, and say what they leave out.
///
/// # Errors
/// In words, what is missing and how to have it.
pub(crate) fn possible() -> Result<(), String> {
    let is_named = std::env::var_os("KUBECONFIG").is_some_and(|config| !config.is_empty());
    match is_named && shell::succeeds(Command::new("kubectl").args(["get", "--raw", "/readyz"])) {
        true => Ok(()),
        false => Err("no cluster answers `kubectl`: set KUBECONFIG to one that tests may use".to_owned()),
    }
}

/// Shows what tests launch on.
///
/// # Errors
/// If the cluster has gone away.
pub(crate) fn show() -> Result<()> {
    shell::run(Command::new("kubectl").args(["get", "nodes"]))
}
