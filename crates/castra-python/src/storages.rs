//! `castra.storage`: what travels as a storage, as castra-core checks it.

use castra_core::storage::Storage;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::json;

/// A storage in the form in which it is registered, checked.
///
/// # Errors
/// `ValueError` for a field that is missing or wrong, `TypeError` for a value without JSON.
#[pyfunction]
pub(crate) fn storage_to_json<'py>(document: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    json::from_json(document.py(), &read(document)?.to_json())
}

/// The labels that a storage adds to the run config of a flow on the machine with this `hostname`.
///
/// # Errors
/// As [`storage_to_json`].
#[pyfunction]
pub(crate) fn storage_default_labels(document: &Bound<'_, PyAny>, hostname: &str) -> PyResult<Vec<String>> {
    Ok(read(document)?.default_labels(hostname))
}

fn read(document: &Bound<'_, PyAny>) -> PyResult<Storage> {
    Storage::from_json(&json::to_json("storage", document)?)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}
