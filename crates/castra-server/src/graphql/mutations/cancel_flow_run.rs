//! `cancel_flow_run`: a run that is Running becomes Cancelling, and ends when its process has stopped; any other that has not
//! ended is Cancelled at once.

use async_graphql::dynamic::SchemaError;
use castra_core::state::StateKind;
use castra_store::cancel;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input cancel_flow_run_input { flow_run_id: UUID! }
    type cancel_flow_run_payload { state: String }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("cancel_flow_run", TYPES, cancel_flow_run)
}

#[derive(Deserialize)]
struct Input {
    flow_run_id: Uuid,
}

#[derive(Serialize)]
struct Payload {
    state: StateKind,
}

async fn cancel_flow_run(call: Call, input: Input) -> Result<Payload, Error> {
    let state = call.store.write(move |tx| cancel::cancel_flow_run(tx, input.flow_run_id)).await?;
    Ok(Payload { state })
}
