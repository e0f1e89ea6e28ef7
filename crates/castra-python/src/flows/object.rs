//! Python's values among the engine's: passed on as they are, taken apart item by item when a task is mapped over them. A value
//! can be [`Held`] elsewhere, and is fetched when the engine needs it.

use std::any::Any;
use std::sync::Arc;

use castra::untyped::{Data, Foreign};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::json;

/// A result that stays where it was made. Subclasses fetch it in `here()`.
#[pyclass(frozen, subclass, module = "castra._castra")]
pub(crate) struct Held;

#[pymethods]
impl Held {
    /// The arguments are those of the subclass.
    #[new]
    #[pyo3(signature = (*_arguments))]
    fn new(_arguments: &Bound<'_, PyTuple>) -> Self {
        Held
    }
}

/// A value of Python's.
struct Object(Py<PyAny>);

impl Foreign for Object {
    fn items(&self) -> Option<Vec<Data>> {
        Python::attach(|py| items(&self.here(py).ok()?).ok())
    }

    fn flattens(&self) -> bool {
        Python::attach(|py| {
            let Ok(value) = self.here(py) else { return false };
            !value.is_instance_of::<PyString>()
                && !value.is_instance_of::<PyBytes>()
                && !value.is_instance_of::<PyDict>()
        })
    }
}

impl Object {
    /// The value in this process.
    fn here<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let value = self.0.bind(py);
        if value.is_instance_of::<Held>() { value.call_method0("here") } else { Ok(value.clone()) }
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
