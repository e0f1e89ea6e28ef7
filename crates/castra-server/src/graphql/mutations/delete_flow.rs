//! `delete_flow`: a version of a flow with its runs.

use async_graphql::dynamic::SchemaError;
use castra_store::delete;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input delete_flow_input { flow_id: UUID! }
    type delete_flow_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("delete_flow", TYPES, delete_flow)
}

#[derive(Deserialize)]
struct Input {
    flow_id: Uuid,
}

async fn delete_flow(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| delete::delete_flow(tx, input.flow_id)).await?;
    Ok(Success::YES)
}
