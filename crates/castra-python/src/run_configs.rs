//! `castra.run_configs`: the fields of run configs as castra-core checks, coerces and writes them.

use castra_core::run_config::{RunConfig, RunConfigError, RunConfigKind, Surroundings, TYPE_FIELD};
use castra_core::version::VERSION_FIELD;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::json;

/// The fields that a run config of this kind has after it was given `arguments`.
///
/// # Errors
/// `TypeError` for an argument that the kind does not have, `ValueError` for a value that a field cannot take.
#[pyfunction]
pub(crate) fn run_config_fields<'py>(
    kind: &str,
    arguments: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyDict>> {
    let Some(kind) = RunConfigKind::from_name(kind) else {
        return Err(PyValueError::new_err(format!("`{kind}` is no run config")));
    };
    let given = json::to_object(arguments)?;
    let current_directory = std::env::current_dir().unwrap_or_default();
    let surroundings = Surroundings {
        current_directory: &current_directory.to_string_lossy(),
        read_file: &|path| std::fs::read_to_string(path),
    };
    let run_config = RunConfig::from_arguments(kind, &given, &surroundings).map_err(refused)?;
    let fields = json::from_json(arguments.py(), &run_config.to_json())?.cast_into::<PyDict>()?;
    for field in [TYPE_FIELD, VERSION_FIELD] {
        fields.del_item(field)?;
    }
    Ok(fields)
}

/// The form in which a run config of this kind with these `fields` is registered.
///
/// # Errors
/// `TypeError` for a value without JSON, `ValueError` for one that a field cannot have.
#[pyfunction]
pub(crate) fn run_config_to_json<'py>(
    kind: &str,
    fields: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut document = json::to_object(fields)?;
    document.insert(TYPE_FIELD.to_owned(), kind.into());
    let run_config = RunConfig::from_json(&document.into()).map_err(refused)?;
    json::from_json(fields.py(), &run_config.to_json())
}

fn refused(error: RunConfigError) -> PyErr {
    let message = error.to_string();
    match error {
        RunConfigError::UnknownArgument { .. } => PyTypeError::new_err(message),
        _ => PyValueError::new_err(message),
    }
}
