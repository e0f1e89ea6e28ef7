//! `castra agent ecs start` and `render`.

use std::process::ExitCode;

use anyhow::{Result, anyhow, ensure};
use castra_agent::launchers::ecs::{EcsLauncher, look_up};
use castra_agent::launchers::location::Locations;
use castra_render::ecs::{EcsConfig, EcsConfigError, render as task};
use castra_render::{FlowRunConfig, Order, Spec as _};
use clap::builder::PossibleValuesParser;
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
    /// Print the task definition and the task that the agent would ask AWS for to launch a flow run
    Render(Render<Start>),
}

#[derive(Args)]
pub(super) struct Start {
    #[command(flatten)]
    options: Options,
    /// The cluster of flow runs whose run config names none [default: the account's default cluster]
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,
    /// The launch type [default: FARGATE, unless --run-task-kwargs names capacity providers]
    #[arg(long, value_name = "TYPE", ignore_case = true, value_parser = PossibleValuesParser::new(["FARGATE", "EC2", "EXTERNAL"]))]
    launch_type: Option<String>,
    /// The role of tasks for which neither the run config nor the task definition names one
    #[arg(long, value_name = "ARN")]
    task_role_arn: Option<String>,
    /// The role that ECS pulls images and writes logs with, where neither the run config nor the task definition names one
    #[arg(long, value_name = "ARN")]
    execution_role_arn: Option<String>,
    /// Where the task definition is for flow runs that bring none: a path, or a URL with agent://, https://, s3://, gs:// or
    /// az://
    #[arg(long, value_name = "LOCATION")]
    task_definition: Option<String>,
    /// Where a file with arguments of every RunTask is, in YAML, as AWS names them
    #[arg(long, value_name = "LOCATION")]
    run_task_kwargs: Option<String>,
    /// The AWS region [default: AWS_REGION, AWS_DEFAULT_REGION, or the profile's]
    #[arg(long, value_name = "REGION")]
    region_name: Option<String>,
    /// Keep the credential of each flow run as an encrypted SSM parameter whose name begins with this, e.g.
    /// /castra/credentials, not as a variable of RunTask; every flow run then has a task definition of its own
    #[arg(long, value_name = "PREFIX")]
    credential_parameters: Option<String>,
}

impl Start {
    /// How the agent launches, with its files read.
    async fn ecs(&self) -> Result<EcsConfig> {
        let locations = Locations::of_this_process();
        let defaults = EcsConfig::default();
        let unusable = |option: &str, location: &str, error: EcsConfigError| {
            anyhow!("the file of --{option}, {location}, cannot be used: {error}")
        };
        let task_definition = match &self.task_definition {
            Some(location) => EcsConfig::read_task_definition(&locations.read_text(location).await?)
                .map_err(|error| unusable("task-definition", location, error))?,
            None => defaults.task_definition,
        };
        let run_task_kwargs = match &self.run_task_kwargs {
            Some(location) => EcsConfig::read_run_task_kwargs(&locations.read_text(location).await?)
                .map_err(|error| unusable("run-task-kwargs", location, error))?,
            None => defaults.run_task_kwargs,
        };
        Ok(EcsConfig {
            cluster: self.cluster.clone(),
            launch_type: self.launch_type.clone(),
            task_role_arn: self.task_role_arn.clone(),
            execution_role_arn: self.execution_role_arn.clone(),
            task_definition,
            run_task_kwargs,
            credential_parameters: self.credential_parameters()?,
            poll_interval: defaults.poll_interval,
        })
    }

    /// AWS takes names with slashes only if they begin with one.
    fn credential_parameters(&self) -> Result<Option<String>> {
        let Some(prefix) = &self.credential_parameters else { return Ok(None) };
        let is_part = |part: &str| {
            !part.is_empty()
                && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
        };
        let parts = prefix.strip_prefix('/').map(|rest| rest.trim_end_matches('/').split('/'));
        let is_name = parts.is_some_and(|mut parts| parts.all(is_part));
        ensure!(
            is_name,
            "--credential-parameters {prefix}: write names of letters, digits, `.`, `_` and `-` with a `/` before each, e.g. \
             /castra/credentials"
        );
        Ok(Some(prefix.clone()))
    }
}

impl Renders for Start {
    fn flow_runs(&self, api: &str) -> Result<FlowRunConfig> {
        Ok(self.options.flow_runs(api, self.options.labels.clone()))
    }

    fn rendered(&self, order: &Order, flow_runs: &FlowRunConfig) -> Result<Value> {
        block_on(async {
            let config = self.ecs().await?;
            let found = look_up(order, &config, self.region_name.clone()).await;
            let found = found.map_err(|error| anyhow!("{error}"))?;
            Ok(task(order, flow_runs, &config, &found)?.to_json())
        })
    }
}

pub(super) fn run(what: What, session: Session) -> Result<ExitCode> {
    match what {
        What::Start(start) => self::start(start, session),
        What::Render(render) => render::run(render, &session),
    }
}

fn start(start: Start, session: Session) -> Result<ExitCode> {
    if let Some(warning) = reach::from_a_cloud(&session.api) {
        eprintln!("warning: {warning}");
    }
    let agent = start.options.config(&session.api, start.options.labels.clone())?;
    block_on(async {
        let launcher = EcsLauncher::connect(&agent, start.ecs().await?, start.region_name).await?;
        run_agent(&session, launcher, agent).await
    })
}
