//! Task runs: made when they are asked for, named.

use serde_json::{Value, json};

use super::NOBODY;
use crate::server::TestServer;

#[tokio::test]
async fn a_task_run_is_made_once() {
    let server = TestServer::empty().await;
    let (flow_run_id, task_run_id) = server.given_task_run().await;
    let task_id = server.task_id("extract").await;
    let document = format!(
        r#"mutation {{ get_or_create_task_run_info(input: {{ flow_run_id: "{flow_run_id}", task_id: "{task_id}", map_index: -1 }}) {{ id version serialized_state }} }}"#
    );
    let info = server.data(&document).await["get_or_create_task_run_info"].take();
    assert_eq!(info["id"], json!(task_run_id));
    insta::assert_json_snapshot!(info, {".id" => "[id]"}, @r#"
    {
      "id": "[id]",
      "version": 1,
      "serialized_state": {
        "message": "Task run created.",
        "type": "Pending"
      }
    }
    "#);
    let input = json!({"flow_run_id": flow_run_id, "task_id": task_id});
    assert_eq!(server.id("get_or_create_task_run", input).await, task_run_id);
}

#[tokio::test]
async fn the_children_of_a_mapped_task_are_made_together() {
    let server = TestServer::empty().await;
    let (flow_run_id, _) = server.given_task_run().await;
    let input =
        json!({"flow_run_id": flow_run_id, "task_id": server.task_id("load").await, "max_map_index": 2});
    let children = async || {
        server.mutate("get_or_create_mapped_task_run_children", "ids", input.clone()).await.unwrap()["ids"]
            .take()
    };
    let ids = children().await;
    assert_eq!(children().await, ids);
    let query = format!(
        r#"{{ task_run(where: {{id: {{_in: {ids}}}}}, order_by: {{map_index: asc}}) {{ map_index state }} }}"#
    );
    insta::assert_json_snapshot!(server.data(&query).await, @r#"
    {
      "task_run": [
        {
          "map_index": 0,
          "state": "Pending"
        },
        {
          "map_index": 1,
          "state": "Pending"
        },
        {
          "map_index": 2,
          "state": "Pending"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_task_run_is_named_and_its_heart_beats() {
    let server = TestServer::empty().await;
    let (flow_run_id, task_run_id) = server.given_task_run().await;
    server.succeed("set_task_run_name", json!({"task_run_id": task_run_id, "name": "extract-1"})).await;
    assert_eq!(server.column("task_run", &task_run_id, "name").await, "extract-1");
    server.succeed("update_task_run_heartbeat", json!({"task_run_id": task_run_id})).await;
    server.set_flow_run_state(&flow_run_id, json!({"type": "Success"})).await.unwrap();
    server.succeed("update_flow_run_heartbeat", json!({"flow_run_id": flow_run_id})).await;
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    let (flow_run_id, _) = server.given_task_run().await;
    let task_id = server.task_id("load").await;
    let info = async |input: Value| server.refused("get_or_create_task_run_info", "id", input).await;
    insta::assert_snapshot!(info(json!({"flow_run_id": NOBODY, "task_id": task_id})).await, @"NOT_FOUND: flow run 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(info(json!({"flow_run_id": flow_run_id, "task_id": NOBODY})).await, @"NOT_FOUND: task 00000000-0000-4000-8000-00000000dead not found: the flow run's flow has no such task; was the flow registered again?");
    insta::assert_snapshot!(info(json!({"flow_run_id": flow_run_id, "task_id": "load"})).await, @"BAD_USER_INPUT: get_or_create_task_run_info: input.task_id: UUID parsing failed: invalid character: found `l` at 0");
    insta::assert_snapshot!(info(json!({"flow_run_id": flow_run_id})).await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "input", field "task_id" of type "UUID!" is required but not provided"#);
    let many = json!({"flow_run_id": flow_run_id, "task_id": task_id, "max_map_index": 1_000_000});
    insta::assert_snapshot!(server.refused("get_or_create_mapped_task_run_children", "ids", many).await, @"BAD_USER_INPUT: get_or_create_mapped_task_run_children: input.max_map_index: 1000000 is too many, the most is 19999: get or create the others one by one with get_or_create_task_run");
    insta::assert_snapshot!(server.refused("set_task_run_name", "success", json!({"task_run_id": NOBODY, "name": "x"})).await, @"NOT_FOUND: task run 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.refused("set_task_run_name", "success", json!({"task_run_id": NOBODY, "name": ""})).await, @"BAD_USER_INPUT: set_task_run_name: input.name: the name is empty: give it at least one letter");
    insta::assert_snapshot!(server.refused("update_task_run_heartbeat", "success", json!({"task_run_id": NOBODY})).await, @"NOT_FOUND: task run 00000000-0000-4000-8000-00000000dead not found: it may have been deleted");
    insta::assert_snapshot!(server.refused("update_flow_run_heartbeat", "success", json!({"flow_run_id": NOBODY})).await, @"NOT_FOUND: flow run 00000000-0000-4000-8000-00000000dead not found: it may have been deleted");
}
