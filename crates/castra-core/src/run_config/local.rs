//! `LocalRun`: a process on the agent's machine.

use serde_json::Value;

use super::common::{Body, Common, common_builders};
use super::error::RunConfigError;
use super::fields::Fields;
use crate::path::absolute;

/// A run as a process beside the agent (prefect 1.4.1 `LocalRun`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LocalRun {
    /// Env and labels.
    pub common: Common,
    /// Directory the process starts in; it must exist. `None`: the agent's own. A relative one is relative to
    /// wherever the run config is resolved, see [`RunConfig::resolve`](super::RunConfig::resolve).
    pub working_dir: Option<String>,
}

impl LocalRun {
    common_builders!();

    /// Sets the directory the process starts in.
    #[must_use]
    pub fn working_dir(mut self, directory: impl Into<String>) -> Self {
        self.working_dir = Some(directory.into());
        self
    }

    /// Makes the working directory absolute, as Prefect 1's constructor does.
    pub(super) fn resolve(mut self, current_directory: &str) -> Self {
        self.working_dir = self.working_dir.map(|directory| absolute(&directory, current_directory));
        self
    }

    pub(super) fn read(mut fields: Fields) -> Result<Self, RunConfigError> {
        Ok(Self { working_dir: fields.string("working_dir")?, common: fields.common()? })
    }
}

impl Body for LocalRun {
    fn common(&self) -> &Common {
        &self.common
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("working_dir", self.working_dir.clone().into())]
    }
}
