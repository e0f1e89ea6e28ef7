//! `castra examples …`: this binary as a flow binary that holds the example flows.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

/// The name of this command; the quickstart stores it with the flows.
pub(crate) const NAME: &str = "examples";

#[derive(Args)]
pub(crate) struct Arguments {
    /// What a flow binary is told, e.g. `list`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    castra::main_from(
        castra_examples::flows(),
        [OsString::from("castra examples")].into_iter().chain(arguments.arguments),
    )
}
