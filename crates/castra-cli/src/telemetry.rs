//! Logs of the server and the agents: structured, on stderr, so that stdout stays for what commands answer.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;

use crate::arguments::Command;

/// Libraries that would log what they send and receive, the flow runs' credentials with it. A name stands for all that begin
/// with it.
const NEVER_IN_DETAIL: [&str; 4] = ["aws_=warn", "bollard=warn", "hyper=warn", "kube_client=info"];

/// Starts logging: `CASTRA_LOG` (e.g. `info`, `castra_agent=debug`) chooses what; JSON lines unless stderr is a terminal.
pub(crate) fn start(command: &Command) {
    let default = match command {
        Command::Server(_) | Command::Agent(_) => "info",
        // A flow-run process has logs of its own, which become those of its run.
        Command::Examples(_) => return,
        _ => "error",
    };
    let filter = EnvFilter::try_from_env("CASTRA_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let quiet = NEVER_IN_DETAIL.iter().filter_map(|directive| directive.parse::<Directive>().ok());
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match std::io::stderr().is_terminal() {
        true => logs.with_target(false).init(),
        false => logs.json().init(),
    }
}
