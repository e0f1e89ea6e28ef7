//! `get_or_create_task_run_info`: a task run with its version and state, made Pending when its runner first asks.

use async_graphql::dynamic::SchemaError;
use castra_store::task_run::{self, GetOrCreateTaskRun};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::loose;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

/// The map index of a task run that is not mapped.
const NOT_MAPPED: i64 = -1;

const TYPES: &str = "
    input get_or_create_task_run_info_input { flow_run_id: UUID! task_id: UUID! map_index: Int }
    type get_or_create_task_run_info_payload { id: UUID version: Int serialized_state: JSON }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("get_or_create_task_run_info", TYPES, get_or_create_task_run_info)
}

/// What `get_or_create_task_run` and `get_or_create_task_run_info` are given.
#[derive(Deserialize)]
pub(super) struct Input {
    flow_run_id: Uuid,
    task_id: Uuid,
    #[serde(default, deserialize_with = "loose::integer")]
    map_index: Option<i64>,
}

/// The task run.
#[derive(Serialize)]
pub(super) struct Payload {
    pub(super) id: Uuid,
    version: i64,
    serialized_state: Value,
}

/// Finds it or makes it.
pub(super) async fn get_or_create_task_run_info(call: Call, input: Input) -> Result<Payload, Error> {
    let wanted = GetOrCreateTaskRun {
        flow_run_id: input.flow_run_id,
        task_id: input.task_id,
        map_index: input.map_index.unwrap_or(NOT_MAPPED),
    };
    let found = call.store.write(move |tx| task_run::get_or_create_task_run(tx, wanted)).await?;
    Ok(Payload { id: found.id, version: found.version, serialized_state: found.serialized_state })
}
