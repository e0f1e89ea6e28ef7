//! Creates a flow run: labels, run config and parameters are resolved here, once, and copied onto the run.

use castra_core::graph::{SerializedFlow, check_parameters};
use castra_core::label::{LabelLayers, LabelSet, LabelSource};
use castra_core::run_config::RunConfig;
use castra_core::runtime::Runtime;
use castra_core::state::State;
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::database::{Change, Row, Transaction, Value};
use crate::error::{Result, StoreError};
use crate::flow_run_state::INSERT_STATE;
use crate::route::Route;
use crate::run_name::run_name;
use crate::state_row::StateRow;
use crate::task_run::create_task_runs;

/// Which flow a run is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowToRun {
    /// This version.
    Flow(Uuid),
    /// The latest version of the flow group with this name.
    VersionGroup(String),
}

/// A flow run to create. What is `None` is left to the flow group and the flow.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateFlowRun {
    /// The flow.
    pub flow: FlowToRun,
    /// Parameters over the flow group's defaults.
    pub parameters: Option<Map<String, Json>>,
    /// Labels. An empty set is a value.
    pub labels: Option<LabelSet>,
    /// A run config in wire form, which replaces the flow group's and the flow's whole.
    pub run_config: Option<Json>,
    /// Context for the run's tasks.
    pub context: Option<Map<String, Json>>,
    /// Its name; generated if absent.
    pub name: Option<String>,
    /// A flow has one run per key, for ever.
    pub idempotency_key: Option<String>,
    /// When it starts; at once if absent.
    pub scheduled_start_time: Option<Timestamp>,
    /// True if a schedule asks for it.
    pub auto_scheduled: bool,
}

impl CreateFlowRun {
    /// A run of a flow with nothing of its own.
    pub fn of(flow: FlowToRun) -> Self {
        Self {
            flow,
            parameters: None,
            labels: None,
            run_config: None,
            context: None,
            name: None,
            idempotency_key: None,
            scheduled_start_time: None,
            auto_scheduled: false,
        }
    }
}

/// What became of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreatedFlowRun {
    /// The run.
    pub id: Uuid,
    /// False if a run with the idempotency key existed already.
    pub is_new: bool,
}

/// What a run takes from its flow and flow group.
struct FlowSettings {
    id: Uuid,
    tenant_id: Uuid,
    archived: bool,
    parameters: Json,
    run_config: Option<Json>,
    environment: Option<Json>,
    core_version: Option<String>,
    group_labels: Option<LabelSet>,
    group_run_config: Option<Json>,
    group_parameters: Map<String, Json>,
}

impl FlowSettings {
    fn runtime(&self) -> Runtime {
        Runtime::registered_by(self.core_version.as_deref())
    }
}

/// Creates a flow run, Scheduled, or finds the one with the same idempotency key.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no such flow, [`StoreError::Invalid`] if the flow is archived, a required
/// parameter is missing, or the run config cannot be read.
pub fn create_flow_run(tx: &mut Transaction<'_>, request: &CreateFlowRun) -> Result<CreatedFlowRun> {
    let flow = flow_settings(tx, &request.flow)?;
    if let Some(id) = existing(tx, flow.id, request.idempotency_key.as_ref())? {
        return Ok(CreatedFlowRun { id, is_new: false });
    }
    if flow.archived {
        return Err(StoreError::invalid(format!(
            "flow {} is archived, a newer version has replaced it: name its version_group_id to run the latest",
            flow.id
        )));
    }
    let parameters = parameters(&flow, request)?;
    let (labels, source) = label_layers(&flow, request)?.resolve();
    let run = Resolved { parameters, labels, source, run_config: run_config(&flow, request) };
    insert(tx, &flow, request, run)
}

