//! Render: a run and the agent's options become one process. Pure; equal to what prefect 1.4.1's `LocalAgent.deploy_flow`
//! starts for Prefect flows, with the launch's credential as the API key.

use std::collections::BTreeMap;
use std::fmt;

use castra_core::env::{self, EnvError};
use castra_core::path::absolute;
use castra_core::run_config::{AgentKind, RunConfig, RunConfigError, WrongAgent};
use castra_core::runtime::{FlowSource, Runtime, RuntimeError};
use castra_core::storage::{Storage, StorageError};
use serde_json::{Map, Value};

use crate::config::FlowRunConfig;
use crate::launchers::Order;
use crate::launchers::local::config::LocalConfig;

const PYTHONPATH: &str = "PYTHONPATH";

/// What of the agent's own process goes into the processes it starts.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Its working directory, absolute.
    pub current_directory: String,
    /// Its environment, which processes inherit.
    pub environment: BTreeMap<String, String>,
}

impl Surroundings {
    /// The surroundings of this very process. Variables that are not Unicode are inherited, and not looked at.
    ///
    /// # Errors
    /// The working directory was removed, or is not Unicode.
    pub fn of_this_process() -> std::io::Result<Self> {
        let current_directory = std::env::current_dir()?
            .into_os_string()
            .into_string()
            .map_err(|path| std::io::Error::other(format!("{} is not Unicode", path.display())))?;
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Ok(Self { current_directory, environment: std::env::vars_os().filter_map(unicode).collect() })
    }
}

/// Exactly the process that is started. Its `Debug` shows names of variables, never values.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalSpec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// What differs from the inherited environment: variables that are set, or (`None`) taken out.
    pub env: BTreeMap<String, Option<String>>,
    /// Where it starts; `None`: where the agent did.
    pub working_dir: Option<String>,
}

impl fmt::Debug for LocalSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSpec")
            .field("command", &self.command)
            .field("env", &self.env.keys())
            .field("working_dir", &self.working_dir)
            .finish()
    }
}

/// Why no process can be made of a run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RenderError {
    /// Its run config cannot be read.
    #[error("its run config cannot be read: {0}")]
    RunConfig(#[from] RunConfigError),
    /// Its run config is for another kind of agent.
    #[error(transparent)]
    WrongAgent(#[from] WrongAgent),
    /// Its flow's storage cannot be read.
    #[error("its flow's storage cannot be read: {0}")]
    Storage(#[from] StorageError),
    /// Its flow is stored in an image.
    #[error(
        "its flow is in Docker storage, which a local process cannot start from: register it with another storage, or give it a DockerRun and a Docker agent"
    )]
    DockerStorage,
    /// Its flow cannot start.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// Its run config sets a variable that no process can have.
    #[error("the env of its run config: {0}")]
    Env(#[from] EnvError),
}

/// The process that runs a flow run.
///
/// # Errors
/// [`RenderError`]: the run cannot be launched by a local agent, and another attempt would not help.
pub fn render(
    order: &Order,
    flow_runs: &FlowRunConfig,
    config: &LocalConfig,
    surroundings: &Surroundings,
) -> Result<LocalSpec, RenderError> {
    let flow = &order.flow_run.flow;
    let storage = flow.storage.as_ref().map(Storage::from_json).transpose()?;
    if storage.as_ref().is_some_and(|storage| !storage.launches_on(AgentKind::Local)) {
        return Err(RenderError::DockerStorage);
    }
    let (working_dir, run_env) = run_config(order, surroundings)?;
    env::check(&run_env)?;
    let source = FlowSource {
        name: &flow.name,
        core_version: flow.core_version.as_deref(),
        storage: storage.as_ref(),
    };
    let environment = Environment {
        order,
        flow_runs,
        import_paths: &config.import_paths,
        surroundings,
        runtime: source.runtime(),
        working_dir: working_dir.as_deref(),
    };
    Ok(LocalSpec {
        command: source.process_command(&config.python)?,
        env: environment.layered(&run_env),
        working_dir,
    })
}

/// The working directory, absolute, and the variables of the run's run config.
fn run_config(
    order: &Order,
    surroundings: &Surroundings,
) -> Result<(Option<String>, Map<String, Value>), RenderError> {
    let given = order.flow_run.run_config.as_ref().filter(|wire| !wire.is_null());
    let own = AgentKind::Local.own_run_config(given.map(RunConfig::from_json).transpose()?)?;
    let env = own.env().cloned().unwrap_or_default();
    let working_dir = match own {
        RunConfig::Local(local) => local.working_dir,
        // `own_run_config` answers with the agent's own kind.
        _ => None,
    };
    Ok((working_dir.map(|directory| absolute(&directory, &surroundings.current_directory)), env))
}

/// What the environment is layered from (prefect 1.4.1 `LocalAgent.populate_env_vars`).
struct Environment<'a> {
    order: &'a Order,
    flow_runs: &'a FlowRunConfig,
    import_paths: &'a [String],
    surroundings: &'a Surroundings,
    runtime: Runtime,
    working_dir: Option<&'a str>,
}

