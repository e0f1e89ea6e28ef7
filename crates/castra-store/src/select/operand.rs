//! Reads the operands of conditions as the kind of their column demands, in every form that clients send.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::tables::{Column, Kind};
use crate::{Result, StoreError, Value};

/// The longest pattern. SQLite's own bound is 50,000, and a long one is slow to match.
const MAX_PATTERN: usize = 1_000;

/// Reads an operand.
pub(super) fn read(column: &Column, value: &Json) -> Result<Value> {
    let read = match (column.kind, value) {
        (Kind::Uuid, Json::String(text)) => Some(id(text)),
        (Kind::Text, Json::String(text)) => Some(text.into()),
        (Kind::Int, Json::Number(number)) => number.as_i64().map(Value::Integer),
        (Kind::Float, Json::Number(number)) => number.as_f64().map(Value::Real),
        (Kind::Boolean, Json::Bool(truth)) => Some((*truth).into()),
        (Kind::Timestamp, Json::String(text)) => instant(text).map(Value::from),
        _ => None,
    };
    read.ok_or_else(|| {
        let needed = match column.kind {
            Kind::Uuid => "an id as text",
            Kind::Text => "text",
            Kind::Int => "a whole number",
            Kind::Float => "a number",
            Kind::Boolean => "true or false",
            Kind::Timestamp => "a time such as 2026-01-02T03:04:05.678901+00:00",
            Kind::Json => "`_contains` or `_has_key` instead",
        };
        StoreError::invalid(format!(
            "`{}` cannot be compared with {}: it takes {needed}",
            column.name,
            quoted(value)
        ))
    })
}

/// An operand as an element of a JSON list.
pub(super) fn json(value: Value) -> Json {
    match value {
        // No column that can be asked for holds bytes.
        Value::Null | Value::Blob(_) => Json::Null,
        Value::Integer(integer) => integer.into(),
        Value::Real(number) => number.into(),
        Value::Text(text) => text.into(),
    }
}

/// Refuses patterns that are too long.
pub(super) fn check_pattern(column: &Column, pattern: &str) -> Result<()> {
    if pattern.len() > MAX_PATTERN {
        return Err(StoreError::invalid(format!(
            "the pattern for `{}` is longer than {MAX_PATTERN} bytes: shorten it",
            column.name
        )));
    }
    Ok(())
}

/// An id in any of its spellings as the database holds it. What is none equals none: clients look up what their users
/// typed, first as one thing, then as another, and expect no rows rather than an error.
fn id(text: &str) -> Value {
    Uuid::parse_str(text.trim()).map_or_else(|_| text.into(), Value::from)
}

/// A time with an offset, or without one in UTC, as Prefect's client writes both.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// A value in an error's words, cut where it is long.
fn quoted(value: &Json) -> String {
    let mut text = value.to_string();
    if let Some((end, _)) = text.char_indices().nth(60) {
        text.truncate(end);
        text.push('…');
    }
    text
}
