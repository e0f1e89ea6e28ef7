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
Exit codes: 0 done; 1 the run did not succeed or could not be launched, or something failed; 2 the command line is wrong; 3 not found;
4 the server cannot be reached; 5 the server refused.

First steps: `castra quickstart` shows the whole story on this machine.";

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub(crate) enum Command {
    /// Start a server and an agent, run the example flows and show what happens
    Quickstart(commands::quickstart::Arguments),
    /// The server: keeps the truth and answers the API
    Server(commands::server::Arguments),
    /// Agents: claim the runs whose labels they cover and launch them
    Agent(commands::agent::Arguments),
    /// Put a flow into an image, or the flows of Python files into their storages
    Build(commands::build::Arguments),
    /// Register the flows of flow binaries with the server
    Register(commands::register::Arguments),
    /// Check a run config, a file or a flow's, before anything is launched from it
    Preflight(commands::preflight::Arguments),
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
    /// The example flows inside this binary, used by the quickstart
    #[command(hide = true, disable_help_flag = true)]
    Examples(commands::examples::Arguments),
}