/// What a run of a flow is given where its creator says nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Inherited {
    /// The labels.
    pub labels: LabelSet,
    /// The layer that they come from, as the column `label_source` names it.
    pub label_source: &'static str,
    /// The run config in wire form, if there is one.
    pub run_config: Option<Json>,
    /// The layer that it comes from, as the column `run_config_source` names it.
    pub run_config_source: Option<&'static str>,
}

/// What a run of the flow would be given.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn inherited(tx: &mut Transaction<'_>, flow: &FlowToRun) -> Result<Inherited> {
    inherited_of(&flow_settings(tx, flow)?, flow)
}

/// What a run of the flow would be given if nothing were set on its flow group.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn registered(tx: &mut Transaction<'_>, flow: &FlowToRun) -> Result<Inherited> {
    let settings = flow_settings(tx, flow)?;
    inherited_of(&FlowSettings { group_labels: None, group_run_config: None, ..settings }, flow)
}

fn inherited_of(settings: &FlowSettings, flow: &FlowToRun) -> Result<Inherited> {
    let nothing_given = CreateFlowRun::of(flow.clone());
    let (labels, source) = label_layers(settings, &nothing_given)?.resolve();
    let (run_config, run_config_source) = run_config(settings, &nothing_given).unzip();
    Ok(Inherited {
        labels,
        label_source: source_name(source),
        run_config: run_config.cloned(),
        run_config_source,
    })
}

fn flow_settings(tx: &mut Transaction<'_>, flow: &FlowToRun) -> Result<FlowSettings> {
    let read = |row: &Row<'_>| {
        Ok(FlowSettings {
            id: row.get(0)?,
            tenant_id: row.get(1)?,
            archived: row.get(2)?,
            parameters: row.get(3)?,
            run_config: row.get(4)?,
            environment: row.get(5)?,
            group_labels: row.get(6)?,
            group_run_config: row.get(7)?,
            group_parameters: row.get(8)?,
            core_version: row.get(9)?,
        })
    };
    let columns = "select f.id, f.tenant_id, f.archived, f.parameters, f.run_config, f.environment, g.labels,
                       g.run_config, g.default_parameters, f.core_version
                   from flow f join flow_group g on g.id = f.flow_group_id";
    match flow {
        FlowToRun::Flow(id) => tx
            .query_optional(&format!("{columns} where f.id = ?1"), &[id.into()], read)?
            .ok_or_else(|| StoreError::not_found("flow", id)),
        FlowToRun::VersionGroup(name) => tx
            .query_optional(
                &format!("{columns} where g.name = ?1 order by f.archived, f.version desc limit 1"),
                &[name.into()],
                read,
            )?
            .ok_or_else(|| {
                StoreError::not_found_hint("flow_group", name, "register a flow in this version group")
            }),
    }
}

fn existing(tx: &mut Transaction<'_>, flow_id: Uuid, key: Option<&String>) -> Result<Option<Uuid>> {
    let Some(key) = key else { return Ok(None) };
    tx.query_optional(
        "select id from flow_run where flow_id = ?1 and idempotency_key = ?2",
        &[flow_id.into(), key.into()],
        |row| row.get(0),
    )
}

/// The given parameters over the flow group's defaults. The flow's own defaults are left to its code, which may be newer
/// than its registration.
fn parameters(flow: &FlowSettings, request: &CreateFlowRun) -> Result<Map<String, Json>> {
    let mut parameters = flow.group_parameters.clone();
    parameters.extend(request.parameters.clone().unwrap_or_default());
    let declared = serde_json::json!({"name": "", "parameters": flow.parameters});
    let declared = SerializedFlow::from_json(&declared)
        .map_err(|error| StoreError::Internal(format!("flow {}: {error}", flow.id)))?
        .parameters;
    check_parameters(&declared, &parameters).map_err(|error| StoreError::invalid(error.to_string()))?;
    Ok(parameters)
}

