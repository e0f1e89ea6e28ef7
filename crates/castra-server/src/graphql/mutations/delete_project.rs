//! `delete_project`: a project with its flows and their runs.

use async_graphql::dynamic::SchemaError;
use castra_store::project;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input delete_project_input { project_id: UUID! }
    type delete_project_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("delete_project", TYPES, delete_project)
}

#[derive(Deserialize)]
struct Input {
    project_id: Uuid,
}

async fn delete_project(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| project::delete_project(tx, input.project_id)).await?;
    Ok(Success::YES)
}
