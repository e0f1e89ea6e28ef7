//! The GraphQL schema, generated at start: scalars, queries over the tables, mutations.

pub(crate) mod caller;
mod cloud;
mod definition;
pub(crate) mod errors;
mod filter;
mod mutations;
mod order;
mod pluck;
mod preflight;
mod question;
mod registrar;
mod scalars;
mod tables;
mod why;

use async_graphql::dynamic::{Field, FieldFuture, InputValue, Object, Schema, SchemaError, TypeRef};
use castra_store::Store;
use castra_store::tables::Table;

use pluck::Shape;
use registrar::Registrar;

use crate::stopping::Stopping;

/// The name of the type that holds the queries.
const QUERY: &str = "Query";
/// The name of the type that holds the mutations.
const MUTATION: &str = "Mutation";

/// Builds the schema over a store, for a server that tells when it stops.
///
/// # Errors
/// A type that is defined wrongly or not at all: a mistake in this crate, which a test finds.
pub(crate) fn schema(store: Store, stopping: Stopping) -> Result<Schema, SchemaError> {
    let schema = scalars::register(Schema::build(QUERY, Some(MUTATION), None)).data(store).data(stopping);
    let query = Object::new(QUERY).field(hello()).field(get_task_run_info()?);
    let (schema, query) = tables::register(schema, query);
    let (schema, query) = why::register(schema, query)?;
    let (schema, query) = preflight::register(schema, query)?;
    let (schema, query) = cloud::register(schema, query)?;
    mutations::register(Registrar::new(schema.register(query)))?.finish().finish()
}

/// Agents ask it at their start to see whether anyone answers.
fn hello() -> Field {
    Field::new("hello", TypeRef::named_nn(TypeRef::STRING), |_| FieldFuture::from_value(Some("hello".into())))
}

/// `task_run_by_pk` under the name by which prefect 1.4.1 `Client.get_task_run_state` asks for it.
fn get_task_run_info() -> Result<Field, SchemaError> {
    let table = Table::named("task_run").ok_or_else(|| SchemaError("no table task_run".to_owned()))?;
    let field = Field::new("get_task_run_info", TypeRef::named(table.name), move |context| {
        tables::ask(context, Shape::Object, |field| question::by_id(table, field, "task_run_id"))
    });
    Ok(field.argument(InputValue::new("task_run_id", TypeRef::named_nn("UUID"))))
}
