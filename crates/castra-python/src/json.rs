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
    read(&Place::named(name), value)
}

/// The JSON of a dict's items, each called by its key in errors.
///
/// # Errors
/// As [`to_json`].
pub(crate) fn to_object(dict: &Bound<'_, PyDict>) -> PyResult<Map<String, Value>> {
    let item = |item: Bound<'_, PyAny>| {
        let (key, value): (String, Bound<'_, PyAny>) = item.extract()?;
        let value = to_json(&key, &value)?;
        Ok((key, value))
    };
    items(dict).map(item).collect()
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

/// Where a value lies in what is read; it is written out only for an error.
struct Place<'a> {
    step: Step<'a>,
    inside: Option<&'a Place<'a>>,
    depth: usize,
}

/// The last part of a path.
enum Step<'a> {
    Name(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    fn named(name: &'a str) -> Self {
        Self { step: Step::Name(name), inside: None, depth: 0 }
    }

    fn step(&'a self, step: Step<'a>) -> PyResult<Self> {
        if self.depth == MAX_DEPTH {
            let name = self.outermost().path();
            return Err(PyValueError::new_err(format!(
                "`{name}` holds more than {MAX_DEPTH} lists and dicts in each other"
            )));
        }
        Ok(Self { step, inside: Some(self), depth: self.depth + 1 })
    }

    fn outermost(&self) -> &Self {
        self.inside.map_or(self, Place::outermost)
    }

    fn path(&self) -> String {
        let before = self.inside.map(Place::path).unwrap_or_default();
        match self.step {
            Step::Name(name) => name.to_owned(),
            Step::Key(key) => format!("{before}.{key}"),
            Step::Index(index) => format!("{before}[{index}]"),
        }
    }

    fn refuse_type(&self, value: &Bound<'_, PyAny>) -> PyErr {
        let found = value.get_type().name().map_or_else(|_| "something".to_owned(), |name| name.to_string());
        PyTypeError::new_err(format!(
            "`{}` is a {found}, which has no JSON: use None, bool, int, float, str, list or dict",
            self.path()
        ))
    }
}

fn read(place: &Place<'_>, value: &Bound<'_, PyAny>) -> PyResult<Value> {
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

fn read_integer(place: &Place<'_>, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let signed = value.extract::<i64>().map(Value::from);
    signed.or_else(|_| value.extract::<u64>().map(Value::from)).map_err(|_| {
        let path = place.path();
        PyValueError::new_err(format!("`{path}` is an integer of more than 64 bits: write it as text"))
    })
}

fn read_float(place: &Place<'_>, value: f64) -> PyResult<Value> {
    Number::from_f64(value).map(Value::Number).ok_or_else(|| {
        PyValueError::new_err(format!("`{}` is {value}, which JSON does not have", place.path()))
    })
}

fn read_dict(place: &Place<'_>, dict: &Bound<'_, PyDict>) -> PyResult<Value> {
    let mut fields = Map::new();
    for item in items(dict) {
        let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        if !key.is_instance_of::<PyString>() {
            let (path, key) = (place.path(), key.repr()?);
            return Err(PyTypeError::new_err(format!("`{path}` has the key {key}: keys are str")));
        }
        let key: String = key.extract()?;
        let value = read(&place.step(Step::Key(&key))?, &value)?;
        fields.insert(key, value);
    }
    Ok(Value::Object(fields))
}

/// The items of a dict as they are now: what is read meanwhile may run Python, which may change the dict.
fn items<'py>(dict: &Bound<'py, PyDict>) -> impl Iterator<Item = Bound<'py, PyAny>> {
    dict.items().into_iter()
}

fn read_items(place: &Place<'_>, items: &Bound<'_, PyAny>) -> PyResult<Value> {
    let items = items.try_iter()?.enumerate();
    items.map(|(index, item)| read(&place.step(Step::Index(index))?, &item?)).collect()
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
