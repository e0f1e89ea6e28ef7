//! `create_task_run_artifact`: something to look at that a task run leaves: a link, or text in Markdown.

use async_graphql::dynamic::SchemaError;
use castra_store::artifact::{self, NewArtifact};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::loose;
use super::payload::Created;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input create_task_run_artifact_input { task_run_id: UUID! kind: String! data: JSON! tenant_id: UUID }
    type create_task_run_artifact_payload { id: UUID }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("create_task_run_artifact", TYPES, create_task_run_artifact)
}

#[derive(Deserialize)]
struct Input {
    task_run_id: Uuid,
    #[serde(deserialize_with = "loose::name")]
    kind: String,
    data: Value,
}

async fn create_task_run_artifact(call: Call, input: Input) -> Result<Created, Error> {
    let new = NewArtifact { task_run_id: input.task_run_id, kind: input.kind, data: input.data };
    let id = call.store.write(move |tx| artifact::create_artifact(tx, &new)).await?;
    Ok(Created { id })
}
