//! What SQLite says in its own way: JSON made from columns, lists bound as one parameter, patterns, JSON containment. A
//! second database is a second file like this one.

use serde_json::Value as Json;

use super::compile::Writer;
use super::{Like, MAX_DEPTH};
use crate::tables::Kind;
use crate::{Result, StoreError};

/// Aggregates rows to a JSON list, in their order.
pub(super) const LIST: &str = "json_group_array";

/// A column as a value within a JSON object.
pub(super) fn json(kind: Kind, column: &str) -> String {
    match kind {
        Kind::Json => format!("json({column})"),
        Kind::Boolean => format!("json(CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"),
        Kind::Uuid | Kind::Text | Kind::Int | Kind::Float | Kind::Timestamp => column.to_owned(),
    }
}

/// Writes the elements of a list as what `IN` compares with: one parameter, however many there are.
pub(super) fn elements(writer: &mut Writer, list: Json) {
    writer.push("(SELECT value FROM json_each(");
    writer.bind(list);
    writer.push("))");
}

/// Writes a comparison with a pattern. SQLite's LIKE ignores case, its GLOB does not.
pub(super) fn like(writer: &mut Writer, expression: &str, like: Like, pattern: &str) {
    writer.push(expression);
    if !like.like {
        writer.push(" NOT");
    }
    if like.ignore_case {
        writer.push(" LIKE ");
        writer.bind(pattern);
        writer.push(" ESCAPE '\\'");
    } else {
        writer.push(" GLOB ");
        writer.bind(glob(pattern));
    }
}

/// A pattern of SQL as a pattern of GLOB.
fn glob(pattern: &str) -> String {
    let mut glob = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => glob.push('*'),
            '_' => glob.push('?'),
            '\\' => literal(&mut glob, characters.next().unwrap_or('\\')),
            other => literal(&mut glob, other),
        }
    }
    glob
}

/// Adds a character that stands for itself.
fn literal(glob: &mut String, character: char) {
    if matches!(character, '*' | '?' | '[') {
        glob.extend(['[', character, ']']);
    } else {
        glob.push(character);
    }
}

/// Writes that the JSON of a column contains a JSON value.
pub(super) fn contains(writer: &mut Writer, column: &str, value: &Json) -> Result<()> {
    writer.push(&format!("EXISTS (SELECT 1 FROM json_each(json_array(json({column}))) AS j0 WHERE "));
    matches(writer, 0, value)?;
    writer.push(")");
    Ok(())
}

/// Writes that the value of the `json_each` row `j<depth>` contains `value`.
fn matches(writer: &mut Writer, depth: usize, value: &Json) -> Result<()> {
    writer.term()?;
    if depth > MAX_DEPTH {
        return Err(StoreError::invalid(format!(
            "`_contains` looks no deeper than {MAX_DEPTH} levels of JSON"
        )));
    }
    match value {
        Json::Null => writer.push(&format!("j{depth}.type = 'null'")),
        Json::Bool(truth) => writer.push(&format!("j{depth}.type = '{truth}'")),
        Json::Number(number) => {
            writer.push(&format!("j{depth}.type IN ('integer', 'real') AND j{depth}.atom = "));
            match number.as_i64() {
                Some(integer) => writer.bind(integer),
                None => writer.bind(number.as_f64()),
            }
        }
        Json::String(text) => {
            writer.push(&format!("j{depth}.type = 'text' AND j{depth}.atom = "));
            writer.bind(text);
        }
        Json::Array(items) => {
            writer.push(&format!("j{depth}.type = 'array'"));
            for item in items {
                element(writer, depth, None, item)?;
            }
        }
        Json::Object(fields) => {
            writer.push(&format!("j{depth}.type = 'object'"));
            for (key, field) in fields {
                element(writer, depth, Some(key), field)?;
            }
        }
    }
    Ok(())
}

/// Writes that the value of `j<depth>` has an element, under `key` if there is one, that contains `value`.
fn element(writer: &mut Writer, depth: usize, key: Option<&str>, value: &Json) -> Result<()> {
    let inner = depth + 1;
    writer.push(&format!(" AND EXISTS (SELECT 1 FROM json_each(j{depth}.value) AS j{inner} WHERE "));
    if let Some(key) = key {
        writer.push(&format!("j{inner}.key = "));
        writer.bind(key);
        writer.push(" AND ");
    }
    matches(writer, inner, value)?;
    writer.push(")");
    Ok(())
}

/// Writes that the JSON of a column is an object with a key, or a list with this text.
pub(super) fn has_key(writer: &mut Writer, column: &str, key: &str) {
    writer.push(&format!(
        "EXISTS (SELECT 1 FROM json_each({column}) AS j0 \
         WHERE CASE json_type({column}) WHEN 'object' THEN j0.key WHEN 'array' THEN j0.atom END = "
    ));
    writer.bind(key);
    writer.push(")");
}
