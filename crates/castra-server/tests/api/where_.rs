use serde_json::json;

use crate::server::TestServer;

/// The versions of the flows that fulfil a condition.
async fn versions(server: &TestServer, condition: &str) -> Vec<i64> {
    let answer = server.data(&format!("{{ flow(where: {condition}) {{ version }} }}")).await;
    answer["flow"].as_array().unwrap().iter().map(|flow| flow["version"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn conditions_choose_rows() {
    let server = TestServer::seeded().await;
    for (condition, expected) in [
        ("{}", vec![1, 2]),
        ("{version: {_eq: null}, name: {_eq: null}}", vec![1, 2]),
        ("{_and: {version: {_gt: 1, _lte: 2}}}", vec![2]),
        ("{_and: [{version: {_eq: 1}}, {}]}", vec![1]),
        ("{_or: [{version: {_eq: 1}}, {archived: {_eq: false}}]}", vec![1, 2]),
        ("{_not: {archived: {_eq: true}}}", vec![2]),
        ("{id: {_in: []}}", vec![]),
        ("{id: {_nin: []}}", vec![1, 2]),
        ("{version: {_in: 2}}", vec![2]),
        ("{name: {_ilike: \"ET%\"}, version: {_neq: 1}}", vec![2]),
        ("{name: {_like: \"ET%\"}}", vec![]),
        ("{run_config: {_is_null: true}}", vec![1]),
        ("{run_config: {_contains: {labels: [\"dev\"]}}}", vec![2]),
        ("{run_config: {_has_key: \"type\"}}", vec![2]),
        ("{project: {name: {_eq: \"nightly\"}}, created: {_gte: \"2026-01-02T00:00:00\"}}", vec![2]),
        ("{tasks: {mapped: {_eq: true}}}", vec![2]),
        ("{project: {name: {_is_null: true}}}", vec![]),
    ] {
        assert_eq!(versions(&server, condition).await, expected, "{condition}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_in_words() {
    let server = TestServer::seeded().await;
    let error = async |condition| server.error(&format!("{{ flow(where: {condition}) {{ id }} }}")).await;
    insta::assert_snapshot!(error("\"all\"").await, @r#"BAD_USER_INPUT: a condition takes {column: {_eq: …}}, not "all""#);
    insta::assert_snapshot!(error("{nothing: {_eq: 1}}").await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "where", unknown field "nothing" of type "flow_bool_exp""#);
    insta::assert_snapshot!(error("{name: \"etl\"}").await, @r#"BAD_USER_INPUT: `name` takes {_eq: …}, not "etl""#);
    insta::assert_snapshot!(error("{name: {_eq: 1}}").await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "where.name._eq", expected type "String""#);
    insta::assert_snapshot!(error("{version: {_eq: \"1\"}}").await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "where.version._eq", expected type "Int""#);
    insta::assert_snapshot!(error("{created: {_gt: \"yesterday\"}}").await, @r#"BAD_USER_INPUT: `created` cannot be compared with "yesterday": it takes a time such as 2026-01-02T03:04:05.678901+00:00"#);
    insta::assert_snapshot!(error("{id: {_eq: 7}}").await, @"BAD_USER_INPUT: `id` cannot be compared with 7: it takes an id as text");
    insta::assert_snapshot!(error("{run_config: {_has_key: {}}}").await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "where.run_config._has_key", expected type "String""#);
}

#[tokio::test]
async fn no_text_is_taken_for_sql() {
    let server = TestServer::seeded().await;
    let tables = server.data("{ flow_aggregate { aggregate { count } } }").await;
    for text in [
        "' or 1=1 --",
        "\\\"; drop table flow; --",
        "?1",
        "%' escape '",
        "$.a'",
        "\\u0000",
        "')) union select 1 --",
    ] {
        for document in [
            format!("{{ flow(where: {{name: {{_eq: \"{text}\"}}}}) {{ id }} }}"),
            format!("{{ flow(where: {{name: {{_in: [\"{text}\"]}}}}) {{ id }} }}"),
            format!("{{ flow(where: {{name: {{_like: \"{text}\"}}}}) {{ id }} }}"),
            format!("{{ flow(where: {{name: {{_ilike: \"{text}\"}}}}) {{ id }} }}"),
            format!("{{ flow(where: {{id: {{_eq: \"{text}\"}}}}) {{ id }} }}"),
            format!("{{ flow(where: {{run_config: {{_contains: \"{text}\"}}}}) {{ id }} }}"),
            format!("{{ flow(where: {{run_config: {{_has_key: \"{text}\"}}}}) {{ id }} }}"),
            format!("{{ flow(where: {{tasks: {{slug: {{_eq: \"{text}\"}}}}}}) {{ id }} }}"),
        ] {
            assert_eq!(server.data(&document).await, json!({"flow": []}), "{document}");
        }
        let answer = server.graphql(&format!("{{ flow_by_pk(id: \"{text}\") {{ id }} }}")).await;
        assert_eq!(answer, json!({"data": {"flow_by_pk": null}}));
        server.error(&format!("{{ flow(where: {{created: {{_eq: \"{text}\"}}}}) {{ id }} }}")).await;
    }
    assert_eq!(server.data("{ flow_aggregate { aggregate { count } } }").await, tables);
}
