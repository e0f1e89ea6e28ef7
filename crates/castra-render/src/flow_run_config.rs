//! What every flow run of an agent is told, whatever it is launched on.

/// What every flow run of an agent is told, whatever it is launched on (prefect 1.4.1 `Agent.__init__`).
#[derive(Clone, Debug)]
pub struct FlowRunConfig {
    /// The address of the server as flow runs reach it.
    pub api: String,
    /// The labels that the agent covers, in the order in which flow runs are told them.
    pub labels: Vec<String>,
    /// Environment variables for every flow run, in the order in which they were given. A run config's own come after
    /// them.
    pub env: Vec<(String, String)>,
    /// The least severe level that flow runs log.
    pub log_level: String,
    /// Whether flow runs send their logs to the server. A run config may turn it off, not on.
    pub send_logs: bool,
}

impl FlowRunConfig {
    /// What Prefect 1's agents tell by default.
    pub fn new(api: impl Into<String>) -> Self {
        Self {
            api: api.into(),
            labels: Vec::new(),
            env: Vec::new(),
            log_level: "INFO".to_owned(),
            send_logs: true,
        }
    }
}
