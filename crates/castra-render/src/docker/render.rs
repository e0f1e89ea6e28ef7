//! Render: a run and the agent's options become one container. Pure; equal to what prefect 1.4.1's
//! `DockerAgent.deploy_flow` asks docker-py 6.1 for, at engine API 1.41, for Prefect flows; with the launch's credential as
//! the API key, and a label under `castra.dev/` added to find the container again by.

use std::fmt;

use castra_core::docker::engine_host_config;
use castra_core::env;
use castra_core::run_config::{AgentKind, DockerRun, RunConfig};
use serde_json::{Map, Value, json};

use super::api::api_in_container;
use super::config::DockerConfig;
use super::name::container_name;
use super::volumes::{self, Volumes};
use crate::environment::Environment;
use crate::{FlowRunConfig, Order, RenderError, Spec};

/// The label that says which launch a container is of.
pub const LAUNCH_ID_LABEL: &str = "castra.dev/launch-id";

/// In which order Prefect's agent sets what nobody may override; its API may be overridden.
const REQUIRED: [&str; 9] = [
    "PREFECT__BACKEND",
    "PREFECT__CLOUD__API_KEY",
    "PREFECT__CLOUD__TENANT_ID",
    "PREFECT__CLOUD__AGENT__LABELS",
    "PREFECT__CONTEXT__FLOW_RUN_ID",
    "PREFECT__CONTEXT__FLOW_ID",
    "PREFECT__CONTEXT__IMAGE",
    "PREFECT__CLOUD__USE_LOCAL_SECRETS",
    "PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS",
];

/// Exactly what the engine is asked for, in its own words.
#[derive(Clone, Debug, PartialEq)]
pub struct DockerSpec {
    /// The image to pull first, if one is.
    pub pull: Option<String>,
    /// Named volumes that are created unless they exist.
    pub volumes: Vec<String>,
    /// The container.
    pub create: ContainerSpec,
    /// Networks that the container joins after it was created.
    pub connect: Vec<String>,
}

impl Spec for DockerSpec {
    fn to_json(&self) -> Value {
        json!({
            "pull": self.pull,
            "volumes": self.volumes,
            "create": { "name": self.create.name, "body": self.create.body },
            "connect": self.connect,
        })
    }
}

/// What `POST /containers/create` is given. Its `Debug` shows names of variables, never values.
#[derive(Clone, PartialEq)]
pub struct ContainerSpec {
    /// The name; one that is taken gets `-1`, `-2`, … appended.
    pub name: String,
    /// The body, as docker-py writes it (Docker Engine API 1.41 `ContainerCreate`). It is sent as it is, with one exception:
    /// where `HostConfig.AutoRemove` is true, false is sent and the label `castra.dev/auto-remove` added, because Castra
    /// removes the container itself, once its end was reported.
    pub body: Value,
}

impl fmt::Debug for ContainerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let env = self.body["Env"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let names: Vec<&str> = env.map(|variable| variable.split('=').next().unwrap_or_default()).collect();
        f.debug_struct("ContainerSpec")
            .field("name", &self.name)
            .field("image", &self.body["Image"])
            .field("env", &names)
            .finish()
    }
}

/// The container that runs a flow run.
///
/// # Errors
/// [`RenderError`]: the run cannot be launched by this agent, and another attempt would not help.
pub fn render(
    order: &Order,
    flow_runs: &FlowRunConfig,
    config: &DockerConfig,
) -> Result<DockerSpec, RenderError> {
    let storage = order.storage()?;
    let own = order.run_config(AgentKind::Docker)?;
    let source = order.flow_source(storage.as_ref());
    let image = source.image(Some(&own), None)?;
    let volumes = volumes::parse(&config.volumes)?;
    let environment = Environment { order, flow_runs, runtime: source.runtime() };
    let run = match &own {
        RunConfig::Docker(run) => run,
        // `Order::run_config` answers with the agent's own kind.
        _ => &DockerRun::default(),
    };
    let body = without_nulls(json!({
        "Image": image,
        "Cmd": source.container_command()?,
        "Env": variables(environment, config, &own, &image),
        "ExposedPorts": exposed_ports(run),
        "Volumes": nothing_by_name(&volumes.mount_points),
        "HostConfig": engine_host_config(&host_config(&volumes, run, config))?,
        "NetworkingConfig": networking_config(config),
        "Labels": labels(order),
        "Tty": false,
        "OpenStdin": false,
        "StdinOnce": false,
        "AttachStdin": false,
        "AttachStdout": true,
        "AttachStderr": true,
        "NetworkDisabled": false,
    }));
    let name = container_name(order.flow_run.name.as_deref(), order.flow_run.id);
    Ok(DockerSpec {
        pull: image_to_pull(&image, config)?,
        volumes: volumes.named,
        create: ContainerSpec { name, body },
        connect: config.networks.iter().skip(1).cloned().collect(),
    })
}

