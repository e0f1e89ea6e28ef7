//! `castra agent local start` and `render`.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use castra_agent::launchers::local::{LocalLauncher, find_python, surroundings_of_this_process};
use castra_render::local::{LocalConfig, labels_with_hostname, render as process};
use castra_render::{FlowRunConfig, Order, Spec as _};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::options::Options;
use super::render::{self, Render, Renders};
use super::run_agent;
use crate::machine;
use crate::session::{Session, block_on};

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub(super) enum What {
    /// Start the agent; it stays in the foreground until Ctrl-C or SIGTERM, and leaves its flow runs running
    Start(Start),
    /// Print the process that the agent would start to launch a flow run; of its environment, what is set beyond the
    /// agent's own
    Render(Render<Start>),
}

#[derive(Args)]
pub(super) struct Start {
    #[command(flatten)]
    options: Options,
    /// A directory that Prefect flow runs can import from besides; may be repeated
    #[arg(long = "import-path", short = 'p', value_name = "DIRECTORY")]
    import_paths: Vec<String>,
    /// Show what flow runs print
    #[arg(long, short = 'f')]
    show_flow_logs: bool,
    /// Have the machine's name among the agent's labels, as is the default
    #[arg(long, overrides_with = "no_hostname_label")]
    hostname_label: bool,
    /// Leave the machine's name out of the agent's labels
    #[arg(long, overrides_with = "hostname_label")]
    no_hostname_label: bool,
    /// The Python that runs Prefect flows [default: python3 on PATH]
    #[arg(long, value_name = "FILE")]
    python: Option<String>,
}

impl Start {
    fn labels(&self) -> Result<Vec<String>> {
        let own = self.options.labels.clone();
        Ok(if self.no_hostname_label { own } else { labels_with_hostname(own, &machine::hostname()?) })
    }

    fn local(&self) -> LocalConfig {
        LocalConfig {
            import_paths: self.import_paths.clone(),
            show_flow_logs: self.show_flow_logs,
            ..LocalConfig::new(self.python.clone().unwrap_or_else(default_python))
        }
    }
}

impl Renders for Start {
    fn flow_runs(&self, api: &str) -> Result<FlowRunConfig> {
        Ok(self.options.flow_runs(api, self.labels()?))
    }

    fn rendered(&self, order: &Order, flow_runs: &FlowRunConfig) -> Result<Value> {
        let surroundings = surroundings_of_this_process().context("asking for the working directory")?;
        Ok(process(order, flow_runs, &self.local(), &surroundings)?.to_json())
    }
}

pub(super) fn run(what: What, session: Session) -> Result<ExitCode> {
    match what {
        What::Start(start) => self::start(&start, session),
        What::Render(render) => render::run(render, &session),
    }
}

fn start(start: &Start, session: Session) -> Result<ExitCode> {
    let agent = start.options.config(&session.api, start.labels()?)?;
    let launcher = LocalLauncher::new(&agent, start.local())
        .with_context(|| format!("preparing {}", agent.state_directory.display()))?;
    block_on(run_agent(&session, launcher, agent))
}

/// A machine without Python launches everything but Prefect flows; one of those then fails with that reason.
fn default_python() -> String {
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    find_python(&search_path)
        .map_or_else(|_| "python3".to_owned(), |python| python.to_string_lossy().into_owned())
}
