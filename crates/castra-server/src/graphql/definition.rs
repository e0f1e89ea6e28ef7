//! Types written in GraphQL's own definition language, made into types of the running schema. Object types take their
//! fields out of the JSON value that the resolver above them returned.

use std::collections::HashMap;

use async_graphql::Value;
use async_graphql::dynamic::{Field, InputObject, InputValue, Object, SchemaBuilder, SchemaError, TypeRef};
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, InputObjectType, ObjectType, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};

use super::pluck::{Shape, pluck};

/// The types of one definition text.
#[derive(Debug)]
pub(super) struct Definitions {
    inputs: HashMap<String, InputObjectType>,
    objects: HashMap<String, ObjectType>,
}

impl Definitions {
    /// Reads `input` and `type` definitions.
    ///
    /// # Errors
    /// Of the text: what GraphQL's parser says, or a kind of definition that is not taken.
    pub(super) fn parse(text: &str) -> Result<Self, SchemaError> {
        let document = parse_schema(text).map_err(|error| SchemaError(format!("{error} in: {text}")))?;
        let mut definitions = Self { inputs: HashMap::new(), objects: HashMap::new() };
        for definition in document.definitions {
            match definition {
                TypeSystemDefinition::Type(definition) => definitions.add(definition.node)?,
                _ => return Err(SchemaError(format!("only `input` and `type` are taken, in: {text}"))),
            }
        }
        Ok(definitions)
    }

    fn add(&mut self, definition: TypeDefinition) -> Result<(), SchemaError> {
        let name = definition.name.node.to_string();
        match definition.kind {
            TypeKind::InputObject(input) => drop(self.inputs.insert(name, input)),
            TypeKind::Object(object) => drop(self.objects.insert(name, object)),
            _ => return Err(SchemaError(format!("`{name}`: only `input` and `type` are taken"))),
        }
        Ok(())
    }

    /// Adds the types to a schema.
    pub(super) fn register(&self, mut schema: SchemaBuilder) -> SchemaBuilder {
        for (name, input) in &self.inputs {
            let object = input.fields.iter().fold(InputObject::new(name), |object, field| {
                object.field(InputValue::new(field.node.name.node.as_str(), type_ref(&field.node.ty.node)))
            });
            schema = schema.register(object);
        }
        for (name, object) in &self.objects {
            let object = object.fields.iter().fold(Object::new(name), |object, field| {
                let (name, ty) = (field.node.name.node.to_string(), type_ref(&field.node.ty.node));
                let shape = Shape::of(&ty, self.objects.contains_key(ty.type_name()));
                object.field(Field::new(name.clone(), ty, move |context| {
                    pluck(context.parent_value, &name, shape)
                }))
            });
            schema = schema.register(object);
        }
        schema
    }

    /// Coerces a value of the input type `name` as GraphQL demands: one value where a list is expected becomes a list of one.
    pub(super) fn coerce(&self, name: &str, value: Value) -> Value {
        let Some(input) = self.inputs.get(name) else { return value };
        let Value::Object(mut fields) = value else { return value };
        for field in &input.fields {
            if let Some(value) = fields.get_mut(&field.node.name.node) {
                *value = self.coerce_to(&field.node.ty.node.base, std::mem::take(value));
            }
        }
        Value::Object(fields)
    }

    fn coerce_to(&self, ty: &BaseType, value: Value) -> Value {
        match (ty, value) {
            (_, Value::Null) => Value::Null,
            (BaseType::List(item), Value::List(values)) => {
                Value::List(values.into_iter().map(|value| self.coerce_to(&item.base, value)).collect())
            }
            (BaseType::List(item), value) => Value::List(vec![self.coerce_to(&item.base, value)]),
            (BaseType::Named(name), value) => self.coerce(name, value),
        }
    }
}

/// A type of the definition language as the schema builder's.
fn type_ref(ty: &Type) -> TypeRef {
    let inner = match &ty.base {
        BaseType::Named(name) => TypeRef::named(name.as_str()),
        BaseType::List(item) => TypeRef::List(Box::new(type_ref(item))),
    };
    if ty.nullable { inner } else { TypeRef::NonNull(Box::new(inner)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::value;

    #[test]
    fn one_value_where_a_list_is_expected_becomes_a_list() {
        let definitions = Definitions::parse(
            "input write_run_logs_input { logs: [log_input!] } input log_input { tags: [[String]] message: JSON }",
        )
        .unwrap();
        let coerced = definitions.coerce(
            "write_run_logs_input",
            value!({"logs": {"tags": "a", "message": {"tags": "b"}}, "unknown": 1}),
        );
        assert_eq!(coerced, value!({"logs": [{"tags": [["a"]], "message": {"tags": "b"}}], "unknown": 1}));
    }

    #[test]
    fn what_is_no_definition_is_refused() {
        for text in ["type", "enum colour { red }", "schema { query: Query }", "query { hello }"] {
            assert!(Definitions::parse(text).is_err(), "{text}");
        }
    }
}
