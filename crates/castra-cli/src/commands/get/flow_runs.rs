//! `castra get flow-runs`.

use anyhow::Result;
use castra_core::state::StateKind;
use clap::Args;
use serde_json::{Value, json};

use crate::output::{Column, list, print_rows, text, time};
use crate::session::Session;

#[derive(Args)]
pub(super) struct Arguments {
    /// Only runs of this flow
    #[arg(long, short)]
    flow: Option<String>,
    /// Only runs of this project
    #[arg(long, short)]
    project: Option<String>,
    /// Only runs in these states, e.g. Failed
    #[arg(long, short)]
    state: Vec<StateKind>,
    /// How many at most
    #[arg(long, short, default_value_t = 20)]
    limit: u32,
}

const FLOW_RUNS: &str = "query($where: flow_run_bool_exp!, $limit: Int!) {
    flow_run(where: $where, order_by: {created: desc}, limit: $limit) {
        id name state state_message labels created scheduled_start_time start_time end_time flow { name }
    }
}";

const COLUMNS: &[Column] = &[
    Column { title: "NAME", cell: |run| text(run, "/name") },
    Column { title: "FLOW", cell: |run| text(run, "/flow/name") },
    Column { title: "STATE", cell: |run| text(run, "/state") },
    Column { title: "LABELS", cell: |run| list(run, "/labels") },
    Column { title: "SCHEDULED", cell: |run| time(run, "/scheduled_start_time") },
    Column { title: "STARTED", cell: |run| time(run, "/start_time") },
    Column { title: "ENDED", cell: |run| time(run, "/end_time") },
    Column { title: "ID", cell: |run| text(run, "/id") },
];

pub(super) async fn get(arguments: Arguments, session: &Session) -> Result<()> {
    let mut filter = json!({});
    if !arguments.state.is_empty() {
        filter["state"] = json!({"_in": arguments.state});
    }
    if let Some(flow) = &arguments.flow {
        filter["flow"]["name"] = json!({"_eq": flow});
    }
    if let Some(project) = &arguments.project {
        filter["flow"]["project"] = json!({"name": {"_eq": project}});
    }
    let data: Value =
        session.client()?.call(FLOW_RUNS, json!({"where": filter, "limit": arguments.limit})).await?;
    print_rows(
        session.format(),
        data["flow_run"].as_array().map_or(&[], Vec::as_slice),
        COLUMNS,
        "No flow runs. Create one: castra run --name FLOW --watch",
    );
    Ok(())
}
