//! `UniversalRun`: env and labels alone, so that any agent can take the run.

use serde_json::Value;

use super::common::{Body, Common, common_builders};
use super::error::RunConfigError;
use super::fields::Fields;

/// A run that any agent may take, with the agent's defaults for everything else (prefect 1.4.1 `UniversalRun`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UniversalRun {
    /// Env and labels.
    pub common: Common,
}

impl UniversalRun {
    common_builders!();

    pub(super) fn read(fields: Fields) -> Result<Self, RunConfigError> {
        Ok(Self { common: fields.common()? })
    }
}

impl Body for UniversalRun {
    fn common(&self) -> &Common {
        &self.common
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }
}
