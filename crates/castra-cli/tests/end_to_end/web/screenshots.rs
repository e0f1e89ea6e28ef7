//! Pictures of the main pages, written into the folder that `CASTRA_SCREENSHOTS` names: `cargo xtask screenshots`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::browser::{Browser, Window};
use crate::support::{Witness, World, flow};

/// What is shown, at a size that fits it.
const PICTURES: [(&str, Window); 3] = [
    ("light", Window { width: 1280, height: 1000, is_dark: false }),
    ("dark", Window { width: 1280, height: 1000, is_dark: true }),
    ("phone", Window { width: 390, height: 1000, is_dark: false }),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_main_pages_are_pictured() {
    let Some(folder) = std::env::var_os("CASTRA_SCREENSHOTS").map(PathBuf::from) else { return };
    let world = World::new().await;
    let pages = a_world_to_look_at(&world).await;
    for (look, window) in PICTURES {
        let Some(browser) = Browser::with(world.server.url(), window).await else { return };
        for (name, path) in &pages {
            picture(&browser, path, &folder.join(format!("{name}-{look}.png"))).await;
        }
    }
}

async fn picture(browser: &Browser, path: &str, file: &Path) {
    browser.open(path).await;
    browser.finds("h1").await;
    std::fs::write(file, browser.client.screenshot().await.unwrap()).unwrap();
}

/// A server where something is going on, and the pages that show it.
async fn a_world_to_look_at(world: &World) -> Vec<(&'static str, String)> {
    let _agent = world.agent("vm-1", &["dev", "vm"]);
    let witness = Witness::register(world).await;
    let broken =
        registered(world, "nightly-report", &["vm"], "echo 'no such table: sales' >&2; exit 3").await;
    let waiting = registered(world, "train-model", &["gpu", "eu-west"], "exit 0").await;
    let mut ended = String::new();
    for _ in 0..6 {
        let mut options = witness.options(json!({"milliseconds": 20}));
        options["labels"] = json!(["dev"]);
        ended = world.api.create_run(&witness.flow, options).await;
        world.api.ends(&ended).await;
    }
    let failed = world.api.create_run(&broken, json!({"flow_run_name": "monday"})).await;
    world.api.ends(&failed).await;
    let run_config = json!({
        "type": "KubernetesRun", "image": "registry.example/train:3", "cpu_request": "2", "memory_limit": "16Gi",
        "env": {"BATCH_SIZE": "512"},
    });
    let labels = ["gpu", "eu-west"];
    let options = json!({"flow_run_name": "first-epoch", "labels": labels, "run_config": run_config});
    let waits = world.api.create_run(&waiting, options).await;
    let (group, of_waiting) = (group(world, "witness").await, group(world, "train-model").await);
    vec![
        ("overview", "/".to_owned()),
        ("runs", "/runs".to_owned()),
        ("run", format!("/runs/{ended}")),
        ("run-failed", format!("/runs/{failed}")),
        ("run-waits", format!("/runs/{waits}")),
        ("flow", format!("/flows/{group}")),
        ("run-dialog", format!("/flows/{of_waiting}/run?like={waits}#labels-inherit")),
        ("agents", "/agents".to_owned()),
    ]
}

/// The group of a flow.
async fn group(world: &World, name: &str) -> String {
    let document = "query($name: String!) { flow_group(where: {flows: {name: {_eq: $name}}}) { id } }";
    let groups = world.api.call(document, json!({"name": name})).await;
    groups["flow_group"][0]["id"].as_str().unwrap().to_owned()
}

async fn registered(world: &World, name: &str, labels: &[&str], script: &str) -> String {
    let mut flow = flow::script(name, script);
    flow["run_config"]["labels"] = json!(labels);
    world.api.register(flow).await
}
