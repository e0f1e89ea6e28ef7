//! Register: an agent makes itself known.

use castra_core::label::LabelSet;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::client::Client;
use crate::error::ClientError;

const DOCUMENT: &str = "mutation($input: register_agent_input!) { register_agent(input: $input) { id } }";

/// Who an agent is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentRegistration {
    /// The id it was given before; an agent that restarts keeps its identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// Its type, as Prefect names it: `LocalAgent`.
    #[serde(rename = "type")]
    pub agent_type: String,
    /// Its name.
    pub name: String,
    /// The labels it covers.
    pub labels: LabelSet,
}

#[derive(Deserialize)]
struct Answer {
    register_agent: Registered,
}

#[derive(Deserialize)]
struct Registered {
    id: Uuid,
}

impl Client {
    /// Registers an agent and answers with its id.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn register_agent(&self, agent: &AgentRegistration) -> Result<Uuid, ClientError> {
        let answer: Answer = self.call(DOCUMENT, json!({ "input": agent })).await?;
        Ok(answer.register_agent.id)
    }
}
