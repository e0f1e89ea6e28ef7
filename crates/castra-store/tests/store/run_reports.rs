//! What flow-run processes of the Castra runtime report, in bulk and repeatedly.

use castra_core::run_report::{FlowRunReport, LogLine, StartFlowRun, TaskRunName, TaskRunReport, TimedState};
use castra_core::state::{State, StateKind};
use castra_store::cancel::cancel_flow_run;
use castra_store::credential::FlowRunProcess;
use castra_store::run_report::{report_flow_run, start_flow_run};
use castra_store::testing::{TestStore, a_serialized_flow};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

async fn a_process(test: &TestStore) -> FlowRunProcess {
    let mut flow = a_serialized_flow(&[]);
    flow["parameters"] = json!([{"name": "limit", "slug": "limit", "required": false, "default": 3}]);
    let flow = test.register(flow).await.id;
    test.a_run(flow).await;
    let agent = test.an_agent(&[]).await;
    let claim = test.claim_one(agent).await;
    test.process(&claim).await
}

async fn start(test: &TestStore, process: FlowRunProcess) -> castra_core::run_report::StartedFlowRun {
    let request = StartFlowRun { flow_run_id: process.flow_run_id };
    test.write(move |tx| start_flow_run(tx, process, &request)).await
}

async fn send(test: &TestStore, process: FlowRunProcess, report: FlowRunReport) -> bool {
    test.write(move |tx| report_flow_run(tx, process, report)).await.stop
}

fn instant(microseconds: i64) -> Timestamp {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_micros(microseconds)
}

fn went_through(map_index: i64, states: &[StateKind]) -> TaskRunReport {
    let states = (0..)
        .zip(states)
        .map(|(at, kind)| TimedState { timestamp: instant(at), state: State::new(*kind, "") });
    TaskRunReport {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("load {map_index}").as_bytes()),
        task_slug: "load".to_owned(),
        map_index,
        states: states.collect(),
    }
}

fn report(process: FlowRunProcess, task_runs: Vec<TaskRunReport>) -> FlowRunReport {
    FlowRunReport { flow_run_id: process.flow_run_id, task_runs, ..FlowRunReport::default() }
}

#[tokio::test]
async fn a_process_starts_its_run_once() {
    let test = TestStore::new();
    let process = a_process(&test).await;
    let started = start(&test, process).await;
    assert_eq!((started.flow_name.as_str(), &started.parameters["limit"]), ("etl", &json!(3)));
    assert_eq!(start(&test, process).await, started);
    assert_eq!(test.value::<i64>("select version from flow_run", &[]).await, 3);
}

#[tokio::test]
async fn a_report_may_be_sent_again() {
    let test = TestStore::new();
    let process = a_process(&test).await;
    start(&test, process).await;
    let line = LogLine {
        timestamp: instant(0),
        level: "INFO".to_owned(),
        name: "load".to_owned(),
        message: "begins".to_owned(),
        task_run_id: None,
    };
    let first =
        FlowRunReport { logs: vec![line], ..report(process, vec![went_through(-1, &[StateKind::Running])]) };
    let second = report(process, vec![went_through(-1, &[StateKind::Running, StateKind::Success])]);
    for report in [&first, &first, &second, &second, &first] {
        assert!(!send(&test, process, report.clone()).await);
    }
    let history: String = test
        .value("select group_concat(version || state, ' ' order by version) from task_run_state", &[])
        .await;
    assert_eq!(history, "1Running 2Success");
    let task_run: String = test
        .value(
            "select state || run_count || substr(start_time, 21, 6) || substr(end_time, 21, 6) from task_run",
            &[],
        )
        .await;
    assert_eq!(task_run, "Success1000000000001");
    assert_eq!(test.value::<i64>("select count(*) from log", &[]).await, 1);
}

#[tokio::test]
async fn task_runs_are_named_in_the_report_that_they_come_with() {
    let test = TestStore::new();
    let process = a_process(&test).await;
    start(&test, process).await;
    let task_run = went_through(-1, &[StateKind::Running]);
    let names = ["load", "another run's"].map(str::to_owned).into_iter().zip([task_run.id, Uuid::nil()]);
    let names = names.map(|(name, id)| TaskRunName { id, name }).collect();
    send(&test, process, FlowRunReport { names, ..report(process, vec![task_run]) }).await;
    assert_eq!(test.value::<String>("select name from task_run", &[]).await, "load");
}

#[tokio::test]
async fn a_thousand_mapped_task_runs_come_in_one_report() {
    let test = TestStore::new();
    let process = a_process(&test).await;
    start(&test, process).await;
    let task_runs =
        (0..1_000).map(|index| went_through(index, &[StateKind::Running, StateKind::Success])).collect();
    let end = Some(State::new(StateKind::Success, "done"));
    assert!(send(&test, process, FlowRunReport { state: end, ..report(process, task_runs) }).await);
    let ended = "select count(*) from task_run where state = 'Success'";
    assert_eq!(test.value::<i64>(ended, &[]).await, 1_000);
    assert_eq!(test.state_of(process.flow_run_id).await, StateKind::Success);
}

#[tokio::test]
async fn a_run_that_is_over_keeps_its_end_and_takes_the_rest() {
    let test = TestStore::new();
    let process = a_process(&test).await;
    start(&test, process).await;
    let run = process.flow_run_id;
    test.write(move |tx| cancel_flow_run(tx, run)).await;
    assert!(send(&test, process, report(process, vec![])).await);
    test.set_state(run, State::new(StateKind::Cancelled, ""), None).await.unwrap();
    let end = Some(State::new(StateKind::Success, ""));
    let task_runs = vec![went_through(-1, &[StateKind::Running, StateKind::Success])];
    assert!(send(&test, process, FlowRunReport { state: end, ..report(process, task_runs) }).await);
    assert_eq!(test.state_of(run).await, StateKind::Cancelled);
    assert_eq!(test.value::<String>("select state from task_run", &[]).await, "Success");
}

#[tokio::test]
async fn a_later_launch_knows_what_has_ended() {
    let test = TestStore::new();
    let process = a_process(&test).await;
    start(&test, process).await;
    let task_runs = vec![went_through(0, &[StateKind::Success]), went_through(1, &[StateKind::Running])];
    send(&test, process, report(process, task_runs)).await;
    let known = start(&test, process).await.task_runs;
    assert_eq!(known.iter().map(|task_run| task_run.map_index).collect::<Vec<_>>(), [0]);
}

#[tokio::test]
async fn an_unknown_task_is_named() {
    let test = TestStore::new();
    let process = a_process(&test).await;
    start(&test, process).await;
    let mut task_run = went_through(-1, &[StateKind::Running]);
    task_run.task_slug = "transform".to_owned();
    let report = report(process, vec![task_run]);
    let error = test.refused(move |tx| report_flow_run(tx, process, report)).await;
    insta::assert_snapshot!(error, @"task transform not found: the run's flow has no such task; was the flow changed?");
}
