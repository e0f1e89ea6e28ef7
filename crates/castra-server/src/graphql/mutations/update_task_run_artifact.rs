//! `update_task_run_artifact`: other content for an artifact.

use async_graphql::dynamic::SchemaError;
use castra_store::artifact;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input update_task_run_artifact_input { task_run_artifact_id: UUID! data: JSON! }
    type update_task_run_artifact_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("update_task_run_artifact", TYPES, update_task_run_artifact)
}

#[derive(Deserialize)]
struct Input {
    task_run_artifact_id: Uuid,
    data: Value,
}

async fn update_task_run_artifact(call: Call, input: Input) -> Result<Success, Error> {
    call.store
        .write(move |tx| artifact::update_artifact(tx, input.task_run_artifact_id, &input.data))
        .await?;
    Ok(Success::YES)
}
