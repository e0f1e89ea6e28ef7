//! Watch and finish, the agent's side: what became of its launches.

use castra_core::launch::{LaunchReply, LaunchReport};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::client::Client;
use crate::error::ClientError;

const DOCUMENT: &str = "mutation($input: report_launches_input!) { report_launches(input: $input) {
    launches { launch_id standing lease_expires_at } } }";

#[derive(Deserialize)]
struct Answer {
    report_launches: Launches,
}

#[derive(Deserialize)]
struct Launches {
    launches: Vec<LaunchReply>,
}

impl Client {
    /// Reports on launches of `agent_id`, renews their leases, and learns where each stands.
    ///
    /// # Errors
    /// As [`Client::call`]. The same reports may be sent again.
    pub async fn report_launches(
        &self,
        agent_id: Uuid,
        reports: &[LaunchReport],
    ) -> Result<Vec<LaunchReply>, ClientError> {
        let input = json!({ "agent_id": agent_id, "reports": reports });
        let answer: Answer = self.call(DOCUMENT, json!({ "input": input })).await?;
        Ok(answer.report_launches.launches)
    }
}
