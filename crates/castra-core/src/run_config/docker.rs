//! `DockerRun`: a container of the agent's Docker engine.

use serde_json::{Map, Value};

use super::common::{Body, Common, common_builders};
use super::error::RunConfigError;
use super::fields::Fields;

/// A run as a Docker container (prefect 1.4.1 `DockerRun`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DockerRun {
    /// Env and labels.
    pub common: Common,
    /// Image to run; the image of Docker storage beats it.
    pub image: Option<String>,
    /// Container ports to publish on random ports of the host.
    pub ports: Option<Vec<i64>>,
    /// Arguments of docker-py's `create_host_config`, passed on as they are.
    pub host_config: Option<Map<String, Value>>,
}

impl DockerRun {
    common_builders!();

    /// Sets the image to run.
    #[must_use]
    pub fn image(mut self, image: impl Into<String>) -> Self {
        self.image = Some(image.into());
        self
    }

    /// Adds a container port to publish.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.ports.get_or_insert_default().push(port.into());
        self
    }

    /// Sets one option of the host config, e.g. `("network_mode", "host")`.
    #[must_use]
    pub fn host_config(mut self, option: impl Into<String>, value: impl Into<Value>) -> Self {
        self.host_config.get_or_insert_default().insert(option.into(), value.into());
        self
    }

    pub(super) fn read(mut fields: Fields) -> Result<Self, RunConfigError> {
        Ok(Self {
            image: fields.text("image")?,
            ports: fields.integers("ports")?,
            host_config: fields.object("host_config")?,
            common: fields.common()?,
        })
    }
}

impl Body for DockerRun {
    fn common(&self) -> &Common {
        &self.common
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("image", self.image.clone().into()),
            ("ports", self.ports.clone().into()),
            ("host_config", self.host_config.clone().into()),
        ]
    }
}
