//! Parameters of a flow (prefect 1.4.1 `ParameterSchema`) and what a run must give for them.

use serde_json::{Map, Value, json};

use super::WIRE_VERSION;
use super::error::MissingParameters;
use crate::field::{Field, FieldError};

/// A value that a run of the flow is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The slug of the task that stands for it in the graph.
    pub slug: String,
    /// Its value if the run gives none.
    pub default: Value,
    /// Whether the run must give a value.
    pub required: bool,
    /// Free words to find it by, sorted.
    pub tags: Vec<String>,
}

impl Parameter {
    /// The type of the task that stands for a parameter.
    pub const TASK_TYPE: &str = "prefect.core.parameter.Parameter";

    /// A parameter that a run must give.
    pub fn required(name: impl Into<String>) -> Self {
        let name = name.into();
        Parameter { slug: name.clone(), name, default: Value::Null, required: true, tags: Vec::new() }
    }

    /// A parameter that a run may leave out.
    pub fn with_default(name: impl Into<String>, default: Value) -> Self {
        Parameter { default, required: false, ..Parameter::required(name) }
    }

    pub(super) fn read(field: &Field) -> Result<Parameter, FieldError> {
        let name = field.get("name")?.string()?.to_owned();
        let slug = field.get("slug")?.present().map(|slug| slug.string().map(str::to_owned)).transpose()?;
        let required = field.get("required")?.present().map(|required| required.boolean()).transpose()?;
        Ok(Parameter {
            slug: slug.unwrap_or_else(|| name.clone()),
            name,
            default: field.get("default")?.value(),
            required: required.unwrap_or(true),
            tags: field.get("tags")?.strings()?,
        })
    }

    pub(super) fn write(&self) -> Value {
        json!({
            "name": self.name,
            "slug": self.slug,
            "type": Parameter::TASK_TYPE,
            "default": self.default,
            "required": self.required,
            "tags": self.tags,
            "outputs": "typing.Any",
            "__version__": WIRE_VERSION,
        })
    }
}

/// Checks the values that a run of a flow with these parameters is `given`: what its creator gave over the defaults of
/// its clock and its flow group.
///
/// Returns the names of values that belong to no parameter. They are no error: Prefect's engine ignores them.
///
/// # Errors
/// [`MissingParameters`] if a required parameter is not given. Null is a value.
pub fn check_parameters(
    parameters: &[Parameter],
    given: &Map<String, Value>,
) -> Result<Vec<String>, MissingParameters> {
    let missing =
        parameters.iter().filter(|parameter| parameter.required && !given.contains_key(&parameter.name));
    let names: Vec<String> = missing.map(|parameter| parameter.name.clone()).collect();
    if !names.is_empty() {
        return Err(MissingParameters { names });
    }
    let known = |name: &str| parameters.iter().any(|parameter| parameter.name == name);
    Ok(given.keys().filter(|name| !known(name)).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn missing_parameters_are_named_and_unknown_ones_reported() {
        let parameters = [
            Parameter::required("day"),
            Parameter::with_default("limit", json!(3)),
            Parameter::required("region"),
        ];
        let error = check_parameters(&parameters, &given(json!({"limit": 1}))).unwrap_err();
        assert_eq!(error.to_string(), "the run needs the parameters day, region; give a value for each");
        let unknown =
            check_parameters(&parameters, &given(json!({"day": null, "region": "eu", "colour": 1})));
        assert_eq!(unknown, Ok(vec!["colour".to_owned()]));
    }
}
