//! The ledger, as an agent that starts reads it: which launches are still open under its name.

use castra_core::launch::LaunchPhase;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::client::Client;
use crate::error::ClientError;

const DOCUMENT: &str = "query($where: launch_bool_exp!) { launch(where: $where) { id phase } }";

/// A launch that has not ended, as far as the ledger knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct OpenLaunch {
    /// The launch.
    pub id: Uuid,
    /// How far it had come when it was last reported.
    pub phase: LaunchPhase,
}

#[derive(Deserialize)]
struct Answer {
    launch: Vec<OpenLaunch>,
}

impl Client {
    /// The launches of an agent that have not ended.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn open_launches(&self, agent_id: Uuid) -> Result<Vec<OpenLaunch>, ClientError> {
        let open = json!({ "agent_id": { "_eq": agent_id }, "ended_at": { "_is_null": true } });
        let answer: Answer = self.call(DOCUMENT, json!({ "where": open })).await?;
        Ok(answer.launch)
    }
}
