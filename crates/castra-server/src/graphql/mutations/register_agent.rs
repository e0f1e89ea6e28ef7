//! `register_agent`: an agent makes itself known. With the `id` of an earlier registration it stays the same agent.

use async_graphql::dynamic::SchemaError;
use castra_core::label::LabelSet;
use castra_store::agent::{self, AgentRegistration};
use serde::Deserialize;
use uuid::Uuid;

use super::loose;
use super::payload::Created;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input register_agent_input {
        type: String!
        name: String
        labels: [String!]
        tenant_id: UUID
        agent_config_id: UUID
        id: UUID
    }
    type register_agent_payload { id: UUID }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("register_agent", TYPES, register_agent)
}

#[derive(Deserialize)]
struct Input {
    id: Option<Uuid>,
    #[serde(rename = "type", deserialize_with = "loose::name")]
    agent_type: String,
    name: Option<String>,
    #[serde(default, deserialize_with = "loose::labels")]
    labels: Option<LabelSet>,
    tenant_id: Option<Uuid>,
}

async fn register_agent(call: Call, input: Input) -> Result<Created, Error> {
    let agent = AgentRegistration {
        id: input.id,
        agent_type: input.agent_type,
        name: input.name,
        labels: input.labels.unwrap_or_default(),
        tenant_id: input.tenant_id,
    };
    let id = call.store.write(move |tx| agent::register_agent(tx, &agent)).await?;
    Ok(Created { id })
}
