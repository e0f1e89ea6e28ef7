//! People name things as they like: by id, or by name. This file turns both into an id, or says what is not there.

use anyhow::Result;
use castra_client::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::failure::NotFound;

const FLOW_RUN: &str = "query($where: flow_run_bool_exp!) { flow_run(where: $where, order_by: {created: desc}, limit: 1) { id } }";
const FLOW: &str =
    "query($where: flow_bool_exp!) { flow(where: $where, order_by: {version: desc}, limit: 1) { id } }";

/// The id of a flow run; of several runs with one name, the newest.
pub(crate) async fn flow_run(client: &Client, run: &str) -> Result<Uuid> {
    let data: Value = client.call(FLOW_RUN, json!({"where": {by(run): {"_eq": run}}})).await?;
    first_id(&data, "flow_run").ok_or_else(|| NotFound::new("flow run", run, "castra get flow-runs").into())
}

/// The id of a flow's newest version that is not archived.
pub(crate) async fn flow(client: &Client, flow: &str, project: Option<&str>) -> Result<Uuid> {
    let mut filter = json!({by(flow): {"_eq": flow}});
    if by(flow) == "name" {
        filter["archived"] = json!({"_eq": false});
    }
    if let Some(project) = project {
        filter["project"] = json!({"name": {"_eq": project}});
    }
    let data: Value = client.call(FLOW, json!({"where": filter})).await?;
    first_id(&data, "flow").ok_or_else(|| NotFound::new("flow", flow, "castra get flows").into())
}

fn by(word: &str) -> &'static str {
    match Uuid::parse_str(word) {
        Ok(_) => "id",
        Err(_) => "name",
    }
}

fn first_id(data: &Value, table: &str) -> Option<Uuid> {
    data[table][0]["id"].as_str()?.parse().ok()
}
