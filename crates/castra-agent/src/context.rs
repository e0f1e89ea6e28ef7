//! What every step of the agent needs: the server, the target, the journal, and the way to the dispatcher.

use std::future::Future;
use std::time::Duration;

use castra_client::retry::Retries;
use castra_client::{AgentRegistration, Client, ClientError};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::sleep;
use uuid::Uuid;

use crate::config::AgentConfig;
use crate::dispatch::Event;
use crate::journal::Journal;

/// How an agent waits for a server that is away: for ever, looking again at least every ten seconds.
const PATIENCE: Retries = Retries {
    attempts: u32::MAX,
    first_delay: Duration::from_millis(100),
    max_delay: Duration::from_secs(10),
};

/// Shared by all steps of one running agent.
pub(crate) struct Context<L> {
    pub(crate) client: Client,
    pub(crate) launcher: L,
    pub(crate) journal: Journal,
    pub(crate) config: AgentConfig,
    pub(crate) registration: AgentRegistration,
    pub(crate) agent_id: Uuid,
    pub(crate) tenant_id: Option<Uuid>,
    pub(crate) events: UnboundedSender<Event>,
}

impl<L> Context<L> {
    /// Tells the dispatcher. If it has ended, so has the agent, and nobody needs to know.
    pub(crate) fn send(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

/// Waits after the `failures`-th failure in a row to do `what`.
pub(crate) async fn wait_after(error: &ClientError, failures: u32, what: &str) {
    let delay = PATIENCE.backoff(failures, rand::random());
    match failures {
        1 => tracing::warn!(%error, "cannot {what}; trying again until it works"),
        _ => tracing::debug!(%error, failures, ?delay, "still cannot {what}"),
    }
    sleep(delay).await;
}

/// Asks the server until it answers: with what was asked for, or with a refusal that no waiting mends.
pub(crate) async fn until_answered<T, F>(what: &str, ask: impl Fn() -> F) -> Result<T, ClientError>
where
    F: Future<Output = Result<T, ClientError>>,
{
    let mut failures = 0;
    loop {
        match ask().await {
            Err(error) if error.is_transient() => {
                failures += 1;
                wait_after(&error, failures, what).await;
            }
            answer => return answer,
        }
    }
}
