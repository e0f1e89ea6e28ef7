//! The transport against a small stand-in server: what is sent, what is tried again, and how each failure reads.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use castra_client::retry::Retries;
use castra_client::{Client, ClientError};
use castra_core::credential::Credential;
use serde_json::{Value, json};
use tokio::net::TcpListener;

type Answers = Vec<(StatusCode, Value)>;

/// Answers with one after the other of `answers`, the last one for ever.
struct StandIn {
    answers: Answers,
    requests: AtomicUsize,
}

impl StandIn {
    async fn serve(answers: Answers) -> (Client, Arc<StandIn>) {
        let stand_in = Arc::new(StandIn { answers, requests: AtomicUsize::new(0) });
        let router = Router::new().route("/graphql", post(answer)).with_state(Arc::clone(&stand_in));
        let client = Client::new(&listen(router).await, None).unwrap().with_retries(QUICK);
        (client, stand_in)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

const QUICK: Retries = Retries { attempts: 3, first_delay: Duration::ZERO, max_delay: Duration::ZERO };

async fn listen(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn answer(State(stand_in): State<Arc<StandIn>>) -> (StatusCode, Json<Value>) {
    let index = stand_in.requests.fetch_add(1, Ordering::SeqCst).min(stand_in.answers.len() - 1);
    let (status, body) = stand_in.answers[index].clone();
    (status, Json(body))
}

async fn call(client: &Client) -> Result<Value, ClientError> {
    client.call("query { hello }", json!({})).await
}

/// The words of an error, without the port that changes from run to run.
fn words(error: &ClientError) -> String {
    let text = error.to_string();
    let Some(start) = text.find("127.0.0.1:").map(|at| at + "127.0.0.1:".len()) else { return text };
    let end = text[start..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |length| start + length);
    format!("{}PORT{}", &text[..start], &text[end..])
}

#[tokio::test]
async fn the_document_its_variables_and_the_credential_are_sent() {
    async fn echo(headers: HeaderMap, Json(body): Json<Value>) -> Json<Value> {
        let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
        Json(json!({ "data": { "body": body, "authorization": authorization } }))
    }
    let url = listen(Router::new().route("/graphql", post(echo))).await;
    let client = Client::new(&url, Some(&Credential::new("castra_1_secret"))).unwrap();

    let sent: Value = client.call("query($x: Int) { x }", json!({ "x": 1 })).await.unwrap();

    assert_eq!(
        sent,
        json!({ "body": { "query": "query($x: Int) { x }", "variables": { "x": 1 } }, "authorization": "Bearer castra_1_secret" })
    );
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again() {
    let trouble = (StatusCode::SERVICE_UNAVAILABLE, json!("starting"));
    let fine = (StatusCode::OK, json!({ "data": { "hello": "world" } }));
    let (client, stand_in) = StandIn::serve(vec![trouble.clone(), trouble, fine]).await;

    assert_eq!(call(&client).await, Ok(json!({ "hello": "world" })));
    assert_eq!(stand_in.requests(), 3);
}

#[tokio::test]
async fn a_server_that_stays_in_trouble_is_quoted() {
    let (client, stand_in) =
        StandIn::serve(vec![(StatusCode::INTERNAL_SERVER_ERROR, json!("disk full"))]).await;

    let error = call(&client).await.unwrap_err();

    insta::assert_snapshot!(words(&error), @r#"the Castra server at http://127.0.0.1:PORT/graphql answered with HTTP status 500: "disk full""#);
    assert!(error.is_transient());
    assert_eq!(stand_in.requests(), 3);
}

#[tokio::test]
async fn a_refusal_is_final_and_in_the_servers_words() {
    let body = json!({ "data": null, "errors": [
        { "message": "State update failed: the run is Success", "extensions": { "code": "STATE_UPDATE_FAILED" } }
    ] });
    for status in [StatusCode::OK, StatusCode::BAD_REQUEST] {
        let (client, stand_in) = StandIn::serve(vec![(status, body.clone())]).await;
        let error = call(&client).await.unwrap_err();
        assert_eq!(words(&error), "State update failed: the run is Success");
        assert_eq!((error.code(), error.is_transient()), (Some("STATE_UPDATE_FAILED"), false));
        assert_eq!(stand_in.requests(), 1);
    }
}

#[tokio::test]
async fn a_refusal_for_now_is_sent_again_and_in_the_servers_words() {
    let body = json!({ "data": null, "errors": [
        { "message": "the disk is full", "extensions": { "code": "UNAVAILABLE" } }
    ] });
    let (client, stand_in) = StandIn::serve(vec![(StatusCode::SERVICE_UNAVAILABLE, body)]).await;
    let error = call(&client).await.unwrap_err();
    assert_eq!((words(&error).as_str(), error.is_transient()), ("the disk is full", true));
    assert_eq!(stand_in.requests(), 3);
}

#[tokio::test]
async fn an_answer_of_another_shape_says_what_does_not_fit() {
    let (client, _) = StandIn::serve(vec![(StatusCode::OK, json!({ "data": { "id": "x" } }))]).await;
    #[derive(Debug, serde::Deserialize)]
    struct Hello {
        #[allow(dead_code, reason = "only its absence matters")]
        hello: String,
    }

    let error = client.call::<Hello>("query { hello }", json!({})).await.unwrap_err();

    insta::assert_snapshot!(words(&error), @"the answer of http://127.0.0.1:PORT/graphql is not understood (missing field `hello` at line 1 column 18): is it a Castra server of the same version?");
}

#[tokio::test]
async fn an_absent_server_is_named_with_what_to_do() {
    let free_port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let client = Client::new(&format!("http://127.0.0.1:{free_port}"), None).unwrap().with_retries(QUICK);

    let error = call(&client).await.unwrap_err();

    insta::assert_snapshot!(words(&error), @"cannot reach the Castra server at http://127.0.0.1:PORT/graphql (Connection refused (os error 111)): is it running? `castra server start` starts one");
}

#[tokio::test]
async fn a_silent_server_is_not_asked_again() {
    async fn never() {
        std::future::pending().await
    }
    let client = Client::new(&listen(Router::new().route("/graphql", post(never))).await, None).unwrap();

    let error = client.call_within::<Value>(Duration::from_millis(20), "query { hello }", json!({})).await;

    assert!(matches!(error, Err(ClientError::TimedOut { .. })), "{error:?}");
}

#[test]
fn a_bad_address_and_a_bad_credential_are_told_before_anything_is_sent() {
    let words = |url| Client::new(url, None).unwrap_err().to_string();
    insta::assert_snapshot!(words("127.0.0.1:4200"), @"`127.0.0.1:4200` is no address of a Castra server (it begins neither with http:// nor with https://): give one like http://127.0.0.1:4200");
    insta::assert_snapshot!(words("http://:80"), @"`http://:80` is no address of a Castra server (empty host): give one like http://127.0.0.1:4200");
    let credential = Credential::new("two\nlines");
    assert_eq!(Client::new("http://castra", Some(&credential)).unwrap_err(), ClientError::BadCredential);
}

#[test]
fn an_address_with_a_path_is_taken_as_it_is() {
    let url = |url| Client::new(url, None).unwrap().url().to_owned();
    assert_eq!(url("http://castra:4200"), "http://castra:4200/graphql");
    assert_eq!(url("http://castra/behind/a/proxy"), "http://castra/behind/a/proxy");
    assert_eq!(url("https://castra"), "https://castra/graphql");
}
