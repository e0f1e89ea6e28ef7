//! One file per benchmark, named for what it measures.

pub(crate) mod claims;
pub(crate) mod dispatch;
pub(crate) mod docker_dispatch;
pub(crate) mod footprint;
pub(crate) mod kubernetes_dispatch;
pub(crate) mod kubernetes_watch;
pub(crate) mod pages;
pub(crate) mod throughput;
pub(crate) mod tracked_tasks;
pub(crate) mod transitions;

use anyhow::{Context as _, Result};
use castra_client::Client;
use serde_json::{Value, json};
use uuid::Uuid;

/// The project of everything that is measured.
pub(crate) const PROJECT: &str = "bench";

/// Creates the project.
pub(crate) async fn create_project(client: &Client) -> Result<()> {
    let document = "mutation($input: create_project_input!) { create_project(input: $input) { id } }";
    let _: Value = client.call(document, json!({"input": {"name": PROJECT}})).await?;
    Ok(())
}

/// Creates runs of a flow, many with one request, and returns their ids. `extra` gives further input fields of the nth run.
pub(crate) async fn create_runs(
    client: &Client,
    flow: Uuid,
    count: usize,
    extra: impl Fn(usize) -> Value,
) -> Result<Vec<Uuid>> {
    const PER_REQUEST: usize = 100;
    let mut runs = Vec::with_capacity(count);
    for first in (0..count).step_by(PER_REQUEST) {
        let numbers = first..count.min(first + PER_REQUEST);
        let fields: String =
            numbers.clone().map(|n| format!(" r{n}: create_flow_run(input: $i{n}) {{ id }}")).collect();
        let names: String = numbers.clone().map(|n| format!("$i{n}: create_flow_run_input! ")).collect();
        let mut variables = serde_json::Map::new();
        for n in numbers.clone() {
            let mut input = extra(n);
            input["flow_id"] = json!(flow);
            variables.insert(format!("i{n}"), input);
        }
        let created: Value =
            client.call(&format!("mutation({names}) {{{fields} }}"), Value::from(variables)).await?;
        for n in numbers {
            let id = created[format!("r{n}")]["id"].as_str().context("no flow run id")?;
            runs.push(id.parse()?);
        }
    }
    Ok(runs)
}
