//! Following one run on the terminal: its states, why it waits, where it was launched, its logs.

use std::time::Duration;

use anyhow::{Context as _, Result};
use castra_client::Client;
use castra_core::state::StateKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::commands::get::print_log_line;
use crate::output::{self, Format, list, text};

/// Between two looks at the run.
const PERIOD: Duration = Duration::from_millis(250);
/// After so many looks at a run that waits, its reason is asked for.
const LOOKS_BEFORE_WHY: u32 = 8;

const LOOK: &str = "query($id: uuid!, $after: timestamptz!) {
    flow_run_by_pk(id: $id) {
        id name state state_message labels
        launches(order_by: {claimed_at: desc}, limit: 1) { phase handle detail agent { name } }
        logs(where: {timestamp: {_gt: $after}}, order_by: {timestamp: asc}, limit: 1000) { timestamp level name message }
    }
}";
const WHY: &str =
    "query($id: uuid!) { why(flow_run_id: $id) { waiting_for is_claimable agents { name takes reason } } }";

/// Looks at a run until it has ended, and returns its last state.
pub(crate) async fn until_ended(client: &Client, run: Uuid, format: Format) -> Result<StateKind> {
    let mut watch =
        Watch { format, state: String::new(), launch: Value::Null, after: "1970-01-01T00:00:00Z".to_owned() };
    let mut looks = 0;
    loop {
        let data: Value = client.call(LOOK, json!({"id": run, "after": watch.after})).await?;
        let seen = &data["flow_run_by_pk"];
        let state: StateKind = text(seen, "/state").parse().with_context(|| format!("flow run {run}"))?;
        watch.show(seen);
        if state.is_finished() {
            watch.show_end(seen);
            return Ok(state);
        }
        looks += 1;
        if state.is_claimable() && looks == LOOKS_BEFORE_WHY {
            watch.show_why(&client.call(WHY, json!({"id": run})).await?);
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// What was shown already.
struct Watch {
    format: Format,
    state: String,
    launch: Value,
    after: String,
}

impl Watch {
    fn show(&mut self, run: &Value) {
        let state = text(run, "/state");
        let launch = run["launches"][0].clone();
        if let Some(last) = run["logs"].as_array().and_then(|logs| logs.last()) {
            self.after = text(last, "/timestamp");
        }
        if self.format == Format::Table {
            if self.state.is_empty() {
                println!(
                    "Flow run `{}` ({}), labels: {}",
                    text(run, "/name"),
                    text(run, "/id"),
                    list(run, "/labels")
                );
            }
            if launch["handle"] != self.launch["handle"] {
                println!("  launched by {}: {}", text(&launch, "/agent/name"), launch["handle"]);
            }
            if launch["detail"] != self.launch["detail"] && launch["detail"].is_string() {
                println!("  {}: {}", text(&launch, "/agent/name"), text(&launch, "/detail"));
            }
            run["logs"].as_array().into_iter().flatten().for_each(print_log_line);
            if state != self.state {
                println!("  {state}: {}", text(run, "/state_message"));
            }
        }
        self.state = state;
        self.launch = launch;
    }

    fn show_end(&self, run: &Value) {
        if self.format != Format::Table {
            let end =
                ["id", "name", "state", "state_message"].map(|field| (field.to_owned(), run[field].clone()));
            output::print_data(self.format, &Value::Object(end.into_iter().collect()));
        }
    }

    fn show_why(&self, data: &Value) {
        if self.format == Format::Table {
            println!("  waits: {}", text(data, "/why/waiting_for"));
            let agents = data["why"]["agents"].as_array().filter(|_| data["why"]["is_claimable"] == true);
            for agent in agents.into_iter().flatten().filter(|agent| agent["takes"] == false) {
                println!("    agent {}: {}", text(agent, "/name"), text(agent, "/reason"));
            }
        }
    }
}
