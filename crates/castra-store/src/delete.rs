//! Deletes flows and flow runs with all that hangs on them. A launch that lives is forgotten too; its agent is told
//! so at its next report and stops what runs.

use uuid::Uuid;

use crate::database::Transaction;
use crate::error::{Result, StoreError};

/// Deletes a flow, its runs, and its flow group if no other version is left.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn delete_flow(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<()> {
    let group: Uuid = tx
        .query_optional("delete from flow where id = ?1 returning flow_group_id", &[flow_id.into()], |row| {
            row.get(0)
        })?
        .ok_or_else(|| StoreError::not_found("flow", flow_id))?;
    tx.execute(
        "delete from flow_group where id = ?1 and not exists (select 1 from flow where flow_group_id = ?1)",
        &[group.into()],
    )?;
    Ok(())
}

/// Deletes a flow run.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn delete_flow_run(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<()> {
    match tx.execute("delete from flow_run where id = ?1", &[flow_run_id.into()])? {
        0 => Err(StoreError::not_found("flow_run", flow_run_id)),
        _ => Ok(()),
    }
}
