//! `set_flow_group_schedule`: a schedule in the place of the one that the flows of a group were registered with. Intervals
//! are seconds.

use async_graphql::dynamic::SchemaError;
use castra_core::schedule::Schedule;
use castra_store::schedule;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input set_flow_group_schedule_input {
        flow_group_id: UUID!
        cron_clocks: [JSON!]
        interval_clocks: [JSON!]
        timezone: String
    }
    type set_flow_group_schedule_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("set_flow_group_schedule", TYPES, set_flow_group_schedule)
}

#[derive(Deserialize)]
struct Input {
    flow_group_id: Uuid,
    #[serde(flatten)]
    schedule: Map<String, Value>,
}

async fn set_flow_group_schedule(call: Call, input: Input) -> Result<Success, Error> {
    let wanted = Schedule::from_input(&Value::Object(input.schedule))
        .map_err(|error| Error::BadInput(format!("set_flow_group_schedule: {error}")))?;
    if wanted.clocks.is_empty() {
        return Err(Error::BadInput(
            "set_flow_group_schedule: no clock is given: add cron_clocks or interval_clocks, or call \
             delete_flow_group_schedule to take the schedule away"
                .to_owned(),
        ));
    }
    call.store
        .write(move |tx| schedule::set_flow_group_schedule(tx, input.flow_group_id, Some(&wanted)))
        .await?;
    Ok(Success::YES)
}
