//! Pages that are open while something happens.

use castra_core::state::StateKind;
use serde_json::json;

use super::a_run;
use super::browser::Browser;
use crate::support::{Witness, World, flow};

#[tokio::test(flavor = "multi_thread")]
async fn why_a_run_waits_is_found_out_and_the_pasted_command_lets_it_leave() {
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let witness = Witness::register(&world).await;
    let mut options = witness.options(json!({}));
    options["labels"] = json!(["gpu"]);
    let run = world.api.create_run(&witness.flow, options).await;
    browser.open("/runs").await;
    browser.clicks(&format!("#run-{run} a")).await;
    let _other = world.agent("other", &["dev"]);
    browser.sees(".notice .missing", "gpu").await;
    browser.sees("#why + p", "an agent with `gpu` that launches a LocalRun").await;
    let command = browser.finds(".notice .command code").await.text().await.unwrap();
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!(words, ["castra", "agent", "local", "start", "--label", "gpu"]);
    let _agent = world.agent_with("pasted", &words[4..]);
    // Nobody loads the page again.
    browser.sees("h1", "Success").await;
    browser.sees_no_more("#live", "Why it waits").await;
    browser.sees("#live", "user code").await;
    browser.sees("svg.graph", "testify").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_watched_live_and_its_log_can_run_nothing() {
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let (_, run) = a_run(&world, &["nobody"], "exit 0").await;
    browser.open(&format!("/runs/{run}")).await;
    let line =
        |text: &str| json!({"logs": [{"flow_run_id": run, "level": "ERROR", "name": "x", "message": text}]});
    let log =
        async |text: &str| drop(world.api.try_mutate("write_run_logs", "success", line(text)).await.unwrap());
    log("<img src=x onerror='document.title=\"broken out\"'>").await;
    browser.sees("#lines", "<img src=x onerror=").await;
    log("second").await;
    browser.sees("#lines .line:last-child", "second").await;
    assert_eq!(
        browser.run("return document.querySelectorAll('#lines .line').length", vec![]).await,
        json!(2)
    );
    assert!(!browser.client.title().await.unwrap().contains("broken out"));
    browser.sees("h1", "first").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_written_and_unfolded_stays_while_the_page_changes() {
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let (_, run) = a_run(&world, &["nobody"], "exit 0").await;
    browser.open(&format!("/runs/{run}")).await;
    browser.clicks("#edit-name summary").await;
    browser.fills("#edit-name input", "half writ").await;
    let input = json!({"flow_run_id": run, "labels": ["other"]});
    world.api.try_mutate("set_flow_run_labels", "success", input).await.unwrap();
    browser.sees("#live", "--label other").await;
    let written = browser.run("return document.activeElement.value", vec![]).await;
    assert_eq!(written, json!("half writ"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_run_is_cancelled_from_its_page() {
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let _agent = world.agent("here", &[]);
    let (_, run) = a_run(&world, &[], "exec sleep 100").await;
    world.api.reaches(&run, StateKind::Submitted).await;
    world.has_flow_run_processes(1).await;
    browser.open(&format!("/runs/{run}")).await;
    browser.clicks("form[action$='/cancel'] button").await;
    browser.sees("h1", "Cancelled").await;
    browser.sees("#live", "stopped with SIGTERM").await;
    world.has_flow_run_processes(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_edited_and_its_next_runs_are_shown() {
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    a_run(&world, &[], "exit 0").await;
    browser.open("/flows").await;
    browser.clicks("tbody th a").await;
    browser.clicks("#schedule ~ details summary").await;
    browser.fills("input[name=cron]", "30 4 * * *").await;
    browser.clicks("form[action$='/schedule'] button").await;
    browser.sees("main", "cron 30 4 * * * (UTC)").await;
    browser.sees("main", "Next runs:").await;
    browser.clicks("form[action$='/active'] button").await;
    browser.sees("main", "Were it active, it would run:").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mapped_children_are_unfolded_and_stay_so_while_the_page_changes() {
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let mut flow = flow::script("mapped", "exit 0");
    flow["tasks"] = json!([{"slug": "each", "name": "each <i>", "type": "tests.Task", "max_retries": 0}]);
    flow["run_config"]["labels"] = json!(["nobody"]);
    let flow = world.api.register(flow).await;
    let run = world.api.create_run(&flow, json!({})).await;
    let task = world.api.call("{ task { id } }", json!({})).await["task"][0]["id"].clone();
    let input = json!({"flow_run_id": run, "task_id": task, "max_map_index": 119});
    world.api.try_mutate("get_or_create_mapped_task_run_children", "ids", input).await.unwrap();
    browser.open(&format!("/runs/{run}")).await;
    browser.clicks(".keep[id^=children] summary").await;
    browser.sees(".children", "[99]").await;
    let input = json!({"flow_run_id": run, "labels": ["other"]});
    world.api.try_mutate("set_flow_run_labels", "success", input).await.unwrap();
    browser.sees("#live", "--label other").await;
    browser.sees(".children", "[99]").await;
    browser.clicks(".keep[id^=children] button").await;
    browser.sees(".keep[id^=children]", "[119]").await;
}
