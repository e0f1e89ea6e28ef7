//! `update_flow_run_heartbeat`: the process of a run lives. Runs that have ended pass, because the heart beats a little longer.

use async_graphql::dynamic::SchemaError;
use castra_store::heartbeat;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input update_flow_run_heartbeat_input { flow_run_id: UUID! }
    type update_flow_run_heartbeat_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("update_flow_run_heartbeat", TYPES, update_flow_run_heartbeat)
}

#[derive(Deserialize)]
struct Input {
    flow_run_id: Uuid,
}

async fn update_flow_run_heartbeat(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| heartbeat::flow_run_heartbeat(tx, input.flow_run_id)).await?;
    Ok(Success::YES)
}
