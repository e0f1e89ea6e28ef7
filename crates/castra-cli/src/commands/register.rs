//! `castra register`: asks flow binaries to register their flows. A flow binary knows its flows; this only names the project and the server.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::session::Session;

/// A Prefect 1 flow is registered with the real client, `prefect register`, which works against this server.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The project to register in; `castra create project NAME` makes one
    #[arg(long)]
    project: String,
    /// A flow binary; may be repeated
    #[arg(long = "path", short, required = true, value_name = "FLOW_BINARY")]
    paths: Vec<PathBuf>,
}

pub(crate) fn run(arguments: Arguments, session: Session) -> Result<ExitCode> {
    for path in &arguments.paths {
        let path =
            path.canonicalize().with_context(|| format!("finding the flow binary {}", path.display()))?;
        let status = Command::new(&path)
            .args(["register", "--project", &arguments.project, "--api", &session.api])
            .status()
            .with_context(|| format!("starting {}: is it a flow binary, built by cargo?", path.display()))?;
        ensure!(status.success(), "{} did not register its flows ({status})", path.display());
    }
    Ok(ExitCode::SUCCESS)
}
