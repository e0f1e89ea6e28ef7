//! What a flow run's process of the Castra runtime tells: that it begins, how its task runs fare, what it logs, how it
//! ends. Everything may be sent again.

use std::collections::HashMap;

use castra_core::run_report::{
    FlowRunReport, FlowRunStanding, KnownTaskRun, StartFlowRun, StartedFlowRun, TaskRunName, TaskRunReport,
    TimedState,
};
use castra_core::state::{Move, State, StateKind, move_task_run};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::credential::FlowRunProcess;
use crate::database::{Transaction, in_microseconds};
use crate::error::{Result, StoreError};
use crate::flow_run_state::{SetFlowRunState, flow_run_now, set_flow_run_state};
use crate::heartbeat::flow_run_heartbeat;
use crate::log::{NewLog, write_logs};
use crate::state_row::StateRow;
use crate::task_run::NewTaskRun;
use crate::task_run_state::{self, INSERT_STATE, TaskRunNow, waits};
use crate::{claimable, ledger};

/// The process presents its claim before user code runs: the run becomes Running, once per launch.
///
/// # Errors
/// [`StoreError::Fenced`] if the credential is another run's, [`StoreError::Refused`] if the run is over or being
/// cancelled.
pub fn start_flow_run(
    tx: &mut Transaction<'_>,
    process: FlowRunProcess,
    request: &StartFlowRun,
) -> Result<StartedFlowRun> {
    process.check_run(request.flow_run_id)?;
    if !ledger::is_presented(tx, process.launch_id)? {
        set_state(tx, process, State::new(StateKind::Running, "Running flow."))?;
    }
    started(tx, request.flow_run_id)
}

fn set_state(tx: &mut Transaction<'_>, process: FlowRunProcess, state: State) -> Result<()> {
    let request = SetFlowRunState {
        flow_run_id: process.flow_run_id,
        state,
        version: None,
        process: Some(process),
        agent_id: None,
    };
    set_flow_run_state(tx, &request).map(|_| ())
}

fn started(tx: &mut Transaction<'_>, id: Uuid) -> Result<StartedFlowRun> {
    let task_runs = known_task_runs(tx, id)?;
    tx.query_one(
        "select r.name, f.name, r.parameters, r.context, r.scheduled_start_time, f.parameters, f.storage
         from flow_run r join flow f on f.id = r.flow_id where r.id = ?1",
        &[id.into()],
        |row| {
            let mut parameters = default_parameters(&row.get(5)?);
            parameters.extend(row.get::<Map<String, Json>>(2)?);
            Ok(StartedFlowRun {
                id,
                name: row.get(0)?,
                flow_name: row.get(1)?,
                parameters,
                context: row.get(3)?,
                scheduled_start_time: row.get(4)?,
                storage: row.get::<Option<Json>>(6)?.unwrap_or_default(),
                task_runs,
            })
        },
    )
}

fn default_parameters(declared: &Json) -> Map<String, Json> {
    let parameters = declared.as_array().into_iter().flatten();
    parameters
        .filter(|parameter| parameter.get("required").and_then(Json::as_bool) == Some(false))
        .filter_map(|parameter| {
            let name = parameter.get("name")?.as_str()?.to_owned();
            Some((name, parameter.get("default").cloned().unwrap_or_default()))
        })
        .collect()
}

/// The task runs of an earlier launch that have ended or wait.
fn known_task_runs(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<Vec<KnownTaskRun>> {
    let all = tx.query(
        "select r.id, t.slug, r.map_index, r.serialized_state
         from task_run r join task t on t.id = r.task_id where r.flow_run_id = ?1",
        &[flow_run_id.into()],
        |row| {
            let state = State::from_json(row.get(3)?)?;
            Ok(KnownTaskRun { id: row.get(0)?, task_slug: row.get(1)?, map_index: row.get(2)?, state })
        },
    )?;
    let settled = |run: &KnownTaskRun| run.state.kind().is_finished() || waits(run.state.kind());
    Ok(all.into_iter().filter(settled).collect())
}

/// Takes everything that happened since the last report, and answers whether the process is to stop. If the run is over
/// already, its end as the process sees it is not taken, all else is.
///
/// # Errors
/// [`StoreError::Fenced`] if the credential is another run's, [`StoreError::NotFound`] for a task that the flow does not
/// have, [`StoreError::Invalid`] if a state is too large.
pub fn report_flow_run(
    tx: &mut Transaction<'_>,
    process: FlowRunProcess,
    report: FlowRunReport,
) -> Result<FlowRunStanding> {
    let flow_run_id = report.flow_run_id;
    process.check_run(flow_run_id)?;
    flow_run_heartbeat(tx, flow_run_id)?;
    report_task_runs(tx, flow_run_id, &report.task_runs)?;
    for named in &report.names {
        set_name(tx, flow_run_id, named)?;
    }
    let logs: Vec<NewLog> = report.logs.into_iter().map(|line| new_log(flow_run_id, line)).collect();
    write_logs(tx, &logs)?;
    match report.state.map(|state| set_state(tx, process, state)) {
        None | Some(Ok(()) | Err(StoreError::Refused(_))) => {}
        Some(Err(error)) => return Err(error),
    }
    let state = flow_run_now(tx, flow_run_id)?.state;
    Ok(FlowRunStanding { stop: state == StateKind::Cancelling || state.is_finished() })
}

/// Names a task run of this flow run.
fn set_name(tx: &mut Transaction<'_>, flow_run_id: Uuid, named: &TaskRunName) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "update task_run set name = ?1, updated = ?2 where id = ?3 and flow_run_id = ?4",
        &[named.name.as_str().into(), now.into(), named.id.into(), flow_run_id.into()],
    )?;
    Ok(())
}

