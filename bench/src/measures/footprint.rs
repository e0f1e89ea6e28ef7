//! Footprint: size of the binary, time until the server is ready, resident memory of server and agent, idle and after work.

use anyhow::Result;

use super::{create_project, create_runs};
use crate::flows;
use crate::installation::{Installation, block_on, castra};
use crate::statistics::{Samples, row};

const STARTS: usize = 10;
const RUNS: usize = 500;

pub(crate) fn print() -> Result<()> {
    let mebibytes = std::fs::metadata(castra())?.len() as f64 / 1024.0 / 1024.0;
    row("size of the `castra` binary", &format!("{mebibytes:.1} MiB"));
    let mut starts: Samples =
        (0..STARTS).map(|_| Ok(Installation::start()?.ready_after)).collect::<Result<_>>()?;
    row("start of the server on an empty folder until ready", &starts.summary());

    let installation = Installation::start()?;
    let agent = installation.agent()?;
    block_on(async {
        let client = installation.client()?;
        create_project(&client).await?;
        let flow = flows::register(&client, flows::no_op()).await?;
        let runs = create_runs(&client, flow, 1, flows::labelled).await?;
        flows::wait_until_ended(&client, &runs).await?;
        print_memory("idle", &installation, &agent)?;
        let runs = create_runs(&client, flow, RUNS, flows::labelled).await?;
        flows::wait_until_ended(&client, &runs).await?;
        print_memory(&format!("after {RUNS} runs"), &installation, &agent)
    })
}

fn print_memory(when: &str, installation: &Installation, agent: &crate::installation::Process) -> Result<()> {
    let (server, agent) = (installation.server.resident_mebibytes()?, agent.resident_mebibytes()?);
    row(
        &format!("resident memory, {when}: server, agent, together"),
        &format!("{server:.1}, {agent:.1}, {:.1} MiB", server + agent),
    );
    Ok(())
}
