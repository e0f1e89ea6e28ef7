//! `enable_flow_…` and `disable_flow_…`: the switches of a flow group, named by one of its flows.

use async_graphql::dynamic::SchemaError;
use castra_store::flow_group::{self, FlowSetting};
use serde::Deserialize;
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

/// Each mutation, what it switches, and to what.
const SWITCHES: [(&str, FlowSetting, bool); 6] = [
    ("enable_flow_heartbeat", FlowSetting::Heartbeat, true),
    ("disable_flow_heartbeat", FlowSetting::Heartbeat, false),
    ("enable_flow_lazarus_process", FlowSetting::Lazarus, true),
    ("disable_flow_lazarus_process", FlowSetting::Lazarus, false),
    ("enable_flow_version_lock", FlowSetting::VersionLocking, true),
    ("disable_flow_version_lock", FlowSetting::VersionLocking, false),
];

/// Adds the mutations.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    SWITCHES.into_iter().try_fold(registrar, |registrar, (name, setting, on)| {
        let types = format!(
            "input {name}_input {{ flow_id: UUID! }}
             type {name}_payload {{ success: Boolean }}"
        );
        registrar.mutation(name, &types, move |call, input| switch(call, input, setting, on))
    })
}

#[derive(Deserialize)]
struct Input {
    flow_id: Uuid,
}

async fn switch(call: Call, input: Input, setting: FlowSetting, on: bool) -> Result<Success, Error> {
    call.store.write(move |tx| flow_group::switch(tx, input.flow_id, setting, on)).await?;
    Ok(Success::YES)
}
