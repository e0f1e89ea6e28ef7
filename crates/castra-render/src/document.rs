//! Templates are what people wrote for a target in its own words: job templates, task definitions, worker pools. This file
//! goes through one as prefect 1.4.1's agents do. What is missing on the way is created, what is there stays, and what
//! cannot be gone into is refused with its place.

use std::mem;

use serde_json::{Map, Value, json};

/// Why nothing can be made of a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// There is something else than belongs there.
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
pub struct Place {
    /// What it is in, unless that goes without saying.
    template: Option<&'static str>,
    path: String,
}

impl Place {
    /// The template of this name itself.
    pub(super) fn of(template: &'static str) -> Self {
        Self { template: Some(template), path: String::new() }
    }

    /// The field of this name in it.
    pub(super) fn field(&self, name: &str) -> Self {
        match self.path.is_empty() {
            true => Self { path: name.to_owned(), ..self.clone() },
            false => Self { path: format!("{}.{name}", self.path), ..self.clone() },
        }
    }

    /// The entry of this number in it, from 0.
    pub(super) fn entry(&self, number: usize) -> Self {
        Self { path: format!("{}[{number}]", self.path), ..self.clone() }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.template, self.path.as_str()) {
            (None, "") => f.write_str("the template itself"),
            (Some(template), "") => f.write_str(template),
            (None, path) => write!(f, "`{path}`"),
            (Some(template), path) => write!(f, "`{path}` of {template}"),
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

    /// The list in this field; an empty one is made if there is none.
    pub(super) fn list(&mut self, name: &str) -> Result<List<'_>, TemplateError> {
        let place = self.place.field(name);
        match self.fields.entry(name).or_insert_with(|| json!([])) {
            Value::Array(entries) => Ok(List { entries, place }),
            other => Err(TemplateError::wrong(&place, other, "a list")),
        }
    }

    /// What is in this field; `default` is put into it if nothing is, not even null.
    pub(super) fn or(&mut self, name: &str, default: impl Into<Value>) -> &mut Value {
        self.fields.entry(name).or_insert_with(|| default.into())
    }

    /// Sets a list of variables: these, then those of its own entries that have other names.
    pub(super) fn set_variables(
        &mut self,
        field: &str,
        mut variables: Vec<Value>,
    ) -> Result<(), TemplateError> {
        let place = self.place.field(field);
        let entries = match self.fields.get_mut(field).map(mem::take) {
            None => Vec::new(),
            Some(Value::Array(entries)) => entries,
            Some(Value::Object(fields)) if fields.is_empty() => Vec::new(),
            Some(Value::String(text)) if text.is_empty() => Vec::new(),
            Some(other) => return Err(TemplateError::wrong(&place, &other, "a list")),
        };
        let set = variables.len();
        for (number, entry) in entries.into_iter().enumerate() {
            let place = place.entry(number);
            let Value::Object(fields) = &entry else {
                return Err(TemplateError::wrong(&place, &entry, "an object"));
            };
            let name = match fields.get("name") {
                None => return Err(TemplateError::Missing(place.field("name"))),
                Some(name @ (Value::Array(_) | Value::Object(_))) => {
                    return Err(TemplateError::wrong(&place.field("name"), name, "text"));
                }
                Some(name) => name,
            };
            if !variables[..set].iter().any(|variable| &variable["name"] == name) {
                variables.push(entry);
            }
        }
        self.set(field, variables);
        Ok(())
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }
}

/// A list in a template, and where it is.
pub(super) struct List<'a> {
    pub(super) entries: &'a mut Vec<Value>,
    pub(super) place: Place,
}

impl List<'_> {
    /// The object at this position.
    pub(super) fn object(&mut self, position: usize) -> Result<Object<'_>, TemplateError> {
        Object::new(&mut self.entries[position], self.place.entry(position))
    }

    /// Where the first object is whose `name` is this. What follows it is not looked at.
    pub(super) fn position_of(&mut self, name: Option<&Value>) -> Result<Option<usize>, TemplateError> {
        let name = name.unwrap_or(&Value::Null);
        for position in 0..self.entries.len() {
            let entry = self.object(position)?;
            if entry.fields.get("name").unwrap_or(&Value::Null) == name {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    /// The first object of this name; one is appended if there is none.
    pub(super) fn named(&mut self, name: &str) -> Result<Object<'_>, TemplateError> {
        let position = match self.position_of(Some(&name.into()))? {
            Some(position) => position,
            None => {
                self.entries.push(json!({ "name": name }));
                self.entries.len() - 1
            }
        };
        self.object(position)
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
