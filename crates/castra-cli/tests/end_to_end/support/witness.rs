//! The witness flow (`witness.rs`), and what its runs have testified.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::api::PROJECT;
use super::command::Answer;
use super::flow::local_run;
use super::world::World;

/// The witness, registered with a server.
#[derive(Clone)]
pub(crate) struct Witness {
    /// The id of its flow.
    pub(crate) flow: String,
    /// Where its runs leave their lines.
    file: PathBuf,
}

/// The line that one execution has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Testimony {
    pub(crate) run: String,
    pub(crate) launch: String,
    pub(crate) pid: i32,
    /// No other execution of the same run was alive.
    pub(crate) alone: bool,
    pub(crate) number: u32,
}

impl Witness {
    /// Registers the witness as the owner of a flow binary does.
    pub(crate) async fn register(world: &World) -> Self {
        let arguments = ["register", "--project", PROJECT, "--api", world.server.url()];
        let registered: Answer = Command::new(program()).args(arguments).output().unwrap().into();
        assert_eq!(registered.code, 0, "{registered:?}");
        let flows = world.api.call("{ flow(where: {name: {_eq: \"witness\"}}) { id } }", json!({})).await;
        Self { flow: flows["flow"][0]["id"].as_str().unwrap().to_owned(), file: world.path("testimonies") }
    }

    /// Options of `create_flow_run` for a run with these parameters.
    pub(crate) fn options(&self, parameters: Value) -> Value {
        json!({"parameters": parameters, "run_config": local_run(json!({"WITNESS_FILE": self.file}))})
    }

    /// What has been testified, in order.
    pub(crate) fn testimonies(&self) -> Vec<Testimony> {
        fs::read_to_string(&self.file).unwrap_or_default().lines().map(Testimony::parse).collect()
    }
}

impl Testimony {
    fn parse(line: &str) -> Self {
        let [run, launch, pid, company, number] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("no testimony: {line}");
        };
        Self {
            run: run.to_owned(),
            launch: launch.to_owned(),
            pid: pid.parse().unwrap(),
            alone: company == "alone",
            number: number.parse().unwrap(),
        }
    }
}

/// Cargo puts examples beside the binaries, and builds them with the tests of their package.
pub(crate) fn program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_castra")).with_file_name("examples").join("witness");
    assert!(program.exists(), "`cargo build -p castra-cli --example witness` builds {}", program.display());
    program
}
