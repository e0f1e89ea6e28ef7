//! A run of a flow in this process, without a server. The engine has a thread of its own; the thread that runs the flow does
//! the tasks' work.

use std::thread;

use castra::untyped;
use castra::{FlowResult, FlowRunContext};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use uuid::Uuid;

use super::attempt::state_dict;
use super::graph::Graph;
use super::object::from_data;
use super::workers::Workers;

/// What became of a task: its last state in its wire form, its result, and the same of each child if it is mapped.
type Ended<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>, Option<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>>);

/// Runs a flow to its end, and gives its last state and what became of each task, by place. `shown`: whether the states of
/// the tasks are printed.
///
/// # Errors
/// `KeyboardInterrupt` if somebody pressed Ctrl-C; the tasks that ran are interrupted first.
#[pyfunction]
pub(crate) fn run<'py>(
    py: Python<'py>,
    graph: &Bound<'py, Graph>,
    workers: &Bound<'py, Workers>,
    flow_run_id: &str,
    shown: bool,
) -> PyResult<(Bound<'py, PyAny>, Vec<Ended<'py>>)> {
    let flow = graph.borrow_mut().take()?;
    let id = Uuid::parse_str(flow_run_id).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let flow_run = FlowRunContext {
        id,
        name: flow.name().to_owned(),
        flow_name: flow.name().to_owned(),
        ..FlowRunContext::default()
    };
    let jobs = std::sync::Arc::clone(&workers.get().jobs);
    let interrupted = workers.get().interrupted();
    let engine = thread::Builder::new().name("castra-engine".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let ended =
            runtime.map(|runtime| runtime.block_on(untyped::run(&flow, flow_run, shown, interrupted)));
        jobs.close();
        ended
    })?;
    let worked = workers.get().work(py);
    let ended = py.detach(|| engine.join()).map_err(|_| PyRuntimeError::new_err("the engine failed"))??;
    worked?;
    let result = ended.map_err(|error| PyValueError::new_err(error.to_string()))?;
    ended_tasks(py, &result)
}

fn ended_tasks<'py>(py: Python<'py>, result: &FlowResult) -> PyResult<(Bound<'py, PyAny>, Vec<Ended<'py>>)> {
    let mut tasks: Vec<Ended<'py>> = Vec::new();
    let mut of_task = std::collections::HashMap::new();
    for (place, (slug, data)) in result.untyped_results().enumerate() {
        of_task.insert(slug, place);
        let nothing = py.None().into_bound(py);
        tasks.push((nothing, from_data(py, data)?, None));
    }
    for run in result.task_runs() {
        let (Some(place), Some(last)) = (of_task.get(run.slug.as_str()), run.states.last()) else { continue };
        let state = state_dict(py, &last.state)?;
        let (own, result, children) = &mut tasks[*place];
        if run.map_index.is_none() {
            *own = state;
        } else {
            let children = children.get_or_insert_default();
            children.push((state, result.get_item(children.len())?));
        }
    }
    Ok((state_dict(py, result.state())?, tasks))
}
