//! Register: a flow's header becomes a new version of its flow group. Its tasks and edges come with it or in batches
//! ([`register_graph`](crate::register_graph)); activation then archives the versions before it.

use castra_core::graph::SerializedFlow;
use castra_core::run_config::RunConfig;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::archive::archive_older_versions;
use crate::database::{Transaction, Value};
use crate::error::{Result, StoreError};
use crate::register_graph::{insert_edges, insert_tasks};
use crate::schedule::set_schedule_active;

/// A flow to register.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterFlow {
    /// Where it belongs.
    pub project_id: Uuid,
    /// The serialized flow (prefect 1.4.1 `FlowSchema`).
    pub serialized_flow: Json,
    /// The name of the flow group that it is a version of. Without one: that of the flow of this name in the project, or
    /// a new one.
    pub version_group_id: Option<String>,
    /// If it equals the key of the flow group's last registration, nothing is registered.
    pub idempotency_key: Option<String>,
    /// Whether its schedule starts at once.
    pub set_schedule_active: bool,
}

/// What became of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredFlow {
    /// The flow: a new version, or the group's latest if the key said that nothing changed.
    pub id: Uuid,
    /// Its flow group.
    pub flow_group_id: Uuid,
    /// Its version.
    pub version: i64,
    /// False if the key said that nothing changed.
    pub is_new: bool,
}

struct FlowGroup {
    id: Uuid,
    name: String,
    registration_key: Option<String>,
}

/// Registers a flow.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no such project, [`StoreError::Invalid`] if the flow cannot be read.
pub fn register_flow(tx: &mut Transaction<'_>, request: &RegisterFlow) -> Result<RegisteredFlow> {
    let tenant_id = tenant_of(tx, request.project_id)?;
    let flow = SerializedFlow::from_json(&request.serialized_flow)
        .map_err(|error| StoreError::invalid(format!("the flow cannot be registered: {error}")))?;
    check_run_config(&flow.run_config)?;
    let group = flow_group(tx, tenant_id, &flow.name, request)?;
    let repeats = request.idempotency_key.is_some() && request.idempotency_key == group.registration_key;
    if repeats && let Some(unchanged) = latest_version(tx, &group)? {
        return Ok(unchanged);
    }
    let registered = insert_flow(tx, tenant_id, &group, &flow, request)?;
    tx.execute(
        "update flow_group set registration_key = ?2, updated = ?3 where id = ?1",
        &[group.id.into(), request.idempotency_key.clone().into(), tx.now().into()],
    )?;
    if request.serialized_flow.get("tasks").is_some() {
        insert_tasks(tx, registered.id, &flow.tasks)?;
        insert_edges(tx, registered.id, &flow.edges)?;
        archive_older_versions(tx, registered.id)?;
    }
    if request.set_schedule_active {
        set_schedule_active(tx, registered.id)?;
    }
    Ok(registered)
}

/// The flow is complete: the versions before it are archived, and its schedule, if it has one, starts. The last step of
/// a registration in batches.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn activate_flow(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<()> {
    archive_older_versions(tx, flow_id)?;
    set_schedule_active(tx, flow_id)
}

fn tenant_of(tx: &mut Transaction<'_>, project_id: Uuid) -> Result<Uuid> {
    tx.query_optional("select tenant_id from project where id = ?1", &[project_id.into()], |row| row.get(0))?
        .ok_or_else(|| {
            let hint = "create it with `castra create project`";
            StoreError::not_found_hint("project", project_id, hint)
        })
}

fn check_run_config(run_config: &Json) -> Result<()> {
    if run_config.is_null() {
        return Ok(());
    }
    RunConfig::from_json(run_config)
        .map(|_| ())
        .map_err(|error| StoreError::invalid(format!("the run config cannot be read: {error}")))
}

fn flow_group(
    tx: &mut Transaction<'_>,
    tenant_id: Uuid,
    flow_name: &str,
    request: &RegisterFlow,
) -> Result<FlowGroup> {
    let name = match &request.version_group_id {
        Some(name) => name.clone(),
        None => {
            version_group_of(tx, request.project_id, flow_name)?.unwrap_or_else(|| tx.new_id().to_string())
        }
    };
    let now = tx.now();
    let id = tx.new_id();
    tx.execute(
        "insert into flow_group (id, tenant_id, name, created, updated) values (?1, ?2, ?3, ?4, ?4)
         on conflict do nothing",
        &[id.into(), tenant_id.into(), (&name).into(), now.into()],
    )?;
    tx.query_one(
        "select id, registration_key from flow_group where tenant_id = ?1 and name = ?2",
        &[tenant_id.into(), (&name).into()],
        |row| Ok(FlowGroup { id: row.get(0)?, name: name.clone(), registration_key: row.get(1)? }),
    )
}

fn version_group_of(tx: &mut Transaction<'_>, project_id: Uuid, flow_name: &str) -> Result<Option<String>> {
    tx.query_optional(
        "select version_group_id from flow where project_id = ?1 and name = ?2
         order by archived, created desc, version desc limit 1",
        &[project_id.into(), flow_name.into()],
        |row| row.get(0),
    )
}

fn latest_version(tx: &mut Transaction<'_>, group: &FlowGroup) -> Result<Option<RegisteredFlow>> {
    tx.query_optional(
        "select id, version from flow where flow_group_id = ?1 order by version desc limit 1",
        &[group.id.into()],
        |row| {
            Ok(RegisteredFlow {
                id: row.get(0)?,
                flow_group_id: group.id,
                version: row.get(1)?,
                is_new: false,
            })
        },
    )
}

fn insert_flow(
    tx: &mut Transaction<'_>,
    tenant_id: Uuid,
    group: &FlowGroup,
    flow: &SerializedFlow,
    request: &RegisterFlow,
) -> Result<RegisteredFlow> {
    let wire = &request.serialized_flow;
    let present = |name: &str| Value::from(wire.get(name).filter(|value| !value.is_null()));
    let version = tx.query_one(
        "select coalesce(max(version), 0) + 1 from flow where flow_group_id = ?1",
        &[group.id.into()],
        |row| row.get::<i64>(0),
    )?;
    let id = tx.new_id();
    let now = tx.now();
    tx.execute(
        "insert into flow (id, tenant_id, project_id, flow_group_id, version_group_id, version, name, description,
             core_version, serialized_flow, parameters, storage, environment, run_config, schedule, settings,
             created, updated)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
             (select settings from flow_group where id = ?4), ?16, ?16)",
        &[
            id.into(),
            tenant_id.into(),
            request.project_id.into(),
            group.id.into(),
            (&group.name).into(),
            version.into(),
            (&flow.name).into(),
            wire.get("description").and_then(Json::as_str).into(),
            Some(flow.version.as_str()).filter(|version| !version.is_empty()).into(),
            wire.into(),
            wire.get("parameters").filter(|list| list.is_array()).map_or("[]".into(), Value::from),
            present("storage"),
            present("environment"),
            present("run_config"),
            present("schedule"),
            now.into(),
        ],
    )?;
    Ok(RegisteredFlow { id, flow_group_id: group.id, version, is_new: true })
}
