//! Render: a run and the agent's options become a task definition to register and a task to run. Pure; equal to what
//! prefect 1.4.1's `ECSAgent.deploy_flow` sends for Prefect flows, with the launch's credential as the API key, and
//! `mark.rs`'s marks added. What is to be read or asked for first says [`lookups`]; doing so is the client's.

use std::fmt;

use castra_core::path::local_file;
use castra_core::python::is_true;
use castra_core::run_config::{AgentKind, EcsRun, RunConfig};
use castra_core::runtime::FlowSource;
use castra_core::storage::Storage;
use serde_json::{Map, Value, json};

use super::config::EcsConfig;
use super::mark::mark;
use super::run_task::names_network_configuration;
use super::secret::move_into_parameter;
use crate::document::{Place, TemplateError};
use crate::environment::Environment;
use crate::{FlowRunConfig, Order, RenderError, Spec};

/// Exactly what AWS is asked for, in its own words. Its `Debug` shows names of fields, never values.
#[derive(Clone, PartialEq)]
pub struct EcsSpec {
    /// What RegisterTaskDefinition is given, if a task definition is registered for the run.
    pub register_task_definition: Option<Map<String, Value>>,
    /// What RunTask is given. If a task definition is registered, `taskDefinition` is left to come: it is the ARN that
    /// RegisterTaskDefinition answers with.
    pub run_task: Map<String, Value>,
    /// What PutParameter is given before, if the agent keeps credentials in parameters.
    pub put_parameter: Option<Map<String, Value>>,
}

impl Spec for EcsSpec {
    fn to_json(&self) -> Value {
        let mut requests =
            json!({ "register_task_definition": self.register_task_definition, "run_task": self.run_task });
        if let Some(parameter) = &self.put_parameter {
            requests["put_parameter"] = parameter.clone().into();
        }
        requests
    }
}

impl fmt::Debug for EcsSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EcsSpec")
            .field(
                "register_task_definition",
                &self.register_task_definition.as_ref().map(|fields| fields.keys()),
            )
            .field("run_task", &self.run_task.keys())
            .finish_non_exhaustive()
    }
}

/// What has to be known of a run before it can be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcsLookups {
    /// The task definition that the run config only names.
    pub task_definition: Option<TaskDefinitionLookup>,
    /// Whether the network configuration is to be inferred from the default VPC.
    pub network_configuration: bool,
}

impl EcsLookups {
    /// Whether AWS has to be asked.
    pub fn asks_aws(&self) -> bool {
        let describes = matches!(self.task_definition, Some(TaskDefinitionLookup::Describe { .. }));
        describes || self.network_configuration
    }
}

/// Where the task definition is that a run config only names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskDefinitionLookup {
    /// In this file of the agent's machine (a path, `agent://…`) or elsewhere (`s3://…`).
    Read {
        /// As the run config has it.
        path: String,
    },
    /// Registered: DescribeTaskDefinition tells it.
    Describe {
        /// The ARN, or `family:revision`.
        arn: String,
    },
}

/// What was found of what [`lookups`] asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EcsFound {
    /// The task definition as it was read or described.
    pub task_definition: Option<Value>,
    /// The network configuration that was inferred.
    pub network_configuration: Option<Value>,
}

/// What has to be known of a run before [`render`] can render it.
///
/// # Errors
/// As [`render`].
pub fn lookups(order: &Order, config: &EcsConfig) -> Result<EcsLookups, RenderError> {
    let parts = Parts::new(order)?;
    let task_definition = match parts.template(config)? {
        Template::Registered(arn) => Some(TaskDefinitionLookup::Describe { arn: arn.to_owned() }),
        Template::At(path) => Some(TaskDefinitionLookup::Read { path: path.to_owned() }),
        Template::Given(_) => None,
    };
    let network_configuration =
        config.infers_network_configuration() && !names_network_configuration(&parts.run)?;
    Ok(EcsLookups { task_definition, network_configuration })
}

