//! `castra completions SHELL`: prints the completions, to be stored where the shell looks for them.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::arguments::Castra;

/// For bash: `castra completions bash > ~/.local/share/bash-completion/completions/castra`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut completions = Vec::new();
    clap_complete::generate(arguments.shell, &mut Castra::command(), "castra", &mut completions);
    print!("{}", String::from_utf8_lossy(&completions));
    Ok(ExitCode::SUCCESS)
}
