//! `castra get …`: lists, newest first. One file per thing that is listed.

mod agents;
mod flow_runs;
mod flows;
mod logs;
mod projects;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::session::{Session, block_on};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Flows, their newest versions
    Flows(flows::Arguments),
    /// Flow runs and what became of them
    FlowRuns(flow_runs::Arguments),
    /// Agents, their labels and when they last asked for work
    Agents(agents::Arguments),
    /// The log of a flow run
    Logs(logs::Arguments),
    /// Projects
    Projects(projects::Arguments),
}

pub(crate) use logs::print_line as print_log_line;

pub(crate) fn run(arguments: Arguments, session: Session) -> Result<ExitCode> {
    block_on(async {
        match arguments.what {
            What::Flows(arguments) => flows::get(arguments, &session).await?,
            What::FlowRuns(arguments) => flow_runs::get(arguments, &session).await?,
            What::Agents(arguments) => agents::get(arguments, &session).await?,
            What::Logs(arguments) => logs::get(arguments, &session).await?,
            What::Projects(arguments) => projects::get(arguments, &session).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}
