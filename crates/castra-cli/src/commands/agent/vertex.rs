//! `castra agent vertex start` and `render`.

use std::process::ExitCode;

use anyhow::Result;
use castra_agent::launchers::vertex::VertexLauncher;
use castra_render::vertex::{VertexConfig, render as custom_job};
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
    /// Print the CustomJob that the agent would create to launch a flow run; Google is not asked
    Render(Render<Start>),
}

#[derive(Args)]
pub(super) struct Start {
    #[command(flatten)]
    options: Options,
    /// The Google Cloud project that jobs are created in [default: that of the agent's credentials]
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// The region that jobs run in
    #[arg(long, value_name = "REGION", default_value = VertexConfig::DEFAULT_REGION)]
    region_name: String,
    /// The service account that jobs run as whose run config names none [default: Vertex AI's own]
    #[arg(long, value_name = "ACCOUNT")]
    service_account: Option<String>,
    /// Delete jobs when they are finished; they stay in Google's console otherwise
    #[arg(long)]
    delete_finished_jobs: bool,
}

impl Start {
    /// How the agent launches; `environment` is asked for the addresses of Google's APIs, by gcloud's names for them (prefect
    /// 1.4.1 `VertexAgent.__init__`, which takes an empty option for none).
    fn vertex(&self, environment: impl Fn(&str) -> Option<String>) -> VertexConfig {
        let given = |option: &Option<String>| option.clone().filter(|value| !value.is_empty());
        let override_of = |api: &str| given(&environment(&format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}")));
        let region = Some(self.region_name.clone());
        VertexConfig {
            project: given(&self.project),
            region_name: given(&region).unwrap_or_else(|| VertexConfig::DEFAULT_REGION.to_owned()),
            service_account: self.service_account.clone(),
            delete_finished_jobs: self.delete_finished_jobs,
            endpoint: override_of("AIPLATFORM"),
            logging_endpoint: override_of("LOGGING"),
        }
    }
}

fn own_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Renders for Start {
    fn flow_runs(&self, api: &str) -> Result<FlowRunConfig> {
        Ok(self.options.flow_runs(api, self.options.labels.clone()))
    }

    fn rendered(&self, order: &Order, flow_runs: &FlowRunConfig) -> Result<Value> {
        Ok(custom_job(order, flow_runs, &self.vertex(own_environment))?.to_json())
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
        let launcher = VertexLauncher::connect(&agent, start.vertex(own_environment)).await?;
        run_agent(&session, launcher, agent).await
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        start: Start,
    }

    fn config(words: &[&str], environment: &[(&str, &str)]) -> VertexConfig {
        let words = std::iter::once(&"start").chain(words);
        Command::try_parse_from(words).unwrap().start.vertex(|name| {
            let (_, value) = environment.iter().find(|(known, _)| *known == name)?;
            Some((*value).to_owned())
        })
    }

    #[test]
    fn without_options_prefects_defaults_hold() {
        assert_eq!(config(&[], &[]), VertexConfig::default());
        assert_eq!(config(&["--project", "", "--region-name", ""], &[]), VertexConfig::default());
    }

    #[test]
    fn options_say_where_and_as_whom() {
        let words = [
            "--project",
            "p",
            "--region-name",
            "europe-west4",
            "--service-account",
            "a@p.iam",
            "--delete-finished-jobs",
        ];
        let expected = VertexConfig {
            project: Some("p".to_owned()),
            region_name: "europe-west4".to_owned(),
            service_account: Some("a@p.iam".to_owned()),
            delete_finished_jobs: true,
            ..VertexConfig::default()
        };
        assert_eq!(config(&words, &[]), expected);
    }

    #[test]
    fn the_environment_may_lead_to_private_endpoints() {
        let environment = [
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM", "https://vertex.internal/"),
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING", "https://logging.internal/"),
        ];
        let config = config(&[], &environment);
        assert_eq!(config.endpoint.as_deref(), Some("https://vertex.internal/"));
        assert_eq!(config.logging_endpoint.as_deref(), Some("https://logging.internal/"));
    }
}
