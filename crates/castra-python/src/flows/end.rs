//! What became of a run, as the Python side reads it.

use std::collections::HashMap;

use castra::untyped::EndHandler;
use castra::{FlowResult, State};
use pyo3::prelude::*;

use super::attempt::state_dict;
use super::object::from_data;
use crate::json;

/// The last state in its wire form, and what became of each task, by place.
pub(super) type End<'py> = (Bound<'py, PyAny>, Vec<Ended<'py>>);

/// What became of a task: its last state in its wire form, its result, and the same of each child if it is mapped.
type Ended<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>, Option<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>>);

/// What became of a run.
///
/// # Errors
/// Python is out of memory.
pub(super) fn end<'py>(py: Python<'py>, result: &FlowResult) -> PyResult<End<'py>> {
    let mut tasks: Vec<Ended<'py>> = Vec::new();
    let mut of_task = HashMap::new();
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
            // A mapped task that was broken off has no list of results.
            let one = result.get_item(children.len()).unwrap_or_else(|_| py.None().into_bound(py));
            children.push((state, one));
        }
    }
    Ok((state_dict(py, result.state())?, tasks))
}

/// A handler that asks `call(state, tasks)`, as [`end`] gives them; the answer is `None`, or a state in its wire form in place of
/// the run's last one.
pub(super) fn end_handler(call: Py<PyAny>) -> EndHandler {
    EndHandler::new(move |result| Python::attach(|py| ask(py, &call, result).ok().flatten()))
}

fn ask(py: Python<'_>, call: &Py<PyAny>, result: &FlowResult) -> PyResult<Option<State>> {
    let answer = call.bind(py).call1(end(py, result)?)?;
    if answer.is_none() {
        return Ok(None);
    }
    Ok(State::from_json(json::to_json("state", &answer)?).ok())
}
