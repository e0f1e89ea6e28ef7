use serde_json::Value;

use crate::server::TestServer;

/// What is found, one finding per line.
async fn found(server: &TestServer, arguments: &str) -> String {
    let document = format!("{{ preflight({arguments}) {{ findings {{ field severity message }} }} }}");
    let answer = server.data(&document).await;
    let line =
        |it: &Value| ["severity", "field", "message"].map(|name| it[name].as_str().unwrap()).join(" | ");
    answer["preflight"]["findings"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_run_config_is_looked_at_before_it_is_used() {
    let server = TestServer::empty().await;
    insta::assert_snapshot!(found(&server, r#"run_config: {type: "KubernetesRun", memory_limit: "2GB"}"#).await, @r#"
    error | memory_limit | "2GB" is no Kubernetes quantity: "GB" is no suffix (did you mean `G` or `Gi`?); there are n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei and an exponent such as e3
    warning | labels | no live agent of type KubernetesAgent is without labels, and runs without labels go only to such: start one, or give the runs labels
    "#);
    insta::assert_snapshot!(found(&server, r#"run_config: {type: "KubernetesRum"}"#).await, @r#"error | run_config | unknown run config `type` "KubernetesRum" (did you mean `KubernetesRun`?): it is one of UniversalRun, LocalRun, DockerRun, KubernetesRun, ECSRun, VertexRun"#);
    insta::assert_snapshot!(server.error("{ preflight { findings { field } } }").await, @r#"GRAPHQL_VALIDATION_FAILED: Field "preflight" argument "run_config" of type "Query" is required but not provided"#);
    insta::assert_snapshot!(server.error("{ preflight(run_config: {}, labels: [1]) { findings { field } } }").await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "labels.0", expected type "String""#);
}

#[tokio::test]
async fn an_agent_must_cover_the_labels_and_launch_the_kind() {
    let server = TestServer::empty().await;
    let local = r#"run_config: {type: "LocalRun", labels: ["dev"]}"#;
    insta::assert_snapshot!(found(&server, local).await, @"warning | labels | no live agent of type LocalAgent covers the labels `dev`: start one that has them, or give the runs other labels");
    let agent = r#"{type: "LocalAgent", name: "here", labels: ["dev", "ml"]}"#;
    server.data(&format!("mutation {{ register_agent(input: {agent}) {{ id }} }}")).await;
    assert_eq!(found(&server, local).await, "");
    assert_eq!(found(&server, r#"run_config: {type: "UniversalRun"}, labels: ["ml"]"#).await, "");
    insta::assert_snapshot!(found(&server, r#"run_config: {type: "DockerRun", labels: ["dev"]}"#).await, @"warning | labels | no live agent of type DockerAgent covers the labels `dev`: start one that has them, or give the runs other labels");
    insta::assert_snapshot!(found(&server, &format!("{local}, labels: []")).await, @"warning | labels | no live agent of type LocalAgent is without labels, and runs without labels go only to such: start one, or give the runs labels");
    insta::assert_snapshot!(found(&server, r#"run_config: {type: "UniversalRun", labels: ["gpu"]}"#).await, @"warning | labels | no live agent covers the labels `gpu`: start one that has them, or give the runs other labels");
}
