//! Heartbeats of the processes that run flows: the sign of life that `zombies` and `lazarus` ask for.

use uuid::Uuid;

use crate::{Result, StoreError, Transaction};

/// Notes that the process of a flow run lives. A run that has ended passes: its heart beats a little longer.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn flow_run_heartbeat(tx: &mut Transaction<'_>, id: Uuid) -> Result<()> {
    let changed =
        tx.execute("update flow_run set heartbeat = ?2 where id = ?1", &[id.into(), tx.now().into()])?;
    found(changed, "flow_run", id)
}

/// Notes that the process of a task run lives.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn task_run_heartbeat(tx: &mut Transaction<'_>, id: Uuid) -> Result<()> {
    let changed =
        tx.execute("update task_run set heartbeat = ?2 where id = ?1", &[id.into(), tx.now().into()])?;
    found(changed, "task_run", id)
}

fn found(rows: usize, table: &'static str, id: Uuid) -> Result<()> {
    match rows {
        0 => Err(StoreError::not_found_hint(table, id, "it may have been deleted")),
        _ => Ok(()),
    }
}
