//! `delete_flow_group_schedule`: the flow's own schedule counts again. Runs that the group's made and that wait are deleted.

use async_graphql::dynamic::SchemaError;
use castra_store::schedule;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input delete_flow_group_schedule_input { flow_group_id: UUID! }
    type delete_flow_group_schedule_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("delete_flow_group_schedule", TYPES, delete_flow_group_schedule)
}

#[derive(Deserialize)]
struct Input {
    flow_group_id: Uuid,
}

async fn delete_flow_group_schedule(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| schedule::set_flow_group_schedule(tx, input.flow_group_id, None)).await?;
    Ok(Success::YES)
}
