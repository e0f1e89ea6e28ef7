//! `create_project`: a project for flows. A name that is taken is refused with exactly the words on which Prefect's client
//! goes on with the project that has it (prefect 1.4.1 `Client.create_project`).

use async_graphql::dynamic::SchemaError;
use castra_store::project::{self, NewProject};
use serde::Deserialize;
use uuid::Uuid;

use super::loose;
use super::payload::Created;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input create_project_input { name: String! description: String tenant_id: UUID }
    type create_project_payload { id: UUID }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("create_project", TYPES, create_project)
}

#[derive(Deserialize)]
struct Input {
    #[serde(deserialize_with = "loose::name")]
    name: String,
    description: Option<String>,
    tenant_id: Option<Uuid>,
}

async fn create_project(call: Call, input: Input) -> Result<Created, Error> {
    let new = NewProject { tenant_id: input.tenant_id, name: input.name, description: input.description };
    let id = call.store.write(move |tx| project::create_project(tx, &new)).await?;
    Ok(Created { id })
}
