//! State handlers: Python code that hears of every state before a task run enters it.

use castra::State;
use castra::untyped::{Data, Entering, StateHandler};
use pyo3::prelude::*;

use super::attempt::state_dict;
use super::object::{from_data, to_data};
use crate::json;

/// A handler that asks `call(map_index, old, new, result)`, with states in their wire form; the answer is `None`, or
/// `(state, result)` in place of the new one.
pub(super) fn handler(call: Py<PyAny>) -> StateHandler {
    StateHandler::new(move |entering| Python::attach(|py| ask(py, &call, entering).ok().flatten()))
}

fn ask(py: Python<'_>, call: &Py<PyAny>, entering: &Entering<'_>) -> PyResult<Option<(State, Data)>> {
    let (old, new) = (state_dict(py, entering.old)?, state_dict(py, entering.new)?);
    let answer = call.bind(py).call1((entering.map_index, old, new, from_data(py, entering.data)?))?;
    if answer.is_none() {
        return Ok(None);
    }
    let (state, result): (Bound<'_, PyAny>, Bound<'_, PyAny>) = answer.extract()?;
    let state = State::from_json(json::to_json("state", &state)?).ok();
    Ok(state.map(|state| (state, to_data(result))))
}
