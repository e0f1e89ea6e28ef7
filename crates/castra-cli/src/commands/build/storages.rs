//! Flows of Python files are put into the storages that they name, and written into a file that `castra register --json` registers.
//! Python does both.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::flow_file::FlowFile;
use crate::python;

/// What is built, and where it is written.
#[derive(Args)]
pub(super) struct Storages {
    /// A Python file with flows at its top level, or a folder of such files: the flows are put into the storages that they name
    /// and written into a file, which `castra register --json` registers; may be repeated
    #[arg(
        long = "path",
        short,
        value_name = "FLOW_FILE",
        conflicts_with = "flow",
        help_heading = "Storages that flows name"
    )]
    paths: Vec<PathBuf>,
    /// The file that is written [default: flows.json]
    #[arg(long, value_name = "FILE", requires = "paths", help_heading = "Storages that flows name")]
    json: Option<PathBuf>,
    /// Keep the flows of other names in the file
    #[arg(long, short, requires = "paths", help_heading = "Storages that flows name")]
    update: bool,
    /// Only the flow of this name
    #[arg(long, short, requires = "paths", help_heading = "Storages that flows name")]
    name: Option<String>,
    /// A further label of the flows; may be repeated
    #[arg(
        long = "label",
        short,
        value_name = "LABEL",
        requires = "paths",
        help_heading = "Storages that flows name"
    )]
    labels: Vec<String>,
    /// Let `import prefect` mean Castra in the files, here and when their flows run
    #[arg(long, requires = "paths", help_heading = "Storages that flows name")]
    prefect: bool,
}

/// Has Python build the flows.
pub(super) fn build(arguments: &Storages) -> Result<ExitCode> {
    let mut command = python::castra(arguments.prefect);
    command.arg("build");
    for place in &arguments.paths {
        for file in FlowFile::find_all(place)? {
            let path = file.path();
            ensure!(
                file.is_python(),
                "{} is no Python file: an image is built of a flow binary by `castra build {0}`",
                path.display()
            );
            command.arg("--path").arg(path);
        }
    }
    ensure!(command.get_args().any(|word| word == "--path"), "there is no Python file in the folder");
    command.arg("--json").arg(arguments.json.as_deref().unwrap_or("flows.json".as_ref()));
    if arguments.update {
        command.arg("--update");
    }
    for label in &arguments.labels {
        command.args(["--label", label]);
    }
    command.args(&arguments.name);
    let status =
        command.status().context("starting Python: is there a `python3` with the package `castra`?")?;
    ensure!(status.success(), "the flows were not built ({status})");
    Ok(ExitCode::SUCCESS)
}
