//! The browser that tests of the web UI drive, and axe-core, which checks its pages for accessibility.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::npm_packages::{self, NpmPackages};
use crate::shell;

/// The environment variable by which tests find axe-core.
pub(crate) const AXE: &str = "CASTRA_AXE";
/// What npm fetches.
const PACKAGES: NpmPackages = NpmPackages { name: "ui", pins: "tests/ui/package.json" };

/// Whether a browser and npm are here. The tests that need a browser look for it themselves, and say what they leave out.
///
/// # Errors
/// In words, what is missing and how to have it.
pub(crate) fn possible() -> Result<(), String> {
    let has = |program: &str| shell::succeeds(Command::new(program).arg("--version"));
    match has("chromium") && has("chromedriver") && npm_packages::possible() {
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
    PACKAGES.prepare()
}

/// axe-core as one script.
pub(crate) fn axe() -> PathBuf {
    PACKAGES.file("axe-core/axe.min.js")
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
