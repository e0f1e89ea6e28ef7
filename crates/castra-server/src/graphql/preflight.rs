//! `preflight(run_config, labels)`: what is wrong with a run config, and whether an agent is there to take its runs.

use async_graphql::dynamic::{
    Field, FieldFuture, InputValue, Object, ResolverContext, SchemaBuilder, SchemaError, TypeRef,
};
use async_graphql::{Name, Value};
use castra_core::label::LabelSet;
use castra_core::preflight::{Finding, preflight};
use castra_core::run_config::{AgentKind, RunConfig, RunConfigKind};
use castra_store::route::Route;
use castra_store::{Store, why};
use serde_json::{Value as Json, json};

use super::definition::Definitions;
use super::errors::{Error, quote};
use super::pluck::{Shape, from_serialized, owned};

const TYPES: &str = "
    type preflight { findings: [preflight_finding!]! }
    type preflight_finding { field: String! severity: String! message: String! }
";

/// Adds the types to `schema` and the root field to `query`.
///
/// # Errors
/// What is wrong with the types.
pub(super) fn register(schema: SchemaBuilder, query: Object) -> Result<(SchemaBuilder, Object), SchemaError> {
    let field = Field::new("preflight", TypeRef::named("preflight"), |context| {
        let question = Question::read(&context);
        FieldFuture::new(async move {
            let answer = async {
                let store = context.data::<Store>().map_err(|error| Error::fault(error.message))?;
                let findings = question?.findings(store).await?;
                owned(from_serialized(json!({ "findings": findings }))?, Shape::Object)
            };
            answer.await.map_err(Error::into_answer)
        })
    });
    let run_config = InputValue::new("run_config", TypeRef::named_nn("JSON"));
    let labels = InputValue::new("labels", TypeRef::named_nn_list(TypeRef::STRING));
    let field = field.argument(run_config).argument(labels);
    Ok((Definitions::parse(TYPES)?.register(schema), query.field(field)))
}

struct Question {
    run_config: Json,
    /// The labels of the run; those of the run config if none are given.
    labels: Option<LabelSet>,
}

impl Question {
    fn read(context: &ResolverContext<'_>) -> Result<Self, Error> {
        let argument = |name| context.args.as_index_map().get(&Name::new(name)).cloned();
        let run_config = argument("run_config").unwrap_or_default().into_json().map_err(Error::fault)?;
        let labels = argument("labels").filter(|labels| *labels != Value::Null).map(label_set).transpose()?;
        Ok(Self { run_config, labels })
    }

    async fn findings(self, store: &Store) -> Result<Vec<Finding>, Error> {
        let run_config = match RunConfig::from_json(&self.run_config) {
            Ok(run_config) => run_config,
            Err(error) => return Ok(vec![Finding::error("run_config", error.to_string())]),
        };
        let mut findings = preflight(&run_config);
        let labels = self.labels.unwrap_or_else(|| run_config.labels().clone());
        let route = Route::new(labels.clone(), Some(&self.run_config));
        let agents = store.read(move |transaction| why::verdicts(transaction, &route)).await?;
        if !agents.iter().any(|agent| agent.takes) {
            findings.push(uncovered(run_config.kind(), &labels));
        }
        Ok(findings)
    }
}

/// No agent takes runs of this kind with these labels.
fn uncovered(kind: RunConfigKind, labels: &LabelSet) -> Finding {
    let own_agent = AgentKind::ALL.into_iter().find(|agent| agent.own_kind() == kind);
    let agent_type = own_agent.map_or_else(String::new, |agent| format!(" of type {}", agent.agent_type()));
    let message = match labels.is_empty() {
        true => format!(
            "no live agent{agent_type} is without labels, and runs without labels go only to such: start one, or give the \
             runs labels"
        ),
        false => format!(
            "no live agent{agent_type} covers the labels {labels}: start one that has them, or give the runs other labels"
        ),
    };
    Finding::warning("labels", message)
}

fn label_set(value: Value) -> Result<LabelSet, Error> {
    let words = match &value {
        Value::List(items) => items.clone(),
        word => vec![word.clone()],
    };
    let word = |word| match word {
        Value::String(word) => Ok(word),
        _ => Err(Error::BadInput(format!("`labels` takes a list of texts, not {}", quote(&value)))),
    };
    words.into_iter().map(word).collect::<Result<Vec<_>, _>>().map(LabelSet::from_iter)
}
