//! `get_runs_in_queue`: the ids of the runs that are due and that an agent of these labels may take, oldest first. Prefect's
//! agents poll it; Castra's claim.

use async_graphql::dynamic::SchemaError;
use castra_core::label::LabelSet;
use castra_store::queue::{self, RunsInQueue};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::loose;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input get_runs_in_queue_input { before: DateTime labels: [String!] tenant_id: UUID agent_id: UUID }
    type get_runs_in_queue_payload { flow_run_ids: [UUID!] }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("get_runs_in_queue", TYPES, get_runs_in_queue)
}

#[derive(Deserialize)]
struct Input {
    #[serde(default, deserialize_with = "loose::instant")]
    before: Option<Timestamp>,
    #[serde(default, deserialize_with = "loose::labels")]
    labels: Option<LabelSet>,
    agent_id: Option<Uuid>,
}

#[derive(Serialize)]
struct Payload {
    flow_run_ids: Vec<Uuid>,
}

async fn get_runs_in_queue(call: Call, input: Input) -> Result<Payload, Error> {
    let request = RunsInQueue {
        agent_id: input.agent_id.or(call.caller.agent_id),
        labels: input.labels.unwrap_or_default(),
        before: input.before,
    };
    let flow_run_ids = call.store.write(move |tx| queue::runs_in_queue(tx, &request)).await?;
    Ok(Payload { flow_run_ids })
}
