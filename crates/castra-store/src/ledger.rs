//! The ledger of launches: opened by a claim, stopped and fenced by what becomes of the run, closed by an end.

use castra_core::cause::LaunchEnd;
use castra_core::launch::LaunchPhase;
use jiff::Timestamp;
use uuid::Uuid;

use crate::database::{Change, Transaction, Value};
use crate::error::Result;

/// A launch to be opened.
pub(crate) struct NewLaunch {
    pub id: Uuid,
    pub flow_run_id: Uuid,
    pub agent_id: Uuid,
    pub agent_type: String,
    pub credential_sha256: String,
    pub lease_seconds: u32,
    pub lease_expires_at: Timestamp,
}

/// Opens a launch. The schema refuses a second live one of the same run.
pub(crate) fn open(tx: &mut Transaction<'_>, launch: NewLaunch) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "insert into launch (id, flow_run_id, agent_id, agent_type, phase, credential_sha256, lease_seconds,
             lease_expires_at, claimed_at, created, updated)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?9)",
        &[
            launch.id.into(),
            launch.flow_run_id.into(),
            launch.agent_id.into(),
            launch.agent_type.into(),
            LaunchPhase::Claimed.into(),
            launch.credential_sha256.into(),
            launch.lease_seconds.into(),
            launch.lease_expires_at.into(),
            now.into(),
        ],
    )?;
    tx.announce(Change::Progress { flow_run_id: launch.flow_run_id });
    Ok(())
}

/// The flow run's process has shown its claim and begins user code.
pub(crate) fn present(tx: &mut Transaction<'_>, launch_id: Uuid) -> Result<()> {
    tx.execute(
        "update launch set presented_at = ?2, updated = ?2 where id = ?1 and presented_at is null",
        &[launch_id.into(), tx.now().into()],
    )?;
    Ok(())
}

/// Whether the flow run's process has shown its claim.
pub(crate) fn is_presented(tx: &mut Transaction<'_>, launch_id: Uuid) -> Result<bool> {
    let sql = "select presented_at is not null from launch where id = ?1";
    tx.query_one(sql, &[launch_id.into()], |row| row.get(0))
}

/// Has the run's live launch, if any, stopped from `at` on.
pub(crate) fn stop_from(tx: &mut Transaction<'_>, flow_run_id: Uuid, at: Timestamp) -> Result<()> {
    let agent_id = tx.query_optional(
        "update launch set stop_at = case when stop_at < ?2 then stop_at else ?2 end, updated = ?3
         where flow_run_id = ?1 and ended_at is null returning agent_id",
        &[flow_run_id.into(), at.into(), tx.now().into()],
        |row| row.get(0),
    )?;
    if let Some(agent_id) = agent_id {
        tx.announce(Change::StopLaunch { agent_id, from: at });
    }
    Ok(())
}

/// The run goes another way than its live launch, if any: its credential dies now, and its agent is to stop it. The run
/// is claimable again once the launch has ended.
pub(crate) fn fence(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "update launch set fenced_at = ?2 where flow_run_id = ?1 and ended_at is null and fenced_at is null",
        &[flow_run_id.into(), now.into()],
    )?;
    stop_from(tx, flow_run_id, now)
}

/// Closes a launch for good. False if it was closed before.
pub(crate) fn close(
    tx: &mut Transaction<'_>,
    launch_id: Uuid,
    end: &LaunchEnd,
    at: Timestamp,
) -> Result<bool> {
    let last_lines =
        (!end.last_lines.is_empty()).then(|| Value::from(serde_json::Value::from(end.last_lines.clone())));
    let closed = tx.execute(
        "update launch set phase = ?2, ended_at = ?3, cause = ?4, last_lines = ?5, detail = null, updated = ?6
         where id = ?1 and ended_at is null",
        &[
            launch_id.into(),
            LaunchPhase::Ended.into(),
            at.into(),
            serde_json::to_string(&end.cause).unwrap_or_default().into(),
            last_lines.unwrap_or(Value::Null),
            tx.now().into(),
        ],
    )?;
    Ok(closed == 1)
}
