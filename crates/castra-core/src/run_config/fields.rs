//! Reads the fields of one run config from a JSON object, strictly as the wire does or leniently as Prefect 1's
//! constructors do. The six types say which fields they have; the rules for each kind of field stand here.

use serde_json::{Map, Value};

use super::common::Common;
use super::error::{RunConfigError, json_type};
use super::kind::RunConfigKind;
use crate::field::shortened;
use crate::label::LabelSet;
use crate::nearest::nearest;
use crate::python;
use crate::version::{SERIALIZATION_VERSION, VERSION_FIELD};

/// Where the fields come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A stored run config: types are exact, unknown fields are kept (prefect 1.4.1 `RunConfigSchema.load`).
    Wire,
    /// Keyword arguments: scalars become text where text is wanted, unknown names are refused.
    Arguments,
}

/// The fields not yet read, and what is needed to explain a wrong one.
pub(super) struct Fields {
    kind: RunConfigKind,
    source: Source,
    unread: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Fields {
    pub(super) fn new(kind: RunConfigKind, source: Source, unread: Map<String, Value>) -> Self {
        Self { kind, source, unread, known: Vec::new() }
    }

    /// The shared part; read last, because whatever is still unread then is unknown.
    pub(super) fn common(mut self) -> Result<Common, RunConfigError> {
        let env = self.env()?;
        let labels = self.labels()?;
        Ok(Common { env, labels, unknown: self.unknown()? })
    }

    /// Text; from arguments also a number or boolean, as Python's `str()` writes it.
    pub(super) fn text(&mut self, field: &'static str) -> Result<Option<String>, RunConfigError> {
        self.take(field).map(|value| self.text_of(field, &value)).transpose()
    }

    /// Text with a default for the field that is absent; null is `None` all the same.
    pub(super) fn text_or(
        &mut self,
        field: &'static str,
        default: &str,
    ) -> Result<Option<String>, RunConfigError> {
        if self.unread.contains_key(field) { self.text(field) } else { Ok(Some(default.to_owned())) }
    }

    /// A string as it is: nothing else becomes one, not even from arguments.
    pub(super) fn string(&mut self, field: &'static str) -> Result<Option<String>, RunConfigError> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(value) => Err(self.invalid(field, &value, "a string is needed")),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, field: &'static str) -> Result<Option<Vec<String>>, RunConfigError> {
        let Some(items) = self.list(field)? else { return Ok(None) };
        items.iter().map(|item| self.text_of(field, item)).collect::<Result<_, _>>().map(Some)
    }

    /// A list of integers; as in marshmallow's `Int`, decimal text counts and fractions are cut off.
    pub(super) fn integers(&mut self, field: &'static str) -> Result<Option<Vec<i64>>, RunConfigError> {
        let Some(items) = self.list(field)? else { return Ok(None) };
        items
            .iter()
            .map(|item| {
                integer(item, self.source)
                    .ok_or_else(|| self.invalid(field, item, "each entry is a whole number, e.g. [8080]"))
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// A list of objects; on the wire an entry may be null.
    pub(super) fn objects(&mut self, field: &'static str) -> Result<Option<Vec<Value>>, RunConfigError> {
        let Some(items) = self.list(field)? else { return Ok(None) };
        let null_allowed = self.source == Source::Wire;
        match items.iter().find(|item| !(item.is_object() || item.is_null() && null_allowed)) {
            Some(item) => Err(self.invalid(field, item, "each entry is an object")),
            None => Ok(Some(items)),
        }
    }

    /// An object.
    pub(super) fn object(
        &mut self,
        field: &'static str,
    ) -> Result<Option<Map<String, Value>>, RunConfigError> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(value) => Err(self.invalid(field, &value, "an object is needed")),
        }
    }

    /// Any JSON; from arguments an object, since no target takes anything else here.
    pub(super) fn specification(&mut self, field: &'static str) -> Result<Option<Value>, RunConfigError> {
        match self.source {
            Source::Wire => Ok(self.take(field)),
            Source::Arguments => Ok(self.object(field)?.map(Value::Object)),
        }
    }

    /// Any JSON, for the caller to judge.
    pub(super) fn any(&mut self, field: &'static str) -> Option<Value> {
        self.take(field)
    }

    /// Removes and returns a field; null counts as absent.
    fn take(&mut self, field: &'static str) -> Option<Value> {
        self.known.push(field);
        self.unread.remove(field).filter(|value| !value.is_null())
    }

    fn env(&mut self) -> Result<Option<Map<String, Value>>, RunConfigError> {
        match self.take("env") {
            None => Ok(None),
            Some(Value::Object(env)) => Ok(Some(env)),
            Some(value) => Err(RunConfigError::InvalidValue {
                kind: self.kind,
                field: "env",
                value: json_type(&value).to_owned(),
                reason: "environment variables are an object of names and values".to_owned(),
                nearest: None,
            }),
        }
    }

    /// Labels: absent means none; on the wire null is refused, as the marshmallow schema does.
    fn labels(&mut self) -> Result<LabelSet, RunConfigError> {
        const FIELD: &str = "labels";
        if self.source == Source::Wire && self.unread.get(FIELD).is_some_and(Value::is_null) {
            return Err(self.invalid(FIELD, &Value::Null, "no labels is the empty list []"));
        }
        Ok(self.texts(FIELD)?.unwrap_or_default().into_iter().collect())
    }

    fn list(&mut self, field: &'static str) -> Result<Option<Vec<Value>>, RunConfigError> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(value) => {
                let meant = value.is_string().then(|| format!("[{value}]"));
                Err(self.invalid_meant(field, &value, "a list is needed", meant))
            }
        }
    }

