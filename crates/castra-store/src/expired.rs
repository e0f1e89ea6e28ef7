//! Expired claims: launches whose agent has been silent for longer than the lease. Whether the run may be launched again
//! depends on what its process may still do.

use castra_core::cause::Cause;
use castra_core::state::StateKind;
use jiff::Timestamp;
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::Result;
use crate::finish::end_launch;
use crate::time::{FRESH_HEARTBEAT_SECONDS, seconds_after};

/// A launch whose lease has lapsed, as far as the ledger knows.
struct Lapsed {
    launch_id: Uuid,
    flow_run_id: Uuid,
    state: StateKind,
    heartbeat: Option<Timestamp>,
    presented: bool,
}

/// Closes the launches that have expired, and answers which. Their credentials die with them; their runs are launched
/// again or ended.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn end_expired_launches(tx: &mut Transaction<'_>) -> Result<Vec<Uuid>> {
    let now = tx.now();
    let lapsed = tx.query(
        "select l.id, l.flow_run_id, r.state, r.heartbeat, l.presented_at is not null
         from launch l join flow_run r on r.id = l.flow_run_id
         where l.ended_at is null and l.lease_expires_at < ?1",
        &[now.into()],
        |row| {
            Ok(Lapsed {
                launch_id: row.get(0)?,
                flow_run_id: row.get(1)?,
                state: row.get(2)?,
                heartbeat: row.get(3)?,
                presented: row.get(4)?,
            })
        },
    )?;
    let mut ended = Vec::new();
    for launch in lapsed {
        if let Some(cause) = verdict(&launch, now) {
            end_launch(tx, (launch.launch_id, launch.flow_run_id), &cause.into(), now)?;
            ended.push(launch.launch_id);
        }
    }
    Ok(ended)
}

/// Why the launch is over, or `None` if its process may live and is left to run.
///
/// A process that has not begun cannot begin once its credential is dead, so its run may be launched again at once. One
/// that has begun is alive as long as its heart beats: its agent may come back and adopt it.
fn verdict(launch: &Lapsed, now: Timestamp) -> Option<Cause> {
    let begun = launch.presented || launch.state.is_running();
    let beats = launch.heartbeat.is_some_and(|at| at > seconds_after(now, -FRESH_HEARTBEAT_SECONDS));
    match (begun, beats) {
        (false, _) => {
            let reason = "its agent was not heard of within the lease".to_owned();
            Some(Cause::NotLaunched { reason })
        }
        (true, true) => None,
        (true, false) => {
            let reason = "neither its agent nor its process was heard of within the lease".to_owned();
            Some(Cause::Vanished { reason })
        }
    }
}

/// Gives every live launch a full lease from now on: after the server was away, its agents first get the chance to report.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn renew_leases(tx: &mut Transaction<'_>) -> Result<()> {
    let now = tx.now();
    let live: Vec<(Uuid, i64)> =
        tx.query("select id, lease_seconds from launch where ended_at is null", &[], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    for (id, lease_seconds) in live {
        tx.execute(
            "update launch set lease_expires_at = ?2 where id = ?1 and lease_expires_at < ?2",
            &[id.into(), seconds_after(now, lease_seconds).into()],
        )?;
    }
    Ok(())
}
