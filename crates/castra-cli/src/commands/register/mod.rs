//! `castra register`: asks flow binaries and Python files to register their flows, once or again whenever they change. A
//! flow binary knows its flows, and Python loads those of a file; this names the project, the server and the storage.

mod json;
mod watch;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use super::build::Image;
use crate::flow_file::FlowFile;
use crate::session::Session;

/// How a Python file ends that was let have no such flow.
const NO_SUCH_FLOW: i32 = 3;

/// A Prefect 1 flow is registered with the real client, `prefect register`, which works against this server.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The project to register in; `castra create project NAME` makes one
    #[arg(long)]
    project: String,
    /// A flow binary, a Python file with flows at its top level, or a folder of such files; may be repeated
    #[arg(value_name = "FLOW_FILE", required_unless_present_any = ["paths", "json"])]
    binaries: Vec<PathBuf>,
    /// The same
    #[arg(long = "path", short, value_name = "FLOW_FILE")]
    paths: Vec<PathBuf>,
    /// A file of flows that `castra build --path` has written; may be repeated
    #[arg(long, short, value_name = "FILE", conflicts_with_all = ["watch", "storage"])]
    json: Vec<PathBuf>,
    /// Only the flow of this name
    #[arg(long, short)]
    name: Option<String>,
    /// A further label of the flows; may be repeated
    #[arg(long = "label", short, value_name = "LABEL")]
    labels: Vec<String>,
    /// Do not activate the flows' schedules: no runs are created until somebody does
    #[arg(long)]
    no_schedule: bool,
    /// Stay, and register again what changes
    #[arg(long)]
    watch: bool,
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
    let mut places: Vec<PathBuf> = arguments.binaries.iter().chain(&arguments.paths).cloned().collect();
    match arguments.storage {
        None => ensure!(
            arguments.image == Image::default(),
            "the options of the image are for `--storage docker`: give that, too"
        ),
        Some(Storage::Docker) => {
            ensure!(places.len() == 1, "one flow binary at a time is registered with `--storage docker`");
        }
    }
    let register = Register { arguments, session };
    if register.arguments.watch {
        watch::watch(&places, |place| register.check(&[place.to_owned()], &[register.place(place)?]));
    }
    let mut registered = places.iter().map(|place| register.place(place)).collect::<Result<Vec<_>>>()?;
    for file in &register.arguments.json {
        registered.push(json::register(&register, file)?);
        places.push(file.clone());
    }
    register.check(&places, &registered)?;
    Ok(ExitCode::SUCCESS)
}

/// How flows are registered, wherever they are.
struct Register {
    arguments: Arguments,
    session: Session,
}

/// What became of the files of a place.
#[derive(Debug, Default)]
struct Registered {
    /// How many files registered flows.
    files: usize,
    /// What went wrong in the others.
    failures: Vec<String>,
}

impl Register {
    /// Registers what is in a file, or in the files of a folder, each whatever became of the others.
    fn place(&self, place: &Path) -> Result<Registered> {
        let mut registered = Registered::default();
        for file in FlowFile::find_all(place)? {
            let status = file.carry_out(self.command(&file, place.is_dir())?)?;
            match status.code() {
                Some(0) => registered.files += 1,
                Some(NO_SUCH_FLOW) => {}
                _ => {
                    let path = file.path().display();
                    registered.failures.push(format!("{path} did not register its flows ({status})"));
                }
            }
        }
        Ok(registered)
    }

    /// # Errors
    /// Something went wrong, or nothing was there.
    fn check(&self, places: &[PathBuf], registered: &[Registered]) -> Result<()> {
        let failures: Vec<_> =
            registered.iter().flat_map(|place| &place.failures).map(String::as_str).collect();
        ensure!(failures.is_empty(), "{}", failures.join("\n"));
        let named = self.arguments.name.as_ref().map(|name| format!(" `{name}`")).unwrap_or_default();
        let places: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
        ensure!(
            registered.iter().any(|place| place.files > 0),
            "there is no flow{named} in {}",
            places.join(", ")
        );
        Ok(())
    }

    fn command(&self, file: &FlowFile, in_folder: bool) -> Result<Command> {
        let arguments = &self.arguments;
        let mut command = file.command("register", arguments.prefect);
        command.args(["--project", &arguments.project, "--api", &self.session.api]);
        for label in &arguments.labels {
            command.args(["--label", label]);
        }
        if arguments.no_schedule {
            command.arg("--no-schedule");
        }
        if arguments.storage == Some(Storage::Docker) {
            let storage = stored(file, &arguments.image)?;
            command.args(["--storage", &storage]);
        }
        // What lies beside flows need not have one, and one that is looked for by its name may be in another file.
        if file.is_python() && (in_folder || arguments.name.is_some()) {
            command.arg("--may-have-none");
        }
        command.args(&arguments.name);
        Ok(command)
    }
}

/// Puts the flows into an image; their storage as it is registered.
fn stored(file: &FlowFile, image: &Image) -> Result<String> {
    ensure!(
        !file.is_python(),
        "{} is a Python file: what its image is built of, its flows say themselves (`flow.storage = Docker(…)`); a flow that \
         Prefect 1 is to run is put into an image by `castra build`, and registered by `prefect register`",
        file.path().display()
    );
    Ok(image.store(file.path())?.storage.to_string())
}
