//! What can be wrong with a run config: each error names the field, the value, the reason and, where one is
//! close, the valid value that was probably meant. Values of `env` are never shown: they may be secrets.

use serde_json::Value;

use super::kind::RunConfigKind;
use crate::nearest::did_you_mean;
use crate::yaml::YamlError;

/// A run config that cannot be read or must not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RunConfigError {
    /// The whole document is something other than a JSON object.
    #[error("a run config is a JSON object with a `type`, not {found}")]
    NotAnObject {
        /// The JSON type that was found.
        found: &'static str,
    },
    /// The document lacks `type`, so nobody knows which run config it is.
    #[error("the run config has no `type`: give one of {}", kind_names())]
    MissingType,
    /// `type` names no run config.
    #[error("unknown run config `type` {value}{}: it is one of {}", did_you_mean(.nearest), kind_names())]
    UnknownType {
        /// What `type` held.
        value: String,
        /// The kind that was probably meant.
        nearest: Option<String>,
    },
    /// A keyword argument that this kind of run config does not have.
    #[error("{kind} has no argument `{field}`{}", did_you_mean(.nearest))]
    UnknownArgument {
        /// The run config being made.
        kind: RunConfigKind,
        /// The argument as given.
        field: String,
        /// The argument that was probably meant.
        nearest: Option<String>,
    },
    /// A value of the right or wrong JSON type that the field does not take.
    #[error("{kind}.{field} cannot be {value}: {reason}{}", did_you_mean(.nearest))]
    InvalidValue {
        /// The run config being read or made.
        kind: RunConfigKind,
        /// The field.
        field: &'static str,
        /// The value, shortened; only its JSON type when it may hold secrets.
        value: String,
        /// What the field takes.
        reason: String,
        /// The valid value that was probably meant.
        nearest: Option<String>,
    },
    /// Two fields were given of which only one may be.
    #[error("{kind}: `{first}` and `{second}` exclude each other: {reason}")]
    Exclusive {
        /// The run config being read or made.
        kind: RunConfigKind,
        /// One of the two fields.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// Which one to keep.
        reason: &'static str,
    },
    /// A local file that a field names could not be read.
    #[error("{kind}.{field}: cannot read {path}: {reason}")]
    UnreadableFile {
        /// The run config being made.
        kind: RunConfigKind,
        /// The field that names the file.
        field: &'static str,
        /// The file.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// YAML text in a field, or in the file it names, is not YAML or holds what JSON cannot.
    #[error("{kind}.{field}: {source}")]
    Yaml {
        /// The run config being read or made.
        kind: RunConfigKind,
        /// The field that holds the text.
        field: &'static str,
        /// Where the text is wrong and why.
        source: YamlError,
    },
}

/// The JSON type of a value, for messages that must not show the value itself.
pub(super) fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn kind_names() -> String {
    RunConfigKind::ALL.map(RunConfigKind::name).join(", ")
}
