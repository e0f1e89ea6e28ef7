//! Reads fields of a JSON document and names the path of a bad one. What a field means is left to its reader.

use serde_json::{Map, Value};

/// A field of a JSON document that is missing or of the wrong kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: expected {expected}, found {found}")]
pub struct FieldError {
    /// Where: for example `flow.tasks[3].slug`.
    pub path: String,
    /// What belongs there.
    pub expected: String,
    /// What stands there, cut to a readable length.
    pub found: String,
}

/// One value of a JSON document together with its path; `None` is an absent field.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    path: String,
    value: Option<&'a Value>,
}

impl<'a> Field<'a> {
    /// The document itself, called `name` in errors.
    pub(crate) fn root(name: &str, value: &'a Value) -> Self {
        Field { path: name.to_owned(), value: Some(value) }
    }

    /// Where this value stands in the document.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The member `name` of this object; it may be absent.
    pub(crate) fn get(&self, name: &str) -> Result<Field<'a>, FieldError> {
        let object = self.object()?;
        Ok(Field { path: format!("{}.{name}", self.path), value: object.get(name) })
    }

    /// This field, unless it is absent or null.
    pub(crate) fn present(self) -> Option<Field<'a>> {
        if self.value.is_none_or(Value::is_null) { None } else { Some(self) }
    }

    /// The value as it is; null if absent.
    pub(crate) fn value(&self) -> Value {
        self.value.cloned().unwrap_or(Value::Null)
    }

    /// The members of this object.
    pub(crate) fn object(&self) -> Result<&'a Map<String, Value>, FieldError> {
        self.value.and_then(Value::as_object).ok_or_else(|| self.expected("an object"))
    }

    /// The items of this list; none if it is absent or null, as Prefect's schemas leave out empty lists.
    pub(crate) fn items(&self) -> Result<Vec<Field<'a>>, FieldError> {
        if self.value.is_none_or(Value::is_null) {
            return Ok(Vec::new());
        }
        let items = self.value.and_then(Value::as_array).ok_or_else(|| self.expected("a list"))?;
        let item = |(index, value)| Field { path: format!("{}[{index}]", self.path), value: Some(value) };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// This string.
    pub(crate) fn string(&self) -> Result<&'a str, FieldError> {
        self.value.and_then(Value::as_str).ok_or_else(|| self.expected("a string"))
    }

    /// This boolean.
    pub(crate) fn boolean(&self) -> Result<bool, FieldError> {
        self.value.and_then(Value::as_bool).ok_or_else(|| self.expected("true or false"))
    }

    /// This whole number; `5.0` is one.
    pub(crate) fn integer(&self) -> Result<i64, FieldError> {
        let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
        self.value
            .and_then(|value| value.as_i64().or_else(|| value.as_f64().and_then(whole)))
            .ok_or_else(|| self.expected("a whole number"))
    }

    /// This number.
    pub(crate) fn number(&self) -> Result<f64, FieldError> {
        self.value.and_then(Value::as_f64).ok_or_else(|| self.expected("a number"))
    }

    /// The strings of this list; none if it is absent or null.
    pub(crate) fn strings(&self) -> Result<Vec<String>, FieldError> {
        self.items()?.iter().map(|item| item.string().map(str::to_owned)).collect()
    }

    /// The error that says what should have stood here.
    pub(crate) fn expected(&self, expected: &str) -> FieldError {
        FieldError {
            path: self.path.clone(),
            expected: expected.to_owned(),
            found: self.value.map_or("nothing".to_owned(), shortened),
        }
    }
}

/// The value as JSON, cut to a length that fits a message.
pub(crate) fn shortened(value: &Value) -> String {
    const READABLE: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(READABLE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bad_field_is_named_by_its_path() {
        let document = json!({"tasks": [{"slug": "a"}, {"slug": 7}]});
        let tasks = Field::root("flow", &document).get("tasks").unwrap().items().unwrap();
        let error = tasks[1].get("slug").unwrap().string().unwrap_err();
        assert_eq!(error.to_string(), "flow.tasks[1].slug: expected a string, found 7");
        let error = tasks[1].get("name").unwrap().string().unwrap_err();
        assert_eq!(error.to_string(), "flow.tasks[1].name: expected a string, found nothing");
    }

    #[test]
    fn whole_numbers_may_come_as_floats() {
        assert_eq!(Field::root("n", &json!(5.0)).integer(), Ok(5));
        assert!(Field::root("n", &json!(5.5)).integer().is_err());
        assert!(Field::root("n", &json!("5")).integer().is_err());
    }
}
