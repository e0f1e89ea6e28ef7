//! `set_project_description`: what a project is for, in words; null takes them away.

use async_graphql::dynamic::SchemaError;
use castra_store::project;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_project_description_input { project_id: UUID! description: String }
    type set_project_description_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_project_description", TYPES, set_project_description)
}

#[derive(Deserialize)]
struct Input {
    project_id: Uuid,
    description: Option<String>,
}

async fn set_project_description(call: Call, input: Input) -> Result<Success, Error> {
    call.store
        .write(move |tx| project::set_project_description(tx, input.project_id, input.description.as_deref()))
        .await?;
    Ok(Success::YES)
}
