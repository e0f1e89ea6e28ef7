//! Claims: how long one takes while 100,000 runs with 200 distinct label sets are scheduled.

use std::time::{Duration, Instant};

use anyhow::Result;
use castra_client::{AgentRegistration, Client};
use castra_core::claim::{ClaimRequest, default_lease_seconds};
use castra_core::label::LabelSet;
use serde_json::json;
use uuid::Uuid;

use super::{create_project, create_runs};
use crate::flows;
use crate::installation::{Installation, block_on};
use crate::statistics::{Samples, row};

const RUNS: usize = 100_000;
const LABEL_SETS: usize = 200;
const CLAIMS: usize = 1_000;

pub(crate) fn print() -> Result<()> {
    let installation = Installation::start()?;
    block_on(async {
        let client = installation.client()?;
        create_project(&client).await?;
        let flow = flows::register(&client, flows::no_op()).await?;
        create_runs(&client, flow, RUNS, |n| json!({"labels": [label(n), flows::LABEL]})).await?;
        let agent = register(&client).await?;
        let mut narrow = Samples::default();
        let mut wide = Samples::default();
        for n in 0..CLAIMS {
            narrow.extend([
                claim(&client, agent, [label(n), flows::LABEL.to_owned()].into_iter().collect()).await?
            ]);
            wide.extend([claim(
                &client,
                agent,
                (0..LABEL_SETS).map(label).chain([flows::LABEL.to_owned()]).collect(),
            )
            .await?]);
        }
        row("claim of one run, 100,000 scheduled, agent covers 1 of 200 label sets", &narrow.summary());
        row("claim of one run, 100,000 scheduled, agent covers all 200 label sets", &wide.summary());
        Ok(())
    })
}

fn label(n: usize) -> String {
    format!("team-{}", n % LABEL_SETS)
}

async fn register(client: &Client) -> Result<Uuid> {
    let agent = AgentRegistration {
        id: None,
        agent_type: "LocalAgent".to_owned(),
        name: "bench".to_owned(),
        labels: LabelSet::empty(),
    };
    Ok(client.register_agent(&agent).await?)
}

async fn claim(client: &Client, agent_id: Uuid, labels: LabelSet) -> Result<Duration> {
    let lease_seconds = default_lease_seconds();
    let request = ClaimRequest { agent_id, labels, limit: 1, wait_seconds: 0, lease_seconds };
    let begin = Instant::now();
    let reply = client.claim_flow_runs(&request).await?;
    let elapsed = begin.elapsed();
    anyhow::ensure!(reply.claims.len() == 1, "the claim came back with {} runs", reply.claims.len());
    Ok(elapsed)
}
