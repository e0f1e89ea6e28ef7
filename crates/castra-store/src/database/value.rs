//! What goes into a statement and what comes out of a row, in the store's own terms.

use castra_core::label::LabelSet;
use castra_core::launch::LaunchPhase;
use castra_core::state::StateKind;
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::Offset;
use uuid::Uuid;

use crate::error::{Result, StoreError};

/// A parameter of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// An integer, or a boolean as 0 or 1.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text: also ids, times and JSON.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// An instant as the database holds it: ISO 8601 in UTC with microseconds and offset. Ordered as text like the instants.
pub fn time_text(instant: Timestamp) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
    let mut text = String::with_capacity(32);
    // Printing into a string cannot fail.
    let _ = PRINTER.print_timestamp_with_offset(&instant, Offset::UTC, &mut text);
    text
}

macro_rules! value_from {
    ($($type:ty => |$it:ident| $value:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($it: $type) -> Self {
                $value
            }
        })*
    };
}

value_from! {
    i64 => |it| Value::Integer(it);
    u32 => |it| Value::Integer(it.into());
    bool => |it| Value::Integer(it.into());
    f64 => |it| Value::Real(it);
    String => |it| Value::Text(it);
    &str => |it| Value::Text(it.to_owned());
    &String => |it| Value::Text(it.clone());
    Uuid => |it| Value::Text(it.to_string());
    &Uuid => |it| Value::Text(it.to_string());
    Timestamp => |it| Value::Text(time_text(it));
    StateKind => |it| Value::Text(it.as_str().to_owned());
    LaunchPhase => |it| Value::Text(it.as_str().to_owned());
    serde_json::Value => |it| Value::Text(it.to_string());
    &serde_json::Value => |it| Value::Text(it.to_string());
    serde_json::Map<String, serde_json::Value> => |it| serde_json::Value::Object(it).into();
    &LabelSet => |it| Value::Text(it.iter().collect::<serde_json::Value>().to_string());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// A value in a row, borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// No value.
    Null,
    /// An integer.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

/// A type that can be read from a column.
pub trait FromValue: Sized {
    /// Reads it; the error says what was found instead.
    fn from_value(value: ValueRef<'_>) -> Result<Self, String>;
}

impl FromValue for i64 {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Integer(integer) => Ok(integer),
            other => Err(format!("{other:?} is no integer")),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        i64::from_value(value).map(|integer| integer != 0)
    }
}

impl FromValue for u32 {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        i64::from_value(value)?.try_into().map_err(|_| "the number is negative or too large".to_owned())
    }
}

impl FromValue for f64 {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Real(number) => Ok(number),
            ValueRef::Integer(integer) => Ok(integer as f64),
            other => Err(format!("{other:?} is no number")),
        }
    }
}

impl FromValue for String {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        text(value).map(str::to_owned)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl FromValue for serde_json::Value {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        json(value)
    }
}

impl FromValue for serde_json::Map<String, serde_json::Value> {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        json(value)
    }
}

impl FromValue for LabelSet {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        json(value)
    }
}

impl FromValue for Uuid {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        parsed(value)
    }
}

impl FromValue for Timestamp {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        parsed(value)
    }
}

impl FromValue for StateKind {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        parsed(value)
    }
}

impl FromValue for LaunchPhase {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        parsed(value)
    }
}

fn text(value: ValueRef<'_>) -> Result<&str, String> {
    match value {
        ValueRef::Text(text) => Ok(text),
        other => Err(format!("{other:?} is no text")),
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(value: ValueRef<'_>) -> Result<T, String> {
    let text = text(value)?;
    text.parse().map_err(|error| format!("`{text}`: {error}"))
}

fn json<T: serde::de::DeserializeOwned>(value: ValueRef<'_>) -> Result<T, String> {
    serde_json::from_str(text(value)?).map_err(|error| error.to_string())
}

/// A row of an answer.
pub struct Row<'a>(&'a rusqlite::Row<'a>);

impl<'a> Row<'a> {
    pub(super) fn new(row: &'a rusqlite::Row<'a>) -> Self {
        Self(row)
    }

    /// The value of a column, by its place in the select list, from 0.
    ///
    /// # Errors
    /// [`StoreError::Internal`] if the column holds something else or does not exist: a fault in the store.
    pub fn get<T: FromValue>(&self, column: usize) -> Result<T> {
        T::from_value(self.value(column)?).map_err(|reason| {
            let name = self.0.as_ref().column_name(column).unwrap_or("?");
            StoreError::Internal(format!("column {name}: {reason}"))
        })
    }

    fn value(&self, column: usize) -> Result<ValueRef<'_>> {
        use rusqlite::types::ValueRef as Sqlite;
        Ok(match self.0.get_ref(column)? {
            Sqlite::Null => ValueRef::Null,
            Sqlite::Integer(integer) => ValueRef::Integer(integer),
            Sqlite::Real(number) => ValueRef::Real(number),
            Sqlite::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => ValueRef::Text(text),
                Err(error) => return Err(StoreError::Corrupt(error.to_string())),
            },
            Sqlite::Blob(bytes) => ValueRef::Blob(bytes),
        })
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef as Sqlite};
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => Sqlite::Null,
            Value::Integer(integer) => Sqlite::Integer(*integer),
            Value::Real(number) => Sqlite::Real(*number),
            Value::Text(text) => Sqlite::Text(text.as_bytes()),
            Value::Blob(bytes) => Sqlite::Blob(bytes),
        }))
    }
}
