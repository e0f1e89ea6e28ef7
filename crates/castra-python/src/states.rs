//! `castra.engine.state`: what travels as a state, as castra-core reads it.

use castra_core::state::State;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::json;

/// A state in the form in which it is reported, checked.
///
/// # Errors
/// `ValueError` if it is no state or of no type that exists, `TypeError` for a value without JSON.
#[pyfunction]
pub(crate) fn state_to_json<'py>(document: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let state = State::from_json(json::to_json("state", document)?)
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    json::from_json(document.py(), &state.to_json())
}
