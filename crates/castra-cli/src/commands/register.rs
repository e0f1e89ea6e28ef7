//! `castra register`: asks flow binaries and Python files to register their flows. A flow binary knows its flows, and Python
//! loads those of a file; this names the project, the server and the storage.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};

use super::build::Image;
use crate::python;
use crate::session::Session;

/// A Prefect 1 flow is registered with the real client, `prefect register`, which works against this server.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The project to register in; `castra create project NAME` makes one
    #[arg(long)]
    project: String,
    /// A flow binary, or a Python file with flows at its top level; may be repeated
    #[arg(value_name = "FLOW_BINARY", required_unless_present = "paths")]
    binaries: Vec<PathBuf>,
    /// The same
    #[arg(long = "path", short, value_name = "FLOW_BINARY")]
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
        let path =
            path.canonicalize().with_context(|| format!("finding the flow binary {}", path.display()))?;
        let is_python = python::is_file(&path);
        let mut command = if is_python { python::castra(arguments.prefect) } else { Command::new(&path) };
        command.args(["register", "--project", &arguments.project, "--api", &session.api]);
        if is_python {
            command.arg("--path").arg(&path);
        }
        if arguments.storage == Some(Storage::Docker) {
            let storage = stored(&path, &arguments.image)?;
            command.args(["--storage", &storage]);
        }
        let status = command.status().with_context(|| {
            let hint = if is_python { python::HINT } else { "is it a flow binary, built by cargo?" };
            format!("starting {}: {hint}", path.display())
        })?;
        ensure!(status.success(), "{} did not register its flows ({status})", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts the flows into an image; their storage as it is registered.
fn stored(path: &Path, image: &Image) -> Result<String> {
    ensure!(
        path.extension().is_none_or(|extension| extension != "py"),
        "{} is a Python file: build its image with `castra build`, then let `prefect register` register the flow with \
         that storage",
        path.display()
    );
    Ok(image.store(path)?.storage.to_string())
}
