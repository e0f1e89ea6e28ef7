//! State transitions: how many a second the server takes, each acknowledged after it is durable, from 1, 8 and 32 clients.

use std::time::Instant;

use anyhow::Result;
use castra_client::Client;
use futures::future::try_join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{create_project, create_runs};
use crate::flows;
use crate::installation::{Installation, block_on};
use crate::statistics::{rate, row};

/// What a run goes through.
const LIFE: [&str; 3] = ["Submitted", "Running", "Success"];
const SET_STATES: &str = "mutation($input: set_flow_run_states_input!) { set_flow_run_states(input: $input) { states { id status } } }";

pub(crate) fn print() -> Result<()> {
    let installation = Installation::start()?;
    block_on(async {
        let client = installation.client()?;
        create_project(&client).await?;
        let flow = flows::register(&client, flows::no_op()).await?;
        for (clients, runs) in [(1, 200), (8, 1_600), (32, 3_200)] {
            let runs = create_runs(&client, flow, runs, |_| json!({})).await?;
            let begin = Instant::now();
            try_join_all(runs.chunks(runs.len() / clients).map(|runs| live(&installation, runs))).await?;
            row(
                &format!("state transitions, {clients} clients"),
                &rate(runs.len() * LIFE.len(), begin.elapsed()),
            );
        }
        Ok(())
    })
}

/// One client takes its runs through their lives, one request after the other.
async fn live(installation: &Installation, runs: &[Uuid]) -> Result<()> {
    let client: Client = installation.client()?;
    for run in runs {
        for state in LIFE {
            let states = json!([{"flow_run_id": run, "state": {"type": state, "message": state}}]);
            let _: Value = client.call(SET_STATES, json!({"input": {"states": states}})).await?;
        }
    }
    Ok(())
}
