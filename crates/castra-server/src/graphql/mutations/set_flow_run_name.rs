//! `set_flow_run_name`: another name for a run.

use async_graphql::dynamic::SchemaError;
use castra_store::rename;
use serde::Deserialize;
use uuid::Uuid;

use super::loose;
use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_flow_run_name_input { flow_run_id: UUID! name: String! }
    type set_flow_run_name_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_flow_run_name", TYPES, set_flow_run_name)
}

#[derive(Deserialize)]
struct Input {
    flow_run_id: Uuid,
    #[serde(deserialize_with = "loose::name")]
    name: String,
}

async fn set_flow_run_name(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| rename::set_flow_run_name(tx, input.flow_run_id, &input.name)).await?;
    Ok(Success::YES)
}
