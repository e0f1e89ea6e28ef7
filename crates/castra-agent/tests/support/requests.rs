//! A client that writes down what it asks the API server for, in the words of Kubernetes' access control: `list pods`,
//! `get pods/log`, `create jobs.batch`.

use std::sync::{Arc, Mutex};

use axum::http::{Method, Request};
use kube::Client;
use kube::client::Body;

/// What was asked for, in order.
pub(crate) type Asked = Arc<Mutex<Vec<String>>>;

/// The same client, and what it asks for from now on.
pub(crate) fn written_down(client: Client) -> (Client, Asked) {
    let asked = Asked::default();
    let written = Arc::clone(&asked);
    let service = tower::service_fn(move |request: Request<Body>| {
        written.lock().unwrap().push(words(&request));
        let client = client.clone();
        async move { client.send(request).await }
    });
    (Client::new(service, "default"), asked)
}

/// A request about something in a namespace.
fn words(request: &Request<Body>) -> String {
    let path: Vec<&str> = request.uri().path().trim_matches('/').split('/').collect();
    let (group, rest) = match path[..] {
        ["api", _, "namespaces", _, ref rest @ ..] => (String::new(), rest),
        ["apis", group, _, "namespaces", _, ref rest @ ..] => (format!(".{group}"), rest),
        _ => panic!("{} is in no namespace", request.uri()),
    };
    let resource = match rest {
        [resource] | [resource, _] => (*resource).to_owned(),
        [resource, _, subresource] => format!("{resource}/{subresource}"),
        _ => panic!("{} is about nothing", request.uri()),
    };
    let is_watch = request.uri().query().is_some_and(|query| query.contains("watch=true"));
    let verb = match (request.method(), rest.len() > 1) {
        (&Method::GET, true) => "get",
        (&Method::GET, false) if is_watch => "watch",
        (&Method::GET, false) => "list",
        (&Method::POST, _) => "create",
        (&Method::PUT, _) => "update",
        (&Method::PATCH, _) => "patch",
        (&Method::DELETE, true) => "delete",
        (&Method::DELETE, false) => "deletecollection",
        (method, _) => panic!("{method} has no word"),
    };
    format!("{verb} {resource}{group}")
}
