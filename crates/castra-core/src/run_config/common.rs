//! What every run config has: environment variables, labels, and whatever a newer client wrote that this version
//! does not know.

use serde_json::{Map, Value};

use super::error::RunConfigError;
use crate::label::LabelSet;

/// The part that all six run configs share.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Common {
    /// Environment variables of the flow run; `None` and empty are both "none of its own". A value is a string
    /// unless the author wrote otherwise: the wire keeps numbers, booleans and null as they were given.
    pub env: Option<Map<String, Value>>,
    /// Routing labels, deduplicated and in the order of their code points (prefect 1.4.1 `SortedList`).
    pub labels: LabelSet,
    /// Fields read from the wire that this version does not know, kept so that they reach the agent untouched;
    /// `__version__` is among them when another version wrote the run config.
    pub unknown: Map<String, Value>,
}

/// What the enum needs from each of the six types.
pub(super) trait Body {
    /// The shared part.
    fn common(&self) -> &Common;

    /// The type's own fields as they stand on the wire, nulls included.
    fn fields(&self) -> Vec<(&'static str, Value)>;

    /// The rules between fields; rules within one field hold by its type.
    fn validate(&self) -> Result<(), RunConfigError> {
        Ok(())
    }
}

/// The builder methods that every run config offers; used inside an `impl` block.
macro_rules! common_builders {
    () => {
        /// A run config with every field at its default: what the agent has configured applies.
        pub fn new() -> Self {
            Self::default()
        }

        /// Adds one environment variable; the last value given for a name wins.
        #[must_use]
        pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            let env = self.common.env.get_or_insert_default();
            env.insert(name.into(), serde_json::Value::String(value.into()));
            self
        }

        /// Adds one label; only an agent that has all labels of the run config takes the run.
        #[must_use]
        pub fn label(mut self, label: impl Into<String>) -> Self {
            self.common.labels.insert(label);
            self
        }

        /// Adds several labels.
        #[must_use]
        pub fn labels(mut self, labels: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.common.labels.extend(labels);
            self
        }
    };
}
pub(super) use common_builders;
