//! What goes on at large: runs by state, how long dispatch takes, why runs failed. All of it is bounded in time or in rows.

use castra_core::cause::Cause;
use castra_core::state::StateKind;
use jiff::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

use super::launches::read_cause;
use crate::database::Transaction;
use crate::error::Result;

/// Launches and failures that are looked at, the latest.
const MAX_ROWS: i64 = 500;
/// The states that are left, so that few runs are in them, and in which a run is not claimable by itself.
const PASSING: &str = "'Pending', 'Paused', 'ClientFailed', 'Submitted', 'Running', 'Cancelling'";

/// How many runs are in each state: of those that are over, the ones that ended since an instant; of those that
/// may be claimed, as Scheduled, the ones that are due.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn counts(tx: &mut Transaction<'_>, since: Timestamp) -> Result<Vec<(StateKind, i64)>> {
    let now = tx.now();
    let sql = format!(
        "select state, count(*) from flow_run where state in ({PASSING}) group by state
         union all
         select state, count(*) from flow_run
         where state in ('Finished', 'Looped', 'Success', 'Cached', 'Mapped', 'Skipped', 'Cancelled', 'Failed',
             'TimedOut', 'TriggerFailed', 'ValidationFailed') and state_timestamp >= ?1 group by state
         union all
         select 'Scheduled', count(*) from flow_run
         where claimable_from is not null and claimable_from <= ?2"
    );
    tx.query(&sql, &[since.into(), now.into()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// How the dispatch of a launch went.
#[derive(Clone, Debug, PartialEq)]
pub struct DispatchTimes {
    /// The agent's type.
    pub agent_type: String,
    /// When the run was due, or created if that was later.
    pub due: Timestamp,
    /// When an agent took it.
    pub claimed: Timestamp,
    /// When its process began.
    pub started: Timestamp,
}

/// The latest launches since an instant that were the first of their run and began.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn dispatch_times(tx: &mut Transaction<'_>, since: Timestamp) -> Result<Vec<DispatchTimes>> {
    tx.query(
        "select l.agent_type, r.scheduled_start_time, r.created, l.claimed_at, coalesce(l.presented_at, l.started_at)
         from launch l join flow_run r on r.id = l.flow_run_id
         where l.claimed_at >= ?1 and coalesce(l.presented_at, l.started_at) is not null
             and not exists (select 1 from launch earlier where earlier.flow_run_id = l.flow_run_id
                 and earlier.claimed_at < l.claimed_at)
         order by l.claimed_at desc limit ?2",
        &[since.into(), MAX_ROWS.into()],
        |row| {
            let (scheduled, created): (Timestamp, Timestamp) = (row.get(1)?, row.get(2)?);
            Ok(DispatchTimes {
                agent_type: row.get(0)?,
                due: scheduled.max(created),
                claimed: row.get(3)?,
                started: row.get(4)?,
            })
        },
    )
}

/// A run that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The run.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its flow's name.
    pub flow_name: String,
    /// When.
    pub at: Timestamp,
    /// What its state says.
    pub message: Option<String>,
    /// Why its last launch ended.
    pub cause: Option<Cause>,
}

/// The latest runs that failed since an instant, newest first.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn failures(tx: &mut Transaction<'_>, since: Timestamp) -> Result<Vec<Failure>> {
    tx.query(
        "select r.id, r.name, f.name, r.state_timestamp, r.state_message,
             (select cause from launch where launch.flow_run_id = r.id order by claimed_at desc limit 1)
         from flow_run r join flow f on f.id = r.flow_id
         where r.id in (select id from flow_run
             where state in ('Failed', 'TimedOut', 'TriggerFailed', 'ValidationFailed') and state_timestamp >= ?1
             order by state_timestamp desc limit ?2)
         order by r.state_timestamp desc",
        &[since.into(), MAX_ROWS.into()],
        |row| {
            Ok(Failure {
                id: row.get(0)?,
                name: row.get(1)?,
                flow_name: row.get(2)?,
                at: row.get(3)?,
                message: row.get(4)?,
                cause: row.get::<Option<Json>>(5)?.map(read_cause).transpose()?,
            })
        },
    )
}
