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
}

impl VertexConfig {
    /// Where jobs run unless the agent is told.
    pub const DEFAULT_REGION: &str = "us-central1";

    /// What jobs are created under, in a project; an agent without one asks its credentials (prefect 1.4.1
    /// `VertexAgent.deploy_flow`).
    pub fn parent(&self, project: &str) -> String {
        format!("projects/{project}/locations/{}", self.region_name)
    }
}

impl Default for VertexConfig {
    fn default() -> Self {
        Self { project: None, region_name: Self::DEFAULT_REGION.to_owned(), service_account: None }
    }
}
