//! `set_schedule_active`: the schedule of a flow goes on, and its next runs are created. Prefect's client ends every
//! registration with it, so a flow without a schedule passes, and the versions before it are archived.

use async_graphql::dynamic::SchemaError;
use castra_store::register;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_schedule_active_input { flow_id: UUID! }
    type set_schedule_active_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_schedule_active", TYPES, set_schedule_active)
}

#[derive(Deserialize)]
struct Input {
    flow_id: Uuid,
}

async fn set_schedule_active(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| register::activate_flow(tx, input.flow_id)).await?;
    Ok(Success::YES)
}
