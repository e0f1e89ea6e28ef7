//! The browser that tests of the web UI drive, and axe-core, which checks its pages for accessibility.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

/// The environment variable by which tests find axe-core.
pub(crate) const AXE: &str = "CASTRA_AXE";
/// What npm is told to fetch, from the workspace's root.
const PACKAGES: &str = "tests/ui/package.json";

/// Whether a browser and npm are here. The tests that need a browser look for it themselves, and say what they leave out.
///
/// # Errors
/// In words, what is missing and how to have it.
pub(crate) fn possible() -> Result<(), String> {
    let has = |program: &str| shell::succeeds(Command::new(program).arg("--version"));
    match has("chromium") && has("chromedriver") && has("npm") {
        true => Ok(()),
        false => {
            Err("Chromium with its driver and npm are needed: install chromium, chromium-driver and npm"
                .to_owned())
        }
    }
}

/// Fetches axe-core, at the version that is pinned.
///
/// # Errors
/// If npm fails.
pub(crate) fn prepare() -> Result<()> {
    let pins = shell::root().join(PACKAGES);
    let fetched = folder().join("package.json");
    let read = |path: &PathBuf| std::fs::read(path).with_context(|| format!("reading {}", path.display()));
    if axe().is_file() && read(&fetched).is_ok_and(|fetched| read(&pins).is_ok_and(|pins| pins == fetched)) {
        return Ok(());
    }
    std::fs::create_dir_all(folder()).with_context(|| format!("making {}", folder().display()))?;
    std::fs::copy(&pins, &fetched).with_context(|| format!("copying {PACKAGES}"))?;
    let install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
    shell::run(Command::new("npm").args(install).arg(folder()))
}

/// axe-core as one script.
pub(crate) fn axe() -> PathBuf {
    folder().join("node_modules/axe-core/axe.min.js")
}

fn folder() -> PathBuf {
    shell::target().join("ui")
}

/// Pictures of the main pages, as `docs/` shows them.
///
/// # Errors
/// If a page cannot be shown.
pub(crate) fn screenshots() -> Result<()> {
    possible().map_err(anyhow::Error::msg)?;
    let folder = shell::root().join("docs/screenshots");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let test = ["test", "--package", "castra-cli", "--test", "end_to_end", "web::screenshots"];
    shell::run(shell::cargo().args(test).env("CASTRA_SCREENSHOTS", folder))
}
