//! States: legal moves, version locking, repetition, fencing, cascades, cancellation, task runs.

use castra_core::state::{State, StateKind};
use castra_store::StoreError;
use castra_store::cancel::cancel_flow_run;
use castra_store::flow_run_state::{SetFlowRunState, set_flow_run_state};
use castra_store::task_run::{GetOrCreateTaskRun, get_or_create_task_run};
use castra_store::task_run_state::{SetTaskRunState, set_task_run_state};
use castra_store::testing::TestStore;
use uuid::Uuid;

fn state(kind: StateKind) -> State {
    State::new(kind, "")
}

async fn a_waiting_run(test: &TestStore) -> Uuid {
    let flow = test.a_flow(&[]).await;
    test.a_run(flow).await
}

async fn task_run_of(test: &TestStore, flow_run_id: Uuid, slug: &str) -> Uuid {
    let task_id = test.value("select id from task where slug = ?1", &[slug.into()]).await;
    let request = GetOrCreateTaskRun { flow_run_id, task_id, map_index: -1 };
    test.write(move |tx| get_or_create_task_run(tx, request)).await.id
}

async fn set_task(test: &TestStore, task_run_id: Uuid, kind: StateKind) -> Result<StateKind, StoreError> {
    let request = SetTaskRunState { task_run_id, state: state(kind), version: None, process: None };
    test.store().write(move |tx| set_task_run_state(tx, &request)).await.map(|task_run| task_run.state)
}

fn with_version(flow_run_id: Uuid, kind: StateKind, version: i64, agent_id: Option<Uuid>) -> SetFlowRunState {
    SetFlowRunState { flow_run_id, state: state(kind), version: Some(version), process: None, agent_id }
}

#[tokio::test]
async fn each_accepted_state_adds_one_to_the_version_and_to_the_history() {
    let test = TestStore::new();
    let run = a_waiting_run(&test).await;
    for (kind, version) in [(StateKind::Submitted, 2), (StateKind::Running, 3), (StateKind::Success, 4)] {
        assert_eq!(test.set_state(run, state(kind), None).await.unwrap().version, version);
    }
    assert_eq!(test.set_state(run, state(StateKind::Success), None).await.unwrap().version, 4);
    let history: String = test
        .value("select group_concat(version || state, ' ' order by version) from flow_run_state", &[])
        .await;
    assert_eq!(history, "1Scheduled 2Submitted 3Running 4Success");
}

#[tokio::test]
async fn ended_runs_stay_ended() {
    let test = TestStore::new();
    let run = a_waiting_run(&test).await;
    test.set_state(run, state(StateKind::Cancelled), None).await.unwrap();
    let error = test.set_state(run, state(StateKind::Success), None).await.unwrap_err();
    insta::assert_snapshot!(error, @"State update failed: the run is Cancelled and stays so; set it to Scheduled to run it again");
}

#[tokio::test]
async fn a_beginning_with_a_stale_version_is_refused_an_end_is_not() {
    let test = TestStore::new();
    let run = a_waiting_run(&test).await;
    test.set_state(run, state(StateKind::Submitted), None).await.unwrap();
    let stale = with_version(run, StateKind::Running, 1, None);
    let error = test.refused(move |tx| set_flow_run_state(tx, &stale)).await;
    insta::assert_snapshot!(error, @"State update failed: version 1 was sent and the run is at version 2 (Submitted); read it again");
    let end = with_version(run, StateKind::Failed, 1, None);
    test.write(move |tx| set_flow_run_state(tx, &end)).await;
}

#[tokio::test]
async fn a_second_agent_is_refused_and_a_repeated_request_is_not() {
    let test = TestStore::new();
    let run = a_waiting_run(&test).await;
    let (first, second) = (test.an_agent(&[]).await, test.an_agent(&[]).await);
    let submit = |agent| with_version(run, StateKind::Submitted, 1, Some(agent));
    let (once, again, other) = (submit(first), submit(first), submit(second));
    test.write(move |tx| set_flow_run_state(tx, &once)).await;
    assert_eq!(test.write(move |tx| set_flow_run_state(tx, &again)).await.version, 2);
    let error = test.refused(move |tx| set_flow_run_state(tx, &other)).await;
    insta::assert_snapshot!(error, @"State update failed: the run is already Submitted, another agent has taken it");
}

#[tokio::test]
async fn a_payload_over_a_megabyte_is_refused() {
    let test = TestStore::new();
    let run = a_waiting_run(&test).await;
    let large = state(StateKind::Running).with("context", "x".repeat(1_000_000));
    let error = test.set_state(run, large, None).await.unwrap_err().to_string();
    assert!(error.contains("the limit is 1000000; keep large results in a result storage"), "{error}");
}

#[tokio::test]
async fn a_task_runs_only_while_its_flow_run_does() {
    let test = TestStore::new();
    let run = a_waiting_run(&test).await;
    let task_run = task_run_of(&test, run, "extract").await;
    let error = set_task(&test, task_run, StateKind::Running).await.unwrap_err();
    insta::assert_snapshot!(error, @"State update failed: the task run cannot become Running because its flow run is Scheduled");
    test.set_state(run, state(StateKind::Running), None).await.unwrap();
    assert_eq!(set_task(&test, task_run, StateKind::Running).await.unwrap(), StateKind::Running);
    assert_eq!(task_run_of(&test, run, "extract").await, task_run);
}

#[tokio::test]
async fn cancelling_ends_what_has_not_ended() {
    let test = TestStore::new();
    let run = a_waiting_run(&test).await;
    test.set_state(run, state(StateKind::Running), None).await.unwrap();
    for (slug, kind) in [("extract", StateKind::Success), ("load", StateKind::Running)] {
        let task_run = task_run_of(&test, run, slug).await;
        set_task(&test, task_run, kind).await.unwrap();
    }
    let cancel = move |tx: &mut castra_store::Transaction<'_>| cancel_flow_run(tx, run);
    assert_eq!(test.write(cancel).await, StateKind::Cancelling);
    assert_eq!(test.write(cancel).await, StateKind::Cancelling);
    test.set_state(run, state(StateKind::Cancelled), None).await.unwrap();
    let ends: String = test.value("select group_concat(r.state, ' ' order by t.slug) from task_run r join task t on t.id = r.task_id", &[]).await;
    assert_eq!(ends, "Success Cancelled");
    assert_eq!(test.write(cancel).await, StateKind::Cancelled);
}

#[tokio::test]
async fn a_waiting_run_is_cancelled_at_once() {
    let test = TestStore::new();
    let run = a_waiting_run(&test).await;
    assert_eq!(test.write(move |tx| cancel_flow_run(tx, run)).await, StateKind::Cancelled);
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let test = TestStore::new();
    let nobody = Uuid::nil();
    let error = test.set_state(nobody, state(StateKind::Running), None).await.unwrap_err();
    insta::assert_snapshot!(error, @"flow run 00000000-0000-0000-0000-000000000000 not found");
}
