//! A new run of a flow.

use castra_core::label::LabelSet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::client::Client;
use crate::error::ClientError;

const DOCUMENT: &str = "mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }";

/// The run to create. What is `None` is left to the flow and its flow group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewFlowRun {
    /// The flow, or …
    pub flow_id: Option<Uuid>,
    /// … the version group whose newest version it is.
    pub version_group_id: Option<String>,
    /// The same key answers the same run. Without one, a random one lets the request be sent again.
    pub idempotency_key: Option<String>,
    /// Values over the defaults of the flow and its group.
    pub parameters: Option<Map<String, Value>>,
    /// A run config in wire form instead of the flow's; without labels of its own the run has none.
    pub run_config: Option<Value>,
    /// Labels instead of the flow's; an empty set means none.
    pub labels: Option<LabelSet>,
    /// What the run finds in its context.
    pub context: Option<Map<String, Value>>,
    /// When it starts; `None` is now.
    pub scheduled_start_time: Option<Timestamp>,
    /// Its name; `None` lets the server choose one.
    pub flow_run_name: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    create_flow_run: Created,
}

#[derive(Deserialize)]
struct Created {
    id: Uuid,
}

impl Client {
    /// Creates a run and answers with its id.
    ///
    /// # Errors
    /// As [`Client::call`]; [`ClientError::Refused`] if there is no such flow or a parameter is missing.
    pub async fn create_flow_run(&self, new: &NewFlowRun) -> Result<Uuid, ClientError> {
        let idempotency_key = new.idempotency_key.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
        let new = NewFlowRun { idempotency_key: Some(idempotency_key), ..new.clone() };
        let answer: Answer = self.call(DOCUMENT, json!({ "input": new })).await?;
        Ok(answer.create_flow_run.id)
    }
}
