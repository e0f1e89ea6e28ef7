//! `register_tasks`: a batch of the tasks of a flow that was created without them. The same batch again changes nothing.

use async_graphql::dynamic::SchemaError;
use castra_store::register_graph;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input register_tasks_input { flow_id: UUID! serialized_tasks: [JSON!]! }
    type register_tasks_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("register_tasks", TYPES, register_tasks)
}

#[derive(Deserialize)]
struct Input {
    flow_id: Uuid,
    serialized_tasks: Value,
}

async fn register_tasks(call: Call, input: Input) -> Result<Success, Error> {
    call.store
        .write(move |tx| register_graph::register_tasks(tx, input.flow_id, &input.serialized_tasks))
        .await?;
    Ok(Success::YES)
}
