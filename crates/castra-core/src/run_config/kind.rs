//! The six kinds of run config, by the names the wire knows them by.

use std::fmt;

/// Which run config a value is; also the `type` of its wire form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunConfigKind {
    /// `UniversalRun`: env and labels only, runs on every agent.
    Universal,
    /// `LocalRun`: a process on the agent's machine.
    Local,
    /// `DockerRun`: a container of the agent's Docker engine.
    Docker,
    /// `KubernetesRun`: a Kubernetes job.
    Kubernetes,
    /// `ECSRun`: a task of Amazon ECS.
    Ecs,
    /// `VertexRun`: a custom job of Google Vertex AI.
    Vertex,
}

impl RunConfigKind {
    /// Every kind, in the order documentation lists them.
    pub const ALL: [Self; 6] =
        [Self::Universal, Self::Local, Self::Docker, Self::Kubernetes, Self::Ecs, Self::Vertex];

    /// The name on the wire, e.g. `ECSRun`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Universal => "UniversalRun",
            Self::Local => "LocalRun",
            Self::Docker => "DockerRun",
            Self::Kubernetes => "KubernetesRun",
            Self::Ecs => "ECSRun",
            Self::Vertex => "VertexRun",
        }
    }

    /// The kind with this name on the wire; case matters, as in Prefect 1.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for RunConfigKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
