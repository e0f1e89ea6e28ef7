//! `start_flow_run`: a flow run's process of the Castra runtime presents its claim before user code runs. The run becomes
//! Running, and the process is told all that its engine needs.

use async_graphql::dynamic::SchemaError;
use castra_core::run_report::{StartFlowRun, StartedFlowRun};
use castra_store::run_report;
use serde::Serialize;

use super::process::required_process;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input start_flow_run_input { flow_run_id: UUID! }
    type start_flow_run_payload { flow_run: JSON }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("start_flow_run", TYPES, start_flow_run)
}

#[derive(Serialize)]
struct Payload {
    flow_run: StartedFlowRun,
}

async fn start_flow_run(call: Call, input: StartFlowRun) -> Result<Payload, Error> {
    let caller = call.caller;
    let flow_run = call
        .store
        .write(move |tx| {
            let process = required_process(tx, &caller)?;
            run_report::start_flow_run(tx, process, &input)
        })
        .await?;
    Ok(Payload { flow_run })
}
