//! Gives runs other names.

use uuid::Uuid;

use crate::database::{Change, Transaction};
use crate::error::{Result, StoreError};

/// Gives a flow run another name.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn set_flow_run_name(tx: &mut Transaction<'_>, id: Uuid, name: &str) -> Result<()> {
    let renamed = tx.execute(
        "update flow_run set name = ?2, updated = ?3 where id = ?1",
        &[id.into(), name.into(), tx.now().into()],
    )?;
    match renamed {
        0 => Err(StoreError::not_found_hint("flow_run", id, "`castra get flow-runs` lists the latest")),
        _ => {
            tx.announce(Change::Progress { flow_run_id: id });
            Ok(())
        }
    }
}

/// Gives a task run a name.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn set_task_run_name(tx: &mut Transaction<'_>, id: Uuid, name: &str) -> Result<()> {
    let renamed = tx.execute(
        "update task_run set name = ?2, updated = ?3 where id = ?1",
        &[id.into(), name.into(), tx.now().into()],
    )?;
    match renamed {
        0 => Err(StoreError::not_found("task_run", id)),
        _ => Ok(()),
    }
}
