//! Options of the Docker agent.

use std::path::PathBuf;
use std::time::Duration;

use super::volumes::{self, VolumeError};

/// How the Docker agent launches (prefect 1.4.1 `DockerAgent.__init__`).
#[derive(Clone, Debug)]
pub struct DockerConfig {
    /// Address of the engine, e.g. `unix:///var/run/docker.sock` or `tcp://host:2375`; `None`: as the `docker` command
    /// finds it.
    pub base_url: Option<String>,
    /// Where the user's Docker config is (`docker login`, `docker context`); `None`: where the `docker` command has it.
    pub config_directory: Option<PathBuf>,
    /// Whether images are pulled.
    pub pull: bool,
    /// Volumes of every container as they were given: `external:internal[:mode]`.
    pub volumes: Vec<String>,
    /// Networks of every container: the first when it is created, the others after.
    pub networks: Vec<String>,
    /// The registries that images may be pulled from; empty: all.
    pub registry_allow_list: Vec<String>,
    /// Whether the agent shows what flow runs print.
    pub show_flow_logs: bool,
    /// How long the engine may take to answer a request.
    pub timeout: Duration,
    /// How long a container may take to end after SIGTERM before it gets SIGKILL.
    pub stop_grace: Duration,
}

impl DockerConfig {
    /// Checks what can be checked before there is a run: the volumes.
    ///
    /// # Errors
    /// The first volume that cannot be read.
    pub fn check(&self) -> Result<(), VolumeError> {
        volumes::parse(&self.volumes).map(drop)
    }
}

impl Default for DockerConfig {
    fn default() -> Self {
        Self {
            base_url: None,
            config_directory: None,
            pull: true,
            volumes: Vec::new(),
            networks: Vec::new(),
            registry_allow_list: Vec::new(),
            show_flow_logs: false,
            timeout: Duration::from_secs(60),
            stop_grace: Duration::from_secs(10),
        }
    }
}
