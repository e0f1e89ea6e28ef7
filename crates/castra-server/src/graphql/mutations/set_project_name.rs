//! `set_project_name`: another name for a project.

use async_graphql::dynamic::SchemaError;
use castra_store::project;
use serde::Deserialize;
use uuid::Uuid;

use super::loose;
use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_project_name_input { project_id: UUID! name: String! }
    type set_project_name_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_project_name", TYPES, set_project_name)
}

#[derive(Deserialize)]
struct Input {
    project_id: Uuid,
    #[serde(deserialize_with = "loose::name")]
    name: String,
}

async fn set_project_name(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| project::set_project_name(tx, input.project_id, &input.name)).await?;
    Ok(Success::YES)
}
