//! `castra describe flow-run RUN`: the whole story of one run.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::commands::find;
use crate::output::{self, Format, list, text, time};
use crate::session::Session;

#[derive(Args)]
pub(super) struct Arguments {
    /// The run: its id or name
    run: String,
}

const FLOW_RUN: &str = "query($id: uuid!) {
    flow_run_by_pk(id: $id) {
        id name state state_message labels run_config parameters context created scheduled_start_time start_time end_time
        flow { name version project { name } }
        states(order_by: [{timestamp: asc}, {version: asc}]) { timestamp state message }
        task_runs(order_by: {state_timestamp: desc}, limit: 50) { state map_index task { name } }
        task_runs_aggregate { aggregate { count } }
        launches(order_by: {claimed_at: asc}) {
            id phase handle detail cause last_lines claimed_at submitted_at started_at ended_at agent { name }
        }
    }
    why(flow_run_id: $id) { waiting_for is_claimable agents { name takes reason } }
}";

pub(super) async fn describe(arguments: Arguments, session: &Session) -> Result<()> {
    let client = session.client()?;
    let id = find::flow_run(&client, &arguments.run).await?;
    let data: Value = client.call(FLOW_RUN, json!({"id": id})).await?;
    match session.format() {
        Format::Json | Format::Yaml => output::print_data(session.format(), &data),
        Format::Table => print(&data["flow_run_by_pk"], &data["why"]),
    }
    Ok(())
}

fn print(run: &Value, why: &Value) {
    println!("{} of {} version {}", text(run, "/name"), text(run, "/flow/name"), text(run, "/flow/version"));
    println!("  id            {}", text(run, "/id"));
    println!("  state         {}: {}", text(run, "/state"), text(run, "/state_message"));
    println!("  labels        {}", list(run, "/labels"));
    println!("  run config    {}", text(run, "/run_config"));
    println!("  parameters    {}", text(run, "/parameters"));
    println!("  scheduled     {}", time(run, "/scheduled_start_time"));
    println!("  started       {}", time(run, "/start_time"));
    println!("  ended         {}", time(run, "/end_time"));
    if why["waiting_for"].is_string() {
        println!("  waits         {}", text(why, "/waiting_for"));
    }
    if why["is_claimable"] == true {
        print_agents(why);
    }
    println!("  states");
    for state in items(run, "states") {
        println!(
            "    {}  {:<10} {}",
            time(state, "/timestamp"),
            text(state, "/state"),
            text(state, "/message")
        );
    }
    items(run, "launches").for_each(print_launch);
    println!("  task runs     {}", text(run, "/task_runs_aggregate/aggregate/count"));
    for task_run in items(run, "task_runs") {
        let index = match task_run["map_index"].as_i64() {
            Some(index) if index >= 0 => format!("[{index}]"),
            _ => String::new(),
        };
        println!("    {:<10} {}{index}", text(task_run, "/state"), text(task_run, "/task/name"));
    }
}

fn print_agents(why: &Value) {
    for agent in items(why, "agents") {
        let verdict = if agent["takes"] == true { "takes it".to_owned() } else { text(agent, "/reason") };
        println!("    agent {}: {verdict}", text(agent, "/name"));
    }
}

fn print_launch(launch: &Value) {
    println!(
        "  launch        {} by {}: {}",
        text(launch, "/id"),
        text(launch, "/agent/name"),
        text(launch, "/phase")
    );
    println!("    handle      {}", launch["handle"]);
    for (title, pointer) in [
        ("claimed", "/claimed_at"),
        ("submitted", "/submitted_at"),
        ("started", "/started_at"),
        ("ended", "/ended_at"),
    ] {
        println!("    {title:<11} {}", time(launch, pointer));
    }
    if let Some(detail) = launch["detail"].as_str() {
        println!("    held up by  {detail}");
    }
    if let Some(cause) = launch["cause"].as_object() {
        println!("    cause       {}", Value::Object(cause.clone()));
    }
    for line in items(launch, "last_lines") {
        println!("    | {}", line.as_str().unwrap_or_default());
    }
}

fn items<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value[field].as_array().into_iter().flatten()
}
