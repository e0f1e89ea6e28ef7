//! How a request comes in: bodies, variables, headers.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::server::TestServer;

#[tokio::test]
async fn variables_come_as_text_or_as_an_object() {
    let server = TestServer::seeded().await;
    let query = "query($slug: String) { tenant(where: {slug: {_eq: $slug}}) { name } }";
    for variables in [json!({"slug": "acme"}), json!(r#"{"slug": "acme"}"#)] {
        let (status, answer) = server.post(json!({"query": query, "variables": variables}).to_string()).await;
        assert_eq!((status, answer), (StatusCode::OK, json!({"data": {"tenant": [{"name": "acme"}]}})));
    }
    for variables in [Value::Null, json!("null"), json!({}), json!("{}"), json!({"slug": null})] {
        let (_, answer) = server.post(json!({"query": query, "variables": variables}).to_string()).await;
        assert_eq!(answer["data"]["tenant"][0]["name"], "acme", "null is no condition: {answer}");
    }
}

#[tokio::test]
async fn both_addresses_and_a_prefect_agent_are_answered() {
    let server = TestServer::empty().await;
    for path in ["/", "/graphql"] {
        let request = server.client.post(server.url.clone() + path);
        let request = request.header("X-PREFECT-AGENT-ID", "no id").header("Authorization", "Bearer pcu_key");
        let answer =
            request.body(r#"{"query": "query { hello }", "variables": "null"}"#).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), r#"{"data":{"hello":"hello"}}"#);
    }
}

#[tokio::test]
async fn a_damaged_credential_is_refused() {
    let server = TestServer::empty().await;
    let request = server.client.post(&server.url).header("Authorization", "Bearer castra_x");
    let answer = request.body(r#"{"query": "{ hello }"}"#).send().await.unwrap();
    insta::assert_snapshot!(answer.text().await.unwrap(), @r#"{"data":null,"errors":[{"message":"State update failed: the flow run's credential is malformed: it is not of the form castra_<launch id>_<secret>","extensions":{"code":"UNAUTHENTICATED"}}]}"#);
}

#[tokio::test]
async fn malformed_bodies_are_refused_in_words() {
    let server = TestServer::empty().await;
    let refused = async |body: &str| {
        let (status, answer) = server.post(body.to_owned()).await;
        format!("{status} {}", answer["errors"][0]["message"].as_str().unwrap())
    };
    insta::assert_snapshot!(refused("").await, @r#"400 Bad Request the body is no GraphQL request: EOF while parsing a value at line 1 column 0; send {"query": "…", "variables": {…}} as JSON"#);
    insta::assert_snapshot!(refused("[]").await, @r#"400 Bad Request the body is no GraphQL request: invalid length 0, expected struct Body with 3 elements at line 1 column 2; send {"query": "…", "variables": {…}} as JSON"#);
    insta::assert_snapshot!(refused(r#"{"query": 1}"#).await, @r#"400 Bad Request the body is no GraphQL request: invalid type: integer `1`, expected a string at line 1 column 11; send {"query": "…", "variables": {…}} as JSON"#);
    insta::assert_snapshot!(refused(r#"{"query": "{ hello }", "variables": "{"}"#).await, @"400 Bad Request the text in `variables` is no JSON: EOF while parsing an object at line 1 column 1");
    insta::assert_snapshot!(refused(r#"{"query": "{ hello }", "variables": [1]}"#).await, @r#"400 Bad Request `variables` is no object: send {"name": value}"#);
    insta::assert_snapshot!(refused(&" ".repeat((32 << 20) + 1)).await, @"413 Payload Too Large the request is larger than 32 MiB: send tasks and edges in batches with register_tasks and register_edges");
}

#[tokio::test]
async fn faulty_documents_are_answered_with_errors() {
    let server = TestServer::empty().await;
    insta::assert_snapshot!(server.error("{").await, @r#"
    GRAPHQL_VALIDATION_FAILED:  --> 1:2
      |
    1 | {
      |  ^---
      |
      = expected selection
    "#);
    insta::assert_snapshot!(server.error("{ nothing }").await, @r#"GRAPHQL_VALIDATION_FAILED: Unknown field "nothing" on type "Query"."#);
    insta::assert_snapshot!(server.error("{ flow { id nothing } }").await, @r#"GRAPHQL_VALIDATION_FAILED: Unknown field "nothing" on type "flow"."#);
    insta::assert_snapshot!(server.error("{ flow { project } }").await, @r#"GRAPHQL_VALIDATION_FAILED: Field "project" of type "project" must have a selection of subfields"#);
    insta::assert_snapshot!(server.error("subscription { flow { id } }").await, @"GRAPHQL_VALIDATION_FAILED: Schema is not configured for subscriptions.");
    insta::assert_snapshot!(server.error(&format!("{{ flow(where: {}) {{ id }} }}", "[".repeat(50_000))).await, @"BAD_USER_INPUT: the query nests more than 100 brackets deep: send long values as variables");
}

#[tokio::test]
async fn a_page_of_another_site_can_have_nothing_done() {
    let server = TestServer::empty().await;
    let request = server.client.post(&server.url).header("sec-fetch-site", "cross-site");
    let answer = request.body(r#"{"query": "{ hello }"}"#).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.text().await.unwrap().contains("sent by a page of another site"));
}
