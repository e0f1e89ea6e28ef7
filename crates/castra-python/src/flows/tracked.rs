//! A run that an agent started: the engine and the reports to the server have a thread of their own; the thread that Python
//! started with loads the flow and does the tasks' work.

use std::sync::Arc;
use std::thread;

use castra::Flow;
use castra::untyped;
use castra_core::run_report::StartedFlowRun;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use serde_json::json;
use tokio::sync::oneshot;

use super::graph::Graph;
use super::jobs::{Deliver, Jobs};
use super::workers::{Thread, Workers};
use crate::json;

/// Runs the flow run that the environment names, and returns once its end was told to the server. `load(started)` finds the
/// flow and gives its graph; what it raises is how the run ends.
///
/// # Errors
/// `RuntimeError` if the end of the run could not be told.
#[pyfunction]
pub(crate) fn execute(py: Python<'_>, workers: &Bound<'_, Workers>, load: Py<PyAny>) -> PyResult<()> {
    let jobs = Arc::clone(&workers.get().jobs);
    let load = Arc::new(load);
    let here = Thread::current(py)?;
    let engine = thread::Builder::new().name("castra-engine".to_owned()).spawn(move || {
        let executed = untyped::execute(async |started: &StartedFlowRun| loaded(&jobs, &load, started).await);
        jobs.close();
        executed
    })?;
    let worked = workers.get().work(py, here);
    let executed = py.detach(|| engine.join()).map_err(|_| PyRuntimeError::new_err("the engine failed"))?;
    executed.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    worked
}

/// Lets Python load the flow.
async fn loaded(jobs: &Jobs, load: &Arc<Py<PyAny>>, started: &StartedFlowRun) -> Result<Flow, String> {
    let (told, flow) = oneshot::channel();
    let (load, started) = (Arc::clone(load), started.clone());
    let handle = jobs.submit(move |py: Python<'_>| -> Deliver {
        let flow = flow_of(py, &load, &started).map_err(|error| error.to_string());
        // The engine waits for it.
        Box::new(move |_| drop(told.send(flow)))
    });
    let flow = flow.await.map_err(|_| "The flow was not loaded.".to_owned());
    drop(handle);
    flow?
}

fn flow_of(py: Python<'_>, load: &Py<PyAny>, started: &StartedFlowRun) -> PyResult<Flow> {
    let told = json!({
        "id": started.id,
        "name": started.name,
        "flow_name": started.flow_name,
        "parameters": started.parameters,
        "context": started.context,
        "scheduled_start_time": started.scheduled_start_time,
        "storage": started.storage,
        "task_runs": started.task_runs,
    });
    let graph = load.bind(py).call1((json::from_json(py, &told)?,))?;
    let mut graph: PyRefMut<'_, Graph> = graph.extract()?;
    let mut flow = graph.take()?;
    for kept in graph.take_begun() {
        flow.keep_result(kept.task, kept.map_index, kept.data);
    }
    Ok(flow)
}
