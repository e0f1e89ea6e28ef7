//! A flow as the engine takes it: tasks by place, each after those it waits for. The Python side writes it down just before
//! it runs, serializes or registers.

use castra::untyped::{GivenTaskRun, Input, ParameterDefinition, Part, UntypedTask};
use castra::{Flow, State};
use castra_core::graph::read_tasks;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use serde_json::Value;

use super::attempt::function;
use super::end::end_handler;
use super::handler::handler;
use super::object::to_data;
use super::workers::Workers;
use crate::json;

/// Where a task takes an argument from: its name, the place of the task that gives it or `None` for a fixed value, whether
/// it is taken item by item, whether it is flattened, and the fixed value.
type Taken<'py> = (Option<String>, Option<usize>, bool, bool, Bound<'py, PyAny>);

/// A task as the Python side tells of it.
#[derive(FromPyObject)]
pub(crate) struct GraphTask<'py> {
    /// Its wire form, a dict.
    wire: Bound<'py, PyAny>,
    inputs: Vec<Taken<'py>>,
    /// The places of the tasks that it waits for without taking their results.
    after: Vec<usize>,
    /// What makes an attempt: `attempts(values, attempt)`.
    attempts: Py<PyAny>,
    /// What hears of its states, if anything.
    handlers: Option<Py<PyAny>>,
    /// Whether it is required, and its default, if it is a parameter.
    parameter: Option<(bool, Bound<'py, PyAny>)>,
}

/// A flow that is run once.
#[pyclass(module = "castra._castra")]
pub(crate) struct Graph {
    flow: Option<Flow>,
    begin_with: Vec<GivenTaskRun>,
    workers: Py<Workers>,
}

#[pymethods]
impl Graph {
    /// A flow without tasks, of which up to `concurrency` attempts run at the same time.
    #[new]
    fn new(name: &str, workers: Py<Workers>, concurrency: usize) -> Self {
        Graph { flow: Some(Flow::new(name).concurrency(concurrency)), begin_with: Vec::new(), workers }
    }

    /// Adds a task and gives its place.
    fn add(&mut self, py: Python<'_>, task: GraphTask<'_>) -> PyResult<usize> {
        let wire = Value::Array(vec![json::to_json("task", &task.wire)?]);
        let read = read_tasks("task", &wire).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let untyped = UntypedTask {
            task: read.into_iter().next().ok_or_else(|| PyValueError::new_err("`wire` is missing"))?,
            inputs: task.inputs.into_iter().map(input).collect(),
            after: task.after,
            parameter: task.parameter.map(definition),
            function: function(task.attempts, self.workers.clone_ref(py)),
            handler: task.handlers.map(handler),
        };
        let flow = self.flow.as_mut().ok_or_else(already_run)?;
        flow.add_untyped(untyped).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Lets the run of the task at this place, or of its child with this index, be in a state when the run begins: a state in
    /// its wire form, and the result.
    fn begin_with(
        &mut self,
        task: usize,
        map_index: Option<usize>,
        state: &Bound<'_, PyAny>,
        result: Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let state = State::from_json(json::to_json("state", state)?)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        self.begin_with.push(GivenTaskRun { task, map_index, state, data: to_data(result) });
        Ok(())
    }

    /// Lets `call(state, tasks)` hear of the end of a run that an agent started, before the server does.
    fn set_end_handler(&mut self, call: Py<PyAny>) -> PyResult<()> {
        self.flow.as_mut().ok_or_else(already_run)?.set_end_handler(end_handler(call));
        Ok(())
    }

    /// Lets the end of the task at this place decide how the run ends.
    fn add_reference_task(&mut self, place: usize) -> PyResult<()> {
        self.flow.as_mut().ok_or_else(already_run)?.add_reference_task(place);
        Ok(())
    }
}

impl Graph {
    /// Takes the flow out, to run it.
    ///
    /// # Errors
    /// It was taken before.
    pub(super) fn take(&mut self) -> PyResult<Flow> {
        self.flow.take().ok_or_else(already_run)
    }

    /// The task runs that are in a state already when the run begins.
    pub(super) fn take_begun(&mut self) -> Vec<GivenTaskRun> {
        std::mem::take(&mut self.begin_with)
    }
}

fn already_run() -> PyErr {
    PyRuntimeError::new_err("a graph is run once: make another one")
}

fn input((name, task, mapped, flattened, value): Taken<'_>) -> (Option<String>, Input) {
    let part = match (mapped, flattened) {
        (true, true) => Part::EachFlattened,
        (false, true) => Part::Flattened,
        (true, false) => Part::Each,
        (false, false) => Part::Whole,
    };
    let input = match task {
        Some(task) => Input::Result { task, part },
        None => Input::Constant(to_data(value)),
    };
    (name, input)
}

fn definition((required, default): (bool, Bound<'_, PyAny>)) -> ParameterDefinition {
    // A default without a JSON form is the Python side's own affair: only what is registered has to have one.
    let default = json::to_json("default", &default).unwrap_or_default();
    ParameterDefinition { default: (!required).then_some(default) }
}
