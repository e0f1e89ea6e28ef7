//! What resolving a run config needs from the machine it happens on, passed in because this crate does no I/O.

use super::error::RunConfigError;
use super::kind::RunConfigKind;
use crate::path::local_file;

/// The machine on which a run config is made, or read by an agent.
pub struct Surroundings<'a> {
    /// Absolute path that relative working directories and files are relative to.
    pub current_directory: &'a str,
    /// Reads a text file of this machine.
    pub read_file: &'a dyn Fn(&str) -> std::io::Result<String>,
}

impl Surroundings<'_> {
    /// The text of the file that `path` names, or `None` if it lies elsewhere (`s3://…`, `agent://…`).
    pub(super) fn local_text(
        &self,
        kind: RunConfigKind,
        field: &'static str,
        path: &str,
    ) -> Result<Option<String>, RunConfigError> {
        let Some(path) = local_file(path, self.current_directory) else { return Ok(None) };
        match (self.read_file)(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) => {
                Err(RunConfigError::UnreadableFile { kind, field, path, reason: error.to_string() })
            }
        }
    }
}
