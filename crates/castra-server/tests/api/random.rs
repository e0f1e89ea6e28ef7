//! Whatever is thrown at the server, it answers in JSON, without a fault and without 429.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::server::TestServer;

/// Words that queries are made of, so that many of the random ones get past the parser.
const WORDS: &str = r#"{ { { } } } ( ) [ ] : ... $ ! = @skip(if:true) query mutation fragment on flow flow_run task_runs
    project id name version where order_by limit distinct_on _and _or _not _eq _in _is_null _like _contains
    flows_aggregate aggregate count nodes asc null true -1 1e400 99999999999999999999 "x" """ hello flow_run_by_pk
    set_flow_run_states input __typename __schema tenant why"#;

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(WORDS.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
}

fn document() -> impl Strategy<Value = String> {
    let words = vec(word(), 0..40).prop_map(|words| words.join(" "));
    let condition = json_value().prop_map(|value| {
        // JSON whose keys are names is almost GraphQL.
        let literal = value.to_string().replace("\":", ":").replace("{\"", "{").replace(",\"", ",");
        format!("{{ flow(where: {literal}) {{ id tasks(limit: {literal}) {{ id }} }} }}")
    });
    prop_oneof![words, condition, ".{0,80}".prop_map(String::from)]
}

fn json_value() -> impl Strategy<Value = Value> {
    let key = prop_oneof![word(), "[a-z_]{0,8}".prop_map(String::from)];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key.clone(), inner), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let variables =
        prop_oneof![json_value(), json_value().prop_map(|value| Value::String(value.to_string()))];
    let request = (document(), variables).prop_map(|(query, variables)| {
        json!({"query": query, "variables": variables}).to_string().into_bytes()
    });
    prop_oneof![8 => request, 1 => json_value().prop_map(|it| it.to_string().into_bytes()), 1 => vec(any::<u8>(), 0..64)]
}

#[test]
fn nothing_that_is_posted_breaks_the_server() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::seeded());
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&body(), |body| {
            let (status, answer) = runtime.block_on(server.post(body));
            prop_assert!(status == StatusCode::OK || status == StatusCode::BAD_REQUEST, "{status} {answer}");
            prop_assert!(answer.is_object(), "no JSON object: {answer}");
            let faults = answer["errors"].to_string().contains("INTERNAL_SERVER_ERROR");
            prop_assert!(!faults, "a fault: {answer}");
            Ok(())
        })
        .unwrap();
}
