//! Python values as JSON and back, as Python's own `json` module pairs them. What has no JSON is refused by its path.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::{Map, Number, Value};

/// How deep lists and dicts may lie in each other; a list that holds itself ends here.
const MAX_DEPTH: usize = 128;

/// The JSON of a Python value that is called `name` in errors.
///
/// # Errors
/// `TypeError` for a type that JSON does not have, `ValueError` for a number that it cannot hold.
pub(crate) fn to_json(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    read(&Place { path: name.to_owned(), depth: 0 }, value)
}

/// The JSON of a dict's items, each called by its key in errors.
///
/// # Errors
/// As [`to_json`].
pub(crate) fn to_object(dict: &Bound<'_, PyDict>) -> PyResult<Map<String, Value>> {
    let item = |(key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let key: String = key.extract()?;
        let value = to_json(&key, &value)?;
        Ok((key, value))
    };
    dict.iter().map(item).collect()
}

/// The Python value of some JSON.
///
/// # Errors
/// Python is out of memory.
pub(crate) fn from_json<'py>(python: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => python.None().into_bound(python),
        Value::Bool(boolean) => PyBool::new(python, *boolean).to_owned().into_any(),
        Value::Number(number) => from_number(python, number)?,
        Value::String(text) => PyString::new(python, text).into_any(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| from_json(python, item)).collect::<PyResult<_>>()?;
            PyList::new(python, items)?.into_any()
        }
        Value::Object(fields) => from_object(python, fields)?.into_any(),
    })
}

/// Where a value lies in what is read.
struct Place {
    path: String,
    depth: usize,
}

impl Place {
    fn inside(&self, step: &str) -> PyResult<Self> {
        if self.depth == MAX_DEPTH {
            let name = self.path.split(['.', '[']).next().unwrap_or_default();
            return Err(PyValueError::new_err(format!(
                "`{name}` holds more than {MAX_DEPTH} lists and dicts in each other"
            )));
        }
        Ok(Self { path: format!("{}{step}", self.path), depth: self.depth + 1 })
    }

    fn refuse_type(&self, value: &Bound<'_, PyAny>) -> PyErr {
        let found = value.get_type().name().map_or_else(|_| "something".to_owned(), |name| name.to_string());
        PyTypeError::new_err(format!(
            "`{}` is a {found}, which has no JSON: use None, bool, int, float, str, list or dict",
            self.path
        ))
    }
}

fn read(place: &Place, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if value.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(boolean) = value.cast::<PyBool>() {
        return Ok(boolean.is_true().into());
    }
    if value.is_instance_of::<PyInt>() {
        return read_integer(place, value);
    }
    if let Ok(float) = value.cast::<PyFloat>() {
        return read_float(place, float.value());
    }
    if value.is_instance_of::<PyString>() {
        return Ok(value.extract::<String>()?.into());
    }
    if let Ok(dict) = value.cast::<PyDict>() {
        return read_dict(place, dict);
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        return read_items(place, value);
    }
    Err(place.refuse_type(value))
}

fn read_integer(place: &Place, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let signed = value.extract::<i64>().map(Value::from);
    signed.or_else(|_| value.extract::<u64>().map(Value::from)).map_err(|_| {
        PyValueError::new_err(format!(
            "`{}` is an integer of more than 64 bits: write it as text",
            place.path
        ))
    })
}

fn read_float(place: &Place, value: f64) -> PyResult<Value> {
    Number::from_f64(value).map(Value::Number).ok_or_else(|| {
        PyValueError::new_err(format!("`{}` is {value}, which JSON does not have", place.path))
    })
}

fn read_dict(place: &Place, dict: &Bound<'_, PyDict>) -> PyResult<Value> {
    let mut fields = Map::new();
    for (key, value) in dict {
        let Ok(key) = key.extract::<String>() else {
            let path = &place.path;
            return Err(PyTypeError::new_err(format!("`{path}` has the key {}: keys are str", key.repr()?)));
        };
        let value = read(&place.inside(&format!(".{key}"))?, &value)?;
        fields.insert(key, value);
    }
    Ok(Value::Object(fields))
}

fn read_items(place: &Place, items: &Bound<'_, PyAny>) -> PyResult<Value> {
    let items = items.try_iter()?.enumerate();
    items.map(|(index, item)| read(&place.inside(&format!("[{index}]"))?, &item?)).collect()
}

fn from_number<'py>(python: Python<'py>, number: &Number) -> PyResult<Bound<'py, PyAny>> {
    Ok(match (number.as_i64(), number.as_u64()) {
        (Some(integer), _) => integer.into_pyobject(python)?.into_any(),
        (None, Some(integer)) => integer.into_pyobject(python)?.into_any(),
        (None, None) => PyFloat::new(python, number.as_f64().unwrap_or(f64::NAN)).into_any(),
    })
}

fn from_object<'py>(python: Python<'py>, fields: &Map<String, Value>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(python);
    for (field, value) in fields {
        dict.set_item(field, from_json(python, value)?)?;
    }
    Ok(dict)
}
