//! `castra register`: asks flow binaries and Python files to register their flows. A flow binary knows its flows, and Python
//! loads those of a file; this names the project, the server and the storage.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use super::build::Image;
use crate::flow_file::FlowFile;
use crate::session::Session;

/// A Prefect 1 flow is registered with the real client, `prefect register`, which works against this server.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The project to register in; `castra create project NAME` makes one
    #[arg(long)]
    project: String,
    /// A flow binary, or a Python file with flows at its top level; may be repeated
    #[arg(value_name = "FLOW_FILE", required_unless_present = "paths")]
    binaries: Vec<PathBuf>,
    /// The same
    #[arg(long = "path", short, value_name = "FLOW_FILE")]
    paths: Vec<PathBuf>,
    /// Let `import prefect` mean Castra in Python files, here and when their flows run
    #[arg(long)]
    prefect: bool,
    /// Where the flows are kept [default: in the binary, where it is now]
    #[arg(long, value_enum)]
    storage: Option<Storage>,
    #[command(flatten)]
    image: Image,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Storage {
    /// In an image that is built now
    Docker,
}

pub(crate) fn run(arguments: Arguments, session: Session) -> Result<ExitCode> {
    let paths: Vec<&PathBuf> = arguments.binaries.iter().chain(&arguments.paths).collect();
    match arguments.storage {
        None => ensure!(
            arguments.image == Image::default(),
            "the options of the image are for `--storage docker`: give that, too"
        ),
        Some(Storage::Docker) => {
            ensure!(paths.len() == 1, "one flow binary at a time is registered with `--storage docker`");
        }
    }
    for path in paths {
        let file = FlowFile::find(path)?;
        let mut command = file.command("register", arguments.prefect);
        command.args(["--project", &arguments.project, "--api", &session.api]);
        if arguments.storage == Some(Storage::Docker) {
            let storage = stored(&file, &arguments.image)?;
            command.args(["--storage", &storage]);
        }
        let status = file.carry_out(command)?;
        ensure!(status.success(), "{} did not register its flows ({status})", file.path().display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts the flows into an image; their storage as it is registered.
fn stored(file: &FlowFile, image: &Image) -> Result<String> {
    ensure!(
        !file.is_python(),
        "{} is a Python file: build its image with `castra build`, then let `prefect register` register the flow with \
         that storage",
        file.path().display()
    );
    Ok(image.store(file.path())?.storage.to_string())
}
