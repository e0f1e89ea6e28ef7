//! `report_flow_run`: a flow run's process of the Castra runtime tells everything that happened since its last report, and is
//! told whether to stop.

use async_graphql::dynamic::SchemaError;
use castra_core::run_report::{FlowRunReport, FlowRunStanding};
use castra_store::run_report;

use super::process::required_process;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input report_flow_run_input {
        flow_run_id: UUID! task_runs: [JSON!] names: [JSON!] logs: [JSON!] state: JSON
    }
    type report_flow_run_payload { stop: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("report_flow_run", TYPES, report_flow_run)
}

async fn report_flow_run(call: Call, report: FlowRunReport) -> Result<FlowRunStanding, Error> {
    let caller = call.caller;
    let standing = call.store.write(move |tx| {
        let process = required_process(tx, &caller)?;
        run_report::report_flow_run(tx, process, report)
    });
    Ok(standing.await?)
}