/// An image is pulled unless the agent pulls none or the name holds no registry, repository or user.
fn image_to_pull(image: &str, config: &DockerConfig) -> Result<Option<String>, RenderError> {
    let Some((registry, _)) = image.split_once('/').filter(|_| config.pull) else { return Ok(None) };
    let allowed = &config.registry_allow_list;
    if allowed.is_empty() || allowed.iter().any(|known| known == registry) {
        return Ok(Some(image.to_owned()));
    }
    Err(RenderError::RegistryNotAllowed { image: image.to_owned(), registry: registry.to_owned() })
}

fn variables(environment: Environment<'_>, config: &DockerConfig, own: &RunConfig, image: &str) -> Value {
    let api = environment.runtime.env_names().api;
    let in_container = api_in_container(&environment.flow_runs.api, &config.networks);
    let required = environment.required(image, &REQUIRED).into_iter().filter(|(name, _)| *name != api);
    let variables = environment.in_container([(api, in_container)], own.env(), required);
    variables.into_pairs().iter().map(|(name, value)| env::assignment(name, value)).collect()
}

/// docker-py exposes ports; what is published, and where, says the host config.
fn exposed_ports(run: &DockerRun) -> Option<Value> {
    let ports = run.ports.as_ref().filter(|ports| !ports.is_empty())?;
    Some(nothing_by_name(ports.iter().map(|port| format!("{port}/tcp"))))
}

/// The options of docker-py's host config: the agent's, over which the run config's win.
fn host_config(volumes: &Volumes, run: &DockerRun, config: &DockerConfig) -> Map<String, Value> {
    let mut options = Map::new();
    options.insert("auto_remove".to_owned(), true.into());
    options.insert("extra_hosts".to_owned(), json!({ "host.docker.internal": "host-gateway" }));
    if !volumes.mount_points.is_empty() {
        options.insert("binds".to_owned(), volumes.binds().into());
    }
    options.extend(run.host_config.clone().unwrap_or_default());
    if let Some(network) =
        config.networks.first().filter(|network| matches!(network.as_str(), "host" | "none"))
    {
        options.entry("network_mode").or_insert_with(|| network.as_str().into());
    }
    options
}

fn networking_config(config: &DockerConfig) -> Option<Value> {
    config.networks.first().map(|network| json!({ "EndpointsConfig": { network: {} } }))
}

fn labels(order: &Order) -> Value {
    let flow_run = &order.flow_run;
    json!({
        "io.prefect.flow-name": flow_run.flow.name,
        "io.prefect.flow-id": flow_run.flow.id,
        "io.prefect.flow-run-id": flow_run.id,
        LAUNCH_ID_LABEL: order.launch_id,
    })
}

/// The engine's way to write a set: an object of empty objects.
fn nothing_by_name(names: impl IntoIterator<Item = impl AsRef<str>>) -> Value {
    names.into_iter().map(|name| (name.as_ref().to_owned(), json!({}))).collect::<Map<_, _>>().into()
}

/// docker-py leaves fields out that are null.
fn without_nulls(mut body: Value) -> Value {
    if let Value::Object(fields) = &mut body {
        fields.retain(|_, value| !value.is_null());
    }
    body
}

#[cfg(test)]
mod tests;
