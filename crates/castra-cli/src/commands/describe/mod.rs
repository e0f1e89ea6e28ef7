//! `castra describe …`: everything about one thing. One file per thing.

mod agent;
mod flow;
mod flow_run;

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
    /// A flow: where and how it runs, its parameters, tasks and schedule
    Flow(flow::Arguments),
    /// A flow run: its states, its launches and what became of them, or why it waits
    FlowRun(flow_run::Arguments),
    /// An agent: its labels and what it has in hand
    Agent(agent::Arguments),
}

pub(crate) fn run(arguments: Arguments, session: Session) -> Result<ExitCode> {
    block_on(async {
        match arguments.what {
            What::Flow(arguments) => flow::describe(arguments, &session).await?,
            What::FlowRun(arguments) => flow_run::describe(arguments, &session).await?,
            What::Agent(arguments) => agent::describe(arguments, &session).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}
