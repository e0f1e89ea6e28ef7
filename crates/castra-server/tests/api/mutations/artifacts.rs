//! Artifacts of task runs.

use serde_json::json;

use super::NOBODY;
use crate::server::TestServer;

#[tokio::test]
async fn an_artifact_is_made_changed_and_forgotten() {
    let server = TestServer::empty().await;
    let (_, task_run_id) = server.given_task_run().await;
    let new =
        json!({"task_run_id": task_run_id, "kind": "link", "data": {"link": "http://x"}, "tenant_id": null});
    let id = server.id("create_task_run_artifact", new).await;
    server
        .succeed(
            "update_task_run_artifact",
            json!({"task_run_artifact_id": id, "data": {"link": "http://y"}}),
        )
        .await;
    insta::assert_json_snapshot!(server.data("{ task_run_artifact { kind data } }").await, @r#"
    {
      "task_run_artifact": [
        {
          "kind": "link",
          "data": {
            "link": "http://y"
          }
        }
      ]
    }
    "#);
    server.succeed("delete_task_run_artifact", json!({"task_run_artifact_id": id})).await;
    insta::assert_json_snapshot!(server.data("{ task_run_artifact { kind } }").await, @r#"
    {
      "task_run_artifact": []
    }
    "#);
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    insta::assert_snapshot!(server.refused("create_task_run_artifact", "id", json!({"task_run_id": NOBODY, "kind": "link", "data": {}})).await, @"NOT_FOUND: task run 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.refused("create_task_run_artifact", "id", json!({"task_run_id": NOBODY, "kind": "", "data": {}})).await, @"BAD_USER_INPUT: create_task_run_artifact: input.kind: the name is empty: give it at least one letter");
    insta::assert_snapshot!(server.refused("create_task_run_artifact", "id", json!({"task_run_id": null, "kind": "link", "data": {}})).await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "input.task_run_id", expected type "UUID""#);
    insta::assert_snapshot!(server.refused("update_task_run_artifact", "success", json!({"task_run_artifact_id": NOBODY, "data": {}})).await, @"NOT_FOUND: task run artifact 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.refused("delete_task_run_artifact", "success", json!({"task_run_artifact_id": NOBODY})).await, @"NOT_FOUND: task run artifact 00000000-0000-4000-8000-00000000dead not found");
}
