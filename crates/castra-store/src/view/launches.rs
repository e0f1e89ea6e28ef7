//! The launches of a flow run as its page shows them: how far each came and when, and why it ended.

use castra_core::cause::Cause;
use castra_core::launch::LaunchPhase;
use jiff::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::database::{Row, Transaction};
use crate::error::{Result, StoreError};

/// The launches of a run that are shown: the latest. A run that is launched again and again for a week has more.
const MAX_LAUNCHES: i64 = 20;

/// A launch.
#[derive(Clone, Debug, PartialEq)]
pub struct LaunchView {
    /// Its id.
    pub id: Uuid,
    /// Its agent.
    pub agent_id: Uuid,
    /// The agent's name, unless it has been forgotten.
    pub agent_name: Option<String>,
    /// The agent's type, e.g. `DockerAgent`.
    pub agent_type: String,
    /// How far it has come.
    pub phase: LaunchPhase,
    /// What identifies it on its target.
    pub handle: Option<Json>,
    /// What holds it up, in words.
    pub detail: Option<String>,
    /// Why it ended.
    pub cause: Option<Cause>,
    /// The last lines of its output, oldest first.
    pub last_lines: Vec<String>,
    /// From when its agent is told to stop it.
    pub stop_at: Option<Timestamp>,
    /// When it entered each phase.
    pub times: LaunchTimes,
}

/// When a launch entered each phase; a target may skip some.
#[derive(Clone, Debug, PartialEq)]
pub struct LaunchTimes {
    /// An agent took the run.
    pub claimed: Timestamp,
    /// The target had accepted it.
    pub submitted: Option<Timestamp>,
    /// A place was found.
    pub scheduled: Option<Timestamp>,
    /// The image was there.
    pub pulled: Option<Timestamp>,
    /// Its process ran.
    pub started: Option<Timestamp>,
    /// The process showed its credential and began.
    pub presented: Option<Timestamp>,
    /// It was over.
    pub ended: Option<Timestamp>,
}

/// The latest launches of a run, newest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn launches(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<Vec<LaunchView>> {
    tx.query(
        "select l.id, l.agent_id, agent.name, l.agent_type, l.phase, l.handle, l.detail, l.cause, l.last_lines, l.stop_at,
             l.claimed_at, l.submitted_at, l.scheduled_at, l.pulled_at, l.started_at, l.presented_at, l.ended_at
         from launch l left join agent on agent.id = l.agent_id
         where l.flow_run_id = ?1 order by l.claimed_at desc, l.id desc limit ?2",
        &[flow_run_id.into(), MAX_LAUNCHES.into()],
        read,
    )
}

/// What a launch was rendered to: what was sent to its target, secrets masked; unless its agent never told.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn rendered(tx: &mut Transaction<'_>, launch_id: Uuid) -> Result<Option<Json>> {
    let row = tx
        .query_optional("select rendered from launch where id = ?1", &[launch_id.into()], |row| row.get(0))?;
    Ok(row.flatten())
}

fn read(row: &Row<'_>) -> Result<LaunchView> {
    Ok(LaunchView {
        id: row.get(0)?,
        agent_id: row.get(1)?,
        agent_name: row.get(2)?,
        agent_type: row.get(3)?,
        phase: row.get(4)?,
        handle: row.get(5)?,
        detail: row.get(6)?,
        cause: row.get::<Option<Json>>(7)?.map(read_cause).transpose()?,
        last_lines: row.get::<Option<Json>>(8)?.map(read_lines).unwrap_or_default(),
        stop_at: row.get(9)?,
        times: LaunchTimes {
            claimed: row.get(10)?,
            submitted: row.get(11)?,
            scheduled: row.get(12)?,
            pulled: row.get(13)?,
            started: row.get(14)?,
            presented: row.get(15)?,
            ended: row.get(16)?,
        },
    })
}

/// A cause as the ledger holds it.
pub(super) fn read_cause(json: Json) -> Result<Cause> {
    serde_json::from_value(json).map_err(|error| StoreError::Internal(format!("launch.cause: {error}")))
}

fn read_lines(json: Json) -> Vec<String> {
    let lines = json.as_array().into_iter().flatten();
    lines.filter_map(Json::as_str).map(str::to_owned).collect()
}
