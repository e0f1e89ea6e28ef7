//! Flows: a list with what their latest runs did, and one flow with its versions.

use castra_core::claim::ClaimedFlow;
use castra_core::label::LabelSet;
use castra_core::state::StateKind;
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::database::{Row, Transaction};
use crate::error::{Result, StoreError};

/// Runs of a flow whose states a list shows.
const RECENT_RUNS: usize = 12;
/// Versions among which those runs are looked for, the newest first.
const RECENT_VERSIONS: i64 = 4;
/// Versions that a flow's page lists, the newest first.
const MAX_VERSIONS: i64 = 200;

/// A flow in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowListed {
    /// The group of its versions.
    pub group_id: Uuid,
    /// Its name.
    pub name: String,
    /// Its project.
    pub project: String,
    /// The newest version.
    pub version: i64,
    /// Whether a schedule makes runs.
    pub is_scheduled: bool,
    /// Its latest runs that have begun or should have, oldest first.
    pub recent: Vec<RecentRun>,
}

/// A run as a dot in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentRun {
    /// The run.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: StateKind,
    /// When it was to start.
    pub scheduled_start_time: Timestamp,
}

/// A place in the list of flows, right after one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowPlace {
    /// The flow's name.
    pub name: String,
    /// The flow's group.
    pub group_id: Uuid,
}

/// The flows whose name holds a text, by name, from a place on.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn flows(
    tx: &mut Transaction<'_>,
    text: &str,
    after: Option<&FlowPlace>,
    limit: usize,
) -> Result<Vec<FlowListed>> {
    let text = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let (name, group_id) = after.map_or(("", Uuid::nil()), |place| (&place.name, place.group_id));
    let mut flows = tx.query(
        "select f.flow_group_id, f.name, p.name, f.version,
             f.is_schedule_active = 1 and coalesce(g.schedule, f.schedule) is not null
         from flow f join flow_group g on g.id = f.flow_group_id join project p on p.id = f.project_id
         where f.archived = 0 and (f.name, f.flow_group_id) > (?1, ?2) and f.name like ?3 escape '\\'
             and not exists (select 1 from flow newer where newer.flow_group_id = f.flow_group_id
                 and newer.archived = 0 and newer.version > f.version)
         order by f.name, f.flow_group_id limit ?4",
        &[name.into(), group_id.into(), format!("%{text}%").into(), (limit as i64).into()],
        |row| {
            Ok(FlowListed {
                group_id: row.get(0)?,
                name: row.get(1)?,
                project: row.get(2)?,
                version: row.get(3)?,
                is_scheduled: row.get(4)?,
                recent: Vec::new(),
            })
        },
    )?;
    for flow in &mut flows {
        flow.recent = recent_runs(tx, flow.group_id)?;
    }
    Ok(flows)
}

/// The latest runs of a flow that have begun or should have, oldest first.
fn recent_runs(tx: &mut Transaction<'_>, group_id: Uuid) -> Result<Vec<RecentRun>> {
    let versions: Vec<Uuid> = tx.query(
        "select id from flow where flow_group_id = ?1 order by version desc limit ?2",
        &[group_id.into(), RECENT_VERSIONS.into()],
        |row| row.get(0),
    )?;
    let now = tx.now();
    let mut recent = Vec::new();
    for flow_id in versions {
        let missing = RECENT_RUNS.saturating_sub(recent.len()) as i64;
        recent.extend(tx.query(
            "select id, name, state, scheduled_start_time from flow_run
             where flow_id = ?1 and scheduled_start_time <= ?2 order by scheduled_start_time desc limit ?3",
            &[flow_id.into(), now.into(), missing.into()],
            read_recent,
        )?);
    }
    recent.reverse();
    Ok(recent)
}

fn read_recent(row: &Row<'_>) -> Result<RecentRun> {
    Ok(RecentRun {
        id: row.get(0)?,
        name: row.get(1)?,
        state: row.get(2)?,
        scheduled_start_time: row.get(3)?,
    })
}

