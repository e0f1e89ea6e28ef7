//! Lazarus: runs that are in progress by name only. No process, no heartbeat, nothing in flight: they are scheduled again,
//! at most three times, then Failed (Prefect 1's Lazarus). A run with a live launch is left to its agent and its lease;
//! one whose task runs wait goes on by itself.

use castra_core::finish::MAX_RELAUNCHES;
use castra_core::state::{State, StateKind};
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::Result;
use crate::finish::{end_run, launch_again};
use crate::flow_group::FlowSetting;
use crate::flow_run_state::flow_run_now;
use crate::time::{STALE_HEARTBEAT_SECONDS, seconds_after};

const WHY: &str = "The flow run's process was not heard of for 10 minutes";

/// Schedules or ends every run that is in progress by name only, and answers which.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn raise_lost_runs(tx: &mut Transaction<'_>) -> Result<Vec<Uuid>> {
    let stale = seconds_after(tx.now(), -STALE_HEARTBEAT_SECONDS);
    let lost = tx.query(
        "select r.id, r.times_resurrected, f.settings
         from flow_run r join flow f on f.id = r.flow_id
         where r.state in ('Submitted', 'Running', 'Cancelling') and r.heartbeat < ?1
             and not exists (select 1 from launch where flow_run_id = r.id and ended_at is null)
             and (r.state = 'Cancelling' or not exists (
                 select 1 from task_run where flow_run_id = r.id
                     and state in ('Submitted', 'Running', 'Scheduled', 'Paused', 'Resume', 'Retrying', 'Queued')))",
        &[stale.into()],
        |row| Ok((row.get::<Uuid>(0)?, row.get::<u32>(1)?, FlowSetting::Lazarus.is_on(&row.get(2)?))),
    )?;
    let mut raised = Vec::new();
    for (id, times, enabled) in lost {
        let run = flow_run_now(tx, id)?;
        let now = tx.now();
        match run.state {
            StateKind::Cancelling => end_run(tx, run, &State::new(StateKind::Cancelled, format!("{WHY}.")))?,
            _ if !enabled => continue,
            _ if times >= MAX_RELAUNCHES => {
                let message = format!("{WHY}, and it was scheduled again {times} times already.");
                end_run(tx, run, &State::new(StateKind::Failed, message))?;
            }
            _ => {
                let again = State::scheduled(now, format!("Rescheduled by Castra. {WHY}."));
                launch_again(tx, run, &again, WHY)?;
            }
        }
        raised.push(id);
    }
    Ok(raised)
}
