//! The dialog that creates a run: what is changed there is what the run is launched with.

use fantoccini::key::Key;
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

/// The chips of the field for labels.
const CHIPS: &str = "fieldset .chips";

#[tokio::test(flavor = "multi_thread")]
async fn labels_become_chips_by_key_and_go_by_click_or_key() {
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let witness = Witness::register(&world).await;
    browser.open(&dialog(&world, &witness.flow).await).await;
    browser.clicks("#labels-these").await;
    let field = browser.finds(&format!("{CHIPS} [name='labels.these']")).await;
    field.send_keys("wrong,gpu,<b>eu</b>,slow").await.unwrap();
    field.send_keys(&Key::Enter.to_string()).await.unwrap();
    browser.sees(CHIPS, "wronggpu<b>eu</b>slow").await;
    let line = "return getComputedStyle(document.querySelector('.chips .chip span')).textDecorationLine";
    assert_eq!(
        browser.run(line, vec![]).await,
        json!("none"),
        "only labels that are taken away are struck through"
    );
    browser.clicks(&format!("{CHIPS} .chip:first-child")).await;
    browser.sees_no_more(CHIPS, "wrong").await;
    // The field has the focus again.
    let typed = browser.client.active_element().await.unwrap();
    typed.send_keys(&Key::Backspace.to_string()).await.unwrap();
    browser.sees_no_more(CHIPS, "slow").await;
    browser.sees("#preview", "castra agent local start --label '<b>eu</b>' --label gpu").await;
    typed.send_keys("unfinished").await.unwrap();
    browser.clicks("button.primary").await;
    browser.sees("#why + p", "It waits for an agent").await;
    let runs = world.api.call("{ flow_run { labels } }", json!({})).await;
    assert_eq!(runs["flow_run"][0]["labels"], json!(["<b>eu</b>", "gpu", "unfinished"]));
    browser.clicks("#edit-labels summary").await;
    let chip = browser.finds("#edit-labels .chip:first-child input").await;
    chip.send_keys(" ").await.unwrap();
    browser.clicks("#edit-labels button").await;
    browser.sees(".notice .command", "castra agent local start --label gpu --label unfinished").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_for_an_alternative_is_there_when_it_is_chosen_again() {
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let witness = Witness::register(&world).await;
    browser.open(&dialog(&world, &witness.flow).await).await;
    browser.finds("#field-type").await.select_by_label("ECSRun").await.unwrap();
    let choose = async |alternative: &str| {
        let choice = browser.finds("#field-task_definition_from").await;
        choice.select_by_label(alternative).await.unwrap();
    };
    choose("Inline").await;
    browser.fills("textarea#field-task_definition", "cpu: 512\nmemory: 1024").await;
    choose("ARN").await;
    browser.fills("input#field-task_definition_arn", "flows:7").await;
    choose("Inline").await;
    browser.sees("textarea#field-task_definition", "cpu: 512\nmemory: 1024").await;
    choose("ARN").await;
    browser.finds("input#field-task_definition_arn[value='flows:7']").await;
    browser.clicks("button.primary").await;
    browser.sees("#why + p", "start one, e.g. with `castra agent ecs start`").await;
    let run_config = run_config(&world).await;
    assert_eq!(
        (&run_config["task_definition_arn"], &run_config["task_definition"]),
        (&json!("flows:7"), &json!(null))
    );
}
