//! Tracked tasks: one flow of 10,000 mapped tasks that do nothing, each with its states on the server.

use std::time::Duration;

use anyhow::{Context as _, Result};
use castra_client::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{create_project, create_runs};
use crate::flows;
use crate::installation::{Installation, block_on};
use crate::statistics::{rate, row};

const TRACKED: &str = "query($id: uuid!) {
    flow_run_by_pk(id: $id) { start_time end_time task_runs_aggregate(where: {state: {_eq: \"Success\"}}) { aggregate { count } } }
}";

pub(crate) fn print() -> Result<()> {
    let installation = Installation::start()?;
    let _agent = installation.agent()?;
    block_on(async {
        let client = installation.client()?;
        create_project(&client).await?;
        let flow = flows::register(&client, flows::mapped()).await?;
        let runs = create_runs(&client, flow, 1, flows::labelled).await?;
        flows::wait_until_ended(&client, &runs).await?;
        let (tracked, elapsed) = tracked(&client, runs[0]).await?;
        anyhow::ensure!(tracked >= flows::MAPPED_TASKS, "only {tracked} task runs are on the server");
        row(
            "tracked tasks of one flow with 10,000 mapped no-op tasks, Running to Success",
            &rate(tracked, elapsed),
        );
        Ok(())
    })
}

/// How many task runs the server knows to have succeeded, and how long the run took by the server's account.
async fn tracked(client: &Client, run: Uuid) -> Result<(usize, Duration)> {
    let data: Value = client.call(TRACKED, json!({"id": run})).await?;
    let run = &data["flow_run_by_pk"];
    let count =
        run.pointer("/task_runs_aggregate/aggregate/count").and_then(Value::as_u64).context("no count")?;
    let instant = |field: &str| {
        run[field].as_str().context("no time")?.parse::<jiff::Timestamp>().context("unreadable time")
    };
    Ok((count as usize, (instant("end_time")? - instant("start_time")?).try_into()?))
}
