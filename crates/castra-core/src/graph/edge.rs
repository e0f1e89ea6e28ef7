//! An edge of a flow as prefect 1.4.1 serializes it (`prefect.serialization.edge`).

use serde_json::{Value, json};

use super::WIRE_VERSION;
use crate::field::{Field, FieldError};

/// One task waits for another, and perhaps is given its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Slug of the task that runs first.
    pub upstream: String,
    /// Slug of the task that waits for it.
    pub downstream: String,
    /// The argument of the downstream task that is given the result; `None` only orders the two.
    pub key: Option<String>,
    /// Whether the downstream task runs once for each item of the result.
    pub mapped: bool,
    /// Whether a result made of lists is mapped over the items of those lists.
    pub flattened: bool,
}

impl Edge {
    /// An edge that only orders two tasks.
    pub fn new(upstream: impl Into<String>, downstream: impl Into<String>) -> Self {
        let (upstream, downstream) = (upstream.into(), downstream.into());
        Edge { upstream, downstream, key: None, mapped: false, flattened: false }
    }

    /// Gives the result to the argument `key`.
    pub fn with_key(self, key: impl Into<String>) -> Self {
        Edge { key: Some(key.into()), ..self }
    }

    /// Maps over the result.
    pub fn mapped(self) -> Self {
        Edge { mapped: true, ..self }
    }

    pub(super) fn read(field: &Field) -> Result<Edge, FieldError> {
        let slug = |end: &str| -> Result<String, FieldError> {
            Ok(field.get(end)?.get("slug")?.string()?.to_owned())
        };
        let flag = |name: &str| -> Result<bool, FieldError> {
            field.get(name)?.present().map_or(Ok(false), |flag| flag.boolean())
        };
        Ok(Edge {
            upstream: slug("upstream_task")?,
            downstream: slug("downstream_task")?,
            key: field.get("key")?.present().map(|key| key.string().map(str::to_owned)).transpose()?,
            mapped: flag("mapped")?,
            flattened: flag("flattened")?,
        })
    }

    pub(super) fn write(&self) -> Value {
        let task = |slug: &str| json!({"slug": slug, "__version__": WIRE_VERSION});
        json!({
            "upstream_task": task(&self.upstream),
            "downstream_task": task(&self.downstream),
            "key": self.key,
            "mapped": self.mapped,
            "flattened": self.flattened,
            "__version__": WIRE_VERSION,
        })
    }
}
