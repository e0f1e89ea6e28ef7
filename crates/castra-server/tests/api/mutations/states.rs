//! States of flow runs and task runs: entered, kept as they were sent, refused.

use serde_json::{Value, json};

use super::{NOBODY, agent};
use crate::server::TestServer;

async fn submit(server: &TestServer, run: &str, agent_id: &str) -> Result<Value, String> {
    let state =
        json!({"type": "Submitted", "message": "Submitted for execution", "state": {"type": "Scheduled"}});
    let input = json!({"states": [{"flow_run_id": run, "state": state, "version": 1}]});
    server.mutate_as(agent(agent_id), "set_flow_run_states", "states { status }", input).await
}

#[tokio::test]
async fn a_state_is_kept_as_it_was_sent() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let sent = json!({
        "type": "Running", "message": null, "cached_inputs": {}, "context": {},
        "_result": {"type": "NoResultType", "__version__": "1.4.1"}, "__version__": "1.4.1", "mine": [1],
    });
    let entered = server.set_flow_run_state(&run, sent.clone()).await;
    assert_eq!(entered, Ok(json!({"states": [{"id": run, "status": "SUCCESS", "message": null}]})));
    assert_eq!(server.column("flow_run", &run, "serialized_state").await, sent);
    assert_eq!(server.column("flow_run", &run, "version").await, 2);
}

#[tokio::test]
async fn the_second_agent_is_refused_and_the_first_may_repeat_itself() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let (first, second) = (server.given_agent(&[]).await, server.given_agent(&[]).await);
    for _ in 0..2 {
        assert!(submit(&server, &run, &first).await.is_ok());
    }
    insta::assert_snapshot!(submit(&server, &run, &second).await.unwrap_err(), @"CONFLICT: State update failed: the run is already Submitted, another agent has taken it");
}

#[tokio::test]
async fn a_stale_version_is_locked_out() {
    let server = TestServer::empty().await;
    let (run, task_run) = server.given_task_run().await;
    let state = json!({"type": "Running"});
    let flow_run = json!({"states": [{"flow_run_id": run, "state": state, "version": 1}]});
    insta::assert_snapshot!(server.refused("set_flow_run_states", "states { id }", flow_run).await, @"VERSION_LOCKING_ERROR: State update failed: version 1 was sent and the run is at version 2 (Running); read it again");
    let task_run = json!({"states": [{"task_run_id": task_run, "state": state, "version": 7}]});
    insta::assert_snapshot!(server.refused("set_task_run_states", "states { id }", task_run).await, @"VERSION_LOCKING_ERROR: State update failed: version 7 was sent and the run is at version 1 (Pending); read it again");
}

#[tokio::test]
async fn what_has_ended_stays_so_until_it_is_scheduled_again() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let success = json!({"type": "Success", "message": "done"});
    for _ in 0..2 {
        assert!(server.set_flow_run_state(&run, success.clone()).await.is_ok());
    }
    insta::assert_snapshot!(server.set_flow_run_state(&run, json!({"type": "Running"})).await.unwrap_err(), @"CONFLICT: State update failed: the run is Success and stays so; set it to Scheduled to run it again");
    assert!(server.set_flow_run_state(&run, json!({"type": "Scheduled"})).await.is_ok());
    assert_eq!(server.column("flow_run", &run, "state").await, "Scheduled");
}

#[tokio::test]
async fn a_task_run_runs_only_in_a_running_flow_run() {
    let server = TestServer::empty().await;
    let (run, task_run) = server.given_task_run().await;
    assert!(server.set_task_run_state(&task_run, json!({"type": "Running"})).await.is_ok());
    server.set_flow_run_state(&run, json!({"type": "Cancelled"})).await.unwrap();
    assert_eq!(server.column("task_run", &task_run, "state").await, "Cancelled");
    insta::assert_snapshot!(server.set_task_run_state(&task_run, json!({"type": "Running"})).await.unwrap_err(), @"CONFLICT: State update failed: the task run cannot become Running because its flow run is Cancelled");
}

#[tokio::test]
async fn all_states_of_a_request_are_entered_or_none() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let state = json!({"type": "Running"});
    let states = json!([{"flow_run_id": run, "state": state}, {"flow_run_id": NOBODY, "state": state}]);
    server.refused("set_flow_run_states", "states { id }", json!({"states": states})).await;
    assert_eq!(server.column("flow_run", &run, "state").await, "Scheduled");
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let refused = async |state: Value| server.set_flow_run_state(&run, state).await.unwrap_err();
    insta::assert_snapshot!(refused(json!("Running")).await, @r#"BAD_USER_INPUT: set_flow_run_states: input.states[0].state: a state is a JSON object with a `type`, not "Running""#);
    insta::assert_snapshot!(refused(json!({"type": "Runing"})).await, @"BAD_USER_INPUT: set_flow_run_states: input.states[0].state: `Runing` is no state: use one of Scheduled, Running, Success, Failed, Cancelled …");
    insta::assert_snapshot!(refused(json!({})).await, @r#"BAD_USER_INPUT: set_flow_run_states: input.states[0].state: the state has no `type`: add one, e.g. "type": "Running""#);
    insta::assert_snapshot!(refused(json!({"type": "Success", "_result": "x".repeat(1_100_000)})).await, @"BAD_USER_INPUT: State update failed: the Success state has 1100031 bytes, the limit is 1000000; keep large results in a result storage");
    insta::assert_snapshot!(server.set_flow_run_state(NOBODY, json!({"type": "Running"})).await.unwrap_err(), @"NOT_FOUND: flow run 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.set_task_run_state(NOBODY, json!({"type": "Running"})).await.unwrap_err(), @"NOT_FOUND: task run 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.set_task_run_state("abc", json!({"type": "Running"})).await.unwrap_err(), @"BAD_USER_INPUT: set_task_run_states: input.states[0].task_run_id: UUID parsing failed: invalid length: found 3");
}
