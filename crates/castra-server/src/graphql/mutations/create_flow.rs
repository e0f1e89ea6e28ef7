//! `create_flow`: registers a version of a flow. Its tasks and edges may stand inside or follow in batches.

use async_graphql::dynamic::SchemaError;
use castra_store::register::{self, RegisterFlow};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::payload::Created;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input create_flow_input {
        project_id: UUID!
        serialized_flow: JSON!
        set_schedule_active: Boolean
        version_group_id: String
        idempotency_key: String
    }
    type create_flow_payload { id: UUID }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("create_flow", TYPES, create_flow)
}

/// What `create_flow` and `create_flow_from_compressed_string` are given.
#[derive(Deserialize)]
pub(super) struct Input {
    project_id: Uuid,
    pub(super) serialized_flow: Value,
    set_schedule_active: Option<bool>,
    version_group_id: Option<String>,
    idempotency_key: Option<String>,
}

/// Registers the flow.
pub(super) async fn create_flow(call: Call, input: Input) -> Result<Created, Error> {
    let request = RegisterFlow {
        project_id: input.project_id,
        serialized_flow: input.serialized_flow,
        set_schedule_active: input.set_schedule_active.unwrap_or(true),
        version_group_id: input.version_group_id,
        idempotency_key: input.idempotency_key,
    };
    let registered = call.store.write(move |tx| register::register_flow(tx, &request)).await?;
    Ok(Created { id: registered.id })
}
