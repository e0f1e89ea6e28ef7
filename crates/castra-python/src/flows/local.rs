//! A run of a flow in this process, without a server. The engine has a thread of its own; the thread that runs the flow does
//! the tasks' work.

use std::thread;

use castra::FlowRunContext;
use castra::untyped;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use uuid::Uuid;

use super::end::{End, end};
use super::graph::Graph;
use super::workers::{Thread, Workers};

/// Runs a flow to its end, or until only task runs are left that wait for somebody, and gives its last state and what became of each task, by place. `shown`: whether the states of
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
) -> PyResult<End<'py>> {
    let flow = graph.borrow_mut().take()?;
    let begun = graph.borrow_mut().take_begun();
    let id = Uuid::parse_str(flow_run_id).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let flow_run = FlowRunContext {
        id,
        name: flow.name().to_owned(),
        flow_name: flow.name().to_owned(),
        ..FlowRunContext::default()
    };
    let jobs = std::sync::Arc::clone(&workers.get().jobs);
    let interrupted = workers.get().interrupted();
    let here = Thread::current(py)?;
    let engine = thread::Builder::new().name("castra-engine".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let ended =
            runtime.map(|runtime| runtime.block_on(untyped::run(&flow, flow_run, begun, shown, interrupted)));
        jobs.close();
        ended
    })?;
    let worked = workers.get().work(py, here);
    let ended = py.detach(|| engine.join()).map_err(|_| PyRuntimeError::new_err("the engine failed"))??;
    worked?;
    let result = ended.map_err(|error| PyValueError::new_err(error.to_string()))?;
    end(py, &result)
}
