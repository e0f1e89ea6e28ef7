//! `set_flow_group_default_parameters`: values for the parameters of every later run of a flow group, over the flows' defaults.

use async_graphql::dynamic::SchemaError;
use castra_store::flow_group;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::loose;
use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_flow_group_default_parameters_input { flow_group_id: UUID! parameters: JSON }
    type set_flow_group_default_parameters_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_flow_group_default_parameters", TYPES, set_flow_group_default_parameters)
}

#[derive(Deserialize)]
struct Input {
    flow_group_id: Uuid,
    #[serde(default, deserialize_with = "loose::object")]
    parameters: Option<Map<String, Value>>,
}

async fn set_flow_group_default_parameters(call: Call, input: Input) -> Result<Success, Error> {
    call.store
        .write(move |tx| {
            flow_group::set_default_parameters(tx, input.flow_group_id, input.parameters.unwrap_or_default())
        })
        .await?;
    Ok(Success::YES)
}
