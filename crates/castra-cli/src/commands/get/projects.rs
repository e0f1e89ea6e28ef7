//! `castra get projects`.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::output::{Column, print_rows, text};
use crate::session::Session;

#[derive(Args)]
pub(super) struct Arguments {
    /// How many at most
    #[arg(long, short, default_value_t = 20)]
    limit: u32,
}

const PROJECTS: &str = "query($limit: Int!) {
    project(order_by: {name: asc}, limit: $limit) {
        id name description flows_aggregate(distinct_on: name) { aggregate { count } }
    }
}";

const COLUMNS: &[Column] = &[
    Column { title: "NAME", cell: |project| text(project, "/name") },
    Column { title: "FLOWS", cell: |project| text(project, "/flows_aggregate/aggregate/count") },
    Column { title: "DESCRIPTION", cell: |project| text(project, "/description") },
    Column { title: "ID", cell: |project| text(project, "/id") },
];

pub(super) async fn get(arguments: Arguments, session: &Session) -> Result<()> {
    let data: Value = session.client()?.call(PROJECTS, json!({"limit": arguments.limit})).await?;
    print_rows(
        session.format(),
        data["project"].as_array().map_or(&[], Vec::as_slice),
        COLUMNS,
        "No projects. Create one: castra create project NAME",
    );
    Ok(())
}
