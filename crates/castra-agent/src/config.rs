//! The options that agents of every kind have. Those of one kind stand beside its launcher.

use std::path::PathBuf;
use std::time::Duration;

use castra_core::claim::default_lease_seconds;
use castra_core::label::LabelSet;
use castra_render::FlowRunConfig;
use uuid::Uuid;

/// How an agent works, whatever it launches on.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Its name, shown to people.
    pub name: String,
    /// Who it is if its state directory does not know: for an agent whose disk does not outlive it. No two agents share
    /// one.
    pub id: Option<Uuid>,
    /// How many runs it keeps running at once; `None`: as many as come.
    pub max_running: Option<u32>,
    /// How long a claim lives without a report, in seconds, 1 to 3,600.
    pub lease_seconds: u32,
    /// Where it keeps what must survive its restart: its identity, and what it has launched. No two agents share one.
    pub state_directory: PathBuf,
    /// What its flow runs are told.
    pub flow_runs: FlowRunConfig,
}

impl AgentConfig {
    /// An agent called `agent`, as in Prefect 1.
    pub fn new(state_directory: impl Into<PathBuf>, flow_runs: FlowRunConfig) -> Self {
        Self {
            name: "agent".to_owned(),
            id: None,
            max_running: None,
            lease_seconds: default_lease_seconds(),
            state_directory: state_directory.into(),
            flow_runs,
        }
    }

    /// The labels it covers.
    pub(crate) fn labels(&self) -> LabelSet {
        self.flow_runs.labels.iter().map(String::as_str).collect()
    }

    /// How often leases are renewed: often enough that two renewals may be lost.
    pub(crate) fn renewal_interval(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.into()) / 3
    }
}
