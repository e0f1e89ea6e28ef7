//! Parameters: values that a run is given.

use castra_core::graph::{Parameter, check_parameters};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{FlowError, RunError};
use crate::flow::{Flow, TaskDefinition, Work};
use crate::output::Output;

/// A parameter of a flow.
#[derive(Clone, Debug)]
pub struct ParameterDefinition {
    /// Its value unless a run is given another; `None` if a run must give one.
    pub default: Option<Value>,
}

/// A parameter that is being written; [`default`](ParameterBuilder::default) or
/// [`required`](ParameterBuilder::required) completes it.
#[must_use = "a parameter is part of the flow once `default` or `required` is called"]
pub struct ParameterBuilder<'f> {
    flow: &'f mut Flow,
    name: String,
    tags: Vec<String>,
}

impl<'f> ParameterBuilder<'f> {
    pub(crate) fn new(flow: &'f mut Flow, name: String) -> Self {
        ParameterBuilder { flow, name, tags: Vec::new() }
    }

    /// Adds a word to find it by.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The run may leave it out; then it is `value`.
    pub fn default<T: DeserializeOwned>(self, value: impl Serialize) -> Output<T> {
        let value = serde_json::to_value(value).and_then(|value| T::deserialize(&value).map(|_| value));
        match value {
            Ok(value) => self.add(Some(value)),
            Err(error) => {
                let parameter = self.name.clone();
                self.flow.note(FlowError::BadDefault { parameter, reason: error.to_string() });
                self.add(None)
            }
        }
    }

    /// The run must give a value.
    pub fn required<T: DeserializeOwned>(self) -> Output<T> {
        self.add(None)
    }

    fn add<T>(self, default: Option<Value>) -> Output<T> {
        let ParameterBuilder { flow, name, mut tags } = self;
        if flow.tasks.iter().any(|task| task.slug == name) {
            flow.note(FlowError::DuplicateParameter { parameter: name.clone() });
        }
        tags.sort();
        flow.add(TaskDefinition {
            tags,
            parameter: Some(ParameterDefinition { default }),
            ..TaskDefinition::new(name, Work::Parameter)
        })
    }
}

impl Flow {
    /// The parameters in the form in which they are registered, sorted by name.
    pub(crate) fn wire_parameters(&self) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = self
            .parameters()
            .map(|(task, definition)| Parameter {
                name: task.name.clone(),
                slug: task.slug.clone(),
                default: definition.default.clone().unwrap_or_default(),
                required: definition.default.is_none(),
                tags: task.tags.clone(),
            })
            .collect();
        parameters.sort_by(|one, other| one.name.cmp(&other.name));
        parameters
    }

    /// The values of a run that is given `given`: those, and the defaults for the others.
    pub(crate) fn parameter_values(
        &self,
        given: &Map<String, Value>,
    ) -> Result<Map<String, Value>, RunError> {
        check_parameters(&self.wire_parameters(), given)?;
        let value = |name: &str, default: &Option<Value>| given.get(name).or(default.as_ref()).cloned();
        Ok(self
            .parameters()
            .map(|(task, definition)| {
                (task.name.clone(), value(&task.name, &definition.default).unwrap_or_default())
            })
            .collect())
    }
}
