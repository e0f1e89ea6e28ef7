//! Sets a task run's state: legal moves, version locking, fencing, history.

use castra_core::state::{Move, State, StateKind, move_task_run};
use jiff::Timestamp;
use uuid::Uuid;

use crate::claimable;
use crate::credential::FlowRunProcess;
use crate::database::{Change, Transaction};
use crate::error::{Result, StoreError};
use crate::flow_run_state::check_version;
use crate::state_row::StateRow;

/// A proposed state of a task run.
#[derive(Clone, Debug, PartialEq)]
pub struct SetTaskRunState {
    /// The task run.
    pub task_run_id: Uuid,
    /// The state.
    pub state: State,
    /// The version that the caller knows; enforced when the task run is to be Submitted or Running.
    pub version: Option<i64>,
    /// The process that asks, if it showed its credential.
    pub process: Option<FlowRunProcess>,
}

/// A task run as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskRunNow {
    /// The task run.
    pub id: Uuid,
    /// Its flow run.
    pub flow_run_id: Uuid,
    /// Its state.
    pub state: StateKind,
    /// How many states it has had.
    pub version: i64,
}

/// Sets the state, or finds that the task run is there already.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Fenced`], [`StoreError::VersionLock`], [`StoreError::Refused`], or
/// [`StoreError::Invalid`] if the payload is too large.
pub fn set_task_run_state(tx: &mut Transaction<'_>, request: &SetTaskRunState) -> Result<TaskRunNow> {
    let id = request.task_run_id;
    let (task_run, flow_run_state) = tx
        .query_optional(
            "select t.flow_run_id, t.state, t.version, r.state
             from task_run t join flow_run r on r.id = t.flow_run_id where t.id = ?1",
            &[id.into()],
            |row| {
                let task_run =
                    TaskRunNow { id, flow_run_id: row.get(0)?, state: row.get(1)?, version: row.get(2)? };
                Ok((task_run, row.get::<StateKind>(3)?))
            },
        )?
        .ok_or_else(|| StoreError::not_found("task_run", id))?;
    if let Some(process) = request.process {
        process.check_run(task_run.flow_run_id)?;
        let sent_before = request.version == Some(task_run.version - 1);
        if sent_before && request.state.kind() == task_run.state {
            return Ok(task_run);
        }
    }
    let proposed = request.state.kind();
    check_version(task_run.version, request.version, task_run.state, proposed)?;
    match move_task_run(task_run.state, proposed, flow_run_state) {
        Move::AlreadyThere => Ok(task_run),
        Move::Refuse(refusal) => Err(refusal.into()),
        Move::Accept => {
            let now = tx.now();
            enter(tx, task_run, &request.state, now)
        }
    }
}

/// Enters a state that was decided on, at `timestamp`.
pub(crate) fn enter(
    tx: &mut Transaction<'_>,
    task_run: TaskRunNow,
    state: &State,
    timestamp: Timestamp,
) -> Result<TaskRunNow> {
    let next = record(tx, task_run, state, timestamp)?;
    if waits(task_run.state) || waits(next.state) {
        claimable::refresh(tx, task_run.flow_run_id)?;
    }
    Ok(next)
}

/// Writes a state and its history. Whether the flow run becomes claimable is left to the caller.
pub(crate) fn record(
    tx: &mut Transaction<'_>,
    task_run: TaskRunNow,
    state: &State,
    timestamp: Timestamp,
) -> Result<TaskRunNow> {
    let row = StateRow::new(tx, state, timestamp)?;
    let next = TaskRunNow { state: row.kind, version: task_run.version + 1, ..task_run };
    row.insert(tx, INSERT_STATE, task_run.id, next.version)?;
    update(tx, next, &row)?;
    tx.announce(Change::Progress { flow_run_id: task_run.flow_run_id });
    Ok(next)
}

/// The states that a task run waits in while its flow run may have no process.
pub(crate) fn waits(state: StateKind) -> bool {
    state.is_scheduled() || state == StateKind::Queued
}

pub(crate) const INSERT_STATE: &str =
    "insert into task_run_state (id, task_run_id, version, state, timestamp, message, start_time, serialized_state, created)
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

fn update(tx: &mut Transaction<'_>, task_run: TaskRunNow, row: &StateRow) -> Result<()> {
    let at = |condition: bool| condition.then_some(row.timestamp);
    let runs = task_run.state == StateKind::Running;
    let mut values = vec![task_run.id.into(), task_run.version.into()];
    values.extend(row.columns());
    values.push(at(runs).into());
    values.push(at(task_run.state.is_finished()).into());
    values.push(runs.into());
    tx.execute(
        "update task_run set version = ?2, state = ?3, state_id = ?4, state_timestamp = ?5, state_message = ?6,
             state_start_time = ?7, serialized_state = ?8, updated = ?5,
             start_time = coalesce(start_time, ?9), end_time = ?10, run_count = run_count + ?11
         where id = ?1",
        &values,
    )?;
    Ok(())
}

/// Ends every task run of a flow run that has not ended.
pub(crate) fn end_unfinished(tx: &mut Transaction<'_>, flow_run_id: Uuid, end: &State) -> Result<()> {
    let now = tx.now();
    for task_run in task_runs_now(tx, flow_run_id)? {
        if !task_run.state.is_finished() {
            enter(tx, task_run, end, now)?;
        }
    }
    Ok(())
}

/// The task runs of a flow run.
pub(crate) fn task_runs_now(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<Vec<TaskRunNow>> {
    tx.query("select id, state, version from task_run where flow_run_id = ?1", &[flow_run_id.into()], |row| {
        Ok(TaskRunNow { id: row.get(0)?, flow_run_id, state: row.get(1)?, version: row.get(2)? })
    })
}
