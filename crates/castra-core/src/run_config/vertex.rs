//! `VertexRun`: a custom job of Google Vertex AI.

use serde_json::{Map, Value};

use super::common::{Body, Common, common_builders};
use super::error::RunConfigError;
use super::fields::Fields;

/// The machine a run gets when the author names none.
const DEFAULT_MACHINE_TYPE: &str = "e2-standard-4";

/// A run as a Vertex AI custom job (prefect 1.4.1 `VertexRun`).
#[derive(Debug, Clone, PartialEq)]
pub struct VertexRun {
    /// Env and labels.
    pub common: Common,
    /// Image to run; the image of Docker storage beats it.
    pub image: Option<String>,
    /// Machine type of the worker pool that is made when `worker_pool_specs` is not given; `e2-standard-4` unless
    /// said otherwise.
    pub machine_type: Option<String>,
    /// `scheduling` of the `CustomJobSpec`, e.g. `{"timeout": "3600s"}`.
    pub scheduling: Option<Map<String, Value>>,
    /// Service account the job runs as.
    pub service_account: Option<String>,
    /// Full name of the Compute Engine network to peer with.
    pub network: Option<String>,
    /// The worker pools, instead of one made from `machine_type`; the agent always sets the container of the first.
    pub worker_pool_specs: Option<Vec<Value>>,
}

impl Default for VertexRun {
    fn default() -> Self {
        Self {
            common: Common::default(),
            image: None,
            machine_type: Some(DEFAULT_MACHINE_TYPE.to_owned()),
            scheduling: None,
            service_account: None,
            network: None,
            worker_pool_specs: None,
        }
    }
}

impl VertexRun {
    common_builders!();

    /// Sets the image to run.
    #[must_use]
    pub fn image(mut self, image: impl Into<String>) -> Self {
        self.image = Some(image.into());
        self
    }

    /// Sets the machine type, e.g. `e2-highmem-16`.
    #[must_use]
    pub fn machine_type(mut self, machine_type: impl Into<String>) -> Self {
        self.machine_type = Some(machine_type.into());
        self
    }

    /// Sets one scheduling option, e.g. `("timeout", "3600s")`.
    #[must_use]
    pub fn scheduling(mut self, option: impl Into<String>, value: impl Into<Value>) -> Self {
        self.scheduling.get_or_insert_default().insert(option.into(), value.into());
        self
    }

    /// Sets the service account the job runs as.
    #[must_use]
    pub fn service_account(mut self, account: impl Into<String>) -> Self {
        self.service_account = Some(account.into());
        self
    }

    /// Sets the network to peer with.
    #[must_use]
    pub fn network(mut self, network: impl Into<String>) -> Self {
        self.network = Some(network.into());
        self
    }

    /// Adds a worker pool; the flow runs in the first.
    #[must_use]
    pub fn worker_pool_spec(mut self, spec: Map<String, Value>) -> Self {
        self.worker_pool_specs.get_or_insert_default().push(Value::Object(spec));
        self
    }

    pub(super) fn read(mut fields: Fields) -> Result<Self, RunConfigError> {
        Ok(Self {
            image: fields.text("image")?,
            machine_type: fields.text_or("machine_type", DEFAULT_MACHINE_TYPE)?,
            scheduling: fields.object("scheduling")?,
            service_account: fields.text("service_account")?,
            network: fields.text("network")?,
            worker_pool_specs: fields.objects("worker_pool_specs")?,
            common: fields.common()?,
        })
    }
}

impl Body for VertexRun {
    fn common(&self) -> &Common {
        &self.common
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("image", self.image.clone().into()),
            ("machine_type", self.machine_type.clone().into()),
            ("scheduling", self.scheduling.clone().into()),
            ("service_account", self.service_account.clone().into()),
            ("network", self.network.clone().into()),
            ("worker_pool_specs", self.worker_pool_specs.clone().into()),
        ]
    }
}
