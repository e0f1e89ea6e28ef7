//! The page of a flow: its runs, its graph, its versions and how their run configs differ, its schedule with the next runs,
//! its default parameters and its switches.

pub(super) mod actions;
#[cfg(test)]
pub(super) mod samples;
mod schedule;
pub(super) mod settings;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use castra_core::label::LabelSet;
use castra_store::Change;
use castra_store::flow_group::FlowSetting;
use castra_store::view::flows::{FlowView, RecentRun, VersionView, flow, upcoming, versions};
use castra_store::view::runs::{RunFilter, RunListed, RunOrder, runs};
use castra_store::view::tasks::{TaskEdge, TaskView, edges, tasks};
use jiff::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

use self::schedule::ScheduleView;
use super::Web;
use super::components::{At, Labels};
use super::difference::{DifferenceLine, difference};
use super::fields::{Fields, InAddress};
use super::frame::{Frame, Section};
use super::graph::Graph;
use super::live::{self, Changed};
use super::page_error::PageError;
use super::respond::{self, Answer};
use super::run::{pretty, run_config_text};
use super::runs::RunRow;

/// Runs that are shown: the list of runs has the others.
const RUNS: usize = 15;
/// Runs to come that are shown.
const UPCOMING: usize = 5;

/// The page.
#[derive(Template)]
#[template(path = "flow.html")]
pub(super) struct FlowPage {
    frame: Frame,
    flow: FlowView,
    labels: Option<Labels>,
    run_config: Option<(String, &'static str)>,
    rows: Vec<RunRow>,
    graph: Option<Graph>,
    versions: Vec<Version>,
    compared: Option<Compared>,
    schedule: ScheduleView,
    default_parameters: String,
    parameters: Vec<ParameterRow>,
    switches: Vec<Switch>,
}

/// A version of the flow.
struct Version {
    version: i64,
    at: At,
    by: String,
    archived: bool,
}

/// The run configs of two versions, compared.
struct Compared {
    from: i64,
    to: i64,
    lines: Vec<DifferenceLine>,
}

/// A parameter that the flow declares.
struct ParameterRow {
    name: String,
    default: String,
    is_required: bool,
}

/// A switch of the flow.
struct Switch {
    key: &'static str,
    words: &'static str,
    is_on: bool,
}

/// What the page is made from.
struct Material {
    flow: FlowView,
    versions: Vec<VersionView>,
    runs: Vec<RunListed>,
    upcoming: Vec<RecentRun>,
    tasks: Vec<TaskView>,
    edges: Vec<TaskEdge>,
    now: Timestamp,
}

/// `GET /flows/{id}`; with `from` and `to`, the run configs of these two versions compared.
pub(super) async fn show(
    State(web): State<Web>,
    Path(id): Path<String>,
    InAddress(fields): InAddress,
) -> Answer {
    let id = flow_id(&id)?;
    let wanted = compared_versions(&fields)?;
    let material = web.store.read(move |tx| {
        let flow = flow(tx, id)?;
        let now = tx.now();
        let to = now.saturating_add(jiff::SignedDuration::from_micros(1)).ok();
        let filter = RunFilter { flow_group_id: Some(id), to, ..RunFilter::default() };
        Ok(Material {
            versions: versions(tx, id)?,
            runs: runs(tx, &filter, RunOrder::LatestFirst, None, RUNS)?,
            upcoming: upcoming(tx, flow.newest.id, UPCOMING)?,
            tasks: tasks(tx, flow.newest.id, Uuid::nil())?,
            edges: edges(tx, flow.newest.id)?,
            flow,
            now,
        })
    });
    respond::page(&FlowPage::new(material.await?, wanted))
}

/// `GET /flows/{id}/events`.
pub(super) async fn events(State(web): State<Web>) -> Response {
    live::events(&web, Changed::on(|change| matches!(change, Change::FlowRun { .. })))
}

/// The id of a flow's group in an address.
pub(super) fn flow_id(text: &str) -> Result<Uuid, PageError> {
    let words =
        || PageError::bad(format!("“{text}” is no id of a flow: open the flow from the list of flows."));
    Uuid::parse_str(text).map_err(|_| words())
}

fn compared_versions(fields: &Fields) -> Result<Option<(i64, i64)>, PageError> {
    Ok(fields.parsed("from")?.zip(fields.parsed("to")?))
}

impl FlowPage {
    fn new(material: Material, wanted: Option<(i64, i64)>) -> Self {
        let Material { flow, versions, runs, upcoming, tasks, edges, now } = material;
        Self {
            frame: Frame::new(flow.newest.name.clone(), Section::Flows),
            labels: labels(&flow).map(Labels::new),
            run_config: run_config(&flow),
            rows: runs.into_iter().map(|run| RunRow::new(run, now)).collect(),
            graph: Graph::of(&tasks, &edges),
            compared: compared(&versions, wanted),
            versions: versions.into_iter().map(Version::from).collect(),
            schedule: ScheduleView::new(&flow, upcoming, now),
            default_parameters: pretty(&Json::Object(flow.default_parameters.clone())),
            parameters: parameters(&flow.newest.parameters),
            switches: switches(&flow),
            flow,
        }
    }
}

/// The labels that runs are given unless somebody gives others: the strongest layer that says anything.
fn labels(flow: &FlowView) -> Option<LabelSet> {
    let of = |run_config: &Option<Json>| {
        let labels = run_config.as_ref()?.get("labels").and_then(Json::as_array).cloned().unwrap_or_default();
        Some(labels.iter().filter_map(Json::as_str).collect())
    };
    flow.labels.clone().or_else(|| of(&flow.run_config)).or_else(|| of(&flow.newest.run_config))
}

/// The run config that runs are given unless somebody gives another, and where it comes from.
fn run_config(flow: &FlowView) -> Option<(String, &'static str)> {
    let of_group = flow.run_config.as_ref().map(|it| (it, "set on the flow"));
    let (run_config, source) =
        of_group.or(flow.newest.run_config.as_ref().map(|it| (it, "registered with the flow")))?;
    Some((run_config_text(run_config), source))
}

fn compared(versions: &[VersionView], wanted: Option<(i64, i64)>) -> Option<Compared> {
    let newest_two = || Some((versions.get(1)?.version, versions.first()?.version));
    let (from, to) = wanted.or_else(newest_two)?;
    let text = |wanted: i64| {
        let version = versions.iter().find(|version| version.version == wanted)?;
        Some(version.run_config.as_ref().map(run_config_text).unwrap_or_default())
    };
    Some(Compared { from, to, lines: difference(&text(from)?, &text(to)?) })
}

impl Compared {
    fn is_same(&self) -> bool {
        self.lines.iter().all(|line| matches!(line, DifferenceLine::Same(_)))
    }
}

impl From<VersionView> for Version {
    fn from(version: VersionView) -> Self {
        Self {
            version: version.version,
            at: At::new(version.created),
            by: version.core_version.unwrap_or_default(),
            archived: version.archived,
        }
    }
}

fn parameters(declared: &Json) -> Vec<ParameterRow> {
    let row = |parameter: &Json| ParameterRow {
        name: parameter.get("name").and_then(Json::as_str).unwrap_or_default().to_owned(),
        default: parameter
            .get("default")
            .filter(|default| !default.is_null())
            .map(Json::to_string)
            .unwrap_or_default(),
        is_required: parameter.get("required").and_then(Json::as_bool).unwrap_or(false),
    };
    declared.as_array().into_iter().flatten().map(row).collect()
}

fn switches(flow: &FlowView) -> Vec<Switch> {
    let switch = |setting: FlowSetting, words, by_itself: bool| Switch {
        key: setting.key(),
        words,
        is_on: flow.settings.get(setting.key()).and_then(Json::as_bool).unwrap_or(by_itself),
    };
    vec![
        switch(FlowSetting::Heartbeat, "Runs send heartbeats, and one that falls silent fails", true),
        switch(FlowSetting::Lazarus, "Runs whose process was lost are launched again", true),
        switch(FlowSetting::VersionLocking, "States carry the version that they follow from", false),
    ]
}
