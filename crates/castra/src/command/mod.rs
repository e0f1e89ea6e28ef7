//! The command line of a binary that holds flows: each command has a file, or is a few lines here.

mod findings;
mod register;
mod run;
mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

use castra_core::run_report::StartedFlowRun;
use clap::{Parser, Subcommand};
use serde_json::Value;
pub(crate) use terminal::Terminal;

use crate::flow::Flow;
use crate::tracked::execute;

/// Runs, registers and lists the flows in this binary.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a flow here and now, without a server.
    ///
    /// Shows the states of its tasks and what they log, and ends with code 0 if the run succeeded.
    Run(run::Arguments),
    /// Register the flows with a server, so that runs of them can be created.
    Register(register::Arguments),
    /// List the flows in this binary, a name per line.
    List,
    /// Print what would be registered, as JSON.
    Serialize {
        /// Only the flow of this name.
        flow: Option<String>,
    },
    /// What an agent starts.
    #[command(subcommand)]
    Execute(Execute),
}

#[derive(Debug, Subcommand)]
enum Execute {
    /// Run the flow run that the environment names, and report to the server how it fares.
    ///
    /// Ends with code 0 once the end of the run was reported, whatever the end was.
    FlowRun,
}

/// The `main` of a binary that holds flows.
///
/// ```no_run
/// # mod etl { pub fn flow() -> castra::Flow { castra::Flow::new("etl") } }
/// fn main() -> std::process::ExitCode {
///     castra::main([etl::flow()])
/// }
/// ```
///
/// The binary then has the commands `run`, `register`, `list`, `serialize` and `execute flow-run`; `--help` tells more.
pub fn main(flows: impl IntoIterator<Item = Flow>) -> ExitCode {
    main_from(flows, std::env::args_os())
}

/// [`main`] with given arguments, the first of which is the program's name: for a binary that holds flows beside other
/// things.
pub fn main_from(
    flows: impl IntoIterator<Item = Flow>,
    arguments: impl IntoIterator<Item = OsString>,
) -> ExitCode {
    let flows: Vec<Flow> = flows.into_iter().collect();
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing is to be done if the terminal is gone.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let done = match arguments.command {
        Command::Execute(Execute::FlowRun) => return execute_one_of(&flows),
        Command::Run(arguments) => run::run(&flows, arguments),
        Command::Register(arguments) => register::run(flows, arguments),
        Command::List => list(&flows),
        Command::Serialize { flow } => serialize(&flows, flow),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// The exit code is 0 once the run's end was told, whatever the end was: then the server knows all there is. Any other
/// code says that the process could not tell it.
fn execute_one_of(flows: &[Flow]) -> ExitCode {
    match execute::execute(async |started: &StartedFlowRun| execute::find(flows, started)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn list(flows: &[Flow]) -> anyhow::Result<ExitCode> {
    flows.iter().for_each(|flow| println!("{}", flow.name));
    Ok(ExitCode::SUCCESS)
}

fn serialize(flows: &[Flow], name: Option<String>) -> anyhow::Result<ExitCode> {
    let serialized: Value = named(flows, name.as_deref())?
        .into_iter()
        .map(|flow| Ok(flow.serialize()?.to_json()))
        .collect::<anyhow::Result<_>>()?;
    println!("{serialized:#}");
    Ok(ExitCode::SUCCESS)
}

/// The flow of this name, or all of them.
fn named<'f>(flows: &'f [Flow], name: Option<&str>) -> anyhow::Result<Vec<&'f Flow>> {
    let found: Vec<&Flow> = flows.iter().filter(|flow| name.is_none_or(|name| flow.name == name)).collect();
    match (name, found.is_empty()) {
        (Some(name), true) => anyhow::bail!("there is no flow `{name}`; there is {}", names(flows)),
        _ => Ok(found),
    }
}

/// The flows' names for a message.
fn names(flows: &[Flow]) -> String {
    let names: Vec<_> = flows.iter().map(|flow| format!("`{}`", flow.name)).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
