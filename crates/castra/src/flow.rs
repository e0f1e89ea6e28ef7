//! A flow: tasks, what they wait for, and where, how and when its runs are executed. Written once, then registered or run;
//! how it is written task by task is in [`TaskBuilder`], what is sent when it is registered in
//! [`serialize`](crate::serialize).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use castra_core::run_config::RunConfig;
use castra_core::schedule::Schedule;
use castra_core::state::State;
use castra_core::storage::Storage;

use crate::data::Data;
use crate::engine::plan::TaskRunKey;
use crate::error::FlowError;
use crate::function::{ErasedFunction, TaskFunction};
use crate::output::{Output, Source};
use crate::parameter::{ParameterBuilder, ParameterDefinition};
use crate::result::FlowResult;
use crate::task::TaskBuilder;
use crate::trigger::Trigger;

/// How many attempts of tasks run at the same time unless the flow says otherwise.
const DEFAULT_CONCURRENCY: usize = 64;

/// A flow.
///
/// ```
/// use castra::{Flow, LocalRun};
///
/// async fn extract(country: String) -> anyhow::Result<Vec<u32>> {
///     Ok(country.bytes().map(u32::from).collect())
/// }
/// async fn double(number: u32) -> anyhow::Result<u32> {
///     Ok(2 * number)
/// }
///
/// let mut flow = Flow::new("etl").run_config(LocalRun::new().label("dev"));
/// let country = flow.parameter("country").default("DE");
/// let numbers = flow.task("extract", extract).call(country);
/// flow.task("double", double).map(numbers);
/// ```
#[derive(Debug)]
pub struct Flow {
    /// Tells its outputs from those of other flows.
    id: u64,
    pub(crate) name: String,
    pub(crate) project: Option<String>,
    pub(crate) run_config: Option<RunConfig>,
    pub(crate) schedule: Option<Schedule>,
    pub(crate) storage: Option<Storage>,
    pub(crate) hostname_label: bool,
    pub(crate) concurrency: usize,
    /// A task takes outputs that exist already, so each comes after all those it waits for.
    pub(crate) tasks: Vec<TaskDefinition>,
    pub(crate) reference_tasks: Vec<usize>,
    /// Hears of the end of a run before it is told.
    pub(crate) end_handler: Option<EndHandler>,
    /// Results of task runs that ended in an earlier launch, where they were kept.
    pub(crate) kept_results: HashMap<TaskRunKey, Data>,
    /// The first mistake that was made while the flow was written.
    mistake: Option<FlowError>,
}

/// A task of a flow.
#[derive(Debug)]
pub(crate) struct TaskDefinition {
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) tags: Vec<String>,
    pub(crate) max_retries: u32,
    pub(crate) retry_delay: Duration,
    pub(crate) timeout: Option<Duration>,
    pub(crate) trigger: Trigger,
    pub(crate) skip_on_upstream_skip: bool,
    pub(crate) inputs: Vec<Input>,
    /// Tasks it waits for without taking their results.
    pub(crate) after: Vec<usize>,
    /// What the run is given, if it is a parameter.
    pub(crate) parameter: Option<ParameterDefinition>,
    pub(crate) work: Work,
    /// Hears of every state before a run of the task enters it.
    pub(crate) handler: Option<StateHandler>,
    /// What it is registered as and what its inputs are called, if it was written in another language.
    pub(crate) description: Option<Description>,
}

/// How another language tells of a task.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub(crate) task: castra_core::graph::Task,
    /// A name for each input that is an argument.
    pub(crate) inputs: Vec<Option<String>>,
}

/// A state that a task run is about to enter.
#[derive(Clone, Debug)]
pub struct Entering<'a> {
    /// Its index if it is the child of a mapped task.
    pub map_index: Option<usize>,
    /// The state it is in.
    pub old: &'a State,
    /// The state it is about to enter.
    pub new: &'a State,
    /// Its result in that state.
    pub data: &'a Data,
}

