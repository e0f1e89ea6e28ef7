//! The timed loops: what must happen though nobody asks for it. Each is a thin timer around one verb of the store, which
//! asks the ledger before it acts; what the verbs decide is told in the store and in castra-core.

mod expired_claims;
mod lazarus;
mod scheduler;
mod zombies;

use std::time::Duration;

use castra_store::{Result, Store};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

/// How often each loop goes round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopPeriods {
    /// Creating the next runs of every active schedule.
    pub scheduler: Duration,
    /// Closing launches whose agent let its claim lapse.
    pub expired_claims: Duration,
    /// Ending task runs whose process is gone.
    pub zombies: Duration,
    /// Rescheduling flow runs that were lost on the way.
    pub lazarus: Duration,
}

impl Default for LoopPeriods {
    fn default() -> Self {
        Self {
            scheduler: Duration::from_secs(5),
            expired_claims: Duration::from_secs(2),
            zombies: Duration::from_secs(30),
            lazarus: Duration::from_secs(60),
        }
    }
}

/// The running loops. Dropping it ends them after the round that they are in.
#[derive(Debug)]
pub(crate) struct Loops {
    stop: watch::Sender<()>,
    running: Vec<JoinHandle<()>>,
}

impl Loops {
    /// Starts every loop over `store`.
    pub(crate) fn start(store: &Store, periods: LoopPeriods) -> Self {
        let mut loops = Self { stop: watch::Sender::new(()), running: Vec::new() };
        loops.every(periods.scheduler, "scheduler", store, scheduler::round);
        loops.every(periods.expired_claims, "expired claims", store, expired_claims::round);
        loops.every(periods.zombies, "zombies", store, zombies::round);
        loops.every(periods.lazarus, "lazarus", store, lazarus::round);
        loops
    }

    /// Lets every loop finish its round, then returns.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        futures::future::join_all(self.running).await;
    }

    fn every<R, F>(&mut self, period: Duration, name: &'static str, store: &Store, round: R)
    where
        R: Fn(Store) -> F + Send + 'static,
        F: Future<Output = Result<usize>> + Send + 'static,
    {
        let (store, stopped) = (store.clone(), self.stop.subscribe());
        self.running.push(tokio::spawn(repeat(period, name, stopped, move || round(store.clone()))));
    }
}

/// Goes round after round until `stopped` is closed. A round that fails is logged; the next one tries again.
async fn repeat<R, F>(period: Duration, name: &'static str, mut stopped: watch::Receiver<()>, round: R)
where
    R: Fn() -> F,
    F: Future<Output = Result<usize>>,
{
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = ticks.tick() => {}
        }
        match round().await {
            Ok(0) => {}
            Ok(acted_on) => tracing::info!(timed_loop = name, acted_on, "a round of a timed loop has acted"),
            Err(error) => {
                tracing::warn!(timed_loop = name, %error, "a round of a timed loop failed; the next will try again")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use castra_store::StoreError;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn a_failing_round_does_not_end_the_loop() {
        let (rounds, mut seen) = mpsc::unbounded_channel();
        let stop = watch::Sender::new(());
        let looping = tokio::spawn(repeat(Duration::from_millis(1), "test", stop.subscribe(), move || {
            let sent = rounds.send(());
            async move { sent.map(|()| 0).map_err(|_| StoreError::Closed) }
        }));
        seen.recv().await.unwrap();
        drop(seen);
        drop(stop);
        looping.await.unwrap();
    }
}
