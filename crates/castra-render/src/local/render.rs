//! Render: a run and the agent's options become one process. Pure; equal to what prefect 1.4.1's `LocalAgent.deploy_flow`
//! starts for Prefect flows, with the launch's credential as the API key.

use std::collections::BTreeMap;
use std::fmt;

use castra_core::env;
use castra_core::path::absolute;
use castra_core::run_config::{AgentKind, RunConfig};
use castra_core::runtime::Runtime;
use serde_json::{Map, Value, json};

use super::config::LocalConfig;
use crate::environment::Environment;
use crate::{FlowRunConfig, Order, RenderError, Spec};

const PYTHONPATH: &str = "PYTHONPATH";

/// What of the agent's own process goes into the processes it starts.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Its working directory, absolute.
    pub current_directory: String,
    /// Its environment, which processes inherit.
    pub environment: BTreeMap<String, String>,
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

impl Spec for LocalSpec {
    fn to_json(&self) -> Value {
        json!({ "command": self.command, "env": self.env, "cwd": self.working_dir })
    }
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
    let storage = order.storage()?;
    if storage.as_ref().is_some_and(|storage| !storage.launches_on(AgentKind::Local)) {
        return Err(RenderError::DockerStorage);
    }
    let (working_dir, run_env) = run_config(order, surroundings)?;
    env::check(&run_env)?;
    let source = order.flow_source(storage.as_ref());
    let process = ProcessEnvironment {
        environment: Environment { order, flow_runs, runtime: source.runtime() },
        import_paths: &config.import_paths,
        surroundings,
        working_dir: working_dir.as_deref(),
    };
    Ok(LocalSpec {
        command: source.process_command(&config.python)?,
        env: process.layered(&run_env),
        working_dir,
    })
}

/// The working directory, absolute, and the variables of the run's run config.
fn run_config(
    order: &Order,
    surroundings: &Surroundings,
) -> Result<(Option<String>, Map<String, Value>), RenderError> {
    let own = order.run_config(AgentKind::Local)?;
    let env = own.env().cloned().unwrap_or_default();
    let working_dir = match own {
        RunConfig::Local(local) => local.working_dir,
        // `Order::run_config` answers with the agent's own kind.
        _ => None,
    };
    Ok((working_dir.map(|directory| absolute(&directory, &surroundings.current_directory)), env))
}

/// What the environment of a process is layered from (prefect 1.4.1 `LocalAgent.populate_env_vars`).
struct ProcessEnvironment<'a> {
    environment: Environment<'a>,
    import_paths: &'a [String],
    surroundings: &'a Surroundings,
    working_dir: Option<&'a str>,
}

impl ProcessEnvironment<'_> {
    /// Later layers win: the agent's environment, the logging level, `PYTHONPATH`, the agent's variables, the run
    /// config's, the switch for logs, and what nobody may override.
    fn layered(&self, run_env: &Map<String, Value>) -> BTreeMap<String, Option<String>> {
        let Environment { runtime, .. } = self.environment;
        let mut env = BTreeMap::new();
        env.extend(self.hidden());
        let mut set = |(name, value): (&str, String)| env.insert(name.to_owned(), Some(value));
        set(self.environment.log_level());
        if runtime == Runtime::Prefect1 {
            set((PYTHONPATH, self.python_path()));
        }
        env.extend(self.environment.chosen(Some(run_env)).map(|(name, value)| (name, env::text(&value))));
        let inherited = &self.surroundings.environment;
        let switch =
            self.environment.log_switch(|name| env.contains_key(name) || inherited.contains_key(name));
        env.extend(switch.map(|(name, value)| (name.to_owned(), Some(value))));
        env.extend(self.required());
        // What is not there needs not be taken out.
        env.retain(|name, value| value.is_some() || inherited.contains_key(name));
        env
    }

    /// The credential that the agent itself may have in its environment under the other runtime's name; under this
    /// runtime's name it is replaced by the run's own.
    fn hidden(&self) -> Option<(String, Option<String>)> {
        let other = match self.environment.runtime {
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

    fn required(&self) -> impl Iterator<Item = (String, Option<String>)> {
        let Environment { order, flow_runs, runtime } = self.environment;
        let names = runtime.env_names();
        let credential = order.credential.as_ref().map(|credential| credential.expose().to_owned());
        // Only who is authenticated needs a tenant.
        let tenant_id = order.tenant_id.filter(|_| credential.is_some()).map(|id| id.to_string());
        let own = [
            (names.api, Some(flow_runs.api.clone())),
            (names.api_key, credential),
            (names.tenant_id, tenant_id),
            (names.agent_labels, Some(self.environment.agent_labels())),
            (names.flow_run_id, Some(order.flow_run.id.to_string())),
            (names.flow_id, Some(order.flow_run.flow.id.to_string())),
        ];
        let constant = runtime.constant_env().iter().map(|&(name, value)| (name, Some(value.to_owned())));
        own.into_iter().chain(constant).map(|(name, value)| (name.to_owned(), value))
    }
}

#[cfg(test)]
mod tests;
