//! `set_key_value`: keeps a JSON value under a key, in the place of the one that is there.

use async_graphql::dynamic::SchemaError;
use castra_store::key_value;
use serde::Deserialize;
use serde_json::Value;

use super::loose;
use super::payload::Created;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_key_value_input { key: String! value: JSON! }
    type set_key_value_payload { id: UUID }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_key_value", TYPES, set_key_value)
}

#[derive(Deserialize)]
struct Input {
    #[serde(deserialize_with = "loose::name")]
    key: String,
    value: Value,
}

async fn set_key_value(call: Call, input: Input) -> Result<Created, Error> {
    let id = call.store.write(move |tx| key_value::set_key_value(tx, &input.key, &input.value)).await?;
    Ok(Created { id })
}
