//! Every document that the real prefect 1.4.1 client was seen to send is one that this server understands.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::TestServer;

#[derive(Deserialize)]
struct Sent {
    name: String,
    document: String,
    variables: Value,
}

/// What only Prefect Cloud can do. The client offers these commands only in its mode for Prefect Cloud.
const CLOUD_ONLY: &[&str] =
    &["create_api_key", "delete_api_key", "delete_task_tag_limit", "set_secret", "update_task_tag_limit"];

#[tokio::test]
async fn every_document_of_the_real_client_is_valid() {
    let server = TestServer::seeded().await;
    let corpus = include_str!("../../../../tests/prefect1/wire/corpus.json");
    let corpus: Vec<Sent> = serde_json::from_str(corpus).unwrap();
    let mut failures = Vec::new();
    for Sent { name, document, variables } in corpus {
        if CLOUD_ONLY.iter().any(|mutation| document.contains(&format!("{mutation}("))) {
            continue;
        }
        let body = json!({"query": document, "variables": variables.to_string()}).to_string();
        let (status, answer) = server.post(body).await;
        let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
        // Fields that did their work may well have found nothing.
        let invalid =
            errors.iter().filter(|error| error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED");
        failures.extend(invalid.map(|error| format!("{name}: {}", error["message"])));
        if status != StatusCode::OK {
            failures.push(format!("{name}: {status} {answer}"));
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
