//! `register_edges`: a batch of the edges of a flow that was created without them. The same batch again changes nothing.

use async_graphql::dynamic::SchemaError;
use castra_store::register_graph;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input register_edges_input { flow_id: UUID! serialized_edges: [JSON!]! }
    type register_edges_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("register_edges", TYPES, register_edges)
}

#[derive(Deserialize)]
struct Input {
    flow_id: Uuid,
    serialized_edges: Value,
}

async fn register_edges(call: Call, input: Input) -> Result<Success, Error> {
    call.store
        .write(move |tx| register_graph::register_edges(tx, input.flow_id, &input.serialized_edges))
        .await?;
    Ok(Success::YES)
}
