//! The API as the tests use it: projects, flows and runs, and waiting for what becomes of them.

use std::time::Duration;

use castra_client::retry::Retries;
use castra_client::{Client, ClientError};
use castra_core::state::StateKind;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// How long anything may take to come about on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// The project of all flows.
pub(crate) const PROJECT: &str = "tests";

/// A server's API.
#[derive(Clone)]
pub(crate) struct Api {
    client: Client,
    project_id: String,
}

impl Api {
    /// The API of a server that has no project yet.
    pub(crate) async fn new(url: &str) -> Self {
        let client = Client::new(url, None).unwrap();
        let created: Value = client
            .call(
                "mutation($input: create_project_input!) { create_project(input: $input) { id } }",
                json!({"input": {"name": PROJECT}}),
            )
            .await
            .unwrap();
        Self { client, project_id: text(&created, "/create_project/id") }
    }

    /// The same API; requests that a server in trouble does not answer are sent until it does.
    pub(crate) fn patient(self) -> Self {
        let retries = Retries { attempts: u32::MAX, first_delay: LOOK, max_delay: 4 * LOOK };
        Self { client: self.client.with_retries(retries), ..self }
    }

    /// What a document answers.
    pub(crate) async fn try_call(&self, document: &str, variables: Value) -> Result<Value, ClientError> {
        self.client.call(document, variables).await
    }

    /// What a document answers that is not refused.
    pub(crate) async fn call(&self, document: &str, variables: Value) -> Value {
        self.try_call(document, variables).await.unwrap()
    }

    /// What a mutation answers.
    pub(crate) async fn try_mutate(
        &self,
        name: &str,
        selection: &str,
        input: Value,
    ) -> Result<Value, ClientError> {
        let document =
            format!("mutation($input: {name}_input!) {{ {name}(input: $input) {{ {selection} }} }}");
        Ok(self.try_call(&document, json!({"input": input})).await?[name].take())
    }

    /// Registers a flow and answers with its id.
    pub(crate) async fn register(&self, flow: Value) -> String {
        let input = json!({"project_id": self.project_id, "serialized_flow": flow});
        text(&self.try_mutate("create_flow", "id", input).await.unwrap(), "/id")
    }

    /// Creates a run of a flow and answers with its id.
    pub(crate) async fn create_run(&self, flow: &str, options: Value) -> String {
        self.try_create_run(flow, options).await.unwrap()
    }

    /// Creates a run with these `options` of `create_flow_run`, unless that is refused.
    pub(crate) async fn try_create_run(&self, flow: &str, mut options: Value) -> Result<String, ClientError> {
        options["flow_id"] = json!(flow);
        self.try_mutate("create_flow_run", "id", options).await.map(|created| text(&created, "/id"))
    }

    /// A run with its launches in order, and what became of its tasks.
    pub(crate) async fn run(&self, id: &str) -> Value {
        let document = "query($id: uuid!) { flow_run_by_pk(id: $id) {
            id name state state_message parameters
            states(order_by: [{timestamp: asc}, {version: asc}]) { state message }
            launches(order_by: {claimed_at: asc}) { id phase handle cause last_lines claimed_at ended_at }
            task_runs { state states(order_by: {version: asc}) { state message } }
        } }";
        self.call(document, json!({"id": id})).await["flow_run_by_pk"].take()
    }

    /// Waits until a run is in this state.
    pub(crate) async fn reaches(&self, id: &str, state: StateKind) -> Value {
        eventually(&format!("run {id} is {state}"), async || {
            let run = self.run(id).await;
            if kind(&run) == state { Ok(run) } else { Err(run) }
        })
        .await
    }

    /// Waits until a run has ended and so has its last launch.
    pub(crate) async fn ends(&self, id: &str) -> Value {
        eventually(&format!("run {id} ends"), async || {
            let run = self.run(id).await;
            let over = kind(&run).is_finished() && launches(&run).all(|launch| !launch["ended_at"].is_null());
            if over { Ok(run) } else { Err(run) }
        })
        .await
    }

    /// Cancels a run.
    pub(crate) async fn cancel(&self, id: &str) {
        self.try_mutate("cancel_flow_run", "state", json!({"flow_run_id": id})).await.unwrap();
    }
}

/// Looks again and again until what is awaited is there (`Ok`); fails with what was seen last (`Err`).
pub(crate) async fn eventually<T>(what: &str, look: impl AsyncFn() -> Result<T, Value>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match look().await {
            Ok(seen) => return seen,
            Err(seen) if Instant::now() > deadline => panic!("{what}: not within {PATIENCE:?}: {seen:#}"),
            Err(_) => sleep(LOOK).await,
        }
    }
}

fn kind(run: &Value) -> StateKind {
    text(run, "/state").parse().unwrap()
}

fn launches(run: &Value) -> impl Iterator<Item = &Value> {
    run["launches"].as_array().unwrap().iter()
}

fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {pointer} in {value}"))
        .to_owned()
}
