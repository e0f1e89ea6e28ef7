//! `archive_flow`: takes a version of a flow out of service. Its scheduled runs are deleted, others that wait are cancelled.

use async_graphql::dynamic::SchemaError;
use castra_store::archive;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input archive_flow_input { flow_id: UUID! }
    type archive_flow_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("archive_flow", TYPES, archive_flow)
}

#[derive(Deserialize)]
struct Input {
    flow_id: Uuid,
}

async fn archive_flow(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| archive::archive_flow(tx, input.flow_id)).await?;
    Ok(Success::YES)
}