/// The requests that launch a run.
///
/// # Errors
/// [`RenderError`]: the run cannot be launched by this agent, and another attempt would not help.
pub fn render(
    order: &Order,
    flow_runs: &FlowRunConfig,
    config: &EcsConfig,
    found: &EcsFound,
) -> Result<EcsSpec, RenderError> {
    let parts = Parts::new(order)?;
    let source = order.flow_source(parts.storage.as_ref());
    let environment = Environment { order, flow_runs, runtime: source.runtime() };
    let rendering = Rendering { order, config, parts: &parts, source, environment, found };
    let mut spec = rendering.spec()?;
    mark(&mut spec.run_task, order);
    if let Some(prefix) = &config.credential_parameters {
        move_into_parameter(&mut spec, order, prefix)?;
    }
    Ok(spec)
}

/// What an order says of itself.
pub(super) struct Parts {
    storage: Option<Storage>,
    pub(super) run: EcsRun,
}

/// What the task definition of a run is made from.
enum Template<'a> {
    /// This one, registered already: nothing is made.
    Registered(&'a str),
    /// What this path names.
    At(&'a str),
    /// This one: the run config's, or the agent's.
    Given(&'a Value),
}

impl Parts {
    fn new(order: &Order) -> Result<Self, RenderError> {
        let run = match order.run_config(AgentKind::Ecs)? {
            RunConfig::Ecs(run) => run,
            // `Order::run_config` answers with the agent's own kind.
            _ => EcsRun::new(),
        };
        Ok(Self { storage: order.storage()?, run })
    }

    fn template<'a>(&'a self, config: &'a EcsConfig) -> Result<Template<'a>, RenderError> {
        let run = &self.run;
        if let Some(arn) = &run.task_definition_arn {
            return match self.storage.as_ref().and_then(Storage::image) {
                Some(image) => Err(RenderError::RegisteredTaskDefinition { image: image.to_owned() }),
                None => Ok(Template::Registered(arn)),
            };
        }
        Ok(match (&run.task_definition, &run.task_definition_path) {
            (Some(definition), _) if is_true(definition) => Template::Given(definition),
            (None, Some(path)) => Template::At(path),
            _ => Template::Given(&config.task_definition),
        })
    }
}

/// All that a run is rendered from.
pub(super) struct Rendering<'a> {
    pub(super) order: &'a Order,
    pub(super) config: &'a EcsConfig,
    pub(super) parts: &'a Parts,
    pub(super) source: FlowSource<'a>,
    pub(super) environment: Environment<'a>,
    pub(super) found: &'a EcsFound,
}

impl Rendering<'_> {
    fn spec(&self) -> Result<EcsSpec, RenderError> {
        let template = match self.parts.template(self.config)? {
            Template::Registered(arn) => return self.registered(arn),
            Template::At(path) => self.read(path)?,
            Template::Given(definition) => definition,
        };
        let definition = self.task_definition(template.clone())?;
        let run_task = self.run_task(&definition)?;
        Ok(EcsSpec { register_task_definition: Some(definition), run_task, put_parameter: None })
    }

    /// The run of a registered task definition, of which only the roles matter here.
    fn registered(&self, arn: &str) -> Result<EcsSpec, RenderError> {
        let described = self.looked_up(arn)?;
        let Value::Object(described) = described else {
            let place = Place::of("the registered task definition");
            return Err(TemplateError::wrong(&place, described, "an object").into());
        };
        let mut run_task = self.run_task(described)?;
        run_task.insert("taskDefinition".to_owned(), arn.into());
        Ok(EcsSpec { register_task_definition: None, run_task, put_parameter: None })
    }

    /// A file without a scheme is read where the run config is, so that an empty one leaves the run config without a
    /// task definition (prefect 1.4.1 `ECSRun.__init__`).
    fn read(&self, path: &str) -> Result<&Value, RenderError> {
        let read = self.looked_up(path)?;
        let is_run_configs = local_file(path, "/").is_some();
        Ok(if is_run_configs && !is_true(read) { &self.config.task_definition } else { read })
    }

    fn looked_up(&self, place: &str) -> Result<&Value, RenderError> {
        let unknown = || RenderError::TaskDefinitionUnknown { place: place.to_owned() };
        self.found.task_definition.as_ref().ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests;
