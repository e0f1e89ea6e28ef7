//! `set_schedule_inactive`: the schedule of a flow pauses, and the runs that it made and that wait are deleted.

use async_graphql::dynamic::SchemaError;
use castra_store::schedule;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_schedule_inactive_input { flow_id: UUID! }
    type set_schedule_inactive_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_schedule_inactive", TYPES, set_schedule_inactive)
}

#[derive(Deserialize)]
struct Input {
    flow_id: Uuid,
}

async fn set_schedule_inactive(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| schedule::set_schedule_inactive(tx, input.flow_id)).await?;
    Ok(Success::YES)
}
