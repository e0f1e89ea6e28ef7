//! What is set on flow groups counts for every later run.

use serde_json::{Value, json};

use super::NOBODY;
use crate::server::TestServer;

#[tokio::test]
async fn settings_of_the_group_count_for_later_runs() {
    let server = TestServer::empty().await;
    let flow_id = server.given_flow().await;
    let group_id = server.column("flow", &flow_id, "flow_group_id").await;
    let run_config = json!({"type": "DockerRun", "image": "etl:1", "labels": ["docker"]});
    server
        .succeed("set_flow_group_run_config", json!({"flow_group_id": group_id, "run_config": run_config}))
        .await;
    server.succeed("set_flow_group_labels", json!({"flow_group_id": group_id, "labels": ["gpu"]})).await;
    server
        .succeed(
            "set_flow_group_default_parameters",
            json!({"flow_group_id": group_id, "parameters": {"n": 3}}),
        )
        .await;
    server
        .succeed("set_flow_group_description", json!({"flow_group_id": group_id, "description": "Loads."}))
        .await;
    server.id("create_flow_run", json!({"flow_id": flow_id})).await;
    server.succeed("set_flow_group_labels", json!({"flow_group_id": group_id, "labels": null})).await;
    server.id("create_flow_run", json!({"flow_id": flow_id})).await;
    insta::assert_json_snapshot!(server.data("{ flow_run(order_by: {created: asc}) { labels run_config parameters } flow_group { description } }").await, @r#"
    {
      "flow_group": [
        {
          "description": "Loads."
        }
      ],
      "flow_run": [
        {
          "labels": [
            "gpu"
          ],
          "run_config": {
            "type": "DockerRun",
            "image": "etl:1",
            "labels": [
              "docker"
            ]
          },
          "parameters": {
            "n": 3
          }
        },
        {
          "labels": [
            "docker"
          ],
          "run_config": {
            "type": "DockerRun",
            "image": "etl:1",
            "labels": [
              "docker"
            ]
          },
          "parameters": {
            "n": 3
          }
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn switches_reach_every_version() {
    let server = TestServer::empty().await;
    let flow_id = server.given_flow().await;
    for switch in ["disable_flow_heartbeat", "enable_flow_lazarus_process", "enable_flow_version_lock"] {
        server.succeed(switch, json!({"flow_id": flow_id})).await;
    }
    insta::assert_json_snapshot!(server.column("flow", &flow_id, "settings").await, @r#"
    {
      "heartbeat_enabled": false,
      "lazarus_enabled": true,
      "version_locking_enabled": true
    }
    "#);
    for switch in ["enable_flow_heartbeat", "disable_flow_lazarus_process", "disable_flow_version_lock"] {
        server.succeed(switch, json!({"flow_id": flow_id})).await;
    }
    let next = server.data("{ project { id } }").await["project"][0]["id"].take();
    let next = server.register(next.as_str().unwrap(), super::given::serialized_flow(json!({}))).await;
    insta::assert_json_snapshot!(server.column("flow", &next, "settings").await, @r#"
    {
      "heartbeat_enabled": true,
      "lazarus_enabled": false,
      "version_locking_enabled": false
    }
    "#);
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    let refused = async |name: &str, mut input: Value| {
        input["flow_group_id"] = json!(NOBODY);
        server.refused(name, "success", input).await
    };
    insta::assert_snapshot!(refused("set_flow_group_labels", json!({"labels": ["dev", ""]})).await, @"BAD_USER_INPUT: set_flow_group_labels: input.labels: a label is empty: leave it out or give it a name");
    insta::assert_snapshot!(refused("set_flow_group_labels", json!({"labels": [1]})).await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "input.labels.0", expected type "String""#);
    insta::assert_snapshot!(refused("set_flow_group_labels", json!({"labels": []})).await, @"NOT_FOUND: flow group 00000000-0000-4000-8000-00000000dead not found: ask a flow for its flow_group_id; this may be the flow's own id");
    insta::assert_snapshot!(refused("set_flow_group_run_config", json!({"run_config": {"type": "SparkRun"}})).await, @r#"BAD_USER_INPUT: set_flow_group_run_config: input.run_config: unknown run config `type` "SparkRun": it is one of UniversalRun, LocalRun, DockerRun, KubernetesRun, ECSRun, VertexRun"#);
    insta::assert_snapshot!(refused("set_flow_group_run_config", json!({"run_config": {"type": "KubernetesRun", "job_template": {}, "job_template_path": "x"}})).await, @"BAD_USER_INPUT: set_flow_group_run_config: input.run_config: KubernetesRun: `job_template_path` and `job_template` exclude each other: both say what the job looks like; keep one");
    insta::assert_snapshot!(refused("set_flow_group_default_parameters", json!({"parameters": [1]})).await, @"BAD_USER_INPUT: set_flow_group_default_parameters: input.parameters: a JSON object is needed, not [1]");
    insta::assert_snapshot!(refused("set_flow_group_description", json!({})).await, @"NOT_FOUND: flow group 00000000-0000-4000-8000-00000000dead not found: ask a flow for its flow_group_id; this may be the flow's own id");
    insta::assert_snapshot!(server.refused("disable_flow_heartbeat", "success", json!({"flow_id": NOBODY})).await, @"NOT_FOUND: flow 00000000-0000-4000-8000-00000000dead not found: `castra get flows` lists those there are");
}
