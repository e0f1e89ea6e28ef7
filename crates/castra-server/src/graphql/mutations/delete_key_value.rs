//! `delete_key_value`: forgets a key and its value.

use async_graphql::dynamic::SchemaError;
use castra_store::key_value;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input delete_key_value_input { key_value_id: UUID! }
    type delete_key_value_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("delete_key_value", TYPES, delete_key_value)
}

#[derive(Deserialize)]
struct Input {
    key_value_id: Uuid,
}

async fn delete_key_value(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| key_value::delete_key_value(tx, input.key_value_id)).await?;
    Ok(Success::YES)
}
