//! `get_or_create_task_run`: [`get_or_create_task_run_info`](super::get_or_create_task_run_info) for those who need only the id.

use async_graphql::dynamic::SchemaError;

use super::get_or_create_task_run_info::{Input, get_or_create_task_run_info};
use super::payload::Created;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input get_or_create_task_run_input { flow_run_id: UUID! task_id: UUID! map_index: Int }
    type get_or_create_task_run_payload { id: UUID }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("get_or_create_task_run", TYPES, get_or_create_task_run)
}

async fn get_or_create_task_run(call: Call, input: Input) -> Result<Created, Error> {
    let found = get_or_create_task_run_info(call, input).await?;
    Ok(Created { id: found.id })
}
