//! The quickstart's example in Python. The package `castra` registers it, if a Python of this machine has it.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use castra_client::Client;
use tokio::process::Command;
use uuid::Uuid;

use super::flows::PROJECT;
use crate::commands::find;
use crate::python;

const FLOW: &str = "primes";
const FILE: &str = include_str!("../../../../../examples/python/universal/flow.py");

/// Registers the example from a file in this folder; `None` where no Python has the package.
pub(super) async fn register(client: &Client, api: &str, folder: &Path) -> Result<Option<Uuid>> {
    let has_package = castra().arg("--help").output().await.is_ok_and(|help| help.status.success());
    if !has_package {
        return Ok(None);
    }
    let path = folder.join(FLOW).with_extension("py");
    std::fs::write(&path, FILE).with_context(|| format!("writing {}", path.display()))?;
    let mut register = castra();
    register.args(["register", "--project", PROJECT, "--api", api, "--path"]).arg(&path);
    let registered = register.output().await.context("registering the example in Python")?;
    ensure!(
        registered.status.success(),
        "the example in Python was not registered: {}",
        String::from_utf8_lossy(&registered.stderr).trim()
    );
    find::flow(client, FLOW, Some(PROJECT)).await.map(Some)
}

fn castra() -> Command {
    python::castra(false).into()
}
