//! Creation of runs: labels, run config, parameters, idempotency.

use castra_core::label::LabelSet;
use castra_store::create_flow_run::{CreateFlowRun, FlowToRun, create_flow_run};
use castra_store::flow_group;
use castra_store::testing::{TestStore, a_serialized_flow};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use uuid::Uuid;

async fn create(test: &TestStore, request: CreateFlowRun) -> Uuid {
    test.write(move |tx| create_flow_run(tx, &request)).await.id
}

async fn resolved(test: &TestStore, id: Uuid) -> String {
    test.value(
        "select labels || ' from ' || label_source || ', ' || coalesce(json_extract(run_config, '$.type'), 'no run config')
         from flow_run where id = ?1",
        &[id.into()],
    )
    .await
}

#[tokio::test]
async fn each_layer_hides_the_weaker_ones() {
    let test = TestStore::new();
    let registered = test.register(a_serialized_flow(&["flow"])).await;
    let (flow, group) = (registered.id, registered.flow_group_id);
    let plain = || CreateFlowRun::of(FlowToRun::Flow(flow));
    let mut seen = vec![resolved(&test, create(&test, plain()).await).await];

    test.write(move |tx| {
        flow_group::set_run_config(tx, group, Some(&json!({"type": "DockerRun", "labels": ["group config"]})))
    })
    .await;
    seen.push(resolved(&test, create(&test, plain()).await).await);

    let labels: LabelSet = ["group"].into_iter().collect();
    test.write(move |tx| flow_group::set_labels(tx, group, Some(&labels))).await;
    seen.push(resolved(&test, create(&test, plain()).await).await);

    let run_config = Some(json!({"type": "UniversalRun"}));
    let with_config = CreateFlowRun { run_config: run_config.clone(), ..plain() };
    seen.push(resolved(&test, create(&test, with_config).await).await);

    let with_labels = CreateFlowRun { run_config, labels: Some(["run"].into_iter().collect()), ..plain() };
    seen.push(resolved(&test, create(&test, with_labels).await).await);

    insta::assert_snapshot!(seen.join("\n"), @r#"
    ["flow"] from flow_run_config, LocalRun
    ["group config"] from flow_group_run_config, DockerRun
    ["group"] from flow_group, DockerRun
    [] from run_run_config, UniversalRun
    ["run"] from run, UniversalRun
    "#);
}

#[tokio::test]
async fn a_key_names_one_run_for_ever() {
    let test = TestStore::new();
    let flow = test.a_flow(&[]).await;
    let keyed = || CreateFlowRun {
        idempotency_key: Some("k".to_owned()),
        ..CreateFlowRun::of(FlowToRun::Flow(flow))
    };
    let first = create(&test, keyed()).await;
    test.wait_seconds(1_000_000);
    assert_eq!(create(&test, keyed()).await, first);
}

#[tokio::test]
async fn a_version_group_runs_its_latest_flow() {
    let test = TestStore::new();
    test.a_flow(&[]).await;
    let latest = test.a_flow(&[]).await;
    let group: String = test.value("select name from flow_group", &[]).await;
    let run = create(&test, CreateFlowRun::of(FlowToRun::VersionGroup(group))).await;
    let flow: Uuid = test.value("select flow_id from flow_run where id = ?1", &[run.into()]).await;
    assert_eq!(flow, latest);
}

#[tokio::test]
async fn parameters_go_over_the_groups_defaults_and_required_ones_must_be_there() {
    let test = TestStore::new();
    let mut serialized = a_serialized_flow(&[]);
    serialized["parameters"] = json!([
        {"name": "day", "slug": "day", "required": true, "default": null},
        {"name": "limit", "slug": "limit", "required": false, "default": 3},
    ]);
    let registered = test.register(serialized).await;
    let (flow, group) = (registered.id, registered.flow_group_id);
    let request = CreateFlowRun::of(FlowToRun::Flow(flow));
    let missing = request.clone();
    let error = test.refused(move |tx| create_flow_run(tx, &missing)).await;
    insta::assert_snapshot!(error, @"the run needs the parameter day; give a value for each");

    let defaults = json!({"day": "monday", "region": "eu"}).as_object().cloned().unwrap();
    test.write(move |tx| flow_group::set_default_parameters(tx, group, defaults)).await;
    let given = json!({"day": "friday"}).as_object().cloned();
    let run = create(&test, CreateFlowRun { parameters: given, ..request }).await;
    let parameters: Json = test.value("select parameters from flow_run where id = ?1", &[run.into()]).await;
    assert_eq!(parameters, json!({"day": "friday", "region": "eu"}));
}

#[tokio::test]
async fn a_run_has_a_name_and_starts_when_it_is_told() {
    let test = TestStore::new();
    let flow = test.a_flow(&[]).await;
    let later: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
    let named = CreateFlowRun {
        name: Some("nightly".to_owned()),
        scheduled_start_time: Some(later),
        ..CreateFlowRun::of(FlowToRun::Flow(flow))
    };
    let (named, unnamed) = (create(&test, named).await, test.a_run(flow).await);
    let start: Timestamp =
        test.value("select state_start_time from flow_run where id = ?1", &[named.into()]).await;
    assert_eq!(start, later);
    let name: String = test.value("select name from flow_run where id = ?1", &[unnamed.into()]).await;
    assert_eq!(name.split('-').count(), 2, "{name}");
}

/// The Prefect 1 runner finds its tasks by the task runs of its flow run; Castra's makes them as it goes.
#[tokio::test]
async fn a_run_of_a_prefect_flow_has_a_task_run_for_every_task() {
    let test = TestStore::new();
    let mut task_runs = Vec::new();
    for version in ["1.4.1", "castra/0.1.0"] {
        let mut flow = a_serialized_flow(&[]);
        flow["__version__"] = json!(version);
        let flow = test.register(flow).await;
        let run = create(&test, CreateFlowRun::of(FlowToRun::Flow(flow.id))).await;
        let seen: Option<String> = test
            .value(
                "select group_concat(t.slug || ' ' || r.map_index || ' ' || r.state, ', ')
                 from task_run r join task t on t.id = r.task_id where r.flow_run_id = ?1",
                &[run.into()],
            )
            .await;
        task_runs.push(format!("{version}: {}", seen.unwrap_or_default()));
    }
    insta::assert_snapshot!(task_runs.join("\n"), @r"
    1.4.1: extract -1 Pending, load -1 Pending
    castra/0.1.0:
    ");
}
