//! Task runs: one per task, or per item of a mapped task, of a flow run; made when the runner first asks, for Prefect
//! flows with the flow run.

use castra_core::state::{State, StateKind};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::{Result, StoreError};
use crate::state_row::StateRow;
use crate::task_run_state::INSERT_STATE;

/// Which task run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetOrCreateTaskRun {
    /// The flow run.
    pub flow_run_id: Uuid,
    /// The task.
    pub task_id: Uuid,
    /// Its place in a mapping, -1 if not mapped.
    pub map_index: i64,
}

/// A task run as its runner needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRunInfo {
    /// The task run.
    pub id: Uuid,
    /// How many states it has had.
    pub version: i64,
    /// Its state, on the wire.
    pub serialized_state: Json,
}

/// The task run, made Pending if it does not exist yet.
///
/// # Errors
/// [`StoreError::NotFound`] if the flow run or the task does not exist, or the task is another flow's.
pub fn get_or_create_task_run(tx: &mut Transaction<'_>, request: GetOrCreateTaskRun) -> Result<TaskRunInfo> {
    let GetOrCreateTaskRun { flow_run_id, task_id, map_index } = request;
    let found = tx.query_optional(
        "select id, version, serialized_state from task_run
         where flow_run_id = ?1 and task_id = ?2 and map_index = ?3",
        &[flow_run_id.into(), task_id.into(), map_index.into()],
        |row| Ok(TaskRunInfo { id: row.get(0)?, version: row.get(1)?, serialized_state: row.get(2)? }),
    )?;
    match found {
        Some(info) => Ok(info),
        None => {
            let cache_key = cache_key(tx, request)?;
            create(tx, request, cache_key)
        }
    }
}

/// Makes an unmapped task run for every task of a new flow run: the Prefect 1 runner learns the ids of its tasks from
/// them alone (prefect 1.4.1 `CloudFlowRunner.initialize_run`).
pub(crate) fn create_task_runs(tx: &mut Transaction<'_>, flow_run_id: Uuid, flow_id: Uuid) -> Result<()> {
    let tasks = tx.query(
        "select id, cache_key from task where flow_id = ?1 order by slug",
        &[flow_id.into()],
        |row| Ok((row.get::<Uuid>(0)?, row.get::<Option<String>>(1)?)),
    )?;
    for (task_id, cache_key) in tasks {
        create(tx, GetOrCreateTaskRun { flow_run_id, task_id, map_index: -1 }, cache_key)?;
    }
    Ok(())
}

fn create(
    tx: &mut Transaction<'_>,
    request: GetOrCreateTaskRun,
    cache_key: Option<String>,
) -> Result<TaskRunInfo> {
    let now = tx.now();
    let pending = State::new(StateKind::Pending, "Task run created.");
    let row = StateRow::new(tx, &pending, now)?;
    let task_run = NewTaskRun {
        id: tx.new_id(),
        flow_run_id: request.flow_run_id,
        task_id: request.task_id,
        map_index: request.map_index,
        cache_key,
        version: 1,
    };
    task_run.insert(tx, &row)?;
    row.insert(tx, INSERT_STATE, task_run.id, task_run.version)?;
    Ok(TaskRunInfo { id: task_run.id, version: task_run.version, serialized_state: pending.to_json() })
}

/// The cache key of a task that belongs to the flow run's flow.
fn cache_key(tx: &mut Transaction<'_>, request: GetOrCreateTaskRun) -> Result<Option<String>> {
    let flow_id = tx
        .query_optional("select flow_id from flow_run where id = ?1", &[request.flow_run_id.into()], |row| {
            row.get::<Uuid>(0)
        })?
        .ok_or_else(|| StoreError::not_found("flow_run", request.flow_run_id))?;
    tx.query_optional(
        "select cache_key from task where id = ?1 and flow_id = ?2",
        &[request.task_id.into(), flow_id.into()],
        |row| row.get(0),
    )?
    .ok_or_else(|| {
        let hint = "the flow run's flow has no such task; was the flow registered again?";
        StoreError::not_found_hint("task", request.task_id, hint)
    })
}

/// A task run that is to be made.
pub(crate) struct NewTaskRun {
    pub id: Uuid,
    pub flow_run_id: Uuid,
    pub task_id: Uuid,
    pub map_index: i64,
    pub cache_key: Option<String>,
    pub version: i64,
}

impl NewTaskRun {
    /// Makes it in the state given. False if it exists already.
    pub(crate) fn insert(&self, tx: &mut Transaction<'_>, state: &StateRow) -> Result<bool> {
        let now = tx.now();
        let at = |condition: bool| condition.then_some(state.timestamp);
        let mut values = vec![
            self.id.into(),
            self.flow_run_id.into(),
            self.task_id.into(),
            self.map_index.into(),
            self.cache_key.clone().into(),
            self.version.into(),
        ];
        values.extend(state.columns());
        values.push(at(state.kind == StateKind::Running).into());
        values.push(at(state.kind.is_finished()).into());
        values.push((state.kind == StateKind::Running).into());
        values.push(now.into());
        let inserted = tx.execute(
            "insert into task_run (id, flow_run_id, task_id, map_index, cache_key, version, state, state_id,
                 state_timestamp, state_message, state_start_time, serialized_state, start_time, end_time, run_count,
                 created, updated)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?16)
             on conflict do nothing",
            &values,
        )?;
        Ok(inserted == 1)
    }
}
