//! Throughput: 2,000 runs of a Rust flow that does nothing, each a process of its own, created at once.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{create_project, create_runs};
use crate::flows;
use crate::installation::{Installation, block_on};
use crate::statistics::{milliseconds, rate, row};

const RUNS: usize = 2_000;

pub(crate) fn print() -> Result<()> {
    let installation = Installation::start()?;
    let agent = installation.agent()?;
    block_on(async {
        let client = installation.client()?;
        create_project(&client).await?;
        let flow = flows::register(&client, flows::no_op()).await?;
        let cpu_before = installation.server.cpu_time()? + agent.cpu_time()?;
        let begin = Instant::now();
        let runs = create_runs(&client, flow, RUNS, flows::labelled).await?;
        flows::wait_until_ended(&client, &runs).await?;
        let elapsed = begin.elapsed();
        let cpu: Duration = installation.server.cpu_time()? + agent.cpu_time()? - cpu_before;
        row("runs of a no-op Rust flow, 2,000 at once, synchronous=FULL", &rate(RUNS, elapsed));
        row(
            "CPU per such run (server, agent and the flow's process)",
            &format!("{} ms", milliseconds(cpu / RUNS as u32)),
        );
        Ok(())
    })
}
