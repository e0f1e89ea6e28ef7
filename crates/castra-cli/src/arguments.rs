//! The command line: every command, in the order of `castra --help`. What each does is in `commands/`.

use clap::{Parser, Subcommand};

use crate::commands;
use crate::session::Session;

/// Takes workflow runs to where they should run, and always knows what became of them.
#[derive(Parser)]
#[command(name = "castra", version, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Castra {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) session: Session,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 the run did not succeed, or something failed; 2 the command line is wrong; 3 not found;
4 the server cannot be reached; 5 the server refused.";

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub(crate) enum Command {
    /// The server: keeps the truth and answers the API
    Server(commands::server::Arguments),
    /// Agents: claim the runs whose labels they cover and launch them
    Agent(commands::agent::Arguments),
    /// Create a run of a flow
    Run(commands::run::Arguments),
    /// List flows, flow runs, agents, projects or logs
    Get(commands::get::Arguments),
    /// Show everything about a flow, a flow run or an agent
    Describe(commands::describe::Arguments),
    /// Cancel a flow run: its process, too, is stopped
    Cancel(commands::cancel::Arguments),
    /// Create a project
    Create(commands::create::Arguments),
    /// Print the completions of a shell
    Completions(commands::completions::Arguments),
}
