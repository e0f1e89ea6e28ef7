//! What Prefect's client asks only in its mode for Prefect Cloud, which it must be in to use the key-value store. Castra has
//! no users, API keys, secrets or tag limits, and says so: whoever calls belongs to the first tenant, and the rest is empty.

use async_graphql::Value;
use async_graphql::dynamic::{Field, FieldFuture, InputValue, Object, SchemaBuilder, SchemaError, TypeRef};
use castra_store::select::{Answer, Direction, Order, Output, OutputValue, Rows, Select};
use castra_store::tables::Table;

use super::definition::Definitions;
use super::errors::Error;
use super::pluck::Shape;
use super::question::known;
use super::tables::ask;

const TYPES: &str = "
    type auth_info { tenant_id: UUID user_id: UUID }
    type auth_api_key { id: UUID name: String expires_at: DateTime }
    type task_tag_limit { id: UUID tag: String limit: Int }
";

/// Adds the types to `schema` and the root fields to `query`.
///
/// # Errors
/// What is wrong with the types.
pub(super) fn register(schema: SchemaBuilder, query: Object) -> Result<(SchemaBuilder, Object), SchemaError> {
    let auth_info = Field::new("auth_info", TypeRef::named("auth_info"), |context| {
        ask(context, Shape::Object, |_| first_tenant())
    });
    let filter = || InputValue::new("where", TypeRef::named("JSON"));
    let secret_value = Field::new("secret_value", TypeRef::named("JSON"), |_| {
        // The words that make prefect 1.4.1 `Secret.get` raise KeyError.
        let error = Error::NotFound("No value found for the requested key".to_owned());
        FieldFuture::new(async { Err::<Option<Value>, _>(error.into_answer()) })
    });
    let query = query
        .field(none("auth_api_key", "auth_api_key").argument(filter()))
        .field(none("task_tag_limit", "task_tag_limit").argument(filter()))
        .field(none("secret_names", TypeRef::STRING))
        .field(auth_info)
        .field(secret_value.argument(InputValue::new("name", TypeRef::named_nn(TypeRef::STRING))));
    Ok((Definitions::parse(TYPES)?.register(schema), query))
}

/// A list of which there is nothing.
fn none(name: &str, item: &str) -> Field {
    Field::new(name, TypeRef::named_nn_list_nn(item), |_| {
        FieldFuture::from_value(Some(Value::List(Vec::new())))
    })
}

/// The oldest tenant's id.
fn first_tenant() -> Result<Select, Error> {
    let table = known(Table::named("tenant"), "tenant")?;
    let column = |name| known(table.column(name), name);
    let order = Order { path: Vec::new(), column: column("created")?, direction: Direction::ASCENDING };
    let tenant_id = Output { key: "tenant_id".to_owned(), value: OutputValue::Column(column("id")?) };
    let rows = Rows { order_by: vec![order], ..Rows::default() };
    Ok(Select { table, rows, answer: Answer::One(vec![tenant_id]) })
}
