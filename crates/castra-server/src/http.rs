//! Every URL of the server, and how a GraphQL request comes out of a body and its answer goes back. What fails before
//! GraphQL begins is answered as GraphQL's errors too: Prefect's client quotes them to its user. 429 is never sent: that
//! client would sleep for minutes.

use std::any::Any;
use std::time::Instant;

use async_graphql::dynamic::Schema;
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection};
use async_graphql::{Request, Response as Answer, ServerError, Value, Variables};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use castra_store::Store;
use serde::Deserialize;
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;

use crate::bounds;
use crate::graphql::caller::Caller;
use crate::graphql::errors::{self, Error, UNAVAILABLE};
use crate::web::{self, PageError, Web};

/// The largest body. A compressed flow of some ten thousand tasks stays below it.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// Every URL.
pub(crate) fn router(schema: Schema, web: Web) -> Router {
    let graphql = post(graphql).with_state(schema);
    Router::new()
        .route("/", graphql.clone())
        .route("/graphql", graphql)
        .route("/health", get(health))
        .route("/ready", get(ready).with_state(web.store.clone()))
        .merge(web::router(web))
        .fallback(nothing_here)
        .method_not_allowed_fallback(async || {
            refusal(
                StatusCode::METHOD_NOT_ALLOWED,
                "this address takes another method: POST GraphQL to / or /graphql",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(CatchPanicLayer::custom(panicked))
}

/// Nothing is at this address, told to a browser as a page, to a program as GraphQL's errors.
async fn nothing_here(headers: HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match accepted.contains("text/html") {
        true => PageError::no_such_page().into_response(),
        false => refusal(StatusCode::NOT_FOUND, "there is nothing here: POST GraphQL to / or /graphql"),
    }
}

/// The process is alive.
async fn health() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// The store answers.
async fn ready(State(store): State<Store>) -> Response {
    match store.read(|transaction| transaction.query_one("select 1", &[], |_| Ok(()))).await {
        Ok(()) => Json(json!({"status": "ready"})).into_response(),
        Err(error) => refusal(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}

async fn graphql(
    State(schema): State<Schema>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    // A page of another site can have a browser send any text here, though it cannot read the answer.
    if web::is_cross_site(&headers) {
        return refusal(
            StatusCode::FORBIDDEN,
            "the request was sent by a page of another site: nothing was done",
        );
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let words = format!(
                "the request is larger than {} MiB: send tasks and edges in batches with register_tasks and register_edges",
                MAX_BODY_BYTES >> 20
            );
            return refusal(StatusCode::PAYLOAD_TOO_LARGE, &words);
        }
        Err(rejection) => return refusal(StatusCode::BAD_REQUEST, &rejection.body_text()),
    };
    match request(&body) {
        Ok(request) => {
            let (status, answer) = execute(&schema, request, &headers).await;
            (status, Json(answer)).into_response()
        }
        Err(words) => refusal(StatusCode::BAD_REQUEST, &words),
    }
}

/// A request as it stands in a body.
#[derive(Deserialize)]
struct Body {
    query: String,
    #[serde(default)]
    variables: Value,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
}

/// Reads a body. `variables` is an object, or the text of one: Prefect's client sends text, `"null"` where there are none.
fn request(body: &[u8]) -> Result<Request, String> {
    let body: Body = serde_json::from_slice(body).map_err(|error| {
        format!(
            "the body is no GraphQL request: {error}; send {{\"query\": \"…\", \"variables\": {{…}}}} as JSON"
        )
    })?;
    let variables = match body.variables {
        Value::String(text) => serde_json::from_str(&text)
            .map_err(|error| format!("the text in `variables` is no JSON: {error}"))?,
        value => value,
    };
    let variables = match variables {
        Value::Null => Variables::default(),
        object @ Value::Object(_) => Variables::from_value(object),
        _ => return Err("`variables` is no object: send {\"name\": value}".to_owned()),
    };
    let request = Request::new(body.query).variables(variables);
    Ok(match body.operation_name {
        Some(name) => request.operation_name(name),
        None => request,
    })
}

/// Executes a request and logs it: what was asked, how long it took, what failed; never variables or credentials. What
/// cannot be done for now (a full disk, a locked database) has the status that makes Prefect's client send it again.
async fn execute(schema: &Schema, mut request: Request, headers: &HeaderMap) -> (StatusCode, Answer) {
    let started = Instant::now();
    let mut operation = String::new();
    let mut answer = match prepare(&mut request, headers) {
        Ok((name, caller)) => {
            operation = name;
            schema.execute(request.data(caller)).await
        }
        Err(error) => Answer::from_errors(vec![error]),
    };
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    let codes: Vec<_> = answer.errors.iter_mut().map(errors::code).collect();
    if codes.is_empty() {
        tracing::debug!(operation, milliseconds, "request");
    } else {
        tracing::info!(operation, milliseconds, errors = codes.join(" "), "request refused");
    }
    let unavailable = codes.iter().any(|code| code == UNAVAILABLE);
    (if unavailable { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }, answer)
}

/// Checks a request before it is executed, and tells what it does and who sends it.
fn prepare(request: &mut Request, headers: &HeaderMap) -> Result<(String, Caller), ServerError> {
    let refused = |error: Error| {
        let error = error.into_answer();
        ServerError { extensions: error.extensions, ..ServerError::new(error.message, None) }
    };
    bounds::check_text(&request.query).map_err(refused)?;
    let caller = Caller::from_headers(headers).map_err(refused)?;
    let document = request.parsed_query()?;
    bounds::check_fragments(document).map_err(refused)?;
    Ok((operation(document), caller))
}

/// What a document does, in the words of a log: `mutation create_flow_run`.
fn operation(document: &ExecutableDocument) -> String {
    let Some((_, operation)) = document.operations.iter().next() else { return String::new() };
    let kind = match operation.node.ty {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    };
    let fields =
        operation.node.selection_set.node.items.iter().filter_map(|selection| match &selection.node {
            Selection::Field(field) => Some(field.node.name.node.as_str()),
            _ => None,
        });
    fields.take(5).fold(kind.to_owned(), |words, field| words + " " + field)
}

/// What fails before GraphQL begins, or outside it.
fn refusal(status: StatusCode, words: &str) -> Response {
    let code = match status {
        StatusCode::INTERNAL_SERVER_ERROR => "INTERNAL_SERVER_ERROR",
        StatusCode::SERVICE_UNAVAILABLE => UNAVAILABLE,
        _ => "BAD_REQUEST",
    };
    let errors = json!({"errors": [{"message": words, "extensions": {"code": code}}], "data": null});
    (status, Json(errors)).into_response()
}

/// The answer when a handler panicked: a fault in Castra.
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
    refusal(StatusCode::INTERNAL_SERVER_ERROR, &Error::fault(format!("panic: {text}")).to_string())
}
