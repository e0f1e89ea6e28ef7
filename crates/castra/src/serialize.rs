//! The form in which a flow is registered (prefect 1.4.1 `FlowSchema`): what the server stores and every client lists.

use castra_core::graph::{Edge, FlowGraph, GraphError, Parameter, SerializedFlow, Task};
use castra_core::run_config::{RunConfig, RunConfigError, Surroundings, UniversalRun};
use castra_core::storage::{Executable, Storage};
use castra_core::version::SERIALIZATION_VERSION;
use jiff::SignedDuration;
use serde_json::json;

use crate::error::FlowError;
use crate::flow::{Flow, Input, Part, TaskDefinition, Work};

/// The type of a task that calls a function.
const FUNCTION_TASK: &str = "castra.FunctionTask";

/// The type of a task that gathers results (prefect 1.4.1 `prefect.tasks.core.collections.List`).
const LIST_TASK: &str = "prefect.tasks.core.collections.List";

/// Why a flow has no serialized form.
#[derive(Debug, thiserror::Error)]
pub enum SerializeError {
    /// The flow has a mistake.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// Its tasks and edges make no graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// Its run config is not valid here.
    #[error(transparent)]
    RunConfig(#[from] RunConfigError),
    /// The path of this binary, in which the flow is stored, is not known.
    #[error("the path of the running binary cannot be told: {reason}; set the flow's `storage`")]
    NoExecutable {
        /// Why.
        reason: String,
    },
    /// The name of this machine, a label of flows that are stored on its disk, is not known.
    #[error("the name of this machine cannot be told: {reason}; leave it out with `.hostname_label(false)`")]
    NoHostname {
        /// Why.
        reason: String,
    },
}

impl Flow {
    /// The form in which it is registered. Paths in its run config become absolute and files that it names are read; its
    /// storage, if not set, is the running binary, and a flow that is stored on this machine's disk has the machine's name
    /// among its labels (prefect 1.4.1 `Flow.register`).
    ///
    /// # Errors
    /// [`SerializeError`].
    pub fn serialize(&self) -> Result<SerializedFlow, SerializeError> {
        self.check()?;
        let tasks = self.tasks.iter().map(wire_task).collect();
        let edges = self.tasks.iter().flat_map(|task| self.wire_edges(task)).collect();
        let reference_tasks =
            self.reference_tasks.iter().map(|&task| self.tasks[task].slug.clone()).collect();
        let graph = FlowGraph::new(tasks, edges, reference_tasks)?;
        let storage = self.stored()?;
        let mut run_config = self.resolved_run_config()?;
        if self.hostname_label {
            run_config.add_labels(storage.default_labels(&hostname()?));
        }
        Ok(SerializedFlow {
            schedule: self.schedule.clone(),
            parameters: self.wire_parameters(),
            run_config: run_config.to_json(),
            storage: storage.to_json(),
            version: SERIALIZATION_VERSION.to_owned(),
            ..SerializedFlow::new(&self.name, &graph)
        })
    }

    fn wire_edges(&self, task: &TaskDefinition) -> Vec<Edge> {
        let edge = |upstream: usize| Edge::new(&self.tasks[upstream].slug, &task.slug);
        let with_result = task.inputs.iter().enumerate().filter_map(|(index, input)| match input {
            Input::Constant(_) => None,
            Input::Result { task: upstream, part } => Some(Edge {
                key: task.input_name(index),
                mapped: part.is_mapped(),
                flattened: matches!(part, Part::Flattened | Part::EachFlattened),
                ..edge(*upstream)
            }),
        });
        with_result.chain(task.after.iter().map(|&upstream| edge(upstream))).collect()
    }

    fn resolved_run_config(&self) -> Result<RunConfig, RunConfigError> {
        let current_directory = std::env::current_dir().unwrap_or_default();
        let surroundings = Surroundings {
            current_directory: &current_directory.to_string_lossy(),
            read_file: &|path| std::fs::read_to_string(path),
        };
        let run_config = self.run_config.clone().unwrap_or_else(|| UniversalRun::new().into());
        run_config.resolve(&surroundings)
    }

    fn stored(&self) -> Result<Storage, SerializeError> {
        if let Some(storage) = &self.storage {
            return Ok(storage.clone());
        }
        let path = std::env::current_exe()
            .map_err(|error| SerializeError::NoExecutable { reason: error.to_string() })?;
        let path = path.to_string_lossy().into_owned();
        Ok(Executable { path, arguments: Vec::new(), flow: self.name.clone() }.into())
    }
}

fn hostname() -> Result<String, SerializeError> {
    let hostname = nix::unistd::gethostname()
        .map_err(|error| SerializeError::NoHostname { reason: error.to_string() })?;
    Ok(hostname.to_string_lossy().into_owned())
}

fn wire_task(task: &TaskDefinition) -> Task {
    if let Some(description) = &task.description {
        return description.task.clone();
    }
    let task_type = match task.work {
        Work::Parameter => Parameter::TASK_TYPE,
        Work::List => LIST_TASK,
        Work::Function(_) => FUNCTION_TASK,
    };
    let input = |index| (argument_name(index), json!({"type": "typing.Any", "required": true}));
    Task {
        tags: task.tags.clone(),
        max_retries: task.max_retries,
        retry_delay: (task.max_retries > 0)
            .then(|| SignedDuration::try_from(task.retry_delay).unwrap_or(SignedDuration::MAX)),
        timeout: task.timeout.map(|timeout| timeout.as_secs_f64().ceil() as u64),
        trigger: Some(task.trigger.to_reference()),
        skip_on_upstream_skip: task.skip_on_upstream_skip,
        auto_generated: matches!(task.work, Work::List),
        inputs: (0..task.inputs.len()).map(input).collect::<serde_json::Map<_, _>>().into(),
        ..Task::new(&task.slug, &task.name, task_type)
    }
}

impl TaskDefinition {
    /// What an input is called, if it is an argument.
    fn input_name(&self, index: usize) -> Option<String> {
        match &self.description {
            Some(description) => description.inputs.get(index).cloned().flatten(),
            None => Some(argument_name(index)),
        }
    }
}

/// Rust does not tell the names of arguments: they are counted from 1.
fn argument_name(index: usize) -> String {
    format!("argument_{}", index + 1)
}
