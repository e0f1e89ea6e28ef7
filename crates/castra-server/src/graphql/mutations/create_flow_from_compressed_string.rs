//! `create_flow_from_compressed_string`: [`create_flow`](super::create_flow) with the flow packed.

use async_graphql::dynamic::SchemaError;
use serde_json::Value;

use super::compressed::unpack;
use super::create_flow::{Input, create_flow};
use super::payload::Created;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input create_flow_from_compressed_string_input {
        project_id: UUID!
        serialized_flow: String!
        set_schedule_active: Boolean
        version_group_id: String
        idempotency_key: String
    }
    type create_flow_from_compressed_string_payload { id: UUID }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("create_flow_from_compressed_string", TYPES, create_flow_from_compressed_string)
}

async fn create_flow_from_compressed_string(call: Call, mut input: Input) -> Result<Created, Error> {
    if let Value::String(packed) = &input.serialized_flow {
        let unpacked = unpack(packed).map_err(|error| {
            Error::BadInput(format!("create_flow_from_compressed_string: input.serialized_flow {error}"))
        })?;
        input.serialized_flow = unpacked;
    }
    create_flow(call, input).await
}
