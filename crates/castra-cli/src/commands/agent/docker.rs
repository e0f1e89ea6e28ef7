//! `castra agent docker start` and `render`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use castra_agent::launchers::docker::DockerLauncher;
use castra_render::docker::{DockerConfig, render as container};
use castra_render::{FlowRunConfig, Order, Spec as _};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::options::Options;
use super::render::{self, Render, Renders};
use super::{reach, run_agent};
use crate::session::{Session, block_on};

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub(super) enum What {
    /// Start the agent; it stays in the foreground until Ctrl-C or SIGTERM, and leaves its flow runs running
    Start(Start),
    /// Print what the agent would ask the engine for to launch a flow run
    Render(Render<Start>),
}

#[derive(Args)]
pub(super) struct Start {
    #[command(flatten)]
    options: Options,
    /// Address of the engine, e.g. unix:///var/run/docker.sock [default: as the `docker` command finds it]
    #[arg(long, short, value_name = "URL")]
    base_url: Option<String>,
    /// Pull no images: they have to be there
    #[arg(long)]
    no_pull: bool,
    /// A registry that images may be pulled from; may be repeated [default: all]
    #[arg(long = "reg-allow-list", value_name = "REGISTRY", value_delimiter = ',')]
    registry_allow_list: Vec<String>,
    /// Show what flow runs print
    #[arg(long, short = 'f')]
    show_flow_logs: bool,
    /// A volume of every container: PATH, or EXTERNAL:INTERNAL[:MODE]; may be repeated
    #[arg(long = "volume", value_name = "VOLUME")]
    volumes: Vec<String>,
    /// A network that every container joins; may be repeated
    #[arg(long = "network", value_name = "NETWORK")]
    networks: Vec<String>,
    /// How many seconds the engine may take to answer
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    docker_client_timeout: u64,
}

impl Start {
    fn docker(&self) -> DockerConfig {
        DockerConfig {
            base_url: self.base_url.clone(),
            pull: !self.no_pull,
            volumes: self.volumes.clone(),
            networks: self.networks.clone(),
            registry_allow_list: self.registry_allow_list.clone(),
            show_flow_logs: self.show_flow_logs,
            timeout: Duration::from_secs(self.docker_client_timeout),
            ..DockerConfig::default()
        }
    }
}

impl Renders for Start {
    fn flow_runs(&self, api: &str) -> Result<FlowRunConfig> {
        Ok(self.options.flow_runs(api, self.options.labels.clone()))
    }

    fn rendered(&self, order: &Order, flow_runs: &FlowRunConfig) -> Result<Value> {
        Ok(container(order, flow_runs, &self.docker())?.to_json())
    }
}

pub(super) fn run(what: What, session: Session) -> Result<ExitCode> {
    match what {
        What::Start(start) => self::start(start, session),
        What::Render(render) => render::run(render, &session),
    }
}

fn start(start: Start, session: Session) -> Result<ExitCode> {
    let docker = start.docker();
    docker.check()?;
    if let Some(warning) = reach::from_a_container(&session.api, &docker.networks) {
        eprintln!("warning: {warning}");
    }
    let agent = start.options.config(&session.api, start.options.labels.clone())?;
    block_on(async {
        let launcher = DockerLauncher::connect(&agent, docker).await?;
        run_agent(&session, launcher, agent).await
    })
}
