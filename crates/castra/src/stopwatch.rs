//! The time of an attempt: it runs from the beginning, or from when an attempt that waits elsewhere for a free place has begun.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// How long an attempt has been running, for its timeout.
#[derive(Clone, Debug)]
pub struct Stopwatch(Arc<watch::Sender<Option<Instant>>>);

impl Stopwatch {
    /// Its time runs from now on.
    pub(crate) fn started() -> Self {
        Stopwatch(Arc::new(watch::Sender::new(Some(Instant::now()))))
    }

    /// The attempt waits for a free place: its time has not begun.
    pub fn hold(&self) {
        self.0.send_replace(None);
    }

    /// The attempt has begun, perhaps once more: its time runs from now on.
    pub fn start(&self) {
        self.0.send_replace(Some(Instant::now()));
    }

    /// Returns once the attempt has been running for this long.
    pub(crate) async fn over(&self, timeout: Duration) {
        let mut began = self.0.subscribe();
        loop {
            let at = *began.borrow_and_update();
            let changed = match at {
                Some(at) => timeout_at(at + timeout, began.changed()).await,
                None => Ok(began.changed().await),
            };
            if changed.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    async fn over_within(stopwatch: &Stopwatch, limit: Duration) -> bool {
        tokio::time::timeout(limit, stopwatch.over(MINUTE)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn time_runs_from_the_beginning() {
        let stopwatch = Stopwatch::started();
        assert!(!over_within(&stopwatch, MINUTE / 2).await);
        assert!(over_within(&stopwatch, MINUTE).await);
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_is_held_runs_once_it_is_started() {
        let stopwatch = Stopwatch::started();
        stopwatch.hold();
        assert!(!over_within(&stopwatch, MINUTE * 60).await);
        stopwatch.start();
        assert!(!over_within(&stopwatch, MINUTE / 2).await);
        assert!(over_within(&stopwatch, MINUTE).await);
    }

    #[tokio::test(start_paused = true)]
    async fn what_begins_while_it_is_waited_for_has_all_its_time() {
        let stopwatch = Stopwatch::started();
        let started = Instant::now();
        let again = async {
            tokio::time::sleep(MINUTE / 2).await;
            stopwatch.start();
        };
        tokio::join!(stopwatch.over(MINUTE), again);
        assert_eq!(started.elapsed(), MINUTE + MINUTE / 2);
    }
}
