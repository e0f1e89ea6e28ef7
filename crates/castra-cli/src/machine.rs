//! This machine: its name, and where Castra keeps its files on it unless told otherwise: `CASTRA_HOME`, or `~/.castra`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// A file or folder in Castra's home; the home is made if it does not exist.
pub(crate) fn file(name: &str) -> Result<PathBuf> {
    let home = match std::env::var_os("CASTRA_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir().context("there is no home directory: set CASTRA_HOME")?.join(".castra"),
    };
    std::fs::create_dir_all(&home).with_context(|| {
        format!("creating {}: set CASTRA_HOME to a folder that can be written", home.display())
    })?;
    Ok(home.join(name))
}

/// The machine's name, a label of local agents and of flows that are stored on its disk.
pub(crate) fn hostname() -> Result<String> {
    let hostname = nix::unistd::gethostname().context("asking for the machine's name")?;
    Ok(hostname.to_string_lossy().into_owned())
}
