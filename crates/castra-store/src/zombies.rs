//! Zombies: task runs that are Running while the process of their flow run has been silent for long. They are tried again
//! if they have retries left, else Failed (Prefect 1's zombie killer). A run with a live launch is left to its agent, who
//! sees the process.

use castra_core::state::{State, StateKind};
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::Result;
use crate::flow_group::FlowSetting;
use crate::task_run_state::{TaskRunNow, enter};
use crate::time::{STALE_HEARTBEAT_SECONDS, seconds_after};

/// Ends the zombies of every silent flow run and answers how many there were.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn end_zombies(tx: &mut Transaction<'_>) -> Result<usize> {
    let stale = seconds_after(tx.now(), -STALE_HEARTBEAT_SECONDS);
    let silent = tx.query(
        "select r.id, f.settings from flow_run r join flow f on f.id = r.flow_id
         where r.state in ('Submitted', 'Running', 'Cancelling') and r.heartbeat < ?1 and r.state = 'Running'
             and not exists (select 1 from launch where flow_run_id = r.id and ended_at is null)",
        &[stale.into()],
        |row| Ok((row.get(0)?, FlowSetting::Heartbeat.is_on(&row.get(1)?))),
    )?;
    let mut zombies = 0;
    for (flow_run_id, _) in silent.into_iter().filter(|(_, has_heartbeat)| *has_heartbeat) {
        zombies += end_running_task_runs(tx, flow_run_id, true, "The flow run's heartbeat stopped")?;
    }
    Ok(zombies)
}

/// Ends the Running task runs of a flow run whose process is gone; with `may_retry`, those with retries left become
/// Retrying. Answers how many there were.
pub(crate) fn end_running_task_runs(
    tx: &mut Transaction<'_>,
    flow_run_id: Uuid,
    may_retry: bool,
    why: &str,
) -> Result<usize> {
    let running = tx.query(
        "select r.id, r.version, r.run_count, t.max_retries, t.retry_delay
         from task_run r join task t on t.id = r.task_id where r.flow_run_id = ?1 and r.state = 'Running'",
        &[flow_run_id.into()],
        |row| {
            let state = StateKind::Running;
            let task_run = TaskRunNow { id: row.get(0)?, flow_run_id, state, version: row.get(1)? };
            let retry = Retry { run_count: row.get(2)?, max: row.get(3)?, delay_seconds: row.get(4)? };
            Ok((task_run, retry))
        },
    )?;
    let now = tx.now();
    for (task_run, retry) in &running {
        let state = match may_retry && retry.run_count <= retry.max {
            true => retrying(retry, seconds_after(now, retry.delay_seconds.unwrap_or_default() as i64), why),
            false => State::new(StateKind::Failed, format!("{}.", why.trim_end_matches('.'))),
        };
        enter(tx, *task_run, &state, now)?;
    }
    Ok(running.len())
}

struct Retry {
    run_count: i64,
    max: i64,
    delay_seconds: Option<f64>,
}

/// As the client reads it: `run_count` is the number of the run that comes.
fn retrying(retry: &Retry, start_time: jiff::Timestamp, why: &str) -> State {
    State::new(StateKind::Retrying, format!("{}, retrying.", why.trim_end_matches('.')))
        .with("start_time", start_time.to_string())
        .with("run_count", retry.run_count + 1)
}
