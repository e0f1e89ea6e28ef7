//! Artifacts: what task runs leave to look at, links and texts (prefect 1.4.1 `prefect.backend.artifacts`).

use serde_json::Value;
use uuid::Uuid;

use crate::{Result, StoreError, Transaction};

/// An artifact to be made.
#[derive(Clone, Debug)]
pub struct NewArtifact {
    /// The task run that leaves it.
    pub task_run_id: Uuid,
    /// What it is: `link` or `markdown` in Prefect 1.
    pub kind: String,
    /// Its content, e.g. `{"link": "https://…"}`.
    pub data: Value,
}

/// Makes an artifact.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown task run.
pub fn create_artifact(tx: &mut Transaction<'_>, new: &NewArtifact) -> Result<Uuid> {
    let id = tx.new_id();
    let made = tx.execute(
        "insert into task_run_artifact (id, created, updated, tenant_id, task_run_id, kind, data)
         select ?1, ?2, ?2, flow_run.tenant_id, task_run.id, ?4, ?5
         from task_run join flow_run on flow_run.id = task_run.flow_run_id where task_run.id = ?3",
        &[id.into(), tx.now().into(), new.task_run_id.into(), (&new.kind).into(), (&new.data).into()],
    )?;
    match made {
        0 => Err(StoreError::not_found("task_run", new.task_run_id)),
        _ => Ok(id),
    }
}

/// Gives an artifact other content.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn update_artifact(tx: &mut Transaction<'_>, id: Uuid, data: &Value) -> Result<()> {
    let changed = tx.execute(
        "update task_run_artifact set data = ?2, updated = ?3 where id = ?1",
        &[id.into(), data.into(), tx.now().into()],
    )?;
    found(changed, id)
}

/// Forgets an artifact.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn delete_artifact(tx: &mut Transaction<'_>, id: Uuid) -> Result<()> {
    let deleted = tx.execute("delete from task_run_artifact where id = ?1", &[id.into()])?;
    found(deleted, id)
}

fn found(rows: usize, id: Uuid) -> Result<()> {
    match rows {
        0 => Err(StoreError::not_found("task_run_artifact", id)),
        _ => Ok(()),
    }
}
