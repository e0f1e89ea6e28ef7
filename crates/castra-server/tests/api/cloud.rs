//! What the client asks in its mode for Prefect Cloud.

use serde_json::json;

use crate::server::TestServer;

#[tokio::test]
async fn who_calls_belongs_to_the_first_tenant() {
    let server = TestServer::seeded().await;
    let answer = server.data("{ auth_info { tenant_id user_id } }").await;
    let tenant = json!({"tenant_id": "00000000-0000-4000-8000-000000000001", "user_id": null});
    assert_eq!(answer, json!({"auth_info": tenant}));
}

#[tokio::test]
async fn there_are_no_keys_no_limits_and_no_secrets() {
    let server = TestServer::empty().await;
    let answer = server
        .data("{ auth_api_key { id } secret_names task_tag_limit(where: {tag: {_eq: \"db\"}}) { limit } }")
        .await;
    assert_eq!(answer, json!({"auth_api_key": [], "secret_names": [], "task_tag_limit": []}));
    insta::assert_snapshot!(server.error("{ secret_value(name: \"TOKEN\") }").await, @"NOT_FOUND: No value found for the requested key");
}
