//! Resumes a paused task run, as somebody wants it: it becomes Resume, and its flow run goes on, in a new process if it has none.

use castra_core::state::{State, StateKind};
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::{Result, StoreError};
use crate::task_run_state::{SetTaskRunState, TaskRunNow, set_task_run_state};

/// Resumes a task run of a flow run, at once.
///
/// # Errors
/// [`StoreError::NotFound`], or [`StoreError::Conflict`] if the task run is not Paused or its flow run is over.
pub fn resume_task_run(tx: &mut Transaction<'_>, flow_run_id: Uuid, task_run_id: Uuid) -> Result<TaskRunNow> {
    let (task_run, flow_run): (StateKind, StateKind) = tx
        .query_optional(
            "select t.state, r.state from task_run t join flow_run r on r.id = t.flow_run_id
             where t.id = ?1 and t.flow_run_id = ?2",
            &[task_run_id.into(), flow_run_id.into()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .ok_or_else(|| StoreError::not_found("task_run", task_run_id))?;
    if flow_run.is_finished() {
        return Err(StoreError::Conflict(format!("the run is {flow_run}: create a new run of the flow")));
    }
    if task_run != StateKind::Paused {
        return Err(StoreError::Conflict(format!("the task run is {task_run} and not Paused")));
    }
    let state =
        State::new(StateKind::Resume, "Somebody resumed it.").with("start_time", tx.now().to_string());
    set_task_run_state(tx, &SetTaskRunState { task_run_id, state, version: None, process: None })
}
