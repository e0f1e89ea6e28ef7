//! Job templates are what people wrote: this file goes through one as prefect 1.4.1's `_get_or_create` does. What is
//! missing on the way is created, what is there stays, and what cannot be gone into is refused with its place.

use serde_json::{Map, Value};

/// Why a job cannot be made of a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// There is something else than a job has there.
    #[error("{place} is {found}, and it has to be {expected}")]
    Wrong {
        /// Where in the template.
        place: Place,
        /// What is there.
        found: &'static str,
        /// What has to be there.
        expected: &'static str,
    },
    /// Nothing is there.
    #[error("{0} is missing")]
    Missing(Place),
}

impl TemplateError {
    pub(super) fn wrong(place: &Place, found: &Value, expected: &'static str) -> Self {
        Self::Wrong { place: place.clone(), found: json_type(found), expected }
    }
}

/// A place in a template, e.g. `spec.template.spec.containers[0]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// The field of this name in it.
    pub(super) fn field(&self, name: &str) -> Self {
        match self.0.is_empty() {
            true => Self(name.to_owned()),
            false => Self(format!("{}.{name}", self.0)),
        }
    }

    /// The entry of this number in it, from 0.
    pub(super) fn entry(&self, number: usize) -> Self {
        Self(format!("{}[{number}]", self.0))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.is_empty() {
            true => f.write_str("the template itself"),
            false => write!(f, "`{}`", self.0),
        }
    }
}

/// An object in a template, and where it is.
pub(super) struct Object<'a> {
    pub(super) fields: &'a mut Map<String, Value>,
    pub(super) place: Place,
}

impl<'a> Object<'a> {
    /// The value at this place, if it is an object.
    pub(super) fn new(value: &'a mut Value, place: Place) -> Result<Self, TemplateError> {
        match value {
            Value::Object(fields) => Ok(Self { fields, place }),
            other => Err(TemplateError::wrong(&place, other, "an object")),
        }
    }

    /// The object that this path of fields leads to; what is missing on the way is created.
    pub(super) fn object(&mut self, path: &str) -> Result<Object<'_>, TemplateError> {
        let mut here = Object { fields: &mut *self.fields, place: self.place.clone() };
        for name in path.split('.') {
            let place = here.place.field(name);
            here = Object::new(here.fields.entry(name).or_insert_with(|| Map::new().into()), place)?;
        }
        Ok(here)
    }

    /// The object in this field, which has to be there.
    pub(super) fn present(&mut self, name: &str) -> Result<Object<'_>, TemplateError> {
        let place = self.place.field(name);
        match self.fields.get_mut(name) {
            Some(value) => Object::new(value, place),
            None => Err(TemplateError::Missing(place)),
        }
    }

    /// What is in this field; `default` is put into it if nothing is, not even null.
    pub(super) fn or(&mut self, name: &str, default: impl Into<Value>) -> &mut Value {
        self.fields.entry(name).or_insert_with(|| default.into())
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
