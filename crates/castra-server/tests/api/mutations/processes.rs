//! Flow runs' processes of the Castra runtime, known by their credentials.

use serde_json::{Value, json};

use super::{NOBODY, bearer};
use crate::server::TestServer;

struct Process<'a> {
    server: &'a TestServer,
    run: String,
    agent_id: String,
    launch_id: String,
    credential: String,
}

impl<'a> Process<'a> {
    /// A process that an agent has launched for a run of a Castra flow.
    async fn launched(server: &'a TestServer) -> Self {
        let flow_id = server.given_flow_with(json!({"__version__": "castra/0.1.0"})).await;
        let run = server.id("create_flow_run", json!({"flow_id": flow_id})).await;
        let agent_id = server.given_agent(&[]).await;
        let input = json!({"agent_id": agent_id, "limit": 1});
        let claimed =
            server.mutate("claim_flow_runs", "claims { launch_id credential }", input).await.unwrap();
        let claim = |field: &str| claimed["claims"][0][field].as_str().unwrap().to_owned();
        Self { server, run, agent_id, launch_id: claim("launch_id"), credential: claim("credential") }
    }

    async fn call(&self, name: &str, payload: &str, input: Value) -> Result<Value, String> {
        self.server.mutate_as(bearer(&self.credential), name, payload, input).await
    }

    async fn start(&self) -> Result<Value, String> {
        self.call("start_flow_run", "flow_run", json!({"flow_run_id": self.run})).await
    }

    async fn report(&self, mut report: Value) -> Result<Value, String> {
        report["flow_run_id"] = json!(self.run);
        self.call("report_flow_run", "stop", report).await
    }

    /// Its agent reports that nothing was launched, so the run is scheduled again.
    async fn is_given_up(&self) {
        let end = json!({"cause": {"kind": "not_launched", "reason": "the agent was restarted"}});
        let report = json!({"launch_id": self.launch_id, "occurred_at": "2026-11-24T03:00:00Z", "phase": "ended", "end": end});
        let input = json!({"agent_id": self.agent_id, "reports": [report]});
        self.server.mutate("report_launches", "launches { standing }", input).await.unwrap();
    }
}

