//! The mutations, called as Prefect's client calls them: a document with the variable `input`, variables as text. One file
//! per group of verbs; each tells what is done, what a repetition does, and what is said to bad input.

mod agents;
mod artifacts;
mod claim;
mod flow_groups;
mod flow_runs;
mod given;
mod key_values;
mod logs;
mod processes;
mod projects;
mod register;
mod schedules;
mod states;
mod task_runs;
mod tenants;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::server::TestServer;

/// An id that nothing has.
const NOBODY: &str = "00000000-0000-4000-8000-00000000dead";

impl TestServer {
    /// The payload of the mutation `name`, or the code and words of its error.
    pub(crate) async fn mutate(&self, name: &str, payload: &str, input: Value) -> Result<Value, String> {
        self.mutate_as(HeaderMap::new(), name, payload, input).await
    }

    /// The same by a caller who says who it is in headers.
    async fn mutate_as(
        &self,
        headers: HeaderMap,
        name: &str,
        payload: &str,
        input: Value,
    ) -> Result<Value, String> {
        let document = format!("mutation($input: {name}_input!) {{ {name}(input: $input) {{ {payload} }} }}");
        let variables = json!({"input": input}).to_string();
        let body = json!({"query": document, "variables": variables}).to_string();
        let response = self.client.post(&self.url).headers(headers).body(body).send().await.unwrap();
        let mut answer: Value = response.json().await.unwrap();
        match answer.get("errors") {
            None => Ok(answer["data"][name].take()),
            Some(errors) => {
                let error = &errors[0];
                let code = error["extensions"]["code"].as_str().unwrap_or("no code");
                Err(format!("{code}: {}", error["message"].as_str().unwrap()))
            }
        }
    }

    /// The `id` in the payload of a mutation that succeeds.
    pub(crate) async fn id(&self, name: &str, input: Value) -> String {
        let payload = self.mutate(name, "id", input).await.unwrap();
        payload["id"].as_str().unwrap().to_owned()
    }

    /// Calls a mutation that answers only success.
    async fn succeed(&self, name: &str, input: Value) {
        let payload = self.mutate(name, "success", input).await.unwrap();
        assert_eq!(payload, json!({"success": true}), "{name}");
    }

    /// The words with which a mutation is refused.
    async fn refused(&self, name: &str, payload: &str, input: Value) -> String {
        match self.mutate(name, payload, input).await {
            Ok(payload) => panic!("{name} is not refused: {payload}"),
            Err(words) => words,
        }
    }
}

/// The header with which Prefect's agents name themselves.
fn agent(id: &str) -> HeaderMap {
    header("x-prefect-agent-id", id)
}

/// The header with which a flow run's process shows its credential.
fn bearer(credential: &str) -> HeaderMap {
    header("authorization", &format!("Bearer {credential}"))
}

fn header(name: &'static str, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())])
}
