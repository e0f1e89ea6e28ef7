//! Key-value pairs.

use serde_json::json;

use super::NOBODY;
use crate::server::TestServer;

#[tokio::test]
async fn a_value_is_kept_replaced_and_forgotten() {
    let server = TestServer::empty().await;
    let id = server.id("set_key_value", json!({"key": "k", "value": "v"})).await;
    assert_eq!(server.id("set_key_value", json!({"key": "k", "value": {"n": [1, null]}})).await, id);
    insta::assert_json_snapshot!(server.data("{ key_value { key value } }").await, @r#"
    {
      "key_value": [
        {
          "key": "k",
          "value": {
            "n": [
              1,
              null
            ]
          }
        }
      ]
    }
    "#);
    server.succeed("delete_key_value", json!({"key_value_id": id})).await;
    insta::assert_json_snapshot!(server.data("{ key_value { key } }").await, @r#"
    {
      "key_value": []
    }
    "#);
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    insta::assert_snapshot!(server.refused("set_key_value", "id", json!({"key": "", "value": 1})).await, @"BAD_USER_INPUT: set_key_value: input.key: the name is empty: give it at least one letter");
    insta::assert_snapshot!(server.refused("set_key_value", "id", json!({"key": "k"})).await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "input", field "value" of type "JSON!" is required but not provided"#);
    insta::assert_snapshot!(server.refused("delete_key_value", "success", json!({"key_value_id": NOBODY})).await, @"NOT_FOUND: key value 00000000-0000-4000-8000-00000000dead not found: ask for its id by its key first");
}
