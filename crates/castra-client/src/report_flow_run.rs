//! A flow-run process tells how its tasks and the run itself fare.

use castra_core::run_report::{FlowRunReport, FlowRunStanding};
use serde::Deserialize;
use serde_json::json;

use crate::client::Client;
use crate::error::ClientError;

const DOCUMENT: &str = "mutation($input: report_flow_run_input!) { report_flow_run(input: $input) { stop } }";

#[derive(Deserialize)]
struct Answer {
    report_flow_run: FlowRunStanding,
}

impl Client {
    /// Reports everything since the last report and learns whether to stop. The client must carry the flow run's
    /// credential.
    ///
    /// # Errors
    /// As [`Client::call`]. The same report may be sent again.
    pub async fn report_flow_run(&self, report: &FlowRunReport) -> Result<FlowRunStanding, ClientError> {
        let answer: Answer = self.call(DOCUMENT, json!({ "input": report })).await?;
        Ok(answer.report_flow_run)
    }
}
