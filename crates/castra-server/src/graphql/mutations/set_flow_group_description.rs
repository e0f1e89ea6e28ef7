//! `set_flow_group_description`: what a flow group is for, in words; null takes them away.

use async_graphql::dynamic::SchemaError;
use castra_store::flow_group;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_flow_group_description_input { flow_group_id: UUID! description: String }
    type set_flow_group_description_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_flow_group_description", TYPES, set_flow_group_description)
}

#[derive(Deserialize)]
struct Input {
    flow_group_id: Uuid,
    description: Option<String>,
}

async fn set_flow_group_description(call: Call, input: Input) -> Result<Success, Error> {
    call.store
        .write(move |tx| flow_group::set_description(tx, input.flow_group_id, input.description.as_deref()))
        .await?;
    Ok(Success::YES)
}
