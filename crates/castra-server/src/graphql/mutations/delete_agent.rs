//! `delete_agent`: forgets an agent. One that still runs is known again when it next registers.

use async_graphql::dynamic::SchemaError;
use castra_store::agent;
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input delete_agent_input { agent_id: UUID! }
    type delete_agent_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("delete_agent", TYPES, delete_agent)
}

#[derive(Deserialize)]
struct Input {
    agent_id: Uuid,
}

async fn delete_agent(call: Call, input: Input) -> Result<Success, Error> {
    call.store.write(move |tx| agent::delete_agent(tx, input.agent_id)).await?;
    Ok(Success::YES)
}
