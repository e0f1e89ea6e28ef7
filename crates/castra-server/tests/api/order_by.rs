//! `order_by`, `distinct_on`, `limit` and `offset`.

use serde_json::{Value, json};

use crate::server::TestServer;

async fn versions(server: &TestServer, arguments: &str) -> Value {
    let answer = server.data(&format!("{{ flow({arguments}) {{ version }} }}")).await;
    answer["flow"].as_array().unwrap().iter().map(|flow| flow["version"].clone()).collect()
}

#[tokio::test]
async fn rows_are_sorted_and_cut() {
    let server = TestServer::seeded().await;
    for (arguments, expected) in [
        ("order_by: {name: asc, version: desc}, distinct_on: name", json!([2])),
        ("order_by: [{name: asc}, {version: asc}], distinct_on: [name]", json!([1])),
        ("order_by: {project: {name: desc_nulls_last}, created: desc}", json!([2, 1])),
        ("order_by: {version: asc}, limit: 1, offset: 1", json!([2])),
        ("order_by: null, distinct_on: null, limit: null, offset: null, where: null", json!([1, 2])),
        ("limit: 0", json!([])),
    ] {
        assert_eq!(versions(&server, arguments).await, expected, "{arguments}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_in_words() {
    let server = TestServer::seeded().await;
    let error = async |arguments| server.error(&format!("{{ flow({arguments}) {{ id }} }}")).await;
    insta::assert_snapshot!(error("limit: -1").await, @"BAD_USER_INPUT: `limit` takes a whole number from 0, not -1");
    insta::assert_snapshot!(error("offset: -1").await, @"BAD_USER_INPUT: `offset` takes a whole number from 0, not -1");
    insta::assert_snapshot!(error("limit: \"many\"").await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "limit", expected type "Int""#);
    insta::assert_snapshot!(error("order_by: {name: up}").await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "order_by.name", enumeration type "order_by" does not contain the value "up""#);
    insta::assert_snapshot!(error("order_by: name").await, @"BAD_USER_INPUT: `order_by` takes {column: asc}, not name");
    insta::assert_snapshot!(error("distinct_on: nothing").await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "distinct_on", enumeration type "flow_select_column" does not contain the value "nothing""#);
}
