//! `delete_flow_run`: a run with its task runs, states and logs.

use async_graphql::dynamic::SchemaError;
use castra_store::delete;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input delete_flow_run_input { flow_run_id: UUID! }
    type delete_flow_run_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("delete_flow_run", TYPES, delete_flow_run)
}

#[derive(Deserialize)]
struct Input {
    flow_run_id: Uuid,
}

async fn delete_flow_run(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| delete::delete_flow_run(tx, input.flow_run_id)).await?;
    Ok(Success::YES)
}
