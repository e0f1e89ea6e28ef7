//! Render: a run and the agent's options become one custom job. Pure; equal to what prefect 1.4.1's
//! `VertexAgent.deploy_flow` sends for Prefect flows, with the launch's credential as the API key, and a label added to find
//! the job again by.

use std::fmt;

use castra_core::run_config::{AgentKind, RunConfig, VertexRun};
use serde_json::{Map, Value, json};

use super::config::VertexConfig;
use crate::document::{Object, Place};
use crate::environment::{Environment, Variables};
use crate::slug::slug;
use crate::{FlowRunConfig, Order, RenderError, Spec};

/// The label that says which launch a job is of. Google takes no dots or slashes in names of labels.
pub const LAUNCH_ID_LABEL: &str = "castra-launch-id";

/// The longest name that Prefect's agent gives.
const LONGEST_NAME: usize = 255;

/// In which order Prefect's agent sets what nobody may override.
const REQUIRED: [&str; 9] = [
    "PREFECT__BACKEND",
    "PREFECT__CLOUD__API",
    "PREFECT__CLOUD__API_KEY",
    "PREFECT__CLOUD__TENANT_ID",
    "PREFECT__CLOUD__AGENT__LABELS",
    "PREFECT__CONTEXT__FLOW_RUN_ID",
    "PREFECT__CONTEXT__FLOW_ID",
    "PREFECT__CLOUD__USE_LOCAL_SECRETS",
    "PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS",
];

/// Exactly the custom job that is created, in the words of Google's API (`CustomJob`). Its `Debug` shows names of fields,
/// never values.
#[derive(Clone, PartialEq)]
pub struct VertexSpec {
    /// Its name for people.
    pub display_name: String,
    /// What runs, where, and as whom.
    pub job_spec: Map<String, Value>,
    /// All that Castra adds.
    pub labels: Map<String, Value>,
}

impl Spec for VertexSpec {
    fn to_json(&self) -> Value {
        json!({ "display_name": self.display_name, "job_spec": self.job_spec, "labels": self.labels })
    }
}

impl fmt::Debug for VertexSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VertexSpec")
            .field("display_name", &self.display_name)
            .field("job_spec", &self.job_spec.keys())
            .field("labels", &self.labels)
            .finish()
    }
}

/// The custom job that runs a flow run.
///
/// # Errors
/// [`RenderError`]: the run cannot be launched by this agent, and another attempt would not help.
pub fn render(
    order: &Order,
    flow_runs: &FlowRunConfig,
    config: &VertexConfig,
) -> Result<VertexSpec, RenderError> {
    let storage = order.storage()?;
    let own = order.run_config(AgentKind::Vertex)?;
    let source = order.flow_source(storage.as_ref());
    let environment = Environment { order, flow_runs, runtime: source.runtime() };
    let container = json!({
        "image_uri": source.image(Some(&own), None)?,
        "command": source.container_command()?,
        "args": [],
        "env": variables(environment, &own).into_list(),
    });
    let run = match own {
        RunConfig::Vertex(run) => run,
        // `Order::run_config` answers with the agent's own kind.
        _ => VertexRun::default(),
    };
    Ok(VertexSpec {
        display_name: display_name(order),
        job_spec: job_spec(run, config, container)?,
        labels: Map::from_iter([(LAUNCH_ID_LABEL.to_owned(), order.launch_id.to_string().into())]),
    })
}

fn display_name(order: &Order) -> String {
    let flow_run = &order.flow_run;
    let name = format!("{}-{}", flow_run.flow.name, flow_run.name.as_deref().unwrap_or_default());
    slug(&name, LONGEST_NAME)
}

/// The run config's specification with the flow's container in the first pool. A service account there always is, null if
/// nobody names one.
fn job_spec(
    run: VertexRun,
    config: &VertexConfig,
    container: Value,
) -> Result<Map<String, Value>, RenderError> {
    let mut pools = run.worker_pool_specs.unwrap_or_else(|| vec![default_pool(run.machine_type.as_deref())]);
    let first = pools.first_mut().ok_or(RenderError::NoWorkerPool)?;
    Object::new(first, Place::of("the first of the worker_pool_specs"))?.set("container_spec", container);

    let service_account = run.service_account.or_else(|| config.service_account.clone());
    let mut job_spec = Map::new();
    job_spec.insert("worker_pool_specs".to_owned(), pools.into());
    job_spec.insert("service_account".to_owned(), service_account.into());
    job_spec.extend(run.network.map(|network| ("network".to_owned(), network.into())));
    job_spec.extend(run.scheduling.map(|scheduling| ("scheduling".to_owned(), scheduling.into())));
    Ok(job_spec)
}

/// The one machine of a run whose run config describes no pools.
fn default_pool(machine_type: Option<&str>) -> Value {
    json!({ "machine_spec": { "machine_type": machine_type }, "replica_count": 1 })
}

/// What the flow run is told (prefect 1.4.1 `VertexAgent.populate_env_vars`); its image is not among it.
fn variables(environment: Environment<'_>, own: &RunConfig) -> Variables {
    environment.in_container([], own.env(), environment.required(None, &REQUIRED))
}

#[cfg(test)]
mod tests;
