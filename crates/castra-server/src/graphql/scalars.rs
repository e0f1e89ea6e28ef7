//! The scalars of the schema beyond GraphQL's own. They take any value: Prefect's client is loose, and the resolver that
//! reads the value says better what is wrong with it than a validator could.

use async_graphql::dynamic::{Scalar, SchemaBuilder};

/// Name and meaning. Prefect's tables speak of `uuid`, `timestamptz` and `jsonb`, its mutations of `UUID`, `DateTime` and
/// `JSON`; queries name them in their variables.
const SCALARS: &[(&str, &str)] = &[
    ("uuid", "An identifier, e.g. 0b5d1a4e-5c5f-4b3a-9d3f-3a6f6f2f8a11."),
    ("UUID", "An identifier, e.g. 0b5d1a4e-5c5f-4b3a-9d3f-3a6f6f2f8a11."),
    ("timestamptz", "An instant in ISO 8601; without an offset it is UTC."),
    ("DateTime", "An instant in ISO 8601; without an offset it is UTC."),
    ("interval", "A span of time as HH:MM:SS, with days in front where needed."),
    ("jsonb", "Any JSON value."),
    ("JSON", "Any JSON value."),
];

/// Adds the scalars to the schema.
pub(super) fn register(schema: SchemaBuilder) -> SchemaBuilder {
    SCALARS
        .iter()
        .fold(schema, |schema, (name, meaning)| schema.register(Scalar::new(*name).description(*meaning)))
}
