//! `castra agent …`: one file per kind of agent.

mod docker;
mod ecs;
mod kubernetes;
mod local;
mod options;
mod reach;
mod render;
mod vertex;

pub(super) use options::variable;

use std::process::ExitCode;

use anyhow::Result;
use castra_agent::launchers::Launcher;
use castra_agent::{Agent, AgentConfig};
use clap::{Args, Subcommand};

use crate::session::Session;
use crate::signals;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    /// Launches runs as processes on this machine: `LocalRun` and `UniversalRun`
    Local {
        #[command(subcommand)]
        what: local::What,
    },
    /// Launches runs as containers of a Docker engine: `DockerRun` and `UniversalRun`
    Docker {
        #[command(subcommand)]
        what: docker::What,
    },
    /// Launches runs as jobs of a Kubernetes cluster: `KubernetesRun` and `UniversalRun`
    Kubernetes {
        #[command(subcommand)]
        what: kubernetes::What,
    },
    /// Launches runs as tasks of Amazon ECS: `ECSRun` and `UniversalRun`
    Ecs {
        #[command(subcommand)]
        what: ecs::What,
    },
    /// Launches runs as custom jobs of Google Vertex AI: `VertexRun` and `UniversalRun`
    Vertex {
        #[command(subcommand)]
        what: vertex::What,
    },
}

pub(crate) fn run(arguments: Arguments, session: Session) -> Result<ExitCode> {
    match arguments.kind {
        Kind::Local { what } => local::run(what, session),
        Kind::Docker { what } => docker::run(what, session),
        Kind::Kubernetes { what } => kubernetes::run(what, session),
        Kind::Ecs { what } => ecs::run(what, session),
        Kind::Vertex { what } => vertex::run(what, session),
    }
}

/// Runs an agent until it is asked to stop.
async fn run_agent(session: &Session, launcher: impl Launcher, agent: AgentConfig) -> Result<ExitCode> {
    let farewell = Agent::new(session.client()?, launcher, agent).run(signals::stop()?).await?;
    if farewell.left_running > 0 {
        println!("{} flow runs go on; start the agent again to take them up", farewell.left_running);
    }
    Ok(ExitCode::SUCCESS)
}
