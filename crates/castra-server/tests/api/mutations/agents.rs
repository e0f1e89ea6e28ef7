//! Agents: registered and forgotten.

use serde_json::json;

use super::NOBODY;
use crate::server::TestServer;

#[tokio::test]
async fn an_agent_registers_as_prefects_does() {
    let server = TestServer::empty().await;
    let input = json!({"type": "LocalAgent", "name": null, "labels": ["b", "a"], "tenant_id": null, "agent_config_id": null});
    server.id("register_agent", input).await;
    insta::assert_json_snapshot!(server.data("{ agent { type name labels last_queried } }").await, @r#"
    {
      "agent": [
        {
          "type": "LocalAgent",
          "name": "agent",
          "labels": [
            "a",
            "b"
          ],
          "last_queried": null
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn an_agent_that_comes_back_with_its_id_stays_the_same() {
    let server = TestServer::empty().await;
    let id = server.given_agent(&["dev"]).await;
    let again = json!({"id": id, "type": "LocalAgent", "name": "here", "labels": ["dev", "ml"]});
    assert_eq!(server.id("register_agent", again.clone()).await, id);
    insta::assert_json_snapshot!(server.data("{ agent { name labels } }").await, @r#"
    {
      "agent": [
        {
          "name": "here",
          "labels": [
            "dev",
            "ml"
          ]
        }
      ]
    }
    "#);
    server.succeed("delete_agent", json!({"agent_id": id})).await;
    assert_eq!(server.id("register_agent", again).await, id);
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    insta::assert_snapshot!(server.refused("register_agent", "id", json!({})).await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "input", field "type" of type "String!" is required but not provided"#);
    insta::assert_snapshot!(server.refused("register_agent", "id", json!({"type": ""})).await, @"BAD_USER_INPUT: register_agent: input.type: the name is empty: give it at least one letter");
    insta::assert_snapshot!(server.refused("register_agent", "id", json!({"type": "LocalAgent", "labels": [""]})).await, @"BAD_USER_INPUT: register_agent: input.labels: a label is empty: leave it out or give it a name");
    insta::assert_snapshot!(server.refused("register_agent", "id", json!({"type": "LocalAgent", "id": "me"})).await, @"BAD_USER_INPUT: register_agent: input.id: UUID parsing failed: invalid character: found `m` at 0");
    insta::assert_snapshot!(server.refused("register_agent", "id", json!({"type": "LocalAgent", "tenant_id": NOBODY})).await, @"NOT_FOUND: tenant 00000000-0000-4000-8000-00000000dead not found: leave tenant_id out for the default tenant");
    insta::assert_snapshot!(server.refused("delete_agent", "success", json!({"agent_id": NOBODY})).await, @"NOT_FOUND: agent 00000000-0000-4000-8000-00000000dead not found: `castra get agents` lists those there are");
}
