//! Archives flows: a version that another has replaced, or that nobody needs, starts no more runs.

use castra_core::state::{State, StateKind};
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::{Result, StoreError};
use crate::flow_run_state::{enter, flow_run_now};
use crate::schedule::delete_scheduled_runs;

/// Archives a flow: its schedule ends, the runs that the schedule made and that wait are deleted, those that people made
/// and that wait are cancelled.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn archive_flow(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<()> {
    let archived = tx.execute(
        "update flow set archived = 1, is_schedule_active = 0, updated = ?2 where id = ?1",
        &[flow_id.into(), tx.now().into()],
    )?;
    if archived == 0 {
        return Err(StoreError::not_found("flow", flow_id));
    }
    delete_scheduled_runs(tx, flow_id)?;
    cancel_waiting_runs(tx, flow_id)
}

fn cancel_waiting_runs(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<()> {
    let waiting: Vec<Uuid> = tx.query(
        "select id from flow_run where flow_id = ?1 and state = 'Scheduled'",
        &[flow_id.into()],
        |row| row.get(0),
    )?;
    let cancelled = State::new(StateKind::Cancelled, "Cancelled because the flow was archived.");
    for id in waiting {
        let run = flow_run_now(tx, id)?;
        enter(tx, run, &cancelled, None)?;
    }
    Ok(())
}

/// Archives the versions of the flow's group that are older than the flow. Newer ones stay: a late repetition of a
/// registration must not take them out of service.
pub(crate) fn archive_older_versions(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<()> {
    let older: Vec<Uuid> = tx.query(
        "select older.id from flow join flow older on older.flow_group_id = flow.flow_group_id
         where flow.id = ?1 and older.version < flow.version and older.archived = 0",
        &[flow_id.into()],
        |row| row.get(0),
    )?;
    older.into_iter().try_for_each(|flow_id| archive_flow(tx, flow_id))
}
