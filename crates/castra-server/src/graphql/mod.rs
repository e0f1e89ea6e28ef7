//! The GraphQL schema, generated at start: scalars, queries over the tables, mutations.

mod caller;
mod definition;
mod errors;
mod mutations;
mod pluck;
mod registrar;
mod scalars;

use async_graphql::dynamic::{Field, FieldFuture, Object, Schema, SchemaError, TypeRef};

/// The name of the type that holds the queries.
const QUERY: &str = "Query";
/// The name of the type that holds the mutations.
const MUTATION: &str = "Mutation";

/// Builds the schema.
///
/// # Errors
/// A type that is defined wrongly or not at all: a mistake in this crate, which a test finds.
pub(crate) fn schema() -> Result<Schema, SchemaError> {
    let hello = Field::new("hello", TypeRef::named_nn(TypeRef::STRING), |_| {
        FieldFuture::from_value(Some("hello".into()))
    });
    let schema = scalars::register(Schema::build(QUERY, Some(MUTATION), None));
    let schema = schema.register(Object::new(QUERY).field(hello));
    mutations::register(registrar::Registrar::new(schema))?.finish().finish()
}
