//! A flow run as its page shows it, and the states it has been in.

use castra_core::label::LabelSet;
use castra_core::state::StateKind;
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::database::{Row, Transaction};
use crate::error::{Result, StoreError};

/// The states of a run that are shown: the latest. A run that retries for days has more.
const MAX_STATES: i64 = 200;

/// A flow run with the names around it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: StateKind,
    /// What the state says.
    pub state_message: Option<String>,
    /// Since when it is in this state.
    pub state_timestamp: Timestamp,
    /// When a state that waits is due.
    pub state_start_time: Option<Timestamp>,
    /// Its flow.
    pub flow: FlowOfRun,
    /// Its labels, resolved.
    pub labels: LabelSet,
    /// The layer that the labels came from, as the column `label_source` names it.
    pub label_source: String,
    /// Its run config in wire form, as it was when the run was created.
    pub run_config: Option<Json>,
    /// The layer that the run config came from: `run`, `flow_group` or `flow`; `None` if that was not kept.
    pub run_config_source: Option<String>,
    /// Its parameters.
    pub parameters: Map<String, Json>,
    /// Its context.
    pub context: Map<String, Json>,
    /// Whether a schedule made it.
    pub auto_scheduled: bool,
    /// When it was created.
    pub created: Timestamp,
    /// When it was to start.
    pub scheduled_start_time: Timestamp,
    /// When it first ran.
    pub start_time: Option<Timestamp>,
    /// When it ended.
    pub end_time: Option<Timestamp>,
}

/// The flow of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowOfRun {
    /// The version's id.
    pub id: Uuid,
    /// The id of the group of all its versions.
    pub group_id: Uuid,
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: i64,
    /// The name of its project.
    pub project: String,
}

/// A state that a run was in.
#[derive(Clone, Debug, PartialEq)]
pub struct StateView {
    /// The state.
    pub state: StateKind,
    /// Since when.
    pub timestamp: Timestamp,
    /// What it says.
    pub message: Option<String>,
}

/// The flow run with this id.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn run(tx: &mut Transaction<'_>, id: Uuid) -> Result<RunView> {
    tx.query_optional(
        "select r.id, r.name, r.state, r.state_message, r.state_timestamp, r.state_start_time, r.labels,
             r.label_source, r.run_config, r.run_config_source, r.parameters, r.context, r.auto_scheduled, r.created,
             r.scheduled_start_time, r.start_time, r.end_time, f.id, f.flow_group_id, f.name, f.version, p.name
         from flow_run r join flow f on f.id = r.flow_id join project p on p.id = f.project_id
         where r.id = ?1",
        &[id.into()],
        read,
    )?
    .ok_or_else(|| StoreError::not_found("flow_run", id))
}

fn read(row: &Row<'_>) -> Result<RunView> {
    Ok(RunView {
        id: row.get(0)?,
        name: row.get(1)?,
        state: row.get(2)?,
        state_message: row.get(3)?,
        state_timestamp: row.get(4)?,
        state_start_time: row.get(5)?,
        labels: row.get(6)?,
        label_source: row.get(7)?,
        run_config: row.get(8)?,
        run_config_source: row.get(9)?,
        parameters: row.get(10)?,
        context: row.get(11)?,
        auto_scheduled: row.get(12)?,
        created: row.get(13)?,
        scheduled_start_time: row.get(14)?,
        start_time: row.get(15)?,
        end_time: row.get(16)?,
        flow: FlowOfRun {
            id: row.get(17)?,
            group_id: row.get(18)?,
            name: row.get(19)?,
            version: row.get(20)?,
            project: row.get(21)?,
        },
    })
}

/// The latest states of a run, newest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn states(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<Vec<StateView>> {
    tx.query(
        "select state, timestamp, message from flow_run_state where flow_run_id = ?1
         order by timestamp desc, version desc limit ?2",
        &[flow_run_id.into(), MAX_STATES.into()],
        |row| Ok(StateView { state: row.get(0)?, timestamp: row.get(1)?, message: row.get(2)? }),
    )
}
