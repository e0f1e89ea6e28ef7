//! Claim: one long poll after the other for as many runs as the dispatcher wants.

use std::sync::Arc;
use std::time::Duration;

use castra_client::ClientError;
use castra_core::claim::{ClaimReply, ClaimRequest};
use tokio::time::{Instant, sleep};

use crate::context::{Context, wait_after};
use crate::dispatch::Event;

/// How long the server may hold an answer back.
const WAIT_SECONDS: u32 = 30;
/// An answer without runs that comes sooner than this is followed by a pause of the same length, so that a server that
/// repeats itself is not asked in a tight loop.
const PAUSE: Duration = Duration::from_millis(250);

/// Asks for up to `limit` runs until there is an answer, and hands it to the dispatcher.
pub(crate) async fn claim<L>(context: Arc<Context<L>>, limit: u32) {
    let request = ClaimRequest {
        agent_id: context.agent_id,
        labels: context.config.labels(),
        limit,
        wait_seconds: WAIT_SECONDS,
        lease_seconds: context.config.lease_seconds,
    };
    let mut failures = 0;
    loop {
        let asked = Instant::now();
        match ask(&context, &request, failures > 0).await {
            Ok(reply) => {
                if reply.claims.is_empty() && asked.elapsed() < PAUSE {
                    sleep(PAUSE).await;
                }
                return context.send(Event::Claimed(reply));
            }
            Err(error) => {
                failures += 1;
                wait_after(&error, failures, "claim flow runs").await;
            }
        }
    }
}

/// After a failure, the runs may have been claimed and only the answer lost; and a server that does not know the agent
/// any more must be told who it is.
async fn ask<L>(
    context: &Context<L>,
    request: &ClaimRequest,
    after_failure: bool,
) -> Result<ClaimReply, ClientError> {
    if after_failure {
        context.client.register_agent(&context.registration).await?;
        context.send(Event::Ledger(context.client.open_launches(context.agent_id).await?));
    }
    context.client.claim_flow_runs(request).await
}
