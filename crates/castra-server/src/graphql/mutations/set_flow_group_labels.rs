//! `set_flow_group_labels`: the labels of every later run of a flow group, over those of its flows. Null takes them away; an empty
//! list is a value.

use async_graphql::dynamic::SchemaError;
use castra_core::label::LabelSet;
use castra_store::flow_group;
use serde::Deserialize;
use uuid::Uuid;

use super::loose;
use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_flow_group_labels_input { flow_group_id: UUID! labels: [String!] }
    type set_flow_group_labels_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_flow_group_labels", TYPES, set_flow_group_labels)
}

#[derive(Deserialize)]
struct Input {
    flow_group_id: Uuid,
    #[serde(default, deserialize_with = "loose::labels")]
    labels: Option<LabelSet>,
}

async fn set_flow_group_labels(call: Call, input: Input) -> Result<Success, Error> {
    call.store
        .write(move |tx| flow_group::set_labels(tx, input.flow_group_id, input.labels.as_ref()))
        .await?;
    Ok(Success::YES)
}
