//! The five kinds of agent and the rule which run configs each takes.

use std::fmt;

use super::RunConfig;
use super::kind::RunConfigKind;

/// What an agent launches on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentKind {
    /// Processes beside the agent.
    Local,
    /// Containers of a Docker engine.
    Docker,
    /// Kubernetes jobs.
    Kubernetes,
    /// Amazon ECS tasks.
    Ecs,
    /// Google Vertex AI custom jobs.
    Vertex,
}

impl AgentKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Local, Self::Docker, Self::Kubernetes, Self::Ecs, Self::Vertex];

    /// The name on the command line: `castra agent local start`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Docker => "docker",
            Self::Kubernetes => "kubernetes",
            Self::Ecs => "ecs",
            Self::Vertex => "vertex",
        }
    }

    /// The type an agent registers itself with, e.g. `ECSAgent` (prefect 1.4.1 class names).
    pub fn agent_type(self) -> &'static str {
        match self {
            Self::Local => "LocalAgent",
            Self::Docker => "DockerAgent",
            Self::Kubernetes => "KubernetesAgent",
            Self::Ecs => "ECSAgent",
            Self::Vertex => "VertexAgent",
        }
    }

    /// The kind of an agent that registered itself with this type.
    pub fn from_agent_type(agent_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.agent_type() == agent_type)
    }

    /// The run config made for this agent.
    pub fn own_kind(self) -> RunConfigKind {
        match self {
            Self::Local => RunConfigKind::Local,
            Self::Docker => RunConfigKind::Docker,
            Self::Kubernetes => RunConfigKind::Kubernetes,
            Self::Ecs => RunConfigKind::Ecs,
            Self::Vertex => RunConfigKind::Vertex,
        }
    }

    /// The agent that is made for runs of this kind; a local one for those that any agent takes.
    pub fn made_for(run_config: Option<RunConfigKind>) -> Self {
        Self::ALL.into_iter().find(|agent| Some(agent.own_kind()) == run_config).unwrap_or(Self::Local)
    }

    /// Whether this agent takes a run with this run config: its own kind, a universal one, or none at all
    /// (prefect 1.4.1 `Agent._get_run_config`).
    pub fn takes(self, run_config: Option<RunConfigKind>) -> bool {
        run_config.is_none_or(|kind| kind == RunConfigKind::Universal || kind == self.own_kind())
    }

    /// The run config as this agent launches it, always of the agent's own kind: a universal one keeps only env and
    /// labels, none becomes the default one.
    ///
    /// # Errors
    /// The run config is made for another kind of agent.
    pub fn own_run_config(self, run_config: Option<RunConfig>) -> Result<RunConfig, WrongAgent> {
        match run_config {
            None => Ok(RunConfig::new(self.own_kind())),
            Some(RunConfig::Universal(universal)) => {
                let mut own = RunConfig::new(self.own_kind());
                own.set_env_and_labels(universal.common.env, universal.common.labels);
                Ok(own)
            }
            Some(own) if own.kind() == self.own_kind() => Ok(own),
            Some(other) => Err(WrongAgent { agent: self, run_config: other.kind() }),
        }
    }
}

impl fmt::Display for AgentKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A run config that another kind of agent must take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {agent} agent takes {} or UniversalRun, not {run_config}", .agent.own_kind())]
pub struct WrongAgent {
    /// The agent that was asked.
    pub agent: AgentKind,
    /// The run config of the flow run.
    pub run_config: RunConfigKind,
}
