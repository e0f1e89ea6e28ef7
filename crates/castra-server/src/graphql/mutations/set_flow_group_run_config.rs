//! `set_flow_group_run_config`: the run config of every later run of a flow group, instead of its flows'. Null takes it away.

use async_graphql::dynamic::SchemaError;
use castra_store::flow_group;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::loose;
use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_flow_group_run_config_input { flow_group_id: UUID! run_config: JSON }
    type set_flow_group_run_config_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_flow_group_run_config", TYPES, set_flow_group_run_config)
}

#[derive(Deserialize)]
struct Input {
    flow_group_id: Uuid,
    #[serde(default, deserialize_with = "loose::run_config")]
    run_config: Option<Value>,
}

async fn set_flow_group_run_config(call: Call, input: Input) -> Result<Success, Error> {
    call.store
        .write(move |tx| flow_group::set_run_config(tx, input.flow_group_id, input.run_config.as_ref()))
        .await?;
    Ok(Success::YES)
}
