//! The task definition of a run that is registered for it (prefect 1.4.1 `ECSAgent.generate_task_definition`).

use std::mem;

use castra_core::python::{is_true, shown};
use serde_json::{Map, Value, json};

use super::render::Rendering;
use crate::RenderError;
use crate::document::{Object, Place, TemplateError};
use crate::environment::Variables;
use crate::slug::slug;

/// ECS takes families of this length.
const LONGEST_FAMILY: usize = 255;
const FAMILY_PREFIX: &str = "prefect-";
/// The container that flows run in.
pub const FLOW_CONTAINER: &str = "flow";

impl Rendering<'_> {
    /// The template with the flow in it: a family and tags of the run's, the image and the variable that tells it in the
    /// container `flow`, CPU and memory as text, and the execution role and the launch type where the template has none.
    pub(super) fn task_definition(&self, mut template: Value) -> Result<Map<String, Value>, RenderError> {
        let mut definition = Object::new(&mut template, Place::of("the task definition"))?;
        definition.set("family", self.family());
        definition.list("tags")?.entries.extend(self.tags());
        self.put_flow_into(&mut definition.list("containerDefinitions")?.named(FLOW_CONTAINER)?)?;
        for field in ["cpu", "memory"] {
            into_text(definition.fields, field);
        }
        if let Some(role) = self.execution_role() {
            definition.or("executionRoleArn", role);
        }
        if let Some(launch_type) = self.config.launch_type().filter(|launch_type| !launch_type.is_empty()) {
            definition.or("requiresCompatibilities", vec![launch_type]);
        }
        Ok(mem::take(definition.fields))
    }

    fn family(&self) -> String {
        let flow_run = &self.order.flow_run;
        let name = format!("{}-{}", flow_run.flow.name, flow_run.id);
        format!("{FAMILY_PREFIX}{}", slug(&name, LONGEST_FAMILY - FAMILY_PREFIX.len()))
    }

    fn tags(&self) -> [Value; 2] {
        let flow = &self.order.flow_run.flow;
        [
            json!({ "key": "prefect:flow-id", "value": flow.id }),
            json!({ "key": "prefect:flow-version", "value": flow.version.to_string() }),
        ]
    }

    fn put_flow_into(&self, container: &mut Object<'_>) -> Result<(), RenderError> {
        let default = match container.fields.get("image") {
            None | Some(Value::Null) => None,
            Some(Value::String(image)) => Some(image.as_str()),
            Some(other) => {
                return Err(TemplateError::wrong(&container.place.field("image"), other, "text").into());
            }
        };
        let image = self.source.image(None, self.parts.run.image.as_deref().or(default))?;
        let mut variables = Variables::default();
        variables.set(self.source.runtime().env_names().image, image.as_str());
        container.set_variables("environment", variables.into_list())?;
        container.set("image", image);
        Ok(())
    }

    fn execution_role(&self) -> Option<&str> {
        let roles = [&self.parts.run.execution_role_arn, &self.config.execution_role_arn];
        roles.into_iter().flatten().map(String::as_str).find(|role| !role.is_empty())
    }
}

/// Writes a field that is there as Python writes it.
pub(super) fn into_text(fields: &mut Map<String, Value>, name: &str) {
    if let Some(value) = fields.get_mut(name) {
        *value = shown(value).into();
    }
}

/// A role that a task definition names.
pub(super) fn role<'a>(definition: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    definition.get(name).filter(|role| is_true(role))
}
