//! Projects.

use serde_json::json;

use super::NOBODY;
use crate::server::TestServer;

#[tokio::test]
async fn a_project_is_made_renamed_described_and_deleted() {
    let server = TestServer::empty().await;
    let id = server.id("create_project", json!({"name": "nightly", "description": null})).await;
    server.succeed("set_project_name", json!({"project_id": id, "name": "daily"})).await;
    server.succeed("set_project_description", json!({"project_id": id, "description": "by day"})).await;
    insta::assert_json_snapshot!(server.data("{ project { name description } }").await, @r#"
    {
      "project": [
        {
          "name": "daily",
          "description": "by day"
        }
      ]
    }
    "#);
    server.succeed("delete_project", json!({"project_id": id})).await;
    insta::assert_json_snapshot!(server.data("{ project { name } }").await, @r#"
    {
      "project": []
    }
    "#);
}

#[tokio::test]
async fn deleting_a_project_deletes_its_flows_and_their_runs() {
    let server = TestServer::empty().await;
    server.given_run().await;
    let project_id = server.data("{ project { id } }").await["project"][0]["id"].take();
    server.succeed("delete_project", json!({"project_id": project_id})).await;
    insta::assert_json_snapshot!(server.data("{ flow { id } flow_group { id } flow_run { id } task { id } }").await, @r#"
    {
      "flow": [],
      "flow_group": [],
      "flow_run": [],
      "task": []
    }
    "#);
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_in_the_words_that_prefects_client_knows() {
    let server = TestServer::empty().await;
    server.given_project().await;
    insta::assert_snapshot!(server.refused("create_project", "id", json!({"name": "nightly"})).await, @"CONFLICT: Uniqueness violation.");
    let other = server.id("create_project", json!({"name": "daily"})).await;
    insta::assert_snapshot!(server.refused("set_project_name", "success", json!({"project_id": other, "name": "nightly"})).await, @"CONFLICT: another project is called `nightly` already: choose another name");
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    insta::assert_snapshot!(server.refused("create_project", "id", json!({"name": " "})).await, @"BAD_USER_INPUT: create_project: input.name: the name is empty: give it at least one letter");
    insta::assert_snapshot!(server.refused("create_project", "id", json!({"name": 5})).await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "input.name", expected type "String""#);
    insta::assert_snapshot!(server.refused("create_project", "id", json!({})).await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "input", field "name" of type "String!" is required but not provided"#);
    insta::assert_snapshot!(server.refused("create_project", "id", json!({"name": "x", "tenant_id": NOBODY})).await, @"NOT_FOUND: tenant 00000000-0000-4000-8000-00000000dead not found: leave tenant_id out for the default tenant");
    insta::assert_snapshot!(server.refused("create_project", "id", json!({"name": "x", "tenant_id": "abc"})).await, @"BAD_USER_INPUT: create_project: input.tenant_id: UUID parsing failed: invalid length: found 3");
    insta::assert_snapshot!(server.refused("delete_project", "success", json!({"project_id": NOBODY})).await, @"NOT_FOUND: project 00000000-0000-4000-8000-00000000dead not found: `castra get projects` lists those there are");
    insta::assert_snapshot!(server.refused("set_project_name", "success", json!({"project_id": NOBODY, "name": "x"})).await, @"NOT_FOUND: project 00000000-0000-4000-8000-00000000dead not found: `castra get projects` lists those there are");
    insta::assert_snapshot!(server.refused("set_project_description", "success", json!({"project_id": NOBODY})).await, @"NOT_FOUND: project 00000000-0000-4000-8000-00000000dead not found: `castra get projects` lists those there are");
}
