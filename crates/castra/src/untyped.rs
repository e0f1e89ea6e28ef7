//! Flows without Rust's types, for languages that Castra's engine runs without knowing them: a task is a function of
//! [`Data`], and says in the form in which it is registered what it is called and how it is retried and triggered.

use std::borrow::Borrow;
use std::sync::Arc;
use std::time::Duration;

use castra_core::graph::Task;
use castra_core::run_report::StartedFlowRun;
use castra_core::state::State;
use tokio::runtime::Handle;

pub use crate::data::{Data, Foreign};
pub use crate::flow::{EndHandler, Entering, Input, Part, StateHandler};
pub use crate::function::{Attempt, Call, ErasedFunction, Rounds, Upstream};
pub use crate::logs::{log, name_task_run};
pub use crate::outcome::Outcome;
pub use crate::parameter::ParameterDefinition;
pub use crate::stopwatch::Stopwatch;
pub use crate::tracked::execute::ExecuteError;

use crate::command::Terminal;
use crate::context::FlowRunContext;
use crate::engine::driver::{self, Launch};
use crate::engine::plan::TaskRunKey;
use crate::engine::relaunch::{Known, KnownTaskRun};
use crate::error::FlowError;
use crate::flow::{Description, Flow, TaskDefinition, Work};
use crate::result::FlowResult;
use crate::trigger::Trigger;

/// A task whose function knows no Rust types.
pub struct UntypedTask {
    /// What is registered of it: slug, name, tags, retries, timeout, trigger. A trigger that is none of Prefect 1's is
    /// left to the function ([`Trigger::Own`]).
    pub task: Task,
    /// Where the values of its arguments come from, each with the argument's name, or without one if the task only waits
    /// for the item of its index; tasks of the flow by their place.
    pub inputs: Vec<(Option<String>, Input)>,
    /// Tasks that it waits for without taking their results, by their place.
    pub after: Vec<usize>,
    /// What the run is given, if it is a parameter.
    pub parameter: Option<ParameterDefinition>,
    /// What it does.
    pub function: ErasedFunction,
    /// Hears of every state before a run of the task enters it.
    pub handler: Option<StateHandler>,
}

impl Flow {
    /// Adds a task; the answer is its place. What it waits for has to be in the flow already.
    ///
    /// # Errors
    /// It waits for a task that is not in the flow.
    pub fn add_untyped(&mut self, untyped: UntypedTask) -> Result<usize, FlowError> {
        let UntypedTask { task, inputs, after, parameter, function, handler } = untyped;
        let place = self.tasks.len();
        let upstream = inputs.iter().filter_map(|(_, input)| match input {
            Input::Result { task, .. } => Some(*task),
            Input::Constant(_) => None,
        });
        if upstream.chain(after.iter().copied()).any(|upstream| upstream >= place) {
            return Err(FlowError::ForeignOutput { flow: self.name.clone() });
        }
        let (names, inputs) = inputs.into_iter().unzip();
        self.tasks.push(TaskDefinition {
            name: task.name.clone().unwrap_or_else(|| task.slug.clone()),
            slug: task.slug.clone(),
            tags: task.tags.clone(),
            max_retries: task.max_retries,
            retry_delay: task.retry_delay.and_then(|delay| delay.try_into().ok()).unwrap_or_default(),
            timeout: task.timeout.map(Duration::from_secs),
            trigger: task.trigger.as_ref().map_or(Trigger::Own, Trigger::from_reference),
            skip_on_upstream_skip: task.skip_on_upstream_skip,
            inputs,
            after,
            parameter,
            work: Work::Function(function),
            handler,
            description: Some(Description { task, inputs: names }),
        });
        Ok(place)
    }

    /// Lets a handler hear of the end of a run that an agent started, before the server does. A run without a server
    /// gives its result to whoever runs it.
    pub fn set_end_handler(&mut self, handler: EndHandler) {
        self.end_handler = Some(handler);
    }

    /// Gives the result of the task at this place, or of its child with this index, that was kept when its run ended in an
    /// earlier launch: it is not run again for it.
    pub fn keep_result(&mut self, task: usize, map_index: Option<usize>, result: Data) {
        self.kept_results.insert(TaskRunKey { task, child: map_index }, result);
    }

    /// Adds the task at this place to those whose ends decide how the run ends.
    pub fn add_reference_task(&mut self, place: usize) {
        self.reference_tasks.push(place);
    }
}

/// A task run that is in a state already when the run begins.
#[derive(Clone, Debug)]
pub struct GivenTaskRun {
    /// The place of its task.
    pub task: usize,
    /// Its index if it is the child of a mapped task.
    pub map_index: Option<usize>,
    /// The state. If it is an end, the task run is not run.
    pub state: State,
    /// Its result.
    pub data: Data,
}

impl GivenTaskRun {
    fn known(self) -> (TaskRunKey, KnownTaskRun) {
        let key = TaskRunKey { task: self.task, child: self.map_index };
        (key, KnownTaskRun { state: self.state, data: Some(self.data) })
    }
}

/// Runs a flow in this process, without a server, until its end, until nothing is left but task runs that wait for somebody,
/// or until `stop` says why it is to be cancelled. It begins with task runs in these states.
/// `shown`: whether the states of its tasks are printed.
///
/// # Errors
/// The flow was written with a mistake.
pub async fn run(
    flow: &Flow,
    flow_run: FlowRunContext,
    begin_with: Vec<GivenTaskRun>,
    shown: bool,
    stop: impl Future<Output = String>,
) -> Result<FlowResult, FlowError> {
    flow.check()?;
    let known: Known = begin_with.into_iter().map(GivenTaskRun::known).collect();
    let launch = Launch { flow_run: Arc::new(flow_run), known, patience: None, tasks_on: Handle::current() };
    let observer = Terminal { shown };
    Ok(driver::run(flow, launch, &observer, stop).await)
}

/// Runs the flow run that the environment names, and reports to the server how it fares: what an agent starts. `load`
/// finds the flow that the run is of, or says why it cannot.
///
/// # Errors
/// [`ExecuteError`]: the end of the run could not be told.
pub fn execute<F: Borrow<Flow>>(
    load: impl AsyncFnOnce(&StartedFlowRun) -> Result<F, String>,
) -> Result<(), ExecuteError> {
    crate::tracked::execute::execute(load)
}
