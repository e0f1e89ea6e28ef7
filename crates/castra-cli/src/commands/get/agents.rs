//! `castra get agents`.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::output::{Column, list, print_rows, text, time};
use crate::session::Session;

#[derive(Args)]
pub(super) struct Arguments {
    /// How many at most
    #[arg(long, short, default_value_t = 20)]
    limit: u32,
}

const AGENTS: &str = "query($limit: Int!) {
    agent(order_by: {last_queried: desc}, limit: $limit) { id name type labels last_queried created }
}";

const COLUMNS: &[Column] = &[
    Column { title: "NAME", cell: |agent| text(agent, "/name") },
    Column { title: "TYPE", cell: |agent| text(agent, "/type") },
    Column { title: "LABELS", cell: |agent| list(agent, "/labels") },
    Column { title: "LAST QUERIED", cell: |agent| time(agent, "/last_queried") },
    Column { title: "ID", cell: |agent| text(agent, "/id") },
];

pub(super) async fn get(arguments: Arguments, session: &Session) -> Result<()> {
    let data: Value = session.client()?.call(AGENTS, json!({"limit": arguments.limit})).await?;
    print_rows(
        session.format(),
        data["agent"].as_array().map_or(&[], Vec::as_slice),
        COLUMNS,
        "No agents. Start one: castra agent local start",
    );
    Ok(())
}