    fn text_of(&self, field: &'static str, value: &Value) -> Result<String, RunConfigError> {
        let text = match self.source {
            Source::Wire => value.as_str().map(str::to_owned),
            Source::Arguments => python::text(value),
        };
        text.ok_or_else(|| {
            self.invalid_meant(
                field,
                value,
                "text is needed",
                python::text(value).map(|text| format!("\"{text}\"")),
            )
        })
    }

    fn unknown(self) -> Result<Map<String, Value>, RunConfigError> {
        let mut unread = self.unread;
        if self.source == Source::Wire {
            if unread.get(VERSION_FIELD).and_then(Value::as_str) == Some(SERIALIZATION_VERSION) {
                unread.remove(VERSION_FIELD);
            }
            return Ok(unread);
        }
        match unread.keys().next() {
            None => Ok(unread),
            Some(field) => Err(RunConfigError::UnknownArgument {
                kind: self.kind,
                field: field.clone(),
                nearest: nearest(field, self.known.iter().copied()),
            }),
        }
    }

    fn invalid(&self, field: &'static str, value: &Value, reason: &str) -> RunConfigError {
        self.invalid_meant(field, value, reason, None)
    }

    fn invalid_meant(
        &self,
        field: &'static str,
        value: &Value,
        reason: &str,
        nearest: Option<String>,
    ) -> RunConfigError {
        let (kind, value, reason) = (self.kind, shortened(value), reason.to_owned());
        RunConfigError::InvalidValue { kind, field, value, reason, nearest }
    }
}

/// Python's `int()` of a JSON scalar, without booleans on the wire.
fn integer(value: &Value, source: Source) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(truncated)),
        Value::String(text) => integer_text(text.trim()),
        Value::Bool(boolean) if source == Source::Arguments => Some(i64::from(*boolean)),
        _ => None,
    }
}

fn truncated(float: f64) -> Option<i64> {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    (float.abs() < TWO_TO_63).then_some(float.trunc() as i64)
}

/// Decimal digits with an optional sign; single underscores may stand between digits, as Python allows.
fn integer_text(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let groups_are_digits =
        digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    groups_are_digits.then(|| text.replace('_', "").parse().ok()).flatten()
}
