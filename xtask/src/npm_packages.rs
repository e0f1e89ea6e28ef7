//! Folders of packages from npm under `target/`, each made of a pinned list.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

/// One folder.
pub(crate) struct NpmPackages {
    /// Its name under `target/`.
    pub(crate) name: &'static str,
    /// The `package.json` that pins its packages, from the workspace's root.
    pub(crate) pins: &'static str,
}

impl NpmPackages {
    /// A file of a package.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.folder().join("node_modules").join(path)
    }

    fn folder(&self) -> PathBuf {
        shell::target().join(self.name)
    }

    /// Fetches the packages, or fetches them anew when the pins have changed.
    ///
    /// # Errors
    /// If npm fails.
    pub(crate) fn prepare(&self) -> Result<()> {
        let pins = read(&shell::root().join(self.pins))?;
        let fetched = self.folder().join("package.json");
        // Written when the packages are there.
        let stamp = self.folder().join("package.installed");
        if read(&stamp).is_ok_and(|installed| installed == pins) {
            return Ok(());
        }
        std::fs::create_dir_all(self.folder())
            .with_context(|| format!("making {}", self.folder().display()))?;
        std::fs::write(&fetched, &pins).with_context(|| format!("writing {}", fetched.display()))?;
        let install =
            ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", "--prefix"];
        shell::run(Command::new("npm").args(install).arg(self.folder()))?;
        std::fs::write(&stamp, pins).with_context(|| format!("writing {}", stamp.display()))
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// Whether npm is here.
pub(crate) fn possible() -> bool {
    shell::succeeds(Command::new("npm").arg("--version"))
}
