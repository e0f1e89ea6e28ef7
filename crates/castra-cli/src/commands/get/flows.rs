//! `castra get flows`.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::output::{Column, list, print_rows, text, time};
use crate::session::Session;

#[derive(Args)]
pub(super) struct Arguments {
    /// Only flows with this name
    #[arg(long, short)]
    name: Option<String>,
    /// Only flows of this project
    #[arg(long, short)]
    project: Option<String>,
    /// Archived versions, too
    #[arg(long)]
    all_versions: bool,
    /// How many at most
    #[arg(long, short, default_value_t = 20)]
    limit: u32,
}

const FLOWS: &str = "query($where: flow_bool_exp!, $limit: Int!) {
    flow(where: $where, order_by: {created: desc}, limit: $limit) {
        id name version archived created is_schedule_active run_config project { name }
    }
}";

const COLUMNS: &[Column] = &[
    Column { title: "NAME", cell: |flow| text(flow, "/name") },
    Column { title: "VERSION", cell: |flow| text(flow, "/version") },
    Column { title: "PROJECT", cell: |flow| text(flow, "/project/name") },
    Column { title: "RUN CONFIG", cell: |flow| text(flow, "/run_config/type") },
    Column { title: "LABELS", cell: |flow| list(flow, "/run_config/labels") },
    Column { title: "CREATED", cell: |flow| time(flow, "/created") },
    Column { title: "ID", cell: |flow| text(flow, "/id") },
];

pub(super) async fn get(arguments: Arguments, session: &Session) -> Result<()> {
    let mut filter = json!({});
    if !arguments.all_versions {
        filter["archived"] = json!({"_eq": false});
    }
    if let Some(name) = &arguments.name {
        filter["name"] = json!({"_eq": name});
    }
    if let Some(project) = &arguments.project {
        filter["project"] = json!({"name": {"_eq": project}});
    }
    let data: Value =
        session.client()?.call(FLOWS, json!({"where": filter, "limit": arguments.limit})).await?;
    print_rows(
        session.format(),
        data["flow"].as_array().map_or(&[], Vec::as_slice),
        COLUMNS,
        "No flows. Register some: castra register --project PROJECT --path FLOW_FILE",
    );
    Ok(())
}
