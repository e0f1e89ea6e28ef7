//! Preflight: what the server finds wrong with a run config, before anything is launched from it.

use castra_core::preflight::Finding;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::ClientError;

const PREFLIGHT: &str = "query($run_config: JSON!, $labels: [String!]) {
    preflight(run_config: $run_config, labels: $labels) { findings { field severity message } } }";

#[derive(Deserialize)]
struct Answer {
    preflight: Findings,
}

#[derive(Deserialize)]
struct Findings {
    findings: Vec<Finding>,
}

impl Client {
    /// What is wrong with a run config in wire form, and whether a live agent takes runs that have it and these labels;
    /// `labels` is a list, or null for the run config's own.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn preflight(&self, run_config: &Value, labels: &Value) -> Result<Vec<Finding>, ClientError> {
        let variables = json!({ "run_config": run_config, "labels": labels });
        let answer: Answer = self.call(PREFLIGHT, variables).await?;
        Ok(answer.preflight.findings)
    }
}