/// What a task's state handler says.
pub(crate) type HandlerFunction = dyn Fn(&Entering<'_>) -> Option<(State, Data)> + Send + Sync;

/// Hears of every state before a task run enters it, and may name another state in its place.
#[derive(Clone)]
pub struct StateHandler(pub(crate) Arc<HandlerFunction>);

impl StateHandler {
    /// A handler that calls this function.
    pub fn new(function: impl Fn(&Entering<'_>) -> Option<(State, Data)> + Send + Sync + 'static) -> Self {
        StateHandler(Arc::new(function))
    }
}

/// What a flow's end handler says.
type EndHandlerFunction = dyn Fn(&FlowResult) -> Option<State> + Send + Sync;

/// Hears of what became of a run before anybody is told, and may name another end in its place.
#[derive(Clone)]
pub struct EndHandler(Arc<EndHandlerFunction>);

impl EndHandler {
    /// A handler that calls this function.
    pub fn new(function: impl Fn(&FlowResult) -> Option<State> + Send + Sync + 'static) -> Self {
        EndHandler(Arc::new(function))
    }

    /// The end of a run with this result.
    pub(crate) fn end(&self, result: &FlowResult) -> Option<State> {
        (self.0)(result)
    }
}

impl std::fmt::Debug for EndHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EndHandler")
    }
}

impl std::fmt::Debug for StateHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StateHandler")
    }
}

/// What a task does.
pub(crate) enum Work {
    /// It gives the value of the parameter of its name.
    Parameter,
    /// It gives its inputs as a list.
    List,
    /// It calls a function.
    Function(ErasedFunction),
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Work::Parameter => f.write_str("Parameter"),
            Work::List => f.write_str("List"),
            Work::Function(_) => f.write_str("Function"),
        }
    }
}

/// Where a task takes the value of an argument from.
#[derive(Clone, Debug)]
pub enum Input {
    /// A fixed value.
    Constant(Data),
    /// The result of another task.
    Result {
        /// Its place in the flow.
        task: usize,
        /// How much of it.
        part: Part,
    },
}

/// How much of a result a task run takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// All of it, as one list of the items of its items.
    Flattened,
    /// One item; the task is mapped.
    Each,
    /// One item of an item; the task is mapped.
    EachFlattened,
}

impl Part {
    /// Whether a task that takes it is mapped.
    pub(crate) fn is_mapped(self) -> bool {
        matches!(self, Part::Each | Part::EachFlattened)
    }
}

