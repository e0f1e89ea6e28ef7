//! The example flows of the quickstart: their registration, and a run of each.

use anyhow::{Context as _, Result};
use castra::Executable;
use castra_client::{Client, NewFlowRun};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::commands::{create, examples};

/// The project that they are registered in.
pub(super) const PROJECT: &str = "quickstart";

/// Registers the example flows, stored in this binary.
pub(super) async fn register(client: &Client) -> Result<Vec<Uuid>> {
    let _: Value = client.call(create::PROJECT, json!({"input": {"name": PROJECT}})).await?;
    let path = std::env::current_exe().context("finding this binary")?.to_string_lossy().into_owned();
    let mut registered = Vec::new();
    for flow in castra_examples::flows() {
        let arguments = vec![examples::NAME.to_owned()];
        let storage = Executable { path: path.clone(), arguments, flow: flow.name().to_owned() };
        registered.push(flow.storage(storage).register(client, Some(PROJECT)).await?);
    }
    Ok(registered)
}

/// Creates a run of each flow.
pub(super) async fn create_runs(client: &Client, flows: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut runs = Vec::new();
    for &flow in flows {
        let run = NewFlowRun { flow_id: Some(flow), ..NewFlowRun::default() };
        runs.push(client.create_flow_run(&run).await?);
    }
    Ok(runs)
}
