//! Runs a flow run again that ended badly: its tasks that ended well stand, the others are begun anew.

use castra_core::state::{State, StateKind};
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::{Result, StoreError};
use crate::flow_run_state::{FlowRunNow, enter, flow_run_now};
use crate::task_run_state::{self, task_runs_now};

/// Schedules a run again that ended, at once.
///
/// # Errors
/// [`StoreError::NotFound`], or [`StoreError::Conflict`] if it has not ended or has ended well.
pub fn restart_flow_run(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<FlowRunNow> {
    let run = flow_run_now(tx, flow_run_id)?;
    if !run.state.is_finished() {
        return Err(StoreError::Conflict(format!(
            "the run is {} and has not ended: cancel it first, or wait for its end",
            run.state
        )));
    }
    if run.state.is_successful() {
        return Err(StoreError::Conflict(format!(
            "the run is {}, so there is nothing to do again: create a new run of the flow",
            run.state
        )));
    }
    let now = tx.now();
    let anew = State::new(StateKind::Pending, "The flow run was restarted.");
    for task_run in task_runs_now(tx, flow_run_id)? {
        if task_run.state.is_finished() && !task_run.state.is_successful() {
            task_run_state::enter(tx, task_run, &anew, now)?;
        }
    }
    enter(tx, run, &State::scheduled(now, "The run was restarted."), None)
}
