//! `set_flow_run_labels`: other labels for a run that waits, so that another agent takes it.

use async_graphql::dynamic::SchemaError;
use castra_core::label::LabelSet;
use castra_store::relabel;
use serde::Deserialize;
use uuid::Uuid;

use super::loose;
use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_flow_run_labels_input { flow_run_id: UUID! labels: [String!]! }
    type set_flow_run_labels_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_flow_run_labels", TYPES, set_flow_run_labels)
}

#[derive(Deserialize)]
struct Input {
    flow_run_id: Uuid,
    #[serde(deserialize_with = "loose::labels")]
    labels: Option<LabelSet>,
}

async fn set_flow_run_labels(call: Call, input: Input) -> Result<Success, Error> {
    call.store
        .write(move |tx| {
            relabel::set_flow_run_labels(tx, input.flow_run_id, &input.labels.unwrap_or_default())
        })
        .await?;
    Ok(Success::YES)
}
