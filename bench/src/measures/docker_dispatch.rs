//! Dispatch on Docker: from the request that creates a run to the first instruction in its container, beside `docker run`
//! of the same container, in turns.

use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::{create_project, create_runs};
use crate::containers::{self, IMAGE, now, output};
use crate::flows;
use crate::installation::{Installation, block_on};
use crate::statistics::{Samples, ratio, row};

const ROUNDS: usize = 30;

pub(crate) fn print() -> Result<()> {
    containers::prepare_image()?;
    let installation = Installation::start_on(&containers::host_address()?)?;
    let volumes = [installation.folder().to_string_lossy().into_owned(), containers::binaries()?]
        .map(|folder| format!("{folder}:{folder}"));
    let _agent =
        installation.agent_of("docker", &["--no-pull", "--volume", &volumes[0], "--volume", &volumes[1]])?;
    block_on(async {
        let client = installation.client()?;
        create_project(&client).await?;
        let flow = flows::register(&client, flows::no_op()).await?;
        let mut pairs = Vec::with_capacity(ROUNDS);
        for n in 0..ROUNDS {
            let note = installation.file(&format!("castra-{n}"));
            let run_config = json!({
                "type": "DockerRun", "image": IMAGE, "labels": [flows::LABEL], "env": {flows::NOTE_START: note},
            });
            let before = now()?;
            let run = create_runs(&client, flow, 1, |_| json!({"run_config": run_config})).await?;
            flows::wait_until_ended(&client, &run).await?;
            let castra = flows::noted_start(&note)?.saturating_sub(before);

            let note = installation.file(&format!("docker-{n}"));
            let mut command = Command::new("docker");
            command.args(["run", "--rm", "--add-host", "host.docker.internal:host-gateway"]);
            command.args(["--volume", &volumes[0], "--volume", &volumes[1], "--env"]);
            command.arg(format!("{}={}", flows::NOTE_START, note.display())).arg(IMAGE);
            command.arg(std::env::current_exe()?).args([flows::SUBCOMMAND, "--version"]);
            let before = now()?;
            output(&mut command)?;
            pairs.push((castra, flows::noted_start(&note)?.saturating_sub(before)));
        }
        let (mut castra, mut docker): (Samples, Samples) = pairs.iter().copied().unzip();
        row("docker run → first instruction in the container", &docker.summary());
        row("Docker dispatch: create a run → first instruction in its container", &castra.summary());
        row("ratio", &ratio(&pairs));
        Ok(())
    })
}
