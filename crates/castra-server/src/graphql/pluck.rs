//! Resolvers that only take out of a JSON value what was computed before: the fields of a mutation's payload, and the
//! columns and relations of rows.

use async_graphql::Value;
use async_graphql::dynamic::{FieldFuture, FieldValue, TypeRef};

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

/// The field `key` of `parent`, which was made by [`object`] or by this function.
pub(super) fn pluck<'a>(parent: &'a FieldValue<'a>, key: &str, shape: Shape) -> FieldFuture<'a> {
    let value = match parent.downcast_ref::<Value>() {
        Some(Value::Object(fields)) => fields.get(key),
        _ => None,
    };
    FieldFuture::Value(value.and_then(|value| shaped(value, shape)))
}

/// `value` as what async-graphql hands to the resolvers of its fields; nothing if it is null.
fn shaped(value: &Value, shape: Shape) -> Option<FieldValue<'_>> {
    match (shape, value) {
        (_, Value::Null) => None,
        (Shape::List, Value::List(items)) => {
            Some(FieldValue::list(items.iter().map(|item| FieldValue::borrowed_any(item))))
        }
        (Shape::Leaf, value) => Some(FieldValue::value(value.clone())),
        (Shape::Object | Shape::List, value) => Some(FieldValue::borrowed_any(value)),
    }
}

/// A whole value, owned, as the answer of a root field.
pub(super) fn owned(value: Value, shape: Shape) -> Option<FieldValue<'static>> {
    match (shape, value) {
        (_, Value::Null) => None,
        (Shape::List, Value::List(items)) => {
            Some(FieldValue::list(items.into_iter().map(FieldValue::owned_any)))
        }
        (Shape::Leaf, value) => Some(FieldValue::value(value)),
        (Shape::Object | Shape::List, value) => Some(FieldValue::owned_any(value)),
    }
}
