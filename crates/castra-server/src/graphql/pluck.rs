//! Resolvers that only take out of a JSON value what was computed before: the fields of a mutation's payload, and the
//! columns and relations of rows.

use async_graphql::Value;
use async_graphql::dynamic::{FieldFuture, FieldValue, TypeRef};
use castra_store::select::MAX_ROWS;
use serde::Serialize;

use super::errors::Error;

/// What a field of an object holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A scalar or a list of scalars: handed on as it is.
    Leaf,
    /// Another object.
    Object,
    /// A list of objects.
    List,
}

impl Shape {
    /// The shape of a field of type `ty`, where `is_object` tells object types from the others.
    pub(super) fn of(ty: &TypeRef, is_object: bool) -> Self {
        match ty {
            _ if !is_object => Shape::Leaf,
            TypeRef::Named(_) => Shape::Object,
            TypeRef::NonNull(inner) => Shape::of(inner, is_object),
            TypeRef::List(_) => Shape::List,
        }
    }
}

/// The field `key` of `parent`, which was made by [`owned`] or by this function.
pub(super) fn pluck<'a>(parent: &'a FieldValue<'a>, key: &str, shape: Shape) -> FieldFuture<'a> {
    let value = match parent.downcast_ref::<Value>() {
        Some(Value::Object(fields)) => fields.get(key),
        _ => None,
    };
    match (shape, value) {
        (_, None | Some(Value::Null)) => FieldFuture::Value(None),
        (Shape::Leaf, Some(value)) => FieldFuture::Value(Some(FieldValue::value(value.clone()))),
        (Shape::List, Some(Value::List(items))) => match too_many(items) {
            None => FieldFuture::Value(Some(FieldValue::list(
                items.iter().map(|it| FieldValue::borrowed_any(it)),
            ))),
            Some(error) => FieldFuture::new(async { Err::<Option<Value>, _>(error.into_answer()) }),
        },
        (Shape::Object | Shape::List, Some(value)) => {
            FieldFuture::Value(Some(FieldValue::borrowed_any(value)))
        }
    }
}

/// A whole value as the answer of a root field.
pub(super) fn owned(value: Value, shape: Shape) -> Result<Option<FieldValue<'static>>, Error> {
    Ok(match (shape, value) {
        (_, Value::Null) => None,
        (Shape::Leaf, value) => Some(FieldValue::value(value)),
        (Shape::List, Value::List(items)) => match too_many(&items) {
            None => Some(FieldValue::list(items.into_iter().map(FieldValue::owned_any))),
            Some(error) => return Err(error),
        },
        (Shape::Object | Shape::List, value) => Some(FieldValue::owned_any(value)),
    })
}

/// The store cuts a list one row after the most that it may have.
fn too_many(items: &[Value]) -> Option<Error> {
    (items.len() > MAX_ROWS).then(|| {
        Error::BadInput(format!(
            "more than {MAX_ROWS} rows: ask for fewer at a time, with `limit` and `offset`"
        ))
    })
}

/// What a function of the store answered, as a value.
pub(super) fn from_serialized(answer: impl Serialize) -> Result<Value, Error> {
    let json = serde_json::to_value(answer).map_err(Error::fault)?;
    Value::from_json(json).map_err(Error::fault)
}
