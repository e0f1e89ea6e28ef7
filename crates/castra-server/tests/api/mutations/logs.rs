//! Logs of runs.

use serde_json::{Value, json};

use super::NOBODY;
use crate::server::TestServer;

const LOGS: &str = "{ log(order_by: {timestamp: asc}) { timestamp level name message info } }";

#[tokio::test]
async fn lines_are_kept_once_however_often_they_are_sent() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let line = |second: u8, message: &str| {
        json!({"flow_run_id": run, "timestamp": format!("2026-11-24T03:00:0{second}.000001+00:00"),
            "name": "prefect.etl", "level": "INFO", "message": message, "info": {"line": 1}})
    };
    for _ in 0..2 {
        let logs = json!([line(1, "begins"), line(2, "ends"), line(2, "it's \"over\"\n")]);
        server.succeed("write_run_logs", json!({"logs": logs})).await;
    }
    insta::assert_json_snapshot!(server.data(LOGS).await, @r#"
    {
      "log": [
        {
          "timestamp": "2026-11-24T03:00:01.000001+00:00",
          "level": "INFO",
          "name": "prefect.etl",
          "message": "begins",
          "info": {
            "line": 1
          }
        },
        {
          "timestamp": "2026-11-24T03:00:02.000001+00:00",
          "level": "INFO",
          "name": "prefect.etl",
          "message": "ends",
          "info": {
            "line": 1
          }
        },
        {
          "timestamp": "2026-11-24T03:00:02.000001+00:00",
          "level": "INFO",
          "name": "prefect.etl",
          "message": "it's \"over\"\n",
          "info": {
            "line": 1
          }
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_single_line_without_instant_or_level_is_taken() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let line = json!({"flow_run_id": run, "name": "agent", "message": "Submitted for execution: PID: 1"});
    server.succeed("write_run_logs", json!({"logs": line})).await;
    insta::assert_json_snapshot!(server.data("{ log { level name message } }").await, @r#"
    {
      "log": [
        {
          "level": "INFO",
          "name": "agent",
          "message": "Submitted for execution: PID: 1"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn lines_of_unknown_runs_are_dropped() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let logs = json!([
        {"flow_run_id": NOBODY, "message": "of nobody"},
        {"flow_run_id": null, "message": "of none"},
        {"flow_run_id": run, "task_run_id": NOBODY, "message": "of a task run that is unknown"},
    ]);
    server.succeed("write_run_logs", json!({"logs": logs})).await;
    insta::assert_json_snapshot!(server.data("{ log { message task_run_id } }").await, @r#"
    {
      "log": [
        {
          "message": "of a task run that is unknown",
          "task_run_id": null
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    let refused =
        async |logs: Value| server.refused("write_run_logs", "success", json!({"logs": logs})).await;
    insta::assert_snapshot!(refused(json!(["begins"])).await, @r#"BAD_USER_INPUT: write_run_logs: input.logs[0]: invalid type: string "begins", expected struct Line"#);
    insta::assert_snapshot!(refused(json!([{"flow_run_id": "abc"}])).await, @"BAD_USER_INPUT: write_run_logs: input.logs[0].flow_run_id: UUID parsing failed: invalid length: found 3");
    insta::assert_snapshot!(refused(json!([{"flow_run_id": NOBODY}, {"flow_run_id": NOBODY, "timestamp": "noon"}])).await, @r#"BAD_USER_INPUT: write_run_logs: input.logs[1].timestamp: an instant such as 2026-11-24T03:30:00+00:00 is needed, not "noon""#);
    insta::assert_snapshot!(refused(Value::Null).await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "input.logs", expected type "[JSON!]""#);
}
