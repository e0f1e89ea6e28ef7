//! `castra agent kubernetes install`: the options, with Prefect 1's names where Prefect 1 has them, what is wrong with them,
//! and how they are printed. What is printed is decided in `manifests.rs`.

mod manifests;

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use castra_agent::launchers::kubernetes::role_rules;
use castra_core::preflight::{Severity, preflight};
use castra_core::run_config::KubernetesRun;
use clap::{Args, Parser};
use serde_json::{Value, json};
use uuid::Uuid;

use self::manifests::{Container, Installation};
use super::super::{reach, variable};
use super::Start;
use crate::output::{self, Format};
use crate::session::Session;

#[derive(Args)]
pub(in super::super) struct Install {
    /// The image of the agent, Castra's own: see docs/docker.md for how to build it
    #[arg(long, value_name = "IMAGE")]
    image: String,
    /// When to pull it [default: as Kubernetes does, by the image's tag]
    #[arg(long, value_name = "POLICY", value_parser = ["Always", "IfNotPresent", "Never"])]
    image_pull_policy: Option<String>,
    /// The namespace that the agent and its jobs are in
    #[arg(long, short, value_name = "NAMESPACE", default_value = "default")]
    namespace: String,
    /// What the agent and all that is installed with it are called
    #[arg(long, value_name = "NAME", default_value = "castra-agent")]
    name: String,
    /// Who the agent is, however often its pod is replaced: a UUID that no other agent has [default: a new one]
    #[arg(long, value_name = "UUID")]
    agent_id: Option<Uuid>,
    /// A label the agent covers; may be repeated
    #[arg(long = "label", short, value_name = "LABEL")]
    labels: Vec<String>,
    /// An environment variable for every flow run; may be repeated
    #[arg(long = "env", short, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// The pull secrets of the agent, and of pods whose run config names none, separated by commas
    #[arg(long, short, value_name = "NAMES", value_delimiter = ',')]
    image_pull_secrets: Vec<String>,
    /// The service account of pods whose run config names none
    #[arg(long, value_name = "NAME")]
    service_account_name: Option<String>,
    /// How much memory the agent asks for, e.g. 64Mi
    #[arg(long, value_name = "QUANTITY")]
    mem_request: Option<String>,
    /// How much memory the agent may use
    #[arg(long, value_name = "QUANTITY")]
    mem_limit: Option<String>,
    /// How much of a processor the agent asks for, e.g. 50m
    #[arg(long, value_name = "QUANTITY")]
    cpu_request: Option<String>,
    /// How much of a processor the agent may use
    #[arg(long, value_name = "QUANTITY")]
    cpu_limit: Option<String>,
    /// More options of `start`
    #[arg(last = true, value_name = "OPTIONS")]
    more: Vec<String>,
}

pub(super) fn run(install: Install, session: &Session) -> Result<ExitCode> {
    let format = session.data_format(Format::Yaml)?;
    let agent_id = install.agent_id.unwrap_or_else(Uuid::new_v4);
    let manifests = install.manifests(&session.api, agent_id)?;
    match format {
        Format::Yaml => {
            println!(
                "# For `kubectl apply -f -`. To have it printed again for the same agent: --agent-id {agent_id}"
            );
            for manifest in &manifests {
                println!("---");
                output::print_data(format, manifest);
            }
        }
        _ => output::print_data(format, &json!({ "apiVersion": "v1", "kind": "List", "items": manifests })),
    }
    Ok(ExitCode::SUCCESS)
}

/// The words after `castra agent kubernetes start`.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct Started {
    #[command(flatten)]
    start: Start,
}

impl Install {
    /// What is installed, for a server that pods reach at `api`.
    fn manifests(&self, api: &str, agent_id: Uuid) -> Result<Vec<Value>> {
        if let Some(warning) = reach::from_a_pod(api) {
            bail!(warning);
        }
        self.check()?;
        let options = self.options(agent_id);
        let started = Started::try_parse_from(&options).map_err(refused)?;
        let config = started.start.kubernetes(|_| None);
        let arguments = ["agent", "kubernetes", "start"].map(str::to_owned).into_iter();
        let arguments = arguments.chain([format!("--api={api}")]).chain(options);
        let installation = Installation {
            name: &self.name,
            namespace: &self.namespace,
            rules: json!(role_rules(&config)),
            image_pull_secrets: &self.image_pull_secrets,
            container: Container {
                image: &self.image,
                image_pull_policy: self.image_pull_policy.as_deref(),
                arguments: arguments.collect(),
                requests: [("memory", self.mem_request.as_deref()), ("cpu", self.cpu_request.as_deref())],
                limits: [("memory", self.mem_limit.as_deref()), ("cpu", self.cpu_limit.as_deref())],
            },
        };
        Ok(installation.manifests())
    }

    /// The agent's pod is checked as that of a flow run is.
    fn check(&self) -> Result<()> {
        let pod = KubernetesRun {
            image: Some(self.image.clone()),
            image_pull_secrets: Some(self.image_pull_secrets.clone()),
            memory_request: self.mem_request.clone(),
            memory_limit: self.mem_limit.clone(),
            cpu_request: self.cpu_request.clone(),
            cpu_limit: self.cpu_limit.clone(),
            service_account_name: self.service_account_name.clone(),
            ..KubernetesRun::default()
        };
        let findings = preflight(&pod.into()).into_iter();
        let errors = findings.filter(|finding| finding.severity == Severity::Error);
        let words: Vec<_> = errors.map(|finding| format!("{}: {}", finding.field, finding.message)).collect();
        if words.is_empty() { Ok(()) } else { bail!("the agent could not run: {}", words.join("; ")) }
    }

    /// The options of `start`.
    fn options(&self, agent_id: Uuid) -> Vec<String> {
        let mut options = vec![
            format!("--namespace={}", self.namespace),
            format!("--name={}", self.name),
            format!("--agent-id={agent_id}"),
        ];
        options.extend(self.labels.iter().map(|label| format!("--label={label}")));
        options.extend(self.env.iter().map(|(name, value)| format!("--env={name}={value}")));
        options.extend(self.service_account_name.iter().map(|name| format!("--service-account-name={name}")));
        if !self.image_pull_secrets.is_empty() {
            options.push(format!("--image-pull-secrets={}", self.image_pull_secrets.join(",")));
        }
        options.extend(self.more.iter().cloned());
        options
    }
}

/// `start` would not take its options.
fn refused(error: clap::Error) -> anyhow::Error {
    let words = error.to_string();
    let first = words.lines().next().unwrap_or_default();
    anyhow!(
        "`castra agent kubernetes start` would refuse its options: {}",
        first.trim_start_matches("error: ")
    )
}

#[cfg(test)]
mod tests;
