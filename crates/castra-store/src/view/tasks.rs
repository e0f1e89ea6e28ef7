//! The task runs of a flow run as its page shows them: per task, its mapped children counted by state; the children a page
//! at a time; and the edges between the tasks.

use std::collections::HashMap;

use castra_core::state::StateKind;
use jiff::Timestamp;
use uuid::Uuid;

use crate::database::{Row, Transaction};
use crate::error::Result;

/// A task of the run's flow, with what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskView {
    /// The task.
    pub id: Uuid,
    /// Its name, else its slug.
    pub name: String,
    /// Whether it is mapped.
    pub mapped: bool,
    /// How many of its runs are in each state: one run, or one for the map and one for each of its children.
    pub counts: Vec<(StateKind, i64)>,
    /// When the first of its runs began.
    pub start_time: Option<Timestamp>,
    /// When the last of its runs ended, if none goes on.
    pub end_time: Option<Timestamp>,
    /// The run that is no mapped child.
    pub run: Option<TaskRunView>,
}

/// A task run.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRunView {
    /// Its id.
    pub id: Uuid,
    /// Its name, if it was given one.
    pub name: Option<String>,
    /// Which mapped child; -1 if it is none.
    pub map_index: i64,
    /// Its state.
    pub state: StateKind,
    /// What the state says.
    pub message: Option<String>,
    /// How often it was Running.
    pub run_count: i64,
    /// When it began.
    pub start_time: Option<Timestamp>,
    /// When it ended.
    pub end_time: Option<Timestamp>,
}

/// An edge: the second task waits for the first.
pub type TaskEdge = (Uuid, Uuid);

/// Every task of a flow, in the order in which they were registered, with what became of it in a run.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn tasks(tx: &mut Transaction<'_>, flow_id: Uuid, flow_run_id: Uuid) -> Result<Vec<TaskView>> {
    let mut tasks = tx.query(
        "select id, coalesce(name, slug), mapped from task where flow_id = ?1 order by id",
        &[flow_id.into()],
        |row| {
            Ok(TaskView {
                id: row.get(0)?,
                name: row.get(1)?,
                mapped: row.get(2)?,
                counts: Vec::new(),
                start_time: None,
                end_time: None,
                run: None,
            })
        },
    )?;
    let mut groups = groups(tx, flow_run_id)?;
    let mut runs = unmapped_runs(tx, flow_run_id)?;
    for task in &mut tasks {
        groups.remove(&task.id).into_iter().flatten().for_each(|group| group.add_to(task));
        task.run = runs.remove(&task.id);
    }
    Ok(tasks)
}

/// The runs of one task that are in one state.
struct Group {
    state: StateKind,
    count: i64,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    /// Whether one of them began and has not ended.
    goes_on: bool,
}

impl Group {
    fn add_to(self, task: &mut TaskView) {
        let is_first = task.counts.is_empty();
        let went_on = !is_first && task.end_time.is_none() && task.start_time.is_some();
        task.counts.push((self.state, self.count));
        task.start_time = task.start_time.into_iter().chain(self.start_time).min();
        let latest = task.end_time.into_iter().chain(self.end_time).max();
        task.end_time = latest.filter(|_| !self.goes_on && !went_on);
    }
}

fn groups(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<HashMap<Uuid, Vec<Group>>> {
    let rows = tx.query(
        "select task_id, state, count(*), min(start_time), max(end_time),
             max(case when start_time is not null and end_time is null then 1 else 0 end)
         from task_run where flow_run_id = ?1 group by task_id, state",
        &[flow_run_id.into()],
        |row| {
            let group = Group {
                state: row.get(1)?,
                count: row.get(2)?,
                start_time: row.get(3)?,
                end_time: row.get(4)?,
                goes_on: row.get(5)?,
            };
            Ok((row.get::<Uuid>(0)?, group))
        },
    )?;
    let mut groups = HashMap::<Uuid, Vec<Group>>::new();
    for (task_id, group) in rows {
        groups.entry(task_id).or_default().push(group);
    }
    Ok(groups)
}

const RUN_COLUMNS: &str =
    "select id, name, map_index, state, state_message, run_count, start_time, end_time, task_id
                           from task_run where flow_run_id = ?1";

fn unmapped_runs(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<HashMap<Uuid, TaskRunView>> {
    let sql = format!("{RUN_COLUMNS} and map_index = -1");
    let runs = tx.query(&sql, &[flow_run_id.into()], |row| Ok((row.get::<Uuid>(8)?, read_run(row)?)))?;
    Ok(runs.into_iter().collect())
}

fn read_run(row: &Row<'_>) -> Result<TaskRunView> {
    Ok(TaskRunView {
        id: row.get(0)?,
        name: row.get(1)?,
        map_index: row.get(2)?,
        state: row.get(3)?,
        message: row.get(4)?,
        run_count: row.get(5)?,
        start_time: row.get(6)?,
        end_time: row.get(7)?,
    })
}

/// The mapped children of a task in a run, by their index, from the one after `after`.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn children(
    tx: &mut Transaction<'_>,
    flow_run_id: Uuid,
    task_id: Uuid,
    after: i64,
    limit: usize,
) -> Result<Vec<TaskRunView>> {
    let sql = format!("{RUN_COLUMNS} and task_id = ?2 and map_index > ?3 order by map_index limit ?4");
    let parameters = [flow_run_id.into(), task_id.into(), after.max(-1).into(), (limit as i64).into()];
    tx.query(&sql, &parameters, read_run)
}

/// The edges between the tasks of a flow; several arguments over one edge count once.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn edges(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<Vec<TaskEdge>> {
    tx.query(
        "select distinct upstream_task_id, downstream_task_id from edge where flow_id = ?1 order by 1, 2",
        &[flow_id.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}
