//! The `castra` binary: server, agents and command line in one. This file is the table of contents: parse, call, exit.

mod arguments;
mod commands;
mod failure;
mod flow_file;
mod machine;
mod output;
mod python;
mod reader;
mod session;
mod signals;
mod telemetry;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Castra, Command};

fn main() -> ExitCode {
    reader::may_go_away();
    let Castra { command, session } = Castra::parse();
    telemetry::start(&command);
    let result = match command {
        Command::Quickstart(arguments) => commands::quickstart::run(arguments),
        Command::Server(arguments) => commands::server::run(arguments),
        Command::Agent(arguments) => commands::agent::run(arguments, session),
        Command::Build(arguments) => commands::build::run(arguments, session),
        Command::Register(arguments) => commands::register::run(arguments, session),
        Command::Preflight(arguments) => commands::preflight::run(arguments, session),
        Command::Run(arguments) => commands::run::run(arguments, session),
        Command::Get(arguments) => commands::get::run(arguments, session),
        Command::Describe(arguments) => commands::describe::run(arguments, session),
        Command::Cancel(arguments) => commands::cancel::run(arguments, session),
        Command::Create(arguments) => commands::create::run(arguments, session),
        Command::Completions(arguments) => commands::completions::run(arguments),
        Command::Examples(arguments) => return commands::examples::run(arguments),
    };
    match result {
        Ok(exit) => exit,
        Err(error) => failure::report(&error),
    }
}
