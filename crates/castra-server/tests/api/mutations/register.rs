//! Registering flows: whole, packed, and in batches.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::NOBODY;
use super::given::serialized_flow;
use crate::server::TestServer;

const VERSIONS: &str = "{ flow(order_by: {version: asc}) { name version archived is_schedule_active
    tasks(order_by: {slug: asc}) { slug mapped } edges { key } } }";

fn pack(flow: &Value) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(flow.to_string().as_bytes()).unwrap();
    STANDARD.encode(gzip.finish().unwrap())
}

#[tokio::test]
async fn a_flow_is_registered_whole_and_replaces_its_older_version() {
    let server = TestServer::empty().await;
    let project_id = server.given_project().await;
    server.register(&project_id, serialized_flow(json!({}))).await;
    let packed = json!({
        "project_id": project_id, "serialized_flow": pack(&serialized_flow(json!({}))), "idempotency_key": "k",
    });
    let second = server.id("create_flow_from_compressed_string", packed.clone()).await;
    assert_eq!(server.id("create_flow_from_compressed_string", packed).await, second, "its key is known");
    insta::assert_json_snapshot!(server.data(VERSIONS).await, @r#"
    {
      "flow": [
        {
          "name": "etl",
          "version": 1,
          "archived": true,
          "is_schedule_active": false,
          "tasks": [
            {
              "slug": "extract",
              "mapped": false
            },
            {
              "slug": "load",
              "mapped": false
            }
          ],
          "edges": [
            {
              "key": "rows"
            }
          ]
        },
        {
          "name": "etl",
          "version": 2,
          "archived": false,
          "is_schedule_active": true,
          "tasks": [
            {
              "slug": "extract",
              "mapped": false
            },
            {
              "slug": "load",
              "mapped": false
            }
          ],
          "edges": [
            {
              "key": "rows"
            }
          ]
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_flow_is_registered_in_batches_that_may_be_sent_again() {
    let server = TestServer::empty().await;
    let project_id = server.given_project().await;
    let mut header = serialized_flow(json!({}));
    let header = header.as_object_mut().unwrap();
    let (tasks, edges) = (header.remove("tasks").unwrap(), header.remove("edges").unwrap());
    let input = json!({"project_id": project_id, "serialized_flow": header, "set_schedule_active": false});
    let flow_id = server.id("create_flow", input).await;
    for _ in 0..2 {
        server.succeed("register_tasks", json!({"flow_id": flow_id, "serialized_tasks": tasks})).await;
        server.succeed("register_tasks", json!({"flow_id": flow_id, "serialized_tasks": []})).await;
        server.succeed("register_edges", json!({"flow_id": flow_id, "serialized_edges": edges})).await;
        server.succeed("set_schedule_active", json!({"flow_id": flow_id})).await;
    }
    insta::assert_json_snapshot!(server.data(VERSIONS).await, @r#"
    {
      "flow": [
        {
          "name": "etl",
          "version": 1,
          "archived": false,
          "is_schedule_active": true,
          "tasks": [
            {
              "slug": "extract",
              "mapped": false
            },
            {
              "slug": "load",
              "mapped": false
            }
          ],
          "edges": [
            {
              "key": "rows"
            }
          ]
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_registration_that_leaves_the_schedule_off_archives_the_older_version_too() {
    let server = TestServer::empty().await;
    let project_id = server.given_project().await;
    server.register(&project_id, serialized_flow(json!({}))).await;
    let header = json!({"name": "etl", "parameters": [], "reference_tasks": []});
    let second = server.register(&project_id, header).await;
    server.succeed("register_edges", json!({"flow_id": second, "serialized_edges": []})).await;
    insta::assert_json_snapshot!(server.data("{ flow(order_by: {version: asc}) { version archived } }").await, @r#"
    {
      "flow": [
        {
          "version": 1,
          "archived": true
        },
        {
          "version": 2,
          "archived": false
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn archiving_cancels_what_waits_and_deleting_leaves_nothing() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let flow_id = server.column("flow_run", &run, "flow_id").await;
    server.succeed("archive_flow", json!({"flow_id": flow_id})).await;
    assert_eq!(server.column("flow_run", &run, "state").await, "Cancelled");
    server.succeed("delete_flow", json!({"flow_id": flow_id})).await;
    insta::assert_json_snapshot!(server.data("{ flow { id } flow_group { id } flow_run { id } }").await, @r#"
    {
      "flow": [],
      "flow_group": [],
      "flow_run": []
    }
    "#);
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    let project_id = server.given_project().await;
    let create = async |flow: Value| {
        server.refused("create_flow", "id", json!({"project_id": project_id, "serialized_flow": flow})).await
    };
    insta::assert_snapshot!(create(json!("etl")).await, @r#"BAD_USER_INPUT: the flow cannot be registered: flow: expected an object, found "etl""#);
    insta::assert_snapshot!(create(json!({})).await, @"BAD_USER_INPUT: the flow cannot be registered: flow.name: expected a string, found nothing");
    insta::assert_snapshot!(create(serialized_flow(json!({"run_config": {"type": "LocalRum"}}))).await, @r#"BAD_USER_INPUT: the run config cannot be read: unknown run config `type` "LocalRum" (did you mean `LocalRun`?): it is one of UniversalRun, LocalRun, DockerRun, KubernetesRun, ECSRun, VertexRun"#);
    insta::assert_snapshot!(create(serialized_flow(json!({"tasks": [{"name": "no slug"}]}))).await, @"BAD_USER_INPUT: the flow cannot be registered: flow.tasks[0].slug: expected a string, found nothing");
    insta::assert_snapshot!(create(serialized_flow(json!({"tasks": []}))).await, @"BAD_USER_INPUT: the edge `extract` → `load` names the task `extract`, which the flow does not have: register it first");
    let unpack = async |flow: &str| {
        let input = json!({"project_id": project_id, "serialized_flow": flow});
        server.refused("create_flow_from_compressed_string", "id", input).await
    };
    insta::assert_snapshot!(unpack("{}").await, @"BAD_USER_INPUT: create_flow_from_compressed_string: input.serialized_flow is not base64: Invalid symbol 123, offset 0.; send base64(gzip(JSON))");
    insta::assert_snapshot!(unpack(&pack(&json!([]))).await, @"BAD_USER_INPUT: the flow cannot be registered: flow: expected an object, found []");
    let nowhere = json!({"project_id": NOBODY, "serialized_flow": serialized_flow(json!({}))});
    insta::assert_snapshot!(server.refused("create_flow", "id", nowhere).await, @"NOT_FOUND: project 00000000-0000-4000-8000-00000000dead not found: create it with `castra create project`");
    insta::assert_snapshot!(server.refused("register_tasks", "success", json!({"flow_id": NOBODY, "serialized_tasks": []})).await, @"NOT_FOUND: flow 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.refused("register_edges", "success", json!({"flow_id": NOBODY, "serialized_edges": []})).await, @"NOT_FOUND: flow 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.refused("archive_flow", "success", json!({"flow_id": NOBODY})).await, @"NOT_FOUND: flow 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.refused("delete_flow", "success", json!({"flow_id": "etl"})).await, @"BAD_USER_INPUT: delete_flow: input.flow_id: UUID parsing failed: invalid character: found `t` at 1");
    insta::assert_json_snapshot!(server.data("{ flow { id } flow_group { id } }").await, @r#"
    {
      "flow": [],
      "flow_group": []
    }
    "#);
}
