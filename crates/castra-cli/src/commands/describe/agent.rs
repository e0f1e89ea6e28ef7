//! `castra describe agent AGENT`.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::failure::NotFound;
use crate::output::{self, Format, list, text, time};
use crate::session::Session;

#[derive(Args)]
pub(super) struct Arguments {
    /// The agent's id, as `castra get agents` shows it
    agent: uuid::Uuid,
}

const AGENT: &str = "query($id: uuid!) {
    agent_by_pk(id: $id) { id name type labels last_queried created }
    launch(where: {agent_id: {_eq: $id}, ended_at: {_is_null: true}}, order_by: {claimed_at: asc}) {
        id phase handle claimed_at lease_expires_at flow_run { id name state }
    }
}";

pub(super) async fn describe(arguments: Arguments, session: &Session) -> Result<()> {
    let data: Value = session.client()?.call(AGENT, json!({"id": arguments.agent})).await?;
    if data["agent_by_pk"].is_null() {
        return Err(NotFound::new("agent", &arguments.agent.to_string(), "castra get agents").into());
    }
    match session.format() {
        Format::Json | Format::Yaml => output::print_data(session.format(), &data),
        Format::Table => print(&data["agent_by_pk"], &data["launch"]),
    }
    Ok(())
}

fn print(agent: &Value, launches: &Value) {
    println!("{} ({})", text(agent, "/name"), text(agent, "/type"));
    println!("  id            {}", text(agent, "/id"));
    println!("  labels        {}", list(agent, "/labels"));
    println!("  last queried  {}", time(agent, "/last_queried"));
    println!("  in hand");
    for launch in launches.as_array().into_iter().flatten() {
        let run = text(launch, "/flow_run/name");
        println!(
            "    {run}  {}  {}  since {}",
            text(launch, "/phase"),
            launch["handle"],
            time(launch, "/claimed_at")
        );
    }
}
