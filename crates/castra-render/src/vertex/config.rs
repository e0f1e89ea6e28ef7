//! Options of the Vertex agent.

/// How the Vertex agent launches (prefect 1.4.1 `VertexAgent.__init__`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VertexConfig {
    /// The Google Cloud project that jobs are created in; `None`: that of the agent's own credentials.
    pub project: Option<String>,
    /// The region that jobs run in.
    pub region_name: String,
    /// The account that jobs run as whose run config names none; `None`: Vertex's own.
    pub service_account: Option<String>,
    /// Whether jobs are deleted once their end is reported. Prefect's agent leaves them to be looked at.
    pub delete_finished_jobs: bool,
    /// Where Vertex AI is, e.g. `https://europe-west4-aiplatform.googleapis.com`; `None`: where the region's is. For
    /// private endpoints.
    pub endpoint: Option<String>,
    /// Where Cloud Logging is; `None`: `https://logging.googleapis.com`.
    pub logging_endpoint: Option<String>,
}

impl VertexConfig {
    /// Where jobs run unless the agent is told.
    pub const DEFAULT_REGION: &str = "us-central1";

    /// What jobs are created under, in a project; an agent without one asks its credentials (prefect 1.4.1
    /// `VertexAgent.deploy_flow`).
    pub fn parent(&self, project: &str) -> String {
        format!("projects/{project}/locations/{}", self.region_name)
    }

    /// Where Vertex AI is asked.
    pub fn vertex(&self) -> String {
        let of_region = || format!("https://{}-aiplatform.googleapis.com", self.region_name);
        without_slash(self.endpoint.clone().unwrap_or_else(of_region))
    }

    /// Where Cloud Logging is asked.
    pub fn logging(&self) -> String {
        without_slash(
            self.logging_endpoint.clone().unwrap_or_else(|| "https://logging.googleapis.com".to_owned()),
        )
    }
}

/// Google's tools write endpoints with a slash at the end.
fn without_slash(endpoint: String) -> String {
    endpoint.trim_end_matches('/').to_owned()
}

impl Default for VertexConfig {
    fn default() -> Self {
        Self {
            project: None,
            region_name: Self::DEFAULT_REGION.to_owned(),
            service_account: None,
            delete_finished_jobs: false,
            endpoint: None,
            logging_endpoint: None,
        }
    }
}
