//! `castra agent kubernetes start`, `render` and `install`.

mod install;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, anyhow};
use castra_agent::AgentConfig;
use castra_agent::launchers::kubernetes::{KubernetesLauncher, load_template};
use castra_agent::launchers::location::Locations;
use castra_render::kubernetes::{KubernetesConfig, render as job};
use castra_render::{FlowRunConfig, Order};
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
    /// Print the Job that the agent would create to launch a flow run
    Render(Render<Rendering>),
    /// Print, for `kubectl apply -f -`, what it takes to have the agent run in the cluster: a service account, what it may
    /// do, and a deployment
    Install(install::Install),
}

#[derive(Args)]
pub(super) struct Start {
    #[command(flatten)]
    options: Options,
    /// The namespace that jobs are created in [default: NAMESPACE, else `default`]
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Where the template is for the jobs of flow runs that bring none: a path, or a URL with agent://, https://, s3://,
    /// gs:// or az://
    #[arg(long, value_name = "LOCATION")]
    job_template: Option<String>,
    /// The service account of pods whose run config names none [default: SERVICE_ACCOUNT_NAME]
    #[arg(long, value_name = "NAME")]
    service_account_name: Option<String>,
    /// The pull secrets of pods whose run config names none, separated by commas [default: IMAGE_PULL_SECRETS]
    #[arg(long, value_name = "NAMES")]
    image_pull_secrets: Option<String>,
    /// Leave jobs in the cluster when they are finished; DELETE_FINISHED_JOBS does the same unless it is `True`
    #[arg(long)]
    disable_job_deletion: bool,
    /// How many seconds a pod may fail to pull its image before its flow run fails
    #[arg(long, value_name = "SECONDS", default_value_t = KubernetesConfig::default().image_pull_grace.as_secs())]
    image_pull_grace: u64,
    /// How many seconds a pod may find no node before its flow run fails
    #[arg(long, value_name = "SECONDS", default_value_t = KubernetesConfig::default().unschedulable_grace.as_secs())]
    unschedulable_grace: u64,
}

impl Start {
    /// How the agent launches; `environment` is asked where no option says it (prefect 1.4.1 `KubernetesAgent.__init__`).
    fn kubernetes(&self, environment: impl Fn(&str) -> Option<String>) -> KubernetesConfig {
        let given = |option: &Option<String>| option.clone().filter(|value| !value.is_empty());
        let secrets = self.image_pull_secrets.clone();
        let secrets = secrets.or_else(|| environment("IMAGE_PULL_SECRETS").filter(|names| !names.is_empty()));
        let deletes = environment("DELETE_FINISHED_JOBS").is_none_or(|value| value == "True");
        let namespace = given(&self.namespace).or_else(|| given(&environment("NAMESPACE")));
        let defaults = KubernetesConfig::default();
        KubernetesConfig {
            namespace: namespace.unwrap_or(defaults.namespace),
            service_account_name: given(&self.service_account_name)
                .or_else(|| environment("SERVICE_ACCOUNT_NAME")),
            image_pull_secrets: secrets
                .map(|names| names.split(',').map(|name| name.trim().to_owned()).collect()),
            job_template_path: given(&self.job_template),
            delete_finished_jobs: !self.disable_job_deletion && deletes,
            image_pull_grace: Duration::from_secs(self.image_pull_grace),
            unschedulable_grace: Duration::from_secs(self.unschedulable_grace),
            stop_grace: defaults.stop_grace,
        }
    }
}

fn own_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[derive(Args)]
pub(super) struct Rendering {
    #[command(flatten)]
    start: Start,
    /// Ask the API server, too, whether it would take the Job
    #[arg(long)]
    dry_run: bool,
}

impl Renders for Rendering {
    fn flow_runs(&self, api: &str) -> Result<FlowRunConfig> {
        Ok(self.start.options.flow_runs(api, self.start.options.labels.clone()))
    }

    fn rendered(&self, order: &Order, flow_runs: &FlowRunConfig) -> Result<Value> {
        let config = self.start.kubernetes(own_environment);
        block_on(async {
            let template = load_template(order, &config, &Locations::of_this_process()).await?;
            let job = job(order, flow_runs, &config, &template)?.job;
            if self.dry_run {
                // Nothing is kept of a launcher that launches nothing.
                let agent = AgentConfig::new("", flow_runs.clone());
                let launcher = KubernetesLauncher::connect(&agent, config).await?;
                let refused = |words| anyhow!("the API server would not create its job: {words}");
                launcher.dry_run(&job).await.map_err(refused)?;
            }
            Ok(job)
        })
    }
}

pub(super) fn run(what: What, session: Session) -> Result<ExitCode> {
    match what {
        What::Start(start) => self::start(start, session),
        What::Render(render) => render::run(render, &session),
        What::Install(install) => install::run(install, &session),
    }
}

fn start(start: Start, session: Session) -> Result<ExitCode> {
    if let Some(warning) = reach::from_a_pod(&session.api) {
        eprintln!("warning: {warning}");
    }
    let agent = start.options.config(&session.api, start.options.labels.clone())?;
    block_on(async {
        let launcher = KubernetesLauncher::connect(&agent, start.kubernetes(own_environment)).await?;
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

    fn config(words: &[&str], environment: &[(&str, &str)]) -> KubernetesConfig {
        let words = std::iter::once(&"start").chain(words);
        Command::try_parse_from(words).unwrap().start.kubernetes(|name| {
            let (_, value) = environment.iter().find(|(known, _)| *known == name)?;
            Some((*value).to_owned())
        })
    }

    const ENVIRONMENT: [(&str, &str); 4] = [
        ("NAMESPACE", "env"),
        ("SERVICE_ACCOUNT_NAME", "env"),
        ("IMAGE_PULL_SECRETS", "one, two"),
        ("DELETE_FINISHED_JOBS", "False"),
    ];

    #[test]
    fn without_options_the_environment_says_it() {
        let config = config(&[], &ENVIRONMENT);
        assert_eq!(config.namespace, "env");
        assert_eq!(config.service_account_name.as_deref(), Some("env"));
        assert_eq!(config.image_pull_secrets, Some(vec!["one".to_owned(), "two".to_owned()]));
        assert!(!config.delete_finished_jobs);
    }

    #[test]
    fn options_beat_the_environment() {
        let words = ["--namespace", "own", "--service-account-name", "own", "--image-pull-secrets", "a ,b"];
        let config = config(&words, &ENVIRONMENT);
        assert_eq!(config.namespace, "own");
        assert_eq!(config.service_account_name.as_deref(), Some("own"));
        assert_eq!(config.image_pull_secrets, Some(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn without_either_prefects_defaults_hold() {
        let config = config(&[], &[]);
        assert_eq!(config.namespace, "default");
        assert_eq!((config.service_account_name, config.image_pull_secrets), (None, None));
        assert!(config.delete_finished_jobs);
    }

    #[test]
    fn jobs_are_left_if_the_option_says_so_whatever_the_environment_says() {
        let environment = [("DELETE_FINISHED_JOBS", "True")];
        assert!(config(&[], &environment).delete_finished_jobs);
        assert!(!config(&["--disable-job-deletion"], &environment).delete_finished_jobs);
    }
}
