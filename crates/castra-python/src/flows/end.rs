//! What became of a run, as the Python side reads it.

use std::collections::HashMap;

use castra::untyped::EndHandler;
use castra::{FlowResult, State, StateKind};
use pyo3::prelude::*;
use serde_json::Value;

use super::attempt::state_dict;
use super::object::from_data;
use crate::json;

/// The last state in its wire form, and what became of each task, by place.
pub(super) type End<'py> = (Bound<'py, PyAny>, Vec<Ended<'py>>);

/// What became of a task: its last state in its wire form, its result, and the same of each child if it is mapped.
type Ended<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>, Option<Vec<Child<'py>>>);

/// The state of a child and its result.
type Child<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// What became of a run.
///
/// # Errors
/// Python is out of memory.
pub(super) fn end<'py>(py: Python<'py>, result: &FlowResult) -> PyResult<End<'py>> {
    let mut tasks: Vec<Ended<'py>> = Vec::new();
    let mut of_task = HashMap::new();
    for (place, (slug, data)) in result.untyped_results().enumerate() {
        of_task.insert(slug, place);
        tasks.push((py.None().into_bound(py), from_data(py, data)?, None));
    }
    for run in result.task_runs() {
        let (Some(place), Some(last)) = (of_task.get(run.slug.as_str()), run.states.last()) else { continue };
        let state = state_dict(py, &last.state)?;
        let (own, result, children) = &mut tasks[*place];
        match run.map_index {
            // It comes before its children.
            None => (*own, *children) = (state, children_of(&last.state, result)),
            Some(index) => {
                let child = children.as_mut().and_then(|children| children.get_mut(index));
                child.into_iter().for_each(|child| child.0 = state.clone());
            }
        }
    }
    Ok((state_dict(py, result.state())?, tasks))
}

/// The children of a mapped task with their results; those that wait for others have no state yet.
fn children_of<'py>(state: &State, results: &Bound<'py, PyAny>) -> Option<Vec<Child<'py>>> {
    let py = results.py();
    let count =
        state.field("n_map_states").and_then(Value::as_u64).filter(|_| state.kind() == StateKind::Mapped)?;
    let nothing = || py.None().into_bound(py);
    // A mapped task that was broken off has no list of results.
    Some((0..count).map(|index| (nothing(), results.get_item(index).unwrap_or_else(|_| nothing()))).collect())
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
