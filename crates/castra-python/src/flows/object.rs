//! Python's values among the engine's: passed on as they are, taken apart item by item when a task is mapped over them.

use std::any::Any;
use std::sync::Arc;

use castra::untyped::{Data, Foreign};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::json;

/// A value of Python's.
struct Object(Py<PyAny>);

impl Foreign for Object {
    fn items(&self) -> Option<Vec<Data>> {
        Python::attach(|py| items(self.0.bind(py)).ok())
    }

    fn flattens(&self) -> bool {
        Python::attach(|py| {
            let value = self.0.bind(py);
            !value.is_instance_of::<PyString>()
                && !value.is_instance_of::<PyBytes>()
                && !value.is_instance_of::<PyDict>()
        })
    }
}

/// The engine's form of a value.
pub(super) fn to_data(value: Bound<'_, PyAny>) -> Data {
    Data::Foreign(Arc::new(Object(value.unbind())))
}

/// The value in Python.
///
/// # Errors
/// Python is out of memory.
pub(super) fn from_data<'py>(py: Python<'py>, data: &Data) -> PyResult<Bound<'py, PyAny>> {
    match data {
        Data::Foreign(foreign) => {
            let foreign: &dyn Any = &**foreign;
            let object = foreign.downcast_ref::<Object>();
            Ok(object.map_or_else(|| py.None().into_bound(py), |object| object.0.bind(py).clone()))
        }
        Data::List(list) => {
            let items: Vec<_> = list.iter().map(|item| from_data(py, item)).collect::<PyResult<_>>()?;
            Ok(PyList::new(py, items)?.into_any())
        }
        Data::Whole(_) | Data::Item(..) => match data.json() {
            Some(value) => json::from_json(py, value),
            None => Ok(py.None().into_bound(py)),
        },
    }
}

/// The items of what can be indexed from 0 on.
fn items(value: &Bound<'_, PyAny>) -> PyResult<Vec<Data>> {
    if let Ok(list) = value.cast::<PyList>() {
        return Ok(list.iter().map(to_data).collect());
    }
    if let Ok(tuple) = value.cast::<PyTuple>() {
        return Ok(tuple.iter().map(to_data).collect());
    }
    (0..value.len()?).map(|index| value.get_item(index).map(to_data)).collect()
}
