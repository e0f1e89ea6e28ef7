//! The dialog that creates a run: what is changed there is what the run is launched with.

use serde_json::{Value, json};

use super::browser::Browser;
use crate::support::{Witness, World};

/// The address of the dialog of a flow's runs.
pub(super) async fn dialog(world: &World, flow: &str) -> String {
    let document = "query($id: uuid!) { flow_by_pk(id: $id) { flow_group_id } }";
    let answer = world.api.call(document, json!({"id": flow})).await;
    format!("/flows/{}/run", answer["flow_by_pk"]["flow_group_id"].as_str().unwrap())
}

/// The run config of the only run there is.
async fn run_config(world: &World) -> Value {
    let runs = world.api.call("{ flow_run { run_config } }", json!({})).await;
    assert_eq!(runs["flow_run"].as_array().unwrap().len(), 1, "{runs}");
    runs["flow_run"][0]["run_config"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_is_given_in_the_dialog_reaches_the_run() {
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let witness = Witness::register(&world).await;
    let _agent = world.agent("here", &[]);
    let file = world.path("testimonies");
    browser.open(&dialog(&world, &witness.flow).await).await;
    browser.fills("tr:first-child [name='env.name']", "WITNESS_FILE").await;
    browser.fills("tr:first-child [name='env.value']", file.to_str().unwrap()).await;
    browser.clicks("button.primary").await;
    browser.sees("h1", "Success").await;
    assert_eq!(witness.testimonies().len(), 1);
    let run_config = run_config(&world).await;
    assert_eq!(
        (&run_config["type"], &run_config["env"]),
        (&json!("UniversalRun"), &json!({"WITNESS_FILE": file}))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_type_of_run_config_is_chosen_in_the_dialog_and_the_run_waits_for_its_agent() {
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let witness = Witness::register(&world).await;
    let _agent = world.agent("here", &[]);
    browser.open(&dialog(&world, &witness.flow).await).await;
    browser.finds("#field-type").await.select_by_label("KubernetesRun").await.unwrap();
    browser.fills("#field-image", "registry.example/etl:2").await;
    browser.sees("#preview", "castra agent kubernetes start").await;
    browser.clicks("button.primary").await;
    browser.sees("#why + p", "launches a KubernetesRun").await;
    let run_config = run_config(&world).await;
    assert_eq!(
        (&run_config["type"], &run_config["image"]),
        (&json!("KubernetesRun"), &json!("registry.example/etl:2"))
    );
}
