//! `castra agent …`: one file per kind of agent.

mod local;
mod options;

pub(super) use options::variable;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::session::Session;

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
}

pub(crate) fn run(arguments: Arguments, session: Session) -> Result<ExitCode> {
    match arguments.kind {
        Kind::Local { what } => local::run(what, session),
    }
}
