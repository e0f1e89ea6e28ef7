//! Claim: an agent asks for runs.

use std::time::Duration;

use castra_core::claim::{ClaimReply, ClaimRequest};
use serde::Deserialize;
use serde_json::json;

use crate::client::{Client, REQUEST_TIMEOUT};
use crate::error::ClientError;

const DOCUMENT: &str = "mutation($input: claim_flow_runs_input!) { claim_flow_runs(input: $input) {
    claims { launch_id credential lease_expires_at flow_run } stops } }";

#[derive(Deserialize)]
struct Answer {
    claim_flow_runs: ClaimReply,
}

impl Client {
    /// Asks for runs; the answer is held back until there is something to say, up to `request.wait_seconds`.
    ///
    /// # Errors
    /// As [`Client::call`]. If the answer was lost on its way, runs may have been claimed all the same: the ledger
    /// ([`Client::open_launches`]) knows.
    pub async fn claim_flow_runs(&self, request: &ClaimRequest) -> Result<ClaimReply, ClientError> {
        let timeout = REQUEST_TIMEOUT + Duration::from_secs(request.wait_seconds.into());
        let answer: Answer = self.call_within(timeout, DOCUMENT, json!({ "input": request })).await?;
        Ok(answer.claim_flow_runs)
    }
}
