//! Cancels a flow run: a running one is Cancelling until its process is gone, any other is Cancelled at once.

use castra_core::state::{State, StateKind};
use jiff::Timestamp;
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::Result;
use crate::flow_run_state::{enter, flow_run_now};
use crate::time::{FRESH_HEARTBEAT_SECONDS, seconds_after};

/// Cancels a run and answers the state it is in then. One that is over stays as it is.
///
/// # Errors
/// [`StoreError::NotFound`](crate::StoreError::NotFound).
pub fn cancel_flow_run(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<StateKind> {
    let run = flow_run_now(tx, flow_run_id)?;
    if run.state.is_finished() || run.state == StateKind::Cancelling {
        return Ok(run.state);
    }
    let state = match run.state == StateKind::Running && may_have_a_process(tx, flow_run_id)? {
        true => State::new(StateKind::Cancelling, "Flow run is being cancelled."),
        false => State::new(StateKind::Cancelled, "Flow run was cancelled."),
    };
    enter(tx, run, &state, None).map(|run| run.state)
}

/// A Running run has none if its launch has ended, its task runs waiting for later; one that an agent of Prefect's
/// launched is judged by its heartbeat.
fn may_have_a_process(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<bool> {
    let fresh = seconds_after(tx.now(), -FRESH_HEARTBEAT_SECONDS);
    tx.query_one(
        "select heartbeat, exists (select 1 from launch where flow_run_id = ?1),
             exists (select 1 from launch where flow_run_id = ?1 and ended_at is null)
         from flow_run where id = ?1",
        &[flow_run_id.into()],
        |row| {
            let beats = row.get::<Option<Timestamp>>(0)?.is_some_and(|at| at > fresh);
            let (was_launched, is_live): (bool, bool) = (row.get(1)?, row.get(2)?);
            Ok(if was_launched { is_live } else { beats })
        },
    )
}
