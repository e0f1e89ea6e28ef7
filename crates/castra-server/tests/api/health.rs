use reqwest::StatusCode;

use crate::server::TestServer;

#[tokio::test]
async fn health_and_ready_answer() {
    let server = TestServer::empty().await;
    for (path, expected) in [("/health", r#"{"status":"ok"}"#), ("/ready", r#"{"status":"ready"}"#)] {
        let response = server.client.get(server.url.clone() + path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.text().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn other_addresses_and_methods_are_refused_in_words() {
    let server = TestServer::empty().await;
    let words = async |path: &str| {
        let response = server.client.get(server.url.clone() + path).send().await.unwrap();
        format!("{} {}", response.status(), response.text().await.unwrap())
    };
    insta::assert_snapshot!(words("/nothing").await, @r#"404 Not Found {"errors":[{"message":"there is nothing here: POST GraphQL to / or /graphql","extensions":{"code":"BAD_REQUEST"}}],"data":null}"#);
    insta::assert_snapshot!(words("/graphql").await, @r#"405 Method Not Allowed {"errors":[{"message":"this address takes another method: POST GraphQL to / or /graphql","extensions":{"code":"BAD_REQUEST"}}],"data":null}"#);
}
