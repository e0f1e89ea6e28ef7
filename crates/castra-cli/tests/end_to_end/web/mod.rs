//! The web UI as people use it, in a real headless Chromium, with real servers, agents and runs.

mod accessible;
mod browser;
mod live;
mod new_run;
mod run_configs;
mod screenshots;

use serde_json::json;

use crate::support::{World, flow};

/// A flow whose runs execute a script and carry these labels, and a run of it.
async fn a_run(world: &World, labels: &[&str], script: &str) -> (String, String) {
    let mut flow = flow::script("greet <b>the</b> world", script);
    flow["run_config"]["labels"] = json!(labels);
    let flow = world.api.register(flow).await;
    let run = world.api.create_run(&flow, json!({"flow_run_name": "first"})).await;
    (flow, run)
}
