//! The arguments of the RunTask call that starts a run (prefect 1.4.1 `ECSAgent.get_run_task_kwargs`).

use castra_core::python::is_true;
use castra_core::run_config::EcsRun;
use castra_core::runtime::Runtime;
use serde_json::{Map, Value};

use super::merge::merged;
use super::render::Rendering;
use super::task_definition::{FLOW_CONTAINER, into_text, role};
use crate::RenderError;
use crate::document::{Object, Place, TemplateError};
use crate::environment::Variables;

/// What the arguments of RunTask are called where people write them.
pub(super) const RUN_TASK: &str = "run_task_kwargs";

/// In which order Prefect's agent sets what nobody may override.
const REQUIRED: [&str; 9] = [
    "PREFECT__CLOUD__USE_LOCAL_SECRETS",
    "PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS",
    "PREFECT__BACKEND",
    "PREFECT__CLOUD__API",
    "PREFECT__CONTEXT__FLOW_RUN_ID",
    "PREFECT__CONTEXT__FLOW_ID",
    "PREFECT__CLOUD__API_KEY",
    "PREFECT__CLOUD__TENANT_ID",
    "PREFECT__CLOUD__AGENT__LABELS",
];

impl Rendering<'_> {
    /// The agent's arguments, the run config's over them, and what makes the container `flow` run the flow run: roles,
    /// CPU and memory, command and environment. `definition` is the task definition that it is run with.
    pub(super) fn run_task(
        &self,
        definition: &Map<String, Value>,
    ) -> Result<Map<String, Value>, RenderError> {
        let mut kwargs = self.agent_kwargs()?;
        if let Some(run) = run_kwargs(&self.parts.run)? {
            kwargs = merged(kwargs, run.clone())?;
        }
        if kwargs.contains_key("taskDefinition") {
            return Err(RenderError::TaskDefinitionInRunTask);
        }
        let mut document = Object { fields: &mut kwargs, place: Place::of(RUN_TASK) };
        let mut overrides = document.object("overrides")?;
        self.set_roles(overrides.fields, definition);
        set_size(&mut overrides, "cpu", self.parts.run.cpu.as_deref());
        set_size(&mut overrides, "memory", self.parts.run.memory.as_deref());
        let mut containers = overrides.list("containerOverrides")?;
        let mut container = containers.named(FLOW_CONTAINER)?;
        container.set("command", self.command()?);
        container.set_variables("environment", self.variables().into_list())?;
        Ok(kwargs)
    }

    /// The arguments that every run of the agent gets; its own options beat its file.
    fn agent_kwargs(&self) -> Result<Map<String, Value>, RenderError> {
        let mut kwargs = self.config.run_task_kwargs.clone();
        if self.config.infers_network_configuration() {
            kwargs.extend(
                self.network_configuration()?.map(|inferred| ("networkConfiguration".to_owned(), inferred)),
            );
        }
        if !self.config.names_capacity_providers() {
            kwargs.insert("launchType".to_owned(), self.config.launch_type().into());
        }
        if let Some(cluster) = self.config.cluster.as_ref().filter(|cluster| !cluster.is_empty()) {
            kwargs.insert("cluster".to_owned(), cluster.as_str().into());
        }
        Ok(kwargs)
    }

    /// The network configuration that was inferred, unless the run config's own replaces it.
    fn network_configuration(&self) -> Result<Option<Value>, RenderError> {
        let is_replaced = names_network_configuration(&self.parts.run)?;
        match &self.found.network_configuration {
            Some(inferred) => Ok(Some(inferred.clone())),
            None if is_replaced => Ok(None),
            None => Err(RenderError::NoNetworkConfiguration),
        }
    }

    /// A role is the run config's, else the task definition's, else the agent's; `overrides` keeps its own only if
    /// nobody names one.
    fn set_roles(&self, overrides: &mut Map<String, Value>, definition: &Map<String, Value>) {
        let roles = [
            ("taskRoleArn", &self.parts.run.task_role_arn, &self.config.task_role_arn),
            ("executionRoleArn", &self.parts.run.execution_role_arn, &self.config.execution_role_arn),
        ];
        for (name, run, agent) in roles {
            let given = |role: &Option<String>| role.clone().filter(|role| !role.is_empty()).map(Value::from);
            let chosen = given(run).or_else(|| role(definition, name).cloned()).or_else(|| given(agent));
            overrides.extend(chosen.map(|role| (name.to_owned(), role)));
        }
    }

    /// Prefect flows are started by a shell, as by Prefect's agent; an image of a Castra flow may have none.
    fn command(&self) -> Result<Value, RenderError> {
        let command = self.source.container_command()?;
        Ok(match self.source.runtime() {
            Runtime::Prefect1 => ["/bin/sh", "-c", &command.join(" ")].as_slice().into(),
            Runtime::Castra => command.into(),
        })
    }

    /// What the flow run is told. Its image it is told by the task definition.
    fn variables(&self) -> Variables {
        let required = self.environment.required(None, &REQUIRED);
        self.environment.in_container([], self.parts.run.common.env.as_ref(), required)
    }
}

/// The run config's arguments, unless there are none to speak of.
pub(super) fn run_kwargs(run: &EcsRun) -> Result<Option<&Map<String, Value>>, TemplateError> {
    match &run.run_task_kwargs {
        Some(Value::Object(kwargs)) if !kwargs.is_empty() => Ok(Some(kwargs)),
        Some(other) if is_true(other) => Err(TemplateError::wrong(&Place::of(RUN_TASK), other, "an object")),
        _ => Ok(None),
    }
}

/// Whether the run config configures the network, so that nobody has to infer anything.
pub(super) fn names_network_configuration(run: &EcsRun) -> Result<bool, TemplateError> {
    Ok(run_kwargs(run)?.is_some_and(|kwargs| kwargs.contains_key("networkConfiguration")))
}

/// Sets the CPU or the memory to the run config's; one that is there already becomes text.
fn set_size(overrides: &mut Object<'_>, name: &str, run: Option<&str>) {
    match run.filter(|size| !size.is_empty()) {
        Some(size) => overrides.set(name, size),
        None => into_text(overrides.fields, name),
    }
}
