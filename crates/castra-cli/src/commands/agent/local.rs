//! `castra agent local start`.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use castra_agent::Agent;
use castra_agent::launchers::local::{LocalConfig, LocalLauncher, find_python, labels_with_hostname};
use clap::{Args, Subcommand};

use super::options::Options;
use crate::machine;
use crate::session::{Session, block_on};
use crate::signals;

#[derive(Subcommand)]
pub(super) enum What {
    /// Start the agent; it stays in the foreground until Ctrl-C or SIGTERM, and leaves its flow runs running
    Start(Start),
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
    /// Leave the machine's name out of the agent's labels
    #[arg(long)]
    no_hostname_label: bool,
    /// The Python that runs Prefect flows [default: python3 on PATH]
    #[arg(long, value_name = "FILE")]
    python: Option<String>,
}

pub(super) fn run(What::Start(start): What, session: Session) -> Result<ExitCode> {
    let labels = match start.no_hostname_label {
        true => start.options.labels.clone(),
        false => labels_with_hostname(start.options.labels.clone(), &machine::hostname()?),
    };
    let agent = start.options.config(&session.api, labels)?;
    let launching = LocalConfig {
        import_paths: start.import_paths,
        show_flow_logs: start.show_flow_logs,
        ..LocalConfig::new(start.python.unwrap_or_else(default_python))
    };
    let launcher = LocalLauncher::new(&agent, launching)
        .with_context(|| format!("preparing {}", agent.state_directory.display()))?;
    block_on(async {
        let farewell = Agent::new(session.client()?, launcher, agent).run(signals::stop()?).await?;
        if farewell.left_running > 0 {
            println!("{} flow runs go on; start the agent again to take them up", farewell.left_running);
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// A machine without Python launches everything but Prefect flows; one of those then fails with that reason.
fn default_python() -> String {
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    find_python(&search_path)
        .map_or_else(|_| "python3".to_owned(), |python| python.to_string_lossy().into_owned())
}
