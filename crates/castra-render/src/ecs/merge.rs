//! Merge: a run config's arguments of RunTask over the agent's (prefect 1.4.1 `merge_run_task_kwargs`).

use std::mem;

use castra_core::python::is_true;
use serde_json::{Map, Value};

use super::run_task::RUN_TASK;
use crate::document::{Object, Place, TemplateError};

/// The agent's arguments with the run config's over them, field by field: in `overrides` each field on its own, in
/// `containerOverrides` container by container, found by name. A launch type and capacity providers exclude each
/// other, so that the run config's takes the agent's other one out.
///
/// # Errors
/// A part to be merged is not what AWS takes there.
pub(super) fn merged(
    mut agent: Map<String, Value>,
    run: Map<String, Value>,
) -> Result<Map<String, Value>, TemplateError> {
    if run.contains_key("capacityProviderStrategy") {
        agent.remove("launchType");
    }
    if run.contains_key("launchType") {
        agent.remove("capacityProviderStrategy");
    }
    let mut agent_kwargs = Object { fields: &mut agent, place: Place::of(RUN_TASK) };
    for (name, mut value) in run {
        match name.as_str() {
            "overrides" => {
                let place = agent_kwargs.place.field(&name);
                merge_overrides(&mut agent_kwargs.object(&name)?, Object::new(&mut value, place)?)?;
            }
            _ => agent_kwargs.set(&name, value),
        }
    }
    Ok(agent)
}

fn merge_overrides(agent: &mut Object<'_>, run: Object<'_>) -> Result<(), TemplateError> {
    for (name, value) in mem::take(run.fields) {
        match (name.as_str(), value) {
            ("containerOverrides", containers) if !is_true(&containers) => {}
            ("containerOverrides", Value::Array(containers)) => {
                containers.into_iter().try_for_each(|entry| merge_container(agent, entry))?;
            }
            ("containerOverrides", other) => {
                return Err(TemplateError::wrong(&run.place.field(&name), &other, "a list"));
            }
            (_, value) => agent.set(&name, value),
        }
    }
    Ok(())
}

fn merge_container(agent: &mut Object<'_>, mut run: Value) -> Result<(), TemplateError> {
    let mut containers = agent.list("containerOverrides")?;
    let place = containers.place.entry(containers.entries.len());
    let run = Object::new(&mut run, place)?;
    match containers.position_of(run.fields.get("name"))? {
        Some(position) => containers.object(position)?.fields.append(run.fields),
        None => containers.entries.push(mem::take(run.fields).into()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(agent: Value, run: Value) -> Value {
        let map = |value| serde_json::from_value(value).unwrap();
        super::merged(map(agent), map(run)).unwrap().into()
    }

    fn refused(agent: Value, run: Value) -> String {
        let map = |value| serde_json::from_value(value).unwrap();
        super::merged(map(agent), map(run)).unwrap_err().to_string()
    }

    #[test]
    fn a_field_of_the_run_config_replaces_the_agents_as_a_whole() {
        let agent = json!({ "cluster": "a", "placementStrategy": [1], "count": 1 });
        let run = json!({ "placementStrategy": [2], "group": null });
        let expected = json!({ "cluster": "a", "placementStrategy": [2], "count": 1, "group": null });
        assert_eq!(merged(agent, run), expected);
    }

    #[test]
    fn launch_type_and_capacity_providers_take_each_other_out() {
        let by_type = json!({ "launchType": "FARGATE" });
        let by_providers = json!({ "capacityProviderStrategy": [{ "capacityProvider": "spot" }] });
        assert_eq!(merged(by_type.clone(), by_providers.clone()), by_providers);
        assert_eq!(merged(by_providers, by_type.clone()), by_type);
        let both = json!({ "launchType": "EC2", "capacityProviderStrategy": [] });
        assert_eq!(merged(by_type, both.clone()), both);
    }

    #[test]
    fn overrides_are_merged_field_by_field_and_containers_by_name() {
        let agent = json!({ "overrides": { "cpu": "256", "memory": "512", "containerOverrides": [
            { "name": "flow", "cpu": 1, "memory": 2 }, { "name": "sidecar", "cpu": 3 },
        ] } });
        let run = json!({ "overrides": { "cpu": "1024", "containerOverrides": [
            { "name": "flow", "memory": 4, "unknown": true }, { "name": "other" }, { "name": "other", "cpu": 5 },
        ] } });
        let expected = json!({ "overrides": { "cpu": "1024", "memory": "512", "containerOverrides": [
            { "name": "flow", "cpu": 1, "memory": 4, "unknown": true },
            { "name": "sidecar", "cpu": 3 },
            { "name": "other", "cpu": 5 },
        ] } });
        assert_eq!(merged(agent, run), expected);
    }

    #[test]
    fn nothing_to_override_changes_nothing() {
        let agent = json!({ "overrides": { "containerOverrides": [{ "name": "flow", "cpu": 1 }] } });
        assert_eq!(merged(agent.clone(), json!({ "overrides": { "containerOverrides": null } })), agent);
        assert_eq!(merged(agent.clone(), json!({ "overrides": {} })), agent);
    }

    #[test]
    fn what_cannot_be_merged_is_refused() {
        insta::assert_snapshot!(refused(json!({}), json!({ "overrides": null })), @"`overrides` of run_task_kwargs is null, and it has to be an object");
        insta::assert_snapshot!(refused(json!({ "overrides": [] }), json!({ "overrides": { "cpu": 1 } })), @"`overrides` of run_task_kwargs is a list, and it has to be an object");
        insta::assert_snapshot!(refused(json!({}), json!({ "overrides": { "containerOverrides": {"a": 1} } })), @"`overrides.containerOverrides` of run_task_kwargs is an object, and it has to be a list");
        insta::assert_snapshot!(refused(json!({}), json!({ "overrides": { "containerOverrides": ["flow"] } })), @"`overrides.containerOverrides[0]` of run_task_kwargs is text, and it has to be an object");
    }
}
