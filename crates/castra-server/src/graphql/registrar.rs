//! Where each mutation registers itself: its name, its types in GraphQL's definition language, and the function that does
//! it. Reading the input and picking the answer apart is done here, once for all.

use std::any::Any;
use std::future::Future;

use async_graphql::dynamic::{
    Field, FieldFuture, InputValue, Object, ResolverContext, SchemaBuilder, SchemaError, TypeRef,
};
use castra_store::Store;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::MUTATION;
use super::caller::Caller;
use super::definition::Definitions;
use super::errors::Error;
use super::pluck::{Shape, from_serialized, owned};
use crate::stopping::Stopping;

/// What a mutation is called with, besides its input.
#[derive(Clone)]
pub(crate) struct Call {
    /// Who calls.
    pub(crate) caller: Caller,
    /// Where everything is kept.
    pub(crate) store: Store,
    /// Tells when the server stops.
    pub(crate) stopping: Stopping,
}

/// Collects the mutations of the schema.
pub(crate) struct Registrar {
    schema: SchemaBuilder,
    mutations: Object,
}

impl Registrar {
    /// Begins with a schema that lacks nothing but its mutations.
    pub(super) fn new(schema: SchemaBuilder) -> Self {
        Self { schema, mutations: Object::new(MUTATION) }
    }

    /// Adds `name(input: <name>_input!): <name>_payload`. `definitions` defines these two types and those they use; an
    /// object type's fields are taken by name from what `run` returns. The input reaches `run` with lists where its type
    /// says so; an error of its shape names the place, e.g. `create_flow_run: input.labels[0]: …`.
    ///
    /// # Errors
    /// What is wrong with `definitions`.
    pub(crate) fn mutation<I, O, F, R>(
        mut self,
        name: &'static str,
        definitions: &str,
        run: F,
    ) -> Result<Self, SchemaError>
    where
        I: DeserializeOwned + Send + 'static,
        O: Serialize + 'static,
        F: Fn(Call, I) -> R + Send + Sync + 'static,
        R: Future<Output = Result<O, Error>> + Send + 'static,
    {
        let definitions = Definitions::parse(definitions)?;
        self.schema = definitions.register(self.schema);
        let returns = TypeRef::named(format!("{name}_payload"));
        let takes = InputValue::new("input", TypeRef::named_nn(format!("{name}_input")));
        let field = Field::new(name, returns, move |context| {
            let running = call(&context).and_then(|call| Ok(run(call, input(name, &definitions, &context)?)));
            FieldFuture::new(async move {
                let answer = async { owned(from_serialized(running?.await?)?, Shape::Object) };
                answer.await.map_err(Error::into_answer)
            })
        });
        self.mutations = self.mutations.field(field.argument(takes));
        Ok(self)
    }

    /// The schema with its mutations.
    pub(super) fn finish(self) -> SchemaBuilder {
        self.schema.register(self.mutations)
    }
}

/// Who calls, as the request brought it, and what the schema was built over.
fn call(context: &ResolverContext<'_>) -> Result<Call, Error> {
    Ok(Call { caller: data(context)?, store: data(context)?, stopping: data(context)? })
}

/// What the request or the schema holds of a type.
fn data<T: Any + Clone + Send + Sync>(context: &ResolverContext<'_>) -> Result<T, Error> {
    context.data::<T>().cloned().map_err(|error| Error::fault(error.message))
}

/// The argument `input` of the mutation `name`.
fn input<I: DeserializeOwned>(
    name: &str,
    definitions: &Definitions,
    context: &ResolverContext<'_>,
) -> Result<I, Error> {
    let value = context.args.get("input").map(|input| input.as_value().clone()).unwrap_or_default();
    let value = definitions.coerce(&format!("{name}_input"), value);
    let json = value.into_json().map_err(Error::fault)?;
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = error.path().to_string();
        let dot = if path == "." { "" } else { "." };
        Error::BadInput(format!("{name}: input{dot}{}: {}", path.trim_start_matches('.'), error.inner()))
    })
}
