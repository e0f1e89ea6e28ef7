//! Storage: where a flow's code is kept. Prefect 1's storage types travel as the JSON their schemas dump; Castra's
//! own `Executable` is a binary that holds flows. Loading code from a storage is the runtime's business.

pub(crate) mod executable;
mod prefect;

use serde_json::{Map, Value};

pub use executable::Executable;
pub use prefect::{PrefectStorage, StorageKind};

use crate::run_config::AgentKind;

/// Where a flow's code is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Storage {
    /// A binary that holds Rust flows.
    Executable(Executable),
    /// One of Prefect 1's storage types.
    Prefect(PrefectStorage),
}

/// Storage that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The document is not a JSON object.
    #[error("storage is a JSON object with a `type`")]
    NotAnObject,
    /// `type` is absent or names no storage.
    #[error("unknown storage `type` {value}: it is Executable or one of {}", prefect::kind_names())]
    UnknownType {
        /// What `type` held; `null` if it was absent.
        value: String,
    },
    /// A field without which the flow's code cannot be found, or one of the wrong type.
    #[error("{kind} storage: `{field}` must be {expected}")]
    WrongField {
        /// The `type` of the storage.
        kind: &'static str,
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// Two fields were given of which only one may be.
    #[error("{kind} storage: `{first}` and `{second}` exclude each other; keep one")]
    Exclusive {
        /// The `type` of the storage.
        kind: &'static str,
        /// One of the two fields.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

impl Storage {
    /// Reads the wire form; fields that no agent needs are kept as they are.
    ///
    /// # Errors
    /// `type` is missing or unknown, or a field that the type cannot do without is missing or wrong.
    pub fn from_json(document: &Value) -> Result<Self, StorageError> {
        let Value::Object(document) = document else { return Err(StorageError::NotAnObject) };
        let type_field = document.get("type").unwrap_or(&Value::Null);
        match type_field.as_str() {
            Some(Executable::TYPE) => Executable::read(document).map(Self::Executable),
            Some(name) if StorageKind::from_name(name).is_some() => {
                PrefectStorage::read(document).map(Self::Prefect)
            }
            _ => Err(StorageError::UnknownType { value: type_field.to_string() }),
        }
    }

    /// The wire form.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Executable(executable) => executable.to_json(),
            Self::Prefect(storage) => storage.to_json(),
        }
    }

    /// The labels that storing a flow here adds to its run config: code on a machine's own disk runs only there, so
    /// that is the hostname (prefect 1.4.1 `Storage.default_labels`).
    pub fn default_labels(&self, hostname: &str) -> Vec<String> {
        match self {
            Self::Executable(_) => vec![hostname.to_owned()],
            Self::Prefect(storage) if storage.kind() == StorageKind::Local => vec![hostname.to_owned()],
            Self::Prefect(_) => Vec::new(),
        }
    }

    /// The image that holds the flow's code, which beats every other choice of image; only Docker storage has one.
    pub fn image(&self) -> Option<&str> {
        match self {
            Self::Executable(_) => None,
            Self::Prefect(storage) => storage.image(),
        }
    }

    /// Where in the image of Docker storage the flow of this name is: its executable, or a file of Prefect's.
    pub fn path_in_image(&self, flow: &str) -> Option<&str> {
        match self {
            Self::Executable(_) => None,
            Self::Prefect(storage) => storage.path_in_image(flow),
        }
    }

    /// Whether an agent of this kind can launch what is stored here: a local process cannot start from an image
    /// (prefect 1.4.1 `LocalAgent.deploy_flow`).
    pub fn launches_on(&self, agent: AgentKind) -> bool {
        !(agent == AgentKind::Local && self.image().is_some())
    }
}

/// A text field that must be there.
fn required_text(
    document: &Map<String, Value>,
    kind: &'static str,
    field: &'static str,
) -> Result<String, StorageError> {
    match document.get(field) {
        Some(Value::String(text)) => Ok(text.clone()),
        _ => Err(StorageError::WrongField { kind, field, expected: "text" }),
    }
}

#[cfg(test)]
mod tests;
