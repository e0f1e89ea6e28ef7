//! `castra describe flow FLOW`.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::commands::find;
use crate::output::{self, Format, text, time};
use crate::session::Session;

#[derive(Args)]
pub(super) struct Arguments {
    /// The flow: its name or id
    flow: String,
    /// The project, if several have a flow of that name
    #[arg(long, short)]
    project: Option<String>,
}

const FLOW: &str = "query($id: uuid!) {
    flow_by_pk(id: $id) {
        id name version archived created core_version project { name } run_config storage parameters schedule is_schedule_active
        flow_group { labels run_config schedule default_parameters }
        tasks(order_by: {name: asc}) { name slug type mapped max_retries }
    }
}";

pub(super) async fn describe(arguments: Arguments, session: &Session) -> Result<()> {
    let client = session.client()?;
    let id = find::flow(&client, &arguments.flow, arguments.project.as_deref()).await?;
    let data: Value = client.call(FLOW, json!({"id": id})).await?;
    let flow = &data["flow_by_pk"];
    match session.format() {
        Format::Json | Format::Yaml => output::print_data(session.format(), flow),
        Format::Table => print(flow),
    }
    Ok(())
}

fn print(flow: &Value) {
    println!("{} version {} in {}", text(flow, "/name"), text(flow, "/version"), text(flow, "/project/name"));
    println!("  id            {}", text(flow, "/id"));
    println!("  registered    {} with {}", time(flow, "/created"), text(flow, "/core_version"));
    println!("  run config    {}", text(flow, "/run_config"));
    println!("  storage       {}", text(flow, "/storage"));
    println!("  schedule      {}", text(flow, "/schedule"));
    println!("  flow group    {}", text(flow, "/flow_group"));
    println!("  parameters    {}", text(flow, "/parameters"));
    println!("  tasks");
    for task in flow["tasks"].as_array().into_iter().flatten() {
        let mapped = if task["mapped"] == true { ", mapped" } else { "" };
        println!(
            "    {}  {}{mapped}, retries {}",
            text(task, "/slug"),
            text(task, "/type"),
            text(task, "/max_retries")
        );
    }
}
