//! Registration: versions, flow groups, idempotency, batches, archiving.

use castra_core::state::StateKind;
use castra_store::create_flow_run::{CreateFlowRun, FlowToRun, create_flow_run};
use castra_store::register::{RegisterFlow, activate_flow, register_flow};
use castra_store::register_graph::{register_edges, register_tasks};
use castra_store::testing::{TestStore, a_serialized_flow};
use serde_json::json;

async fn request(test: &TestStore, key: Option<&str>) -> RegisterFlow {
    RegisterFlow {
        project_id: test.a_project().await,
        serialized_flow: a_serialized_flow(&["dev"]),
        version_group_id: None,
        idempotency_key: key.map(str::to_owned),
        set_schedule_active: false,
    }
}

#[tokio::test]
async fn the_same_name_in_a_project_is_the_next_version_and_archives_the_others() {
    let test = TestStore::new();
    let first = test.register(a_serialized_flow(&["dev"])).await;
    let second = test.register(a_serialized_flow(&["dev"])).await;
    assert_eq!((first.version, second.version), (1, 2));
    assert_eq!(first.flow_group_id, second.flow_group_id);
    let archived: String = test.value("select group_concat(archived order by version) from flow", &[]).await;
    assert_eq!(archived, "1,0");
}

#[tokio::test]
async fn only_the_groups_last_key_is_compared() {
    let test = TestStore::new();
    let (a, b) = (request(&test, Some("a")).await, request(&test, Some("b")).await);
    let (a_again, a_once_more) = (a.clone(), a.clone());
    let first = test.write(move |tx| register_flow(tx, &a)).await;
    let repeated = test.write(move |tx| register_flow(tx, &a_again)).await;
    assert_eq!((repeated.id, repeated.is_new), (first.id, false));
    let changed = test.write(move |tx| register_flow(tx, &b)).await;
    let back = test.write(move |tx| register_flow(tx, &a_once_more)).await;
    assert_eq!((changed.version, back.version), (2, 3));
}

#[tokio::test]
async fn tasks_and_edges_come_in_batches_that_may_be_repeated() {
    let test = TestStore::new();
    let whole = a_serialized_flow(&[]);
    let (tasks, edges) = (whole["tasks"].clone(), whole["edges"].clone());
    let mut header = request(&test, None).await;
    header.serialized_flow["tasks"] = json!(null);
    header.serialized_flow["edges"] = json!(null);
    let flow = test.write(move |tx| register_flow(tx, &header)).await.id;
    test.write(move |tx| {
        for _ in 0..2 {
            register_tasks(tx, flow, &tasks)?;
            register_tasks(tx, flow, &json!([]))?;
            register_edges(tx, flow, &edges)?;
            activate_flow(tx, flow)?;
        }
        Ok(())
    })
    .await;
    let tasks: String = test
        .value(
            "select group_concat(slug || ' root ' || is_root_task || ' terminal ' || is_terminal_task
                 || ' reference ' || is_reference_task, ', ' order by slug) from task",
            &[],
        )
        .await;
    assert_eq!(tasks, "extract root 1 terminal 0 reference 0, load root 0 terminal 1 reference 1");
    assert_eq!(test.value::<i64>("select count(*) from edge", &[]).await, 1);
}

#[tokio::test]
async fn a_mapped_edge_makes_a_mapped_task() {
    let test = TestStore::new();
    let mut flow = a_serialized_flow(&[]);
    flow["edges"][0]["mapped"] = json!(true);
    test.register(flow).await;
    let mapped: String = test.value("select group_concat(slug) from task where mapped = 1", &[]).await;
    assert_eq!(mapped, "load");
}

#[tokio::test]
async fn archiving_cancels_the_runs_that_people_made() {
    let test = TestStore::new();
    let old = test.a_flow(&["dev"]).await;
    let waiting = test.a_run(old).await;
    test.a_flow(&["dev"]).await;
    assert_eq!(test.state_of(waiting).await, StateKind::Cancelled);
    let again = CreateFlowRun::of(FlowToRun::Flow(old));
    let error = test.refused(move |tx| create_flow_run(tx, &again)).await;
    assert!(error.contains("is archived, a newer version has replaced it"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_registered_says_why() {
    let test = TestStore::new();
    let good = request(&test, None).await;
    let mut bad_config = good.clone();
    bad_config.serialized_flow["run_config"] = json!({"type": "MoonRun"});
    let mut bad_edge = good.clone();
    bad_edge.serialized_flow["edges"][0]["upstream_task"]["slug"] = json!("transform");
    let mut bad_schedule = good.clone();
    bad_schedule.serialized_flow["schedule"] =
        json!({"clocks": [{"type": "CronClock", "cron": "61 * * * *"}]});
    let mut no_project = good;
    no_project.project_id = uuid::Uuid::nil();
    let mut errors = Vec::new();
    for request in [bad_config, bad_edge, bad_schedule, no_project] {
        errors.push(test.refused(move |tx| register_flow(tx, &request)).await);
    }
    insta::assert_snapshot!(errors.join("\n"), @r#"
    the run config cannot be read: unknown run config `type` "MoonRun": it is one of UniversalRun, LocalRun, DockerRun, KubernetesRun, ECSRun, VertexRun
    the edge `transform` → `load` names the task `transform`, which the flow does not have: register it first
    the flow cannot be registered: flow.schedule.clocks[0].cron: "61 * * * *" is not a cron expression (Component error: Number out of bounds); write minute, hour, day of month, month and day of week, for example "0 9 * * MON-FRI"
    project 00000000-0000-0000-0000-000000000000 not found: create it with `castra create project`
    "#);
    assert_eq!(test.value::<i64>("select count(*) from flow", &[]).await, 0);
}
