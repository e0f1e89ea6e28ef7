//! `create_flow_run`: a run of a flow, or of the newest version of a version group. The same idempotency key answers the same
//! run.

use async_graphql::dynamic::SchemaError;
use castra_core::label::LabelSet;
use castra_store::create_flow_run::{self, CreateFlowRun, FlowToRun};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::loose;
use super::payload::Created;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input create_flow_run_input {
        flow_id: UUID
        version_group_id: String
        idempotency_key: String
        parameters: JSON
        run_config: JSON
        labels: [String!]
        context: JSON
        scheduled_start_time: DateTime
        flow_run_name: String
    }
    type create_flow_run_payload { id: UUID }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("create_flow_run", TYPES, create_flow_run)
}

#[derive(Deserialize)]
struct Input {
    flow_id: Option<Uuid>,
    version_group_id: Option<String>,
    idempotency_key: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    parameters: Option<Map<String, Value>>,
    run_config: Option<Value>,
    #[serde(default, deserialize_with = "loose::labels")]
    labels: Option<LabelSet>,
    #[serde(default, deserialize_with = "loose::object")]
    context: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "loose::instant")]
    scheduled_start_time: Option<Timestamp>,
    flow_run_name: Option<String>,
}

async fn create_flow_run(call: Call, input: Input) -> Result<Created, Error> {
    let request = CreateFlowRun {
        flow: flow_to_run(input.flow_id, input.version_group_id)?,
        parameters: input.parameters,
        labels: input.labels,
        run_config: input.run_config,
        context: input.context,
        name: input.flow_run_name,
        idempotency_key: input.idempotency_key,
        scheduled_start_time: input.scheduled_start_time,
        auto_scheduled: false,
    };
    let created = call.store.write(move |tx| create_flow_run::create_flow_run(tx, &request)).await?;
    Ok(Created { id: created.id })
}

fn flow_to_run(flow_id: Option<Uuid>, version_group_id: Option<String>) -> Result<FlowToRun, Error> {
    match (flow_id, version_group_id) {
        (Some(id), _) => Ok(FlowToRun::Flow(id)),
        (None, Some(name)) => Ok(FlowToRun::VersionGroup(name)),
        (None, None) => Err(Error::BadInput(
            "create_flow_run: input names no flow: give flow_id, or version_group_id for its newest version"
                .to_owned(),
        )),
    }
}
