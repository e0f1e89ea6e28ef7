//! The credential as a parameter of AWS Systems Manager, if the agent is to keep it there: RunTask and the task definition
//! then hold its name only, so that it cannot be read by whoever may describe tasks. Putting and deleting it is
//! the launcher's.
//!
//! ECS takes references to parameters (`secrets`) in task definitions only, not in RunTask's overrides. So every launch
//! needs a task definition of its own, which the launcher otherwise spares.

use castra_core::credential::CREDENTIAL_VARIABLES;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::render::EcsSpec;
use super::task_definition::FLOW_CONTAINER;
use crate::document::{Object, Place, TemplateError};
use crate::{Order, RenderError};

/// The name of a launch's parameter.
pub fn parameter_name(prefix: &str, launch_id: Uuid) -> String {
    format!("{}/{launch_id}", prefix.trim_end_matches('/'))
}

/// Moves the credential out of the environment into a parameter that the container gets it from.
///
/// # Errors
/// The task definition is one that is registered already, which cannot name the parameter.
pub(super) fn move_into_parameter(
    spec: &mut EcsSpec,
    order: &Order,
    prefix: &str,
) -> Result<(), RenderError> {
    let Some(credential) = &order.credential else { return Ok(()) };
    let Some(definition) = &mut spec.register_task_definition else {
        return Err(RenderError::RegisteredTaskDefinitionWithParameter);
    };
    let parameter = parameter_name(prefix, order.launch_id);
    let moved = taken_out(&mut spec.run_task)?;
    let mut definition = Object { fields: definition, place: Place::of("the task definition") };
    let mut containers = definition.list("containerDefinitions")?;
    let mut container = containers.named(FLOW_CONTAINER)?;
    for field in ["environment", "secrets"] {
        // AWS refuses a variable that is set twice.
        container.list(field)?.entries.retain(|variable| !is_credential(variable));
    }
    let secret = |name: String| json!({ "name": name, "valueFrom": parameter });
    container.list("secrets")?.entries.extend(moved.into_iter().map(secret));
    spec.put_parameter = Some(put_parameter(&parameter, credential.expose()));
    Ok(())
}

/// Takes the variables with the credential out of RunTask's overrides, and says which they were.
fn taken_out(run_task: &mut Map<String, Value>) -> Result<Vec<String>, TemplateError> {
    let mut run_task = Object { fields: run_task, place: Place::of("run_task_kwargs") };
    let mut overrides = run_task.object("overrides")?;
    let mut containers = overrides.list("containerOverrides")?;
    let mut container = containers.named(FLOW_CONTAINER)?;
    let environment = container.list("environment")?.entries;
    let (moved, left): (Vec<_>, Vec<_>) = environment.drain(..).partition(is_credential);
    *environment = left;
    let name = |variable: &Value| variable["name"].as_str().map(str::to_owned);
    Ok(moved.iter().filter_map(name).collect())
}

fn is_credential(variable: &Value) -> bool {
    variable["name"].as_str().is_some_and(|name| CREDENTIAL_VARIABLES.contains(&name))
}

fn put_parameter(name: &str, credential: &str) -> Map<String, Value> {
    [
        ("Name", name.into()),
        (
            "Description",
            "The credential of one launch of a flow run; Castra deletes it with the launch.".into(),
        ),
        ("Value", credential.into()),
        ("Type", "SecureString".into()),
        // One that was put before an answer was lost is the same.
        ("Overwrite", true.into()),
    ]
    .map(|(field, value): (&str, Value)| (field.to_owned(), value))
    .into_iter()
    .collect()
}
