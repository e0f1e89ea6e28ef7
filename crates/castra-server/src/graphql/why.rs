//! `why(flow_run_id)`: what a run waits for, and for every agent whether it takes the run and why not.

use async_graphql::dynamic::{
    Field, FieldFuture, InputValue, Object, ResolverContext, SchemaBuilder, SchemaError, TypeRef,
};
use async_graphql::{Name, Value};
use castra_store::{Store, why};
use uuid::Uuid;

use super::definition::Definitions;
use super::errors::{Error, quote};
use super::pluck::{Shape, from_serialized, owned};

const TYPES: &str = "
    type why { waiting_for: String is_claimable: Boolean! agents: [why_agent!]! }
    type why_agent {
        id: UUID! name: String type: String! labels: JSON! takes: Boolean! reason: String mismatch: JSON
    }
";

/// Adds the types to `schema` and the root field to `query`.
///
/// # Errors
/// What is wrong with the types.
pub(super) fn register(schema: SchemaBuilder, query: Object) -> Result<(SchemaBuilder, Object), SchemaError> {
    let field = Field::new("why", TypeRef::named("why"), |context| {
        let flow_run_id = flow_run_id(&context);
        FieldFuture::new(async move {
            let answer = async {
                let store = context.data::<Store>().map_err(|error| Error::fault(error.message))?;
                let flow_run_id = flow_run_id?;
                let why = store.read(move |transaction| why::why(transaction, flow_run_id)).await?;
                owned(from_serialized(why)?, Shape::Object)
            };
            answer.await.map_err(Error::into_answer)
        })
    });
    let argument = InputValue::new("flow_run_id", TypeRef::named_nn("UUID"));
    Ok((Definitions::parse(TYPES)?.register(schema), query.field(field.argument(argument))))
}

fn flow_run_id(context: &ResolverContext<'_>) -> Result<Uuid, Error> {
    let value = context.args.as_index_map().get(&Name::new("flow_run_id")).unwrap_or(&Value::Null);
    let id = match value {
        Value::String(text) => Uuid::parse_str(text.trim()).ok(),
        _ => None,
    };
    id.ok_or_else(|| Error::BadInput(format!("`flow_run_id` takes an id, not {}", quote(value))))
}
