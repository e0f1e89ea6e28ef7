//! What an agent whose claim found nothing waits for. It tries again only when a change concerns it: it takes a run that
//! becomes claimable, or one of its launches is to be stopped; each perhaps at a later instant.

use std::future::pending;
use std::time::Duration;

use castra_core::claim::ClaimRequest;
use castra_store::Change;
use castra_store::claim::Claimed;
use castra_store::route::Offer;
use jiff::Timestamp;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

/// What an agent waits for.
pub(super) struct Awaiting<'a> {
    request: &'a ClaimRequest,
    offer: Offer,
    /// The earliest instant at which there is something, by the store's clock.
    earliest: Option<Timestamp>,
    /// The same instant by the store's clock and by this machine's.
    now: (Timestamp, Instant),
}

impl<'a> Awaiting<'a> {
    /// Waits for `request`, which found nothing at `now`.
    pub(super) fn new(request: &'a ClaimRequest, found: Claimed, now: Timestamp) -> Self {
        let earliest = found.next_from.filter(|_| request.limit > 0);
        Self { request, offer: found.offer, earliest, now: (now, Instant::now()) }
    }

    /// Returns when it is worth to try again.
    pub(super) async fn something_to_claim(mut self, changes: &mut Receiver<Change>) {
        while !self.is_due() {
            tokio::select! {
                change = changes.recv() => match change {
                    Ok(change) => self.note(&change),
                    // Some changes were missed: one of them may have been the one.
                    Err(RecvError::Lagged(_)) => return,
                    // The store is closing; the request ends with it.
                    Err(RecvError::Closed) => return pending().await,
                },
                () = self.due() => return,
            }
        }
    }

    fn note(&mut self, change: &Change) {
        if let Some(from) = self.concerned_from(change) {
            self.earliest = Some(self.earliest.map_or(from, |earliest| earliest.min(from)));
        }
    }

    /// From when on a change concerns the agent, if it does.
    fn concerned_from(&self, change: &Change) -> Option<Timestamp> {
        match change {
            Change::Claimable { route, from } => {
                let takes = self.request.limit > 0 && self.offer.covers(route).is_ok();
                takes.then_some(*from)
            }
            Change::StopLaunch { agent_id, from } => (*agent_id == self.request.agent_id).then_some(*from),
            Change::FlowRun { .. } | Change::Progress { .. } | Change::Logged { .. } | Change::Agents => None,
        }
    }

    fn is_due(&self) -> bool {
        self.earliest.is_some_and(|earliest| self.on_this_machine(earliest) <= Instant::now())
    }

    async fn due(&self) {
        match self.earliest {
            Some(earliest) => sleep_until(self.on_this_machine(earliest)).await,
            None => pending().await,
        }
    }

    /// An instant of the store's clock as this machine's.
    fn on_this_machine(&self, instant: Timestamp) -> Instant {
        let (store, machine) = self.now;
        machine + Duration::try_from(instant.duration_since(store)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use castra_core::claim::ClaimReply;
    use castra_core::label::LabelSet;
    use castra_core::state::StateKind;
    use castra_store::route::Route;
    use futures::FutureExt;
    use serde_json::json;
    use tokio::sync::broadcast;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const AGENT: Uuid = Uuid::from_u128(1);

    fn later() -> Timestamp {
        Timestamp::from_second(3_600).unwrap()
    }

    fn labels(labels: &[&str]) -> LabelSet {
        labels.iter().copied().collect()
    }

    fn claimable(wanted: &[&str], run_config_type: &str, from: Timestamp) -> Change {
        let run_config = json!({"type": run_config_type});
        Change::Claimable { route: Route::new(labels(wanted), Some(&run_config)), from }
    }

    /// Whether a local agent with the label `dev` that finds nothing at `NOW` tries again at once after these changes.
    fn tries_again(next_from: Option<Timestamp>, changes: &[Change]) -> bool {
        let request = ClaimRequest {
            agent_id: AGENT,
            labels: labels(&["dev"]),
            limit: 1,
            wait_seconds: 30,
            lease_seconds: 60,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (sender, mut receiver) = broadcast::channel(16);
            changes.iter().for_each(|change| drop(sender.send(change.clone())));
            let offer = Offer { labels: request.labels.clone(), agent_type: "LocalAgent".to_owned() };
            let found = Claimed { reply: ClaimReply::default(), next_from, offer };
            let awaiting = Awaiting::new(&request, found, NOW);
            awaiting.something_to_claim(&mut receiver).now_or_never().is_some()
        })
    }

    #[test]
    fn it_waits_while_nothing_happens() {
        assert!(!tries_again(None, &[]));
        assert!(!tries_again(Some(later()), &[]));
    }

    #[test]
    fn a_run_that_becomes_claimable_wakes_only_agents_that_cover_its_labels() {
        let run = |wanted: &[&str]| claimable(wanted, "LocalRun", NOW);
        assert!(tries_again(None, &[run(&["dev"])]));
        assert!(!tries_again(None, &[run(&["prod"]), run(&[])]));
    }

    #[test]
    fn a_run_that_becomes_claimable_wakes_only_agents_that_launch_its_run_config() {
        let run = |run_config_type: &str| claimable(&["dev"], run_config_type, NOW);
        assert!(tries_again(None, &[run("UniversalRun")]));
        assert!(!tries_again(None, &[run("DockerRun"), run("KubernetesRun"), run("MyOwnRun")]));
    }

    #[test]
    fn a_run_that_is_due_later_does_not_wake_it_now() {
        let later = claimable(&["dev"], "LocalRun", later());
        assert!(!tries_again(None, std::slice::from_ref(&later)));
        assert!(tries_again(Some(NOW), &[later]));
    }

    #[test]
    fn a_launch_to_be_stopped_wakes_its_own_agent() {
        assert!(tries_again(None, &[Change::StopLaunch { agent_id: AGENT, from: NOW }]));
        assert!(!tries_again(None, &[Change::StopLaunch { agent_id: Uuid::from_u128(2), from: NOW }]));
        assert!(!tries_again(None, &[Change::FlowRun { id: AGENT, state: StateKind::Running }]));
    }

    #[test]
    fn whoever_has_missed_changes_tries_again() {
        let elsewhere = Change::FlowRun { id: AGENT, state: StateKind::Running };
        assert!(tries_again(None, &vec![elsewhere; 17]));
    }
}
