//! `Executable` storage: a binary that holds Rust flows and runs the one it is told to.

use serde_json::{Map, Value, json};

use super::{Storage, StorageError, required_text};
use crate::version::{SERIALIZATION_VERSION, VERSION_FIELD};

/// A binary with flows in it; `<path> <arguments…> execute flow-run` runs the flow run that the environment names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// The binary, as a path where the flow runs.
    pub path: String,
    /// Arguments that come before `execute flow-run`.
    pub arguments: Vec<String>,
    /// The name of the flow in it.
    pub flow: String,
}

impl Executable {
    pub(super) const TYPE: &str = "Executable";

    pub(super) fn read(document: &Map<String, Value>) -> Result<Self, StorageError> {
        let arguments = match document.get("arguments") {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(value) => value.as_array().and_then(|items| texts(items)),
        };
        Ok(Self {
            path: required_text(document, Self::TYPE, "path")?,
            arguments: arguments.ok_or(StorageError::WrongField {
                kind: Self::TYPE,
                field: "arguments",
                expected: "a list of texts",
            })?,
            flow: required_text(document, Self::TYPE, "flow")?,
        })
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "type": Self::TYPE,
            VERSION_FIELD: SERIALIZATION_VERSION,
            "path": self.path,
            "arguments": self.arguments,
            "flow": self.flow,
        })
    }

    /// The command that runs a flow run.
    pub fn command(&self) -> Vec<String> {
        let mut command = flow_run_command(&self.path);
        command.splice(1..1, self.arguments.iter().cloned());
        command
    }
}

/// The command by which a binary with flows in it runs a flow run.
pub(crate) fn flow_run_command(path: &str) -> Vec<String> {
    [path, "execute", "flow-run"].map(str::to_owned).into()
}

impl From<Executable> for Storage {
    fn from(executable: Executable) -> Self {
        Self::Executable(executable)
    }
}

fn texts(items: &[Value]) -> Option<Vec<String>> {
    items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}
