//! `create_tenant`: a tenant, under which everything else stands. The same again answers the same.

use async_graphql::dynamic::SchemaError;
use castra_store::tenant;
use serde::Deserialize;

use super::loose;
use super::payload::Created;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input create_tenant_input { name: String! slug: String! }
    type create_tenant_payload { id: UUID }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("create_tenant", TYPES, create_tenant)
}

#[derive(Deserialize)]
struct Input {
    #[serde(deserialize_with = "loose::name")]
    name: String,
    #[serde(deserialize_with = "loose::name")]
    slug: String,
}

async fn create_tenant(call: Call, input: Input) -> Result<Created, Error> {
    let id = call.store.write(move |tx| tenant::create_tenant(tx, &input.name, &input.slug)).await?;
    Ok(Created { id })
}