impl Flow {
    /// A flow without tasks. Flows of the same name in one project are versions of each other.
    pub fn new(name: impl Into<String>) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        Flow {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            name: name.into(),
            project: None,
            run_config: None,
            schedule: None,
            storage: None,
            hostname_label: true,
            concurrency: DEFAULT_CONCURRENCY,
            tasks: Vec::new(),
            reference_tasks: Vec::new(),
            end_handler: None,
            kept_results: HashMap::new(),
            mistake: None,
        }
    }

    /// Where and how runs are executed, e.g. `LocalRun::new().label("dev")`; without one, as a
    /// [`UniversalRun`](crate::UniversalRun). Later is as good as at once: `flow = flow.run_config(…)`.
    #[must_use]
    pub fn run_config(mut self, run_config: impl Into<RunConfig>) -> Self {
        self.run_config = Some(run_config.into());
        self
    }

    /// When runs start by themselves.
    #[must_use]
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = Some(schedule);
        self
    }

    /// Where the code is kept; without one, in the binary that registers the flow.
    #[must_use]
    pub fn storage(mut self, storage: impl Into<Storage>) -> Self {
        self.storage = Some(storage.into());
        self
    }

    /// Whether a flow that is stored on this machine's disk gets the machine's name as a label, so that only agents on it
    /// take its runs; it does unless told otherwise. For a binary that lies at the same path on every machine, do not.
    #[must_use]
    pub fn hostname_label(mut self, wanted: bool) -> Self {
        self.hostname_label = wanted;
        self
    }

    /// The project it is registered in, unless another is named on the command line.
    #[must_use]
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.project = Some(project.into());
        self
    }

    /// How many attempts of tasks may run at the same time, at least 1; 64 unless set.
    #[must_use]
    pub fn concurrency(mut self, attempts: usize) -> Self {
        self.concurrency = attempts.max(1);
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A value that a run may be, or must be, given: `.default("DE")` or `.required()`.
    pub fn parameter(&mut self, name: impl Into<String>) -> ParameterBuilder<'_> {
        ParameterBuilder::new(self, name.into())
    }

    /// A task of this name that calls `function`. It is part of the flow once it is given its inputs with
    /// [`call`](TaskBuilder::call) or [`map`](TaskBuilder::map).
    pub fn task<F, Arguments>(
        &mut self,
        name: impl Into<String>,
        function: F,
    ) -> TaskBuilder<'_, Arguments, F::Output>
    where
        F: TaskFunction<Arguments>,
    {
        TaskBuilder::new(self, name.into(), function.erase().0)
    }

    /// Adds a task to those whose ends decide how the run ends. Without any, these are the tasks that no other waits for.
    pub fn reference_task<T>(&mut self, output: Output<T>) {
        if let Some(task) = self.own(output.source) {
            self.reference_tasks.push(task);
        }
    }

    /// Whether the flow was written without mistakes.
    ///
    /// # Errors
    /// The first mistake.
    pub fn check(&self) -> Result<(), FlowError> {
        self.mistake.clone().map_or(Ok(()), Err)
    }

    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&TaskDefinition, &ParameterDefinition)> {
        self.tasks.iter().filter_map(|task| task.parameter.as_ref().map(|parameter| (task, parameter)))
    }

    /// Adds a task and gives the handle of its result.
    pub(crate) fn add<T>(&mut self, mut task: TaskDefinition) -> Output<T> {
        if task.parameter.is_none() && task.description.is_none() {
            task.slug = self.free_slug(&task.name);
        }
        self.tasks.push(task);
        Output::new(self.id, self.tasks.len() - 1)
    }

    /// The place of the task behind an output, if it is one of this flow; otherwise that is noted as a mistake.
    pub(crate) fn own(&mut self, source: Source) -> Option<usize> {
        if source.flow != self.id {
            self.note(FlowError::ForeignOutput { flow: self.name.clone() });
            return None;
        }
        Some(source.task)
    }

    /// Notes a mistake; the first one is told by whatever uses the flow next.
    pub(crate) fn note(&mut self, mistake: FlowError) {
        self.mistake.get_or_insert(mistake);
    }

    /// The task's name and how many of that name there are, as Prefect 1 makes slugs: `extract-1`.
    fn free_slug(&self, name: &str) -> String {
        let taken = |slug: &str| self.tasks.iter().any(|task| task.slug == slug);
        let mut number = 1 + self.tasks.iter().filter(|task| task.name == name).count();
        while taken(&format!("{name}-{number}")) {
            number += 1;
        }
        format!("{name}-{number}")
    }
}

impl TaskDefinition {
    /// A task with Prefect 1's defaults: no retries, no timeout, run when all upstream tasks were successful.
    pub(crate) fn new(name: impl Into<String>, work: Work) -> Self {
        let name = name.into();
        TaskDefinition {
            slug: name.clone(),
            name,
            tags: Vec::new(),
            max_retries: 0,
            retry_delay: Duration::ZERO,
            timeout: None,
            trigger: Trigger::default(),
            skip_on_upstream_skip: true,
            inputs: Vec::new(),
            after: Vec::new(),
            parameter: None,
            work,
            handler: None,
            description: None,
        }
    }

    /// Whether it has a run per item of a result.
    pub(crate) fn is_mapped(&self) -> bool {
        self.inputs.iter().any(|input| matches!(input, Input::Result { part, .. } if part.is_mapped()))
    }
}
