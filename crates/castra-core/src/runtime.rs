//! The two runtimes: what starts inside a launch. The Castra runtime is the flow's own binary, or `python -m castra execute
//! flow-run` for a flow written in Python; the Prefect 1 runtime is `prefect execute flow-run`. The runtime decides the
//! command, the default image and the names of the environment variables; in which order agents layer the environment is
//! rendering.

use std::fmt;

use crate::python;
use crate::run_config::RunConfig;
use crate::storage::{Executable, PrefectStorage, Storage, executable};
use crate::version::CASTRA_PREFIX;

/// What starts inside a launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Runtime {
    /// A flow registered by Castra.
    Castra,
    /// A flow registered by the client of Prefect 1.
    Prefect1,
}

impl fmt::Display for Runtime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Castra => "Castra",
            Self::Prefect1 => "Prefect 1",
        })
    }
}

/// What a flow was written with and where its code is kept: all that decides how a run of it starts.
#[derive(Debug, Clone, Copy)]
pub struct FlowSource<'a> {
    /// The flow's name, by which Docker storage finds it in its image.
    pub name: &'a str,
    /// The flow's `core_version`: `castra/<version>`, or the version of Prefect that registered it.
    pub core_version: Option<&'a str>,
    /// The flow's storage.
    pub storage: Option<&'a Storage>,
}

/// Why a flow cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    /// A Castra flow whose storage names no binary.
    #[error("the flow was registered by Castra, but its storage names no executable: register it again")]
    NoExecutable,
    /// A Castra flow whose Docker storage lists other flows.
    #[error(
        "the image `{image}` holds no executable of the flow `{flow}`: build and register it again, with `castra register --storage docker`"
    )]
    NotInImage {
        /// The image of the storage.
        image: String,
        /// The flow.
        flow: String,
    },
    /// A Castra flow in a container, without an image that holds its binary.
    #[error("no image holds the flow's executable: set `image` in the run config to one that does")]
    NoImage,
}

impl<'a> FlowSource<'a> {
    /// The runtime of the flow's runs.
    pub fn runtime(&self) -> Runtime {
        let registered_by = Runtime::registered_by(self.core_version);
        if self.executable().is_some() { Runtime::Castra } else { registered_by }
    }

    /// The command of a run as a process beside the agent. `python` is the interpreter that has Prefect 1
    /// (prefect 1.4.1 `LocalAgent.deploy_flow`); a Castra flow in Python is run by the one that registered it, if that was
    /// one of this machine.
    ///
    /// # Errors
    /// It is a Castra flow without an executable.
    pub fn process_command(&self, python: &str) -> Result<Vec<String>, RuntimeError> {
        match self.runtime() {
            Runtime::Castra => match self.python_storage() {
                Some(storage) => Ok(python_command(storage.python().unwrap_or(python))),
                None => self.executable_command(),
            },
            Runtime::Prefect1 => {
                Ok([python, "-m", "prefect", "execute", "flow-run"].map(str::to_owned).into())
            }
        }
    }

    /// The command of a run in a container (prefect 1.4.1 `get_flow_run_command`). A Castra flow in Python is run by the
    /// `python` of the image, another one by its
    /// executable: at the path that Docker storage gives for the flow, or at that of its `Executable` storage, which
    /// then is a path in the image that the run config names.
    ///
    /// # Errors
    /// It is a Castra flow without an executable.
    pub fn container_command(&self) -> Result<Vec<String>, RuntimeError> {
        match self.runtime() {
            Runtime::Castra if self.python_storage().is_some() => Ok(python_command("python")),
            Runtime::Castra => match self.storage.and_then(Storage::image) {
                Some(image) => self.stored_command(image),
                None => self.executable_command(),
            },
            Runtime::Prefect1 => {
                let version = self.core_version.filter(|version| !version.is_empty()).unwrap_or("0.0.0");
                let verb = if precedes_0_13(version) { "cloud-flow" } else { "flow-run" };
                Ok(["prefect", "execute", verb].map(str::to_owned).into())
            }
        }
    }

    /// The image of a run in a container: that of Docker storage, else that of the run config, else `default` (a
    /// job template's or an agent's), else Prefect's own for the flow's version (prefect 1.4.1 `get_flow_image`).
    ///
    /// # Errors
    /// It is a Castra flow and nobody named an image.
    pub fn image(
        &self,
        run_config: Option<&RunConfig>,
        default: Option<&str>,
    ) -> Result<String, RuntimeError> {
        let named = self
            .storage
            .and_then(Storage::image)
            .or_else(|| run_config.and_then(RunConfig::image))
            .or(default);
        match (named, self.runtime()) {
            (Some(image), _) => Ok(image.to_owned()),
            (None, Runtime::Castra) => Err(RuntimeError::NoImage),
            (None, Runtime::Prefect1) => {
                let version = self.core_version.filter(|version| !version.is_empty()).unwrap_or("latest");
                let released = version.split('+').next().unwrap_or(version);
                Ok(format!("prefecthq/prefect:{released}"))
            }
        }
    }

