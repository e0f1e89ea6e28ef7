//! `report_launches`: an agent tells how its launches fare, and by that renews its claims on them. The same report twice
//! changes nothing.

use async_graphql::dynamic::SchemaError;
use castra_core::launch::{LaunchReply, LaunchReport};
use castra_store::launch;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

const TYPES: &str = "
    input report_launches_input { agent_id: UUID! reports: [JSON!]! }
    type report_launches_payload { launches: [launch_reply!] }
    type launch_reply { launch_id: UUID standing: String lease_expires_at: DateTime }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("report_launches", TYPES, report_launches)
}

#[derive(Deserialize)]
struct Input {
    agent_id: Uuid,
    reports: Vec<LaunchReport>,
}

#[derive(Serialize)]
struct Payload {
    launches: Vec<LaunchReply>,
}

async fn report_launches(call: Call, input: Input) -> Result<Payload, Error> {
    let launches =
        call.store.write(move |tx| launch::report_launches(tx, input.agent_id, &input.reports)).await?;
    Ok(Payload { launches })
}