fn label_layers(flow: &FlowSettings, request: &CreateFlowRun) -> Result<LabelLayers> {
    let run_run_config = match &request.run_config {
        Some(run_config) => {
            let run_config = RunConfig::from_json(run_config)
                .map_err(|error| StoreError::invalid(format!("the run config cannot be read: {error}")))?;
            Some(run_config.labels().clone())
        }
        None => None,
    };
    Ok(LabelLayers {
        run: request.labels.clone(),
        run_run_config,
        flow_group: flow.group_labels.clone(),
        flow_group_run_config: flow.group_run_config.as_ref().map(labels_of),
        flow_run_config: flow.run_config.as_ref().map(labels_of),
        environment: flow.environment.as_ref().map(labels_of),
    })
}

/// The run config of the strongest layer that has one, and the layer's name as the column `run_config_source` holds it.
fn run_config<'a>(flow: &'a FlowSettings, request: &'a CreateFlowRun) -> Option<(&'a Json, &'static str)> {
    let layers =
        [(&request.run_config, "run"), (&flow.group_run_config, "flow_group"), (&flow.run_config, "flow")];
    layers.into_iter().find_map(|(run_config, layer)| run_config.as_ref().map(|it| (it, layer)))
}

fn labels_of(wire: &Json) -> LabelSet {
    let labels = wire.get("labels").and_then(Json::as_array).into_iter().flatten();
    labels.filter_map(Json::as_str).collect()
}

struct Resolved<'a> {
    parameters: Map<String, Json>,
    labels: LabelSet,
    source: LabelSource,
    run_config: Option<(&'a Json, &'static str)>,
}

fn insert(
    tx: &mut Transaction<'_>,
    flow: &FlowSettings,
    request: &CreateFlowRun,
    run: Resolved<'_>,
) -> Result<CreatedFlowRun> {
    let now = tx.now();
    let id = tx.new_id();
    let start = request.scheduled_start_time.unwrap_or(now);
    let state = StateRow::new(tx, &State::scheduled(start, "Flow run scheduled."), now)?;
    let name = request.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| run_name(id));
    let (run_config, run_config_source) = run.run_config.unzip();
    let route = Route::new(run.labels, run_config);
    let route_id = route.intern(tx)?;
    let mut values: Vec<Value> = vec![
        id.into(),
        flow.tenant_id.into(),
        flow.id.into(),
        name.into(),
        run.parameters.into(),
        request.context.clone().unwrap_or_default().into(),
        (&route.labels).into(),
        source_name(run.source).into(),
        run_config.into(),
        route_id.into(),
        request.idempotency_key.clone().into(),
        request.auto_scheduled.into(),
        start.into(),
        now.into(),
        state.start_time.into(),
        run_config_source.into(),
    ];
    values.extend(state.columns());
    tx.execute(
        "insert into flow_run (id, tenant_id, flow_id, name, parameters, context, labels, label_source, run_config,
             route_id, idempotency_key, auto_scheduled, scheduled_start_time, created, updated, claimable_from,
             run_config_source, version, state, state_id, state_timestamp, state_message, state_start_time,
             serialized_state)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?15, ?16,
             1, ?17, ?18, ?19, ?20, ?21, ?22)",
        &values,
    )?;
    state.insert(tx, INSERT_STATE, id, 1)?;
    if flow.runtime() == Runtime::Prefect1 {
        create_task_runs(tx, id, flow.id)?;
    }
    tx.announce(Change::Claimable { route, from: start });
    tx.announce(Change::FlowRun { id, state: state.kind });
    Ok(CreatedFlowRun { id, is_new: true })
}

/// The name of a layer, as the column `label_source` holds it.
pub(crate) fn source_name(source: LabelSource) -> &'static str {
    match source {
        LabelSource::Run => "run",
        LabelSource::RunRunConfig => "run_run_config",
        LabelSource::FlowGroup => "flow_group",
        LabelSource::FlowGroupRunConfig => "flow_group_run_config",
        LabelSource::FlowRunConfig => "flow_run_config",
        LabelSource::Environment => "environment",
        LabelSource::Nothing => "nothing",
    }
}