impl Environment<'_> {
    /// Later layers win: the agent's environment, the logging level, `PYTHONPATH`, the agent's variables, the run
    /// config's, the switch for logs, and what nobody may override.
    fn layered(&self, run_env: &Map<String, Value>) -> BTreeMap<String, Option<String>> {
        let mut env = BTreeMap::new();
        env.extend(self.hidden());
        env.insert(self.runtime.env_names().log_level.to_owned(), Some(self.flow_runs.log_level.clone()));
        if self.runtime == Runtime::Prefect1 {
            env.insert(PYTHONPATH.to_owned(), Some(self.python_path()));
        }
        env.extend(self.flow_runs.env.iter().map(|(name, value)| (name.clone(), Some(value.clone()))));
        env.extend(run_env.iter().map(|(name, value)| (name.clone(), env::text(value))));
        self.switch_logs(&mut env);
        env.extend(self.required());
        env
    }

    /// The credential that the agent itself may have in its environment under the other runtime's name; under this
    /// runtime's name it is replaced by the run's own.
    fn hidden(&self) -> Option<(String, Option<String>)> {
        let other = match self.runtime {
            Runtime::Castra => Runtime::Prefect1,
            Runtime::Prefect1 => Runtime::Castra,
        };
        let name = other.env_names().api_key;
        self.surroundings.environment.contains_key(name).then(|| (name.to_owned(), None))
    }

    fn python_path(&self) -> String {
        let inherited = self.surroundings.environment.get(PYTHONPATH).filter(|path| !path.is_empty());
        let mut paths = vec![self.working_dir.unwrap_or(&self.surroundings.current_directory)];
        paths.extend(inherited.map(String::as_str));
        paths.extend(self.import_paths.iter().map(String::as_str));
        paths.join(":")
    }

    /// Anybody may turn the logs of a run off; nobody may turn on what the agent turned off.
    fn switch_logs(&self, env: &mut BTreeMap<String, Option<String>>) {
        let name = self.runtime.env_names().send_logs;
        let send_logs = self.flow_runs.send_logs;
        if !send_logs || !(env.contains_key(name) || self.surroundings.environment.contains_key(name)) {
            env.insert(name.to_owned(), Some(send_logs.to_string()));
        }
    }

    fn required(&self) -> impl Iterator<Item = (String, Option<String>)> {
        let names = self.runtime.env_names();
        let credential = self.order.credential.as_ref().map(|credential| credential.expose().to_owned());
        // Only who is authenticated needs a tenant.
        let tenant_id = self.order.tenant_id.filter(|_| credential.is_some()).map(|id| id.to_string());
        let labels = self.runtime.agent_labels(self.flow_runs.labels.iter().map(String::as_str));
        let own = [
            (names.api, Some(self.flow_runs.api.clone())),
            (names.api_key, credential),
            (names.tenant_id, tenant_id),
            (names.agent_labels, Some(labels)),
            (names.flow_run_id, Some(self.order.flow_run.id.to_string())),
            (names.flow_id, Some(self.order.flow_run.flow.id.to_string())),
        ];
        let constant =
            self.runtime.constant_env().iter().map(|&(name, value)| (name, Some(value.to_owned())));
        own.into_iter().chain(constant).map(|(name, value)| (name.to_owned(), value))
    }
}

#[cfg(test)]
mod tests;
