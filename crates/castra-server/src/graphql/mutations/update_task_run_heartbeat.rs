//! `update_task_run_heartbeat`: the process of a task run lives.

use async_graphql::dynamic::SchemaError;
use castra_store::heartbeat;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input update_task_run_heartbeat_input { task_run_id: UUID! }
    type update_task_run_heartbeat_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("update_task_run_heartbeat", TYPES, update_task_run_heartbeat)
}

#[derive(Deserialize)]
struct Input {
    task_run_id: Uuid,
}

async fn update_task_run_heartbeat(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| heartbeat::task_run_heartbeat(tx, input.task_run_id)).await?;
    Ok(Success::YES)
}