    fn executable(&self) -> Option<&'a Executable> {
        match self.storage {
            Some(Storage::Executable(executable)) => Some(executable),
            _ => None,
        }
    }

    /// The storage, if what it holds is a flow in Python that Castra registered.
    fn python_storage(&self) -> Option<&'a PrefectStorage> {
        match self.storage {
            Some(Storage::Prefect(storage)) if storage.holds_python() => Some(storage),
            _ => None,
        }
    }

    fn executable_command(&self) -> Result<Vec<String>, RuntimeError> {
        self.executable().map(Executable::command).ok_or(RuntimeError::NoExecutable)
    }

    fn stored_command(&self, image: &str) -> Result<Vec<String>, RuntimeError> {
        let path = self.storage.and_then(|storage| storage.path_in_image(self.name));
        path.map(executable::flow_run_command)
            .ok_or_else(|| RuntimeError::NotInImage { image: image.to_owned(), flow: self.name.to_owned() })
    }
}

fn python_command(python: &str) -> Vec<String> {
    [python, "-m", "castra", "execute", "flow-run"].map(str::to_owned).into()
}

/// Whether a Python version number precedes 0.13.0, where `execute cloud-flow` became `execute flow-run`.
/// Pre-releases of 0.13.0 do; local build suffixes do not count.
fn precedes_0_13(version: &str) -> bool {
    let public = version.split('+').next().unwrap_or(version).trim_start_matches('v');
    let release_end = public.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(public.len());
    let (release, suffix) = public.split_at(release_end);
    let mut numbers = release.split('.').filter_map(|part| part.parse::<u64>().ok());
    let release = [(); 3].map(|()| numbers.next().unwrap_or(0));
    let is_pre_release = !suffix.is_empty() && !suffix.contains("post") && numbers.all(|number| number == 0);
    release < [0, 13, 0] || release == [0, 13, 0] && is_pre_release
}

/// The names of the environment variables that tell a run who it is; the same meaning in both runtimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvNames {
    /// Address of the API.
    pub api: &'static str,
    /// Credential for the API.
    pub api_key: &'static str,
    /// Tenant the credential belongs to.
    pub tenant_id: &'static str,
    /// The flow run.
    pub flow_run_id: &'static str,
    /// Its flow.
    pub flow_id: &'static str,
    /// Labels of the agent that launched it.
    pub agent_labels: &'static str,
    /// Image it runs in.
    pub image: &'static str,
    /// Least severe level that is logged.
    pub log_level: &'static str,
    /// Whether logs go to the API: `true` or `false`; a run config may only turn it off.
    pub send_logs: &'static str,
}

const CASTRA_NAMES: EnvNames = EnvNames {
    api: "CASTRA_API",
    api_key: "CASTRA_API_KEY",
    tenant_id: "CASTRA_TENANT_ID",
    flow_run_id: "CASTRA_FLOW_RUN_ID",
    flow_id: "CASTRA_FLOW_ID",
    agent_labels: "CASTRA_AGENT_LABELS",
    image: "CASTRA_IMAGE",
    log_level: "CASTRA_LOG_LEVEL",
    send_logs: "CASTRA_SEND_LOGS",
};

const PREFECT_NAMES: EnvNames = EnvNames {
    api: "PREFECT__CLOUD__API",
    api_key: "PREFECT__CLOUD__API_KEY",
    tenant_id: "PREFECT__CLOUD__TENANT_ID",
    flow_run_id: "PREFECT__CONTEXT__FLOW_RUN_ID",
    flow_id: "PREFECT__CONTEXT__FLOW_ID",
    agent_labels: "PREFECT__CLOUD__AGENT__LABELS",
    image: "PREFECT__CONTEXT__IMAGE",
    log_level: "PREFECT__LOGGING__LEVEL",
    send_logs: "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS",
};

/// What Prefect 1's agents set to the same value for every run.
const PREFECT_CONSTANTS: [(&str, &str); 3] = [
    ("PREFECT__BACKEND", "server"),
    ("PREFECT__CLOUD__USE_LOCAL_SECRETS", "false"),
    ("PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS", "prefect.engine.cloud.CloudFlowRunner"),
];

impl Runtime {
    /// The runtime of flows that a client of this version registered; no version is one of Prefect's.
    pub fn registered_by(core_version: Option<&str>) -> Self {
        let by_castra = core_version.is_some_and(|version| version.starts_with(CASTRA_PREFIX));
        if by_castra { Self::Castra } else { Self::Prefect1 }
    }

    /// The names of the variables.
    pub fn env_names(self) -> &'static EnvNames {
        match self {
            Self::Castra => &CASTRA_NAMES,
            Self::Prefect1 => &PREFECT_NAMES,
        }
    }

    /// Variables with the same value for every run of this runtime; nothing overrides them.
    pub fn constant_env(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Castra => &[],
            Self::Prefect1 => &PREFECT_CONSTANTS,
        }
    }

    /// Variables that containers get besides, for images with an older Prefect: the credential before 1.0 and the
    /// log switch before 0.15.
    pub fn compatibility_env(self, api_key: &str, send_logs: bool) -> Vec<(&'static str, String)> {
        match self {
            Self::Castra => Vec::new(),
            Self::Prefect1 => vec![
                ("PREFECT__LOGGING__LOG_TO_CLOUD", send_logs.to_string()),
                ("PREFECT__CLOUD__AUTH_TOKEN", api_key.to_owned()),
            ],
        }
    }

    /// The agent's labels as the value of [`EnvNames::agent_labels`]: a JSON list, or for Prefect 1 the text of a
    /// Python list.
    pub fn agent_labels<'l>(self, labels: impl IntoIterator<Item = &'l str>) -> String {
        match self {
            Self::Castra => serde_json::Value::from_iter(labels).to_string(),
            Self::Prefect1 => python::list_text(labels),
        }
    }
}

#[cfg(test)]
mod tests;