fn new_log(flow_run_id: Uuid, line: castra_core::run_report::LogLine) -> NewLog {
    NewLog {
        flow_run_id,
        task_run_id: line.task_run_id,
        timestamp: Some(line.timestamp),
        name: Some(line.name),
        level: line.level,
        message: line.message,
        info: None,
    }
}

#[derive(Clone)]
struct KnownTask {
    id: Uuid,
    cache_key: Option<String>,
}

fn report_task_runs(tx: &mut Transaction<'_>, flow_run_id: Uuid, reports: &[TaskRunReport]) -> Result<()> {
    let mut tasks: HashMap<&str, KnownTask> = HashMap::new();
    let mut waiting_moved = false;
    for report in reports {
        let task = match tasks.get(report.task_slug.as_str()) {
            Some(task) => task.clone(),
            None => {
                let task = find_task(tx, flow_run_id, &report.task_slug)?;
                tasks.insert(&report.task_slug, task.clone());
                task
            }
        };
        waiting_moved |= report_task_run(tx, flow_run_id, task, report)?;
    }
    if waiting_moved {
        claimable::refresh(tx, flow_run_id)?;
    }
    Ok(())
}

fn find_task(tx: &mut Transaction<'_>, flow_run_id: Uuid, slug: &str) -> Result<KnownTask> {
    tx.query_optional(
        "select t.id, t.cache_key from flow_run r join task t on t.flow_id = r.flow_id
         where r.id = ?1 and t.slug = ?2",
        &[flow_run_id.into(), slug.into()],
        |row| Ok(KnownTask { id: row.get(0)?, cache_key: row.get(1)? }),
    )?
    .ok_or_else(|| {
        StoreError::not_found_hint("task", slug, "the run's flow has no such task; was the flow changed?")
    })
}

/// Writes the states of one task run that are news. True if a state was entered or left in which it waits.
fn report_task_run(
    tx: &mut Transaction<'_>,
    flow_run_id: Uuid,
    task: KnownTask,
    report: &TaskRunReport,
) -> Result<bool> {
    let Some((first, rest)) = report.states.split_first() else { return Ok(false) };
    let row = StateRow::new(tx, &first.state, first.timestamp)?;
    let new = NewTaskRun {
        id: report.id,
        flow_run_id,
        task_id: task.id,
        map_index: report.map_index,
        cache_key: task.cache_key,
        version: 1,
    };
    if new.insert(tx, &row)? {
        row.insert(tx, INSERT_STATE, new.id, new.version)?;
        let created = TaskRunNow { id: new.id, flow_run_id, state: row.kind, version: new.version };
        return Ok(go_through(tx, created, rest)? || waits(row.kind));
    }
    let (known, timestamp) = read(tx, &new)?;
    let is_news = |timed: &&TimedState| {
        let entered = in_microseconds(timed.timestamp);
        entered > timestamp || (entered == timestamp && timed.state.kind() != known.state)
    };
    go_through(tx, known, report.states.iter().filter(is_news))
}

fn read(tx: &mut Transaction<'_>, key: &NewTaskRun) -> Result<(TaskRunNow, Timestamp)> {
    let flow_run_id = key.flow_run_id;
    tx.query_optional(
        "select id, state, version, state_timestamp from task_run
         where flow_run_id = ?1 and task_id = ?2 and map_index = ?3",
        &[flow_run_id.into(), key.task_id.into(), key.map_index.into()],
        |row| {
            let now = TaskRunNow { id: row.get(0)?, flow_run_id, state: row.get(1)?, version: row.get(2)? };
            Ok((now, row.get(3)?))
        },
    )?
    .ok_or_else(|| StoreError::Conflict(format!("the id {} is another task run's", key.id)))
}

/// Enters the states in order. What is refused is left out: an ended task run stays ended, whatever a process says late.
fn go_through<'a>(
    tx: &mut Transaction<'_>,
    mut task_run: TaskRunNow,
    states: impl IntoIterator<Item = &'a TimedState>,
) -> Result<bool> {
    let mut waiting_moved = false;
    for TimedState { timestamp, state } in states {
        // The process tells what happened while its flow run was Running, whatever became of the run since.
        if move_task_run(task_run.state, state.kind(), StateKind::Running) == Move::Accept {
            waiting_moved |= waits(task_run.state) || waits(state.kind());
            task_run = task_run_state::record(tx, task_run, state, *timestamp)?;
        }
    }
    Ok(waiting_moved)
}
