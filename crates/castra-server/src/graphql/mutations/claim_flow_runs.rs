//! `claim_flow_runs`: an agent asks for runs to launch, and is told which launches to stop. The answer is held back until
//! there is something to say, or the server stops.

use std::time::Duration;

use async_graphql::dynamic::SchemaError;
use castra_core::claim::{ClaimReply, ClaimRequest};
use castra_store::claim;
use tokio::time::{Instant, sleep_until};

use super::awaiting::Awaiting;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

/// The longest that an answer is held back: proxies and clients give up on silent requests.
const MAX_WAIT_SECONDS: u32 = 30;

const TYPES: &str = "
    input claim_flow_runs_input {
        agent_id: UUID!
        labels: [String!]
        limit: Int!
        wait_seconds: Int
        lease_seconds: Int
    }
    type claim_flow_runs_payload { claims: [claim!] stops: [UUID!] }
    type claim { launch_id: UUID credential: String lease_expires_at: DateTime flow_run: JSON }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("claim_flow_runs", TYPES, claim_flow_runs)
}

async fn claim_flow_runs(mut call: Call, request: ClaimRequest) -> Result<ClaimReply, Error> {
    if request.wait_seconds > MAX_WAIT_SECONDS {
        return Err(Error::BadInput(format!(
            "claim_flow_runs: input.wait_seconds: {} is too long: use 0 to {MAX_WAIT_SECONDS} and ask again",
            request.wait_seconds
        )));
    }
    let deadline = Instant::now() + Duration::from_secs(request.wait_seconds.into());
    // Listening begins before the first try, so that nothing falls in between.
    let mut changes = call.store.changes();
    loop {
        let asked = request.clone();
        let (claimed, now) =
            call.store.write(move |tx| Ok((claim::claim_flow_runs(tx, &asked)?, tx.now()))).await?;
        if !claimed.reply.claims.is_empty() || !claimed.reply.stops.is_empty() {
            return Ok(claimed.reply);
        }
        let awaiting = Awaiting::new(&request, claimed, now);
        tokio::select! {
            () = awaiting.something_to_claim(&mut changes) => {}
            () = sleep_until(deadline) => return Ok(ClaimReply::default()),
            () = call.stopping.wait() => return Ok(ClaimReply::default()),
        }
    }
}