/// A flow: what its group says, and its newest version.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowView {
    /// The group's id.
    pub group_id: Uuid,
    /// What the flow is for.
    pub description: Option<String>,
    /// The group's labels; `None` says nothing.
    pub labels: Option<LabelSet>,
    /// The group's run config.
    pub run_config: Option<Json>,
    /// The group's schedule.
    pub schedule: Option<Json>,
    /// The group's values for parameters.
    pub default_parameters: Map<String, Json>,
    /// The group's switches, as `FlowSetting::key` names them.
    pub settings: Map<String, Json>,
    /// The newest version.
    pub newest: VersionView,
    /// Its project.
    pub project: String,
}

/// A version of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its number, from 1.
    pub version: i64,
    /// Whether it has been replaced.
    pub archived: bool,
    /// When it was registered.
    pub created: Timestamp,
    /// The library that registered it.
    pub core_version: Option<String>,
    /// Its run config.
    pub run_config: Option<Json>,
    /// Its schedule.
    pub schedule: Option<Json>,
    /// Whether its schedule makes runs.
    pub is_schedule_active: bool,
    /// The parameters that it declares.
    pub parameters: Json,
}

const VERSION_COLUMNS: &str =
    "f.id, f.name, f.version, f.archived, f.created, f.core_version, f.run_config, f.schedule,
                               f.is_schedule_active, f.parameters";

fn read_version(row: &Row<'_>) -> Result<VersionView> {
    Ok(VersionView {
        id: row.get(0)?,
        name: row.get(1)?,
        version: row.get(2)?,
        archived: row.get(3)?,
        created: row.get(4)?,
        core_version: row.get(5)?,
        run_config: row.get(6)?,
        schedule: row.get(7)?,
        is_schedule_active: row.get(8)?,
        parameters: row.get(9)?,
    })
}

/// The flow with this group.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn flow(tx: &mut Transaction<'_>, group_id: Uuid) -> Result<FlowView> {
    let sql = format!(
        "select {VERSION_COLUMNS}, g.description, g.labels, g.run_config, g.schedule, g.default_parameters,
             g.settings, p.name
         from flow f join flow_group g on g.id = f.flow_group_id join project p on p.id = f.project_id
         where g.id = ?1 order by f.archived, f.version desc limit 1"
    );
    tx.query_optional(&sql, &[group_id.into()], |row| {
        Ok(FlowView {
            group_id,
            newest: read_version(row)?,
            description: row.get(10)?,
            labels: row.get(11)?,
            run_config: row.get(12)?,
            schedule: row.get(13)?,
            default_parameters: row.get(14)?,
            settings: row.get(15)?,
            project: row.get(16)?,
        })
    })?
    .ok_or_else(|| StoreError::not_found("flow_group", group_id))
}

/// What rendering a run of this version needs of it.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn to_render(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<ClaimedFlow> {
    let sql = "select id, name, version, storage, core_version, environment from flow where id = ?1";
    tx.query_optional(sql, &[flow_id.into()], |row| {
        Ok(ClaimedFlow {
            id: row.get(0)?,
            name: row.get(1)?,
            version: row.get(2)?,
            storage: row.get(3)?,
            core_version: row.get(4)?,
            environment: row.get(5)?,
        })
    })?
    .ok_or_else(|| StoreError::not_found("flow", flow_id))
}

/// The versions of a flow, newest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn versions(tx: &mut Transaction<'_>, group_id: Uuid) -> Result<Vec<VersionView>> {
    let sql = format!(
        "select {VERSION_COLUMNS} from flow f where f.flow_group_id = ?1 order by f.version desc limit ?2"
    );
    tx.query(&sql, &[group_id.into(), MAX_VERSIONS.into()], read_version)
}

/// The next runs of a flow that wait for their time, earliest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn upcoming(tx: &mut Transaction<'_>, flow_id: Uuid, limit: usize) -> Result<Vec<RecentRun>> {
    let now = tx.now();
    tx.query(
        "select id, name, state, scheduled_start_time from flow_run
         where flow_id = ?1 and scheduled_start_time > ?2 and state = 'Scheduled'
         order by scheduled_start_time limit ?3",
        &[flow_id.into(), now.into(), (limit as i64).into()],
        read_recent,
    )
}
