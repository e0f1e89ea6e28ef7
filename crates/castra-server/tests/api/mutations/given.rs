//! What must be there before a test begins, made as clients make it.

use serde_json::{Value, json};

use crate::server::TestServer;

impl TestServer {
    /// A project.
    pub(super) async fn given_project(&self) -> String {
        self.id("create_project", json!({"name": "nightly"})).await
    }

    /// A flow with two tasks, `extract` → `load`.
    pub(super) async fn given_flow(&self) -> String {
        self.given_flow_with(json!({})).await
    }

    /// The same with other fields.
    pub(crate) async fn given_flow_with(&self, fields: Value) -> String {
        let project_id = self.given_project().await;
        self.register(&project_id, serialized_flow(fields)).await
    }

    /// Registers a version of a flow.
    pub(super) async fn register(&self, project_id: &str, serialized_flow: Value) -> String {
        self.id("create_flow", json!({"project_id": project_id, "serialized_flow": serialized_flow})).await
    }

    /// A run of a flow, due now.
    pub(super) async fn given_run(&self) -> String {
        let flow_id = self.given_flow().await;
        self.id("create_flow_run", json!({"flow_id": flow_id})).await
    }

    /// A run that is Running, and its task run of `extract`.
    pub(crate) async fn given_task_run(&self) -> (String, String) {
        let flow_run_id = self.given_run().await;
        self.set_flow_run_state(&flow_run_id, json!({"type": "Running"})).await.unwrap();
        let task_id = self.task_id("extract").await;
        let input = json!({"flow_run_id": flow_run_id, "task_id": task_id, "map_index": -1});
        let task_run_id = self.id("get_or_create_task_run_info", input).await;
        (flow_run_id, task_run_id)
    }

    /// The id of a task by its slug.
    pub(super) async fn task_id(&self, slug: &str) -> String {
        let data = self.data(&format!(r#"{{ task(where: {{slug: {{_eq: "{slug}"}}}}) {{ id }} }}"#)).await;
        data["task"][0]["id"].as_str().unwrap().to_owned()
    }

    /// An agent of Castra's for processes on this machine.
    pub(crate) async fn given_agent(&self, labels: &[&str]) -> String {
        self.id("register_agent", json!({"type": "LocalAgent", "name": "here", "labels": labels})).await
    }

    /// Moves a flow run to a state.
    pub(crate) async fn set_flow_run_state(&self, id: &str, state: Value) -> Result<Value, String> {
        let input = json!({"states": [{"flow_run_id": id, "state": state, "version": null}]});
        self.mutate("set_flow_run_states", "states { id status message }", input).await
    }

    /// Moves a task run to a state.
    pub(crate) async fn set_task_run_state(&self, id: &str, state: Value) -> Result<Value, String> {
        let input = json!({"states": [{"task_run_id": id, "state": state, "version": null}]});
        self.mutate("set_task_run_states", "states { id status message }", input).await
    }

    /// A column of a row.
    pub(super) async fn column(&self, table: &str, id: &str, column: &str) -> Value {
        let mut data = self.data(&format!(r#"{{ {table}_by_pk(id: "{id}") {{ {column} }} }}"#)).await;
        data[format!("{table}_by_pk")][column].take()
    }
}

/// A flow as a client serializes it, with some fields replaced.
pub(super) fn serialized_flow(fields: Value) -> Value {
    let task =
        |slug: &str| json!({"slug": slug, "name": slug, "type": "prefect.core.task.Task", "max_retries": 1});
    let mut flow = json!({
        "name": "etl",
        "type": "prefect.core.flow.Flow",
        "schedule": null,
        "parameters": [],
        "tasks": [task("extract"), task("load")],
        "edges": [{"upstream_task": {"slug": "extract"}, "downstream_task": {"slug": "load"}, "key": "rows"}],
        "reference_tasks": [{"slug": "load"}],
        "run_config": {"type": "LocalRun", "labels": [], "env": null},
        "storage": {"type": "Local", "flows": {}},
        "__version__": "1.4.1",
    });
    for (name, value) in fields.as_object().into_iter().flatten() {
        flow[name] = value.clone();
    }
    flow
}
