//! What a flow-run process of the Castra runtime tells the server: that it starts, how its tasks fare, what it logs and
//! how it ends. One batch carries everything since the last one, so a short run costs two requests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::state::State;

/// The process presents its claim before user code runs; the server sets the run to Running and answers with
/// [`StartedFlowRun`]. A process whose launch is not the current one is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartFlowRun {
    /// The run.
    pub flow_run_id: Uuid,
}

/// All that the engine needs to run the graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartedFlowRun {
    /// The run's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The flow's name.
    pub flow_name: String,
    /// Parameters, with the defaults of the flow and its group applied.
    pub parameters: Map<String, Value>,
    /// The run's context.
    pub context: Map<String, Value>,
    /// When it was meant to start.
    pub scheduled_start_time: Option<Timestamp>,
    /// Where the flow's code is kept, in its wire form; null if it was not said.
    #[serde(default)]
    pub storage: Value,
    /// Task runs of an earlier launch that have ended or wait; they are not run again.
    pub task_runs: Vec<KnownTaskRun>,
}

/// A task run that exists already when a run is launched again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownTaskRun {
    /// Its id.
    pub id: Uuid,
    /// The task's slug.
    pub task_slug: String,
    /// Its place in a mapping, -1 if not mapped.
    pub map_index: i64,
    /// Its state.
    pub state: State,
}

/// Everything that happened since the last report. Idempotent: task run ids are the process's own, states and logs carry
/// their instants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowRunReport {
    /// The run.
    pub flow_run_id: Uuid,
    /// Task runs that moved, in the order they did.
    #[serde(default)]
    pub task_runs: Vec<TaskRunReport>,
    /// Names of task runs, which may be among those above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<TaskRunName>,
    /// Log lines.
    #[serde(default)]
    pub logs: Vec<LogLine>,
    /// The run's own new state, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
}

/// The name that a task run was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRunName {
    /// The task run's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// One task run and the states it went through since the last report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskRunReport {
    /// Its id, made by the process from the flow run, the task's slug and the map index.
    pub id: Uuid,
    /// The task's slug.
    pub task_slug: String,
    /// Its place in a mapping, -1 if not mapped.
    pub map_index: i64,
    /// The states in order, each with its instant.
    pub states: Vec<TimedState>,
}

/// A state and when it was entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimedState {
    /// When.
    pub timestamp: Timestamp,
    /// What.
    pub state: State,
}

/// One line of a run's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written.
    pub timestamp: Timestamp,
    /// `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`, as in Prefect 1.
    pub level: String,
    /// Who wrote it, e.g. the task's name.
    pub name: String,
    /// The text.
    pub message: String,
    /// The task run it belongs to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_run_id: Option<Uuid>,
}

/// The answer to a [`FlowRunReport`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRunStanding {
    /// True if the run is being cancelled or is over: stop the tasks and report the end.
    pub stop: bool,
}
