//! A flow-run process presents its claim and learns what to run.

use castra_core::run_report::{StartFlowRun, StartedFlowRun};
use serde::Deserialize;
use serde_json::json;

use crate::client::Client;
use crate::error::ClientError;

const DOCUMENT: &str =
    "mutation($input: start_flow_run_input!) { start_flow_run(input: $input) { flow_run } }";

#[derive(Deserialize)]
struct Answer {
    start_flow_run: Started,
}

#[derive(Deserialize)]
struct Started {
    flow_run: StartedFlowRun,
}

impl Client {
    /// Sets the run to Running and answers with all that the engine needs. The client must carry the flow run's
    /// credential.
    ///
    /// # Errors
    /// As [`Client::call`]; [`ClientError::Refused`] if the process's launch is not the current one: it must end without
    /// running anything.
    pub async fn start_flow_run(&self, start: &StartFlowRun) -> Result<StartedFlowRun, ClientError> {
        let answer: Answer = self.call(DOCUMENT, json!({ "input": start })).await?;
        Ok(answer.start_flow_run.flow_run)
    }
}
