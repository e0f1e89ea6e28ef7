//! `set_flow_run_states`: moves flow runs to states, all or none. A move that the run's state does not allow is refused, and so
//! is a process whose launch is no longer the run's current one: "State update failed".

use async_graphql::dynamic::SchemaError;
use castra_core::state::State;
use castra_store::flow_run_state::{self, SetFlowRunState};
use serde::Deserialize;
use uuid::Uuid;

use super::process::process;
use super::states::{Entered, Payload};
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_flow_run_states_input { states: [set_flow_run_state_input!]! }
    input set_flow_run_state_input { flow_run_id: UUID! state: JSON! version: Int }
    type set_flow_run_states_payload { states: [set_flow_run_state_payload!] }
    type set_flow_run_state_payload { id: UUID status: String message: String }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_flow_run_states", TYPES, set_flow_run_states)
}

#[derive(Deserialize)]
struct Input {
    states: Vec<Proposed>,
}

#[derive(Deserialize)]
struct Proposed {
    flow_run_id: Uuid,
    state: State,
    version: Option<i64>,
}

async fn set_flow_run_states(call: Call, input: Input) -> Result<Payload, Error> {
    let caller = call.caller;
    let states = call
        .store
        .write(move |tx| {
            let process = process(tx, &caller)?;
            let set = |proposed: Proposed| {
                let request = SetFlowRunState {
                    flow_run_id: proposed.flow_run_id,
                    state: proposed.state,
                    version: proposed.version,
                    process,
                    agent_id: caller.agent_id,
                };
                flow_run_state::set_flow_run_state(tx, &request).map(|run| Entered::new(run.id))
            };
            input.states.into_iter().map(set).collect()
        })
        .await?;
    Ok(Payload { states })
}
