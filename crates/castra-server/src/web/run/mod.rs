//! The page of a flow run: its state and why, how its dispatch went, its log, its task runs, and what may be done with it.

pub(super) mod actions;
mod cause;
pub(super) mod children;
mod dispatch;
pub(super) mod download;
pub(super) mod events;
mod gantt;
mod handle;
pub(super) mod logs;
#[cfg(test)]
pub(super) mod samples;
pub(super) mod tasks;
mod waiting;

use askama::Template;
use axum::extract::{Path, State};
use castra_core::mask::mask;
use castra_store::Transaction;
use castra_store::view::launches::{LaunchView, launches, rendered};
use castra_store::view::logs::{LogFilter, LogPage, lines_before};
use castra_store::view::run::{RunView, StateView, run, states};
use castra_store::view::tasks::{TaskEdge, TaskView, edges, tasks};
use castra_store::why::{Why, why};
use jiff::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

use self::actions::Actions;
use self::cause::CauseView;
use self::dispatch::{Dispatch, dispatches};
use self::gantt::Gantt;
use self::logs::Log;
use self::tasks::TaskRow;
use self::waiting::Waiting;
use super::Web;
use super::components::{At, Labels, StateBadge};
use super::fields::InAddress;
use super::frame::{Frame, Section};
use super::graph::Graph;
use super::page_error::PageError;
use super::respond::{self, Answer};
use super::words;

/// The page.
#[derive(Template)]
#[template(path = "run.html")]
pub(super) struct RunPage {
    frame: Frame,
    run: RunView,
    now: Timestamp,
    cause: Option<CauseView>,
    waiting: Option<Waiting>,
    dispatches: Vec<Dispatch>,
    states: Vec<StateRow>,
    log: Log,
    tasks: Vec<TaskRow>,
    gantt: Option<Gantt>,
    graph: Option<Graph>,
    actions: Actions,
}

/// A state that the run was in.
struct StateRow {
    at: At,
    state: StateBadge,
    message: Option<String>,
}

impl From<StateView> for StateRow {
    fn from(state: StateView) -> Self {
        Self { at: At::new(state.timestamp), state: StateBadge::new(state.state), message: state.message }
    }
}

/// What the page is made from, read in one snapshot.
#[derive(Clone, Debug)]
struct Material {
    run: RunView,
    launches: Vec<LaunchView>,
    /// What was sent for the newest launch.
    rendered: Option<Json>,
    states: Vec<StateView>,
    why: Why,
    tasks: Vec<TaskView>,
    edges: Vec<TaskEdge>,
    log: LogPage,
    now: Timestamp,
}

/// `GET /runs/{id}`.
pub(super) async fn show(
    State(web): State<Web>,
    Path(id): Path<String>,
    InAddress(fields): InAddress,
) -> Answer {
    let filter = logs::filter(run_id(&id)?, &fields)?;
    let asked = filter.clone();
    let material = web.store.read(move |tx| material(tx, &asked)).await?;
    respond::page(&RunPage::new(material, &filter))
}

/// The id of a run in an address.
pub(super) fn run_id(text: &str) -> Result<Uuid, PageError> {
    let words = || PageError::bad(format!("“{text}” is no id of a run: open the run from the list of runs."));
    Uuid::parse_str(text).map_err(|_| words())
}

fn material(tx: &mut Transaction<'_>, filter: &LogFilter) -> castra_store::Result<Material> {
    let id = filter.flow_run_id;
    let run = run(tx, id)?;
    let launches = launches(tx, id)?;
    let newest = launches.first().map(|launch| launch.id);
    Ok(Material {
        rendered: newest.map(|launch| rendered(tx, launch)).transpose()?.flatten(),
        launches,
        states: states(tx, id)?,
        why: why(tx, id)?,
        tasks: tasks(tx, run.flow.id, id)?,
        edges: edges(tx, run.flow.id)?,
        log: lines_before(tx, filter, None, logs::LINES)?,
        now: tx.now(),
        run,
    })
}

impl RunPage {
    fn new(material: Material, filter: &LogFilter) -> Self {
        let Material { run, launches, rendered, states, why, tasks, edges, log, now } = material;
        Self {
            frame: Frame::new(format!("{} · {}", run.name, run.flow.name), Section::Runs),
            cause: CauseView::of(&run, &launches),
            waiting: Waiting::of(&run, why),
            gantt: Gantt::of(&run, &launches, &tasks, now),
            graph: Graph::of(&tasks, &edges),
            dispatches: dispatches(&run, &launches, rendered.as_ref(), now),
            states: states.into_iter().map(StateRow::from).collect(),
            log: Log::new(filter, log, now),
            actions: Actions::of(&run),
            tasks: tasks.into_iter().map(|task| TaskRow::new((run.id, run.state), task)).collect(),
            run,
            now,
        }
    }

    fn state(&self) -> StateBadge {
        StateBadge::new(self.run.state)
    }

    fn created(&self) -> At {
        At::new(self.run.created)
    }

    fn labels(&self) -> Labels {
        Labels::new(self.run.labels.clone())
    }

    fn took(&self) -> Option<String> {
        let start = self.run.start_time?;
        Some(words::between(start, self.run.end_time.unwrap_or(self.now)))
    }

    /// Where the labels came from, in words.
    fn label_source(&self) -> &'static str {
        words::label_source(&self.run.label_source)
    }

    /// Where the run config came from, in words.
    fn run_config_source(&self) -> &'static str {
        words::run_config_source(self.run.run_config_source.as_deref())
    }

    fn run_config(&self) -> Option<String> {
        self.run.run_config.as_ref().map(run_config_text)
    }

    fn parameters(&self) -> String {
        pretty(&Json::Object(self.run.parameters.clone()))
    }

    fn context(&self) -> String {
        pretty(&Json::Object(self.run.context.clone()))
    }
}

/// A run config as a person reads it, its secrets masked.
pub(super) fn run_config_text(run_config: &Json) -> String {
    let mut masked = run_config.clone();
    mask(&mut masked, None);
    pretty(&masked)
}

/// JSON as a person reads it.
pub(super) fn pretty(json: &Json) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default()
}