#[tokio::test]
async fn a_process_starts_reports_and_ends_its_run() {
    let server = TestServer::empty().await;
    let process = Process::launched(&server).await;
    let started = process.start().await.unwrap();
    insta::assert_json_snapshot!(started, {
        ".flow_run.id" => "[id]", ".flow_run.name" => "[name]", ".flow_run.scheduled_start_time" => "[time]",
    }, @r#"
    {
      "flow_run": {
        "id": "[id]",
        "name": "[name]",
        "flow_name": "etl",
        "parameters": {},
        "context": {},
        "scheduled_start_time": "[time]",
        "storage": {
          "type": "Local",
          "flows": {}
        },
        "task_runs": []
      }
    }
    "#);
    assert_eq!(server.column("flow_run", &process.run, "state").await, "Running");
    let at = "2026-11-24T03:00:00.000001Z";
    let state = |name: &str| json!({"timestamp": at, "state": {"type": name, "message": ""}});
    let report = json!({
        "task_runs": [{"id": "11111111-0000-4000-8000-000000000001", "task_slug": "extract", "map_index": -1,
            "states": [state("Running"), state("Success")]}],
        "logs": [{"timestamp": at, "level": "INFO", "name": "extract", "message": "3 rows"}],
        "state": {"type": "Success", "message": "All done."},
    });
    for _ in 0..2 {
        assert_eq!(process.report(report.clone()).await, Ok(json!({"stop": true})));
    }
    insta::assert_json_snapshot!(
        server.data("{ flow_run { state task_runs { state version } logs { message } } }").await, @r#"
    {
      "flow_run": [
        {
          "state": "Success",
          "task_runs": [
            {
              "state": "Success",
              "version": 2
            }
          ],
          "logs": [
            {
              "message": "3 rows"
            }
          ]
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_process_is_told_when_its_run_is_cancelled() {
    let server = TestServer::empty().await;
    let process = Process::launched(&server).await;
    process.start().await.unwrap();
    assert_eq!(process.report(json!({})).await, Ok(json!({"stop": false})));
    server.mutate("cancel_flow_run", "state", json!({"flow_run_id": process.run})).await.unwrap();
    assert_eq!(process.report(json!({})).await, Ok(json!({"stop": true})));
}

#[tokio::test]
async fn a_process_whose_launch_is_over_is_refused_whatever_it_asks() {
    let server = TestServer::empty().await;
    let process = Process::launched(&server).await;
    process.is_given_up().await;
    let refused = |answer: Result<Value, String>| answer.unwrap_err().replace(&process.launch_id, "[id]");
    insta::assert_snapshot!(refused(process.start().await), @"CONFLICT: State update failed: launch [id] has ended");
    insta::assert_snapshot!(refused(process.report(json!({})).await), @"CONFLICT: State update failed: launch [id] has ended");
    let running = json!({"states": [{"flow_run_id": process.run, "state": {"type": "Running"}}]});
    insta::assert_snapshot!(refused(process.call("set_flow_run_states", "states { id }", running).await), @"CONFLICT: State update failed: launch [id] has ended");
    assert_eq!(server.column("flow_run", &process.run, "state").await, "Scheduled");
}

#[tokio::test]
async fn a_credential_opens_its_own_run_only() {
    let server = TestServer::empty().await;
    let process = Process::launched(&server).await;
    let flow_id = server.column("flow_run", &process.run, "flow_id").await;
    let other = server.id("create_flow_run", json!({"flow_id": flow_id})).await;
    let anonymous = |answer: Result<Value, String>| {
        let words = answer.unwrap_err().replace(&process.run, "[its run]").replace(&other, "[other run]");
        assert!(!words.contains(&process.credential), "{words}");
        words
    };
    let start = process.call("start_flow_run", "flow_run", json!({"flow_run_id": other})).await;
    insta::assert_snapshot!(anonymous(start), @"CONFLICT: State update failed: the credential belongs to flow run [its run], not to [other run]");
    let success = json!({"states": [{"flow_run_id": other, "state": {"type": "Success"}}]});
    insta::assert_snapshot!(anonymous(process.call("set_flow_run_states", "states { id }", success).await), @"CONFLICT: State update failed: the credential belongs to flow run [its run], not to [other run]");
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    insta::assert_snapshot!(server.refused("start_flow_run", "flow_run", json!({"flow_run_id": NOBODY})).await, @"CONFLICT: State update failed: the flow run's credential is missing: send the header `Authorization: Bearer <CASTRA_API_KEY>`");
    let stranger = format!("castra_{NOBODY}_secret");
    let start = json!({"flow_run_id": NOBODY});
    insta::assert_snapshot!(server.mutate_as(bearer(&stranger), "start_flow_run", "flow_run", start).await.unwrap_err(), @"CONFLICT: State update failed: the flow run's credential is unknown");
    let process = Process::launched(&server).await;
    process.start().await.unwrap();
    insta::assert_snapshot!(process.report(json!({"task_runs": [{"task_slug": "extract"}]})).await.unwrap_err(), @"BAD_USER_INPUT: report_flow_run: input.task_runs[0]: missing field `id`");
    let unknown_task = json!({"id": NOBODY, "task_slug": "transform", "map_index": -1, "states": []});
    insta::assert_snapshot!(process.report(json!({"task_runs": [unknown_task]})).await.unwrap_err(), @"NOT_FOUND: task transform not found: the run's flow has no such task; was the flow changed?");
    insta::assert_snapshot!(process.report(json!({"state": {"type": "Done"}})).await.unwrap_err(), @"BAD_USER_INPUT: report_flow_run: input.state: `Done` is no state: use one of Scheduled, Running, Success, Failed, Cancelled …");
}
