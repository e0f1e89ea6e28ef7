//! `delete_task_run_artifact`: forgets an artifact.

use async_graphql::dynamic::SchemaError;
use castra_store::artifact;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input delete_task_run_artifact_input { task_run_artifact_id: UUID! }
    type delete_task_run_artifact_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("delete_task_run_artifact", TYPES, delete_task_run_artifact)
}

#[derive(Deserialize)]
struct Input {
    task_run_artifact_id: Uuid,
}

async fn delete_task_run_artifact(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| artifact::delete_artifact(tx, input.task_run_artifact_id)).await?;
    Ok(Success::YES)
}
