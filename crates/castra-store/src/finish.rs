//! Finish: closes a launch and writes what follows for its run, as decided by `castra_core::finish`.

use castra_core::cause::LaunchEnd;
use castra_core::finish::{AfterLaunch, RunAtEnd, after_launch};
use castra_core::state::{State, StateKind};
use jiff::Timestamp;
use uuid::Uuid;

use crate::database::{Change, Transaction};
use crate::error::Result;
use crate::flow_run_state::{FlowRunNow, enter, flow_run_now};
use crate::zombies::end_running_task_runs;
use crate::{claimable, ledger};

/// Closes a launch at the instant its end was seen, and does what follows. Nothing happens if it was closed before.
pub(crate) fn end_launch(
    tx: &mut Transaction<'_>,
    (launch_id, flow_run_id): (Uuid, Uuid),
    end: &LaunchEnd,
    at: Timestamp,
) -> Result<()> {
    if !ledger::close(tx, launch_id, end, at)? {
        return Ok(());
    }
    tx.announce(Change::Progress { flow_run_id });
    let run = flow_run_now(tx, flow_run_id)?;
    let now = tx.now();
    let at_end = run_at_end(tx, run)?;
    let why = end.cause.to_string();
    let after = after_launch(at_end, end, now);
    if at_end.not_launched > 0 && !matches!(after, AfterLaunch::TryAgain(_)) {
        tx.execute("update flow_run set times_not_launched = 0 where id = ?1", &[run.id.into()])?;
    }
    match after {
        AfterLaunch::Leave => claimable::refresh(tx, run.id),
        AfterLaunch::End(state) => end_run(tx, run, &state),
        AfterLaunch::LaunchAgain(state) => launch_again(tx, run, &state, &why),
        AfterLaunch::TryAgain(state) => try_again(tx, run, &state, &why),
    }
}

/// Ends a run that has no process any more, and the task runs that died with it.
pub(crate) fn end_run(tx: &mut Transaction<'_>, run: FlowRunNow, state: &State) -> Result<()> {
    if state.kind() != StateKind::Cancelled {
        end_running_task_runs(tx, run.id, false, state.message())?;
    }
    enter(tx, run, state, None).map(|_| ())
}

/// Schedules a run again whose process is gone. Task runs that died with it are tried again if they have retries left.
pub(crate) fn launch_again(
    tx: &mut Transaction<'_>,
    run: FlowRunNow,
    state: &State,
    why: &str,
) -> Result<()> {
    let counted = "update flow_run set times_resurrected = times_resurrected + 1 where id = ?1";
    schedule_again(tx, run, state, (why, counted))
}

/// Schedules a run again of which nothing was launched. This has a budget of its own.
fn try_again(tx: &mut Transaction<'_>, run: FlowRunNow, state: &State, why: &str) -> Result<()> {
    let counted = "update flow_run set times_not_launched = times_not_launched + 1 where id = ?1";
    schedule_again(tx, run, state, (why, counted))
}

fn schedule_again(
    tx: &mut Transaction<'_>,
    run: FlowRunNow,
    state: &State,
    (why, counted): (&str, &str),
) -> Result<()> {
    end_running_task_runs(tx, run.id, true, why)?;
    tx.execute(counted, &[run.id.into()])?;
    enter(tx, run, state, None).map(|_| ())
}

fn run_at_end(tx: &mut Transaction<'_>, run: FlowRunNow) -> Result<RunAtEnd> {
    tx.query_one(
        "select times_resurrected, times_not_launched, exists (
             select 1 from task_run where flow_run_id = ?1
                 and state in ('Scheduled', 'Paused', 'Resume', 'Retrying', 'Queued'))
         from flow_run where id = ?1",
        &[run.id.into()],
        |row| {
            Ok(RunAtEnd {
                state: run.state,
                relaunches: row.get(0)?,
                not_launched: row.get(1)?,
                has_waiting_tasks: row.get(2)?,
            })
        },
    )
}
