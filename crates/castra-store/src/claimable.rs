//! From when a flow run may be claimed: kept in `flow_run.claimable_from`, so that claims and queues ask one index.
//!
//! A run is claimable if it has no live launch, and either waits itself, or is Running while a task run of it waits for
//! its time (Prefect 1's rule for retries and resumes that outlive the process). A paused task run goes on by itself at
//! its start time; without one, or with one as far off as Prefect's client writes instead, it waits for somebody.

use jiff::Timestamp;
use uuid::Uuid;

use crate::database::{Change, Transaction};
use crate::error::Result;
use crate::route::Route;
use crate::time::seconds_after;

/// A pause of five years is one without end; prefect 1.4.1 writes ten.
const WITHOUT_END_SECONDS: i64 = 5 * 365 * 24 * 60 * 60;

/// Brings `claimable_from` up to date after the run, one of its task runs or its launch moved, and tells agents.
pub(crate) fn refresh(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<()> {
    let claimable = tx.query_optional(
        "update flow_run set claimable_from = case
             when exists (select 1 from launch where flow_run_id = ?1 and ended_at is null) then null
             when state in ('Scheduled', 'Resume', 'Retrying', 'Queued')
                 then coalesce(state_start_time, state_timestamp)
             when state = 'Running' then (
                 select min(state_start_time) from task_run
                 where flow_run_id = ?1
                     and (state in ('Scheduled', 'Resume', 'Retrying', 'Queued')
                         or state = 'Paused' and state_start_time < ?2))
         end
         where id = ?1
         returning claimable_from, labels, (select run_config_type from route where route.id = route_id)",
        &[flow_run_id.into(), seconds_after(tx.now(), WITHOUT_END_SECONDS).into()],
        |row| match row.get::<Option<Timestamp>>(0)? {
            Some(from) => Ok(Some((from, Route::read(row, 1)?))),
            None => Ok(None),
        },
    )?;
    if let Some((from, route)) = claimable.flatten() {
        tx.announce(Change::Claimable { route, from });
    }
    Ok(())
}
