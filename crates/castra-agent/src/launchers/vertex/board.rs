//! The board: what the shared poll has seen of every launch that is followed. The poll writes, whoever follows a launch
//! reads; jobs of launches that nobody here follows are another agent's and are dropped at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::job::Job;

/// What is known of a launch.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    /// Its job, once Google has named it.
    pub(crate) job: Option<Job>,
    /// Google does not know that job any more.
    pub(crate) is_gone: bool,
}

impl Seen {
    /// Whether there is nothing more to see.
    fn is_over(&self) -> bool {
        self.is_gone || self.job.as_ref().is_some_and(|job| job.state.is_final())
    }
}

/// The board. Clones are the same board.
#[derive(Clone, Debug)]
pub(crate) struct Board(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    launches: Mutex<HashMap<Uuid, watch::Sender<Seen>>>,
    /// Why Google cannot be asked, if it cannot.
    broken: watch::Sender<Option<String>>,
    /// Somebody expects news.
    expected: Notify,
}

/// A launch that is followed: the board keeps what is seen of it for as long as this lives.
#[derive(Debug)]
pub(crate) struct Followed {
    launch_id: Uuid,
    board: Board,
    seen: watch::Receiver<Seen>,
    broken: watch::Receiver<Option<String>>,
}

impl Board {
    pub(crate) fn new() -> Self {
        let inner =
            Inner { launches: Mutex::default(), broken: watch::Sender::default(), expected: Notify::new() };
        Self(Arc::new(inner))
    }

    /// From now on, what is seen of a launch is kept. `None` if it is followed already: one launch has one job.
    pub(crate) fn follow(&self, launch_id: Uuid) -> Option<Followed> {
        let seen = match self.launches().entry(launch_id) {
            Entry::Occupied(_) => return None,
            Entry::Vacant(entry) => entry.insert(watch::Sender::default()).subscribe(),
        };
        Some(Followed { launch_id, board: self.clone(), seen, broken: self.0.broken.subscribe() })
    }

    /// The names of the jobs that something is still to be seen of.
    pub(crate) fn open_jobs(&self) -> HashMap<Uuid, String> {
        let launches = self.launches();
        let open = launches.iter().filter_map(|(&launch_id, seen)| {
            let seen = seen.borrow();
            if seen.is_over() { None } else { Some((launch_id, seen.job.as_ref()?.name.clone())) }
        });
        open.collect()
    }

    /// A job as it was just seen. True if that is news. An answer that was on its way while the job ended is late.
    pub(crate) fn apply(&self, launch_id: Uuid, job: Job) -> bool {
        self.change(launch_id, |seen| seen.job = Some(job))
    }

    /// Google does not know the job of this launch. True if that is news.
    pub(crate) fn missing(&self, launch_id: Uuid) -> bool {
        self.change(launch_id, |seen| seen.is_gone = true)
    }

    fn change(&self, launch_id: Uuid, change: impl FnOnce(&mut Seen)) -> bool {
        let launches = self.launches();
        let Some(launch) = launches.get(&launch_id) else { return false };
        launch.send_if_modified(|seen| {
            let before = seen.clone();
            if !before.is_over() {
                change(seen);
            }
            *seen != before
        })
    }

    /// Google cannot be asked, and why; or it can.
    pub(crate) fn broke(&self, why: Option<String>) {
        self.0.broken.send_if_modified(|broken| {
            let is_news = *broken != why;
            *broken = why;
            is_news
        });
    }

    /// Have the poll look soon.
    pub(crate) fn expect(&self) {
        self.0.expected.notify_one();
    }

    /// Waits until somebody expects news.
    pub(crate) async fn expected(&self) {
        self.0.expected.notified().await;
    }

    fn launches(&self) -> MutexGuard<'_, HashMap<Uuid, watch::Sender<Seen>>> {
        // What is on the board is true whoever has panicked.
        self.0.launches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Followed {
    /// Puts its job on the board as the answer to a request shows it.
    pub(crate) fn introduce(&self, job: Job) {
        self.board.apply(self.launch_id, job);
        self.board.expect();
    }

    /// What is known now, and why Google cannot be asked if it cannot. Later changes are [`Self::changed`].
    pub(crate) fn look(&mut self) -> (Seen, Option<String>) {
        (self.seen.borrow_and_update().clone(), self.broken.borrow_and_update().clone())
    }

    /// Waits for something that was not looked at.
    pub(crate) async fn changed(&mut self) {
        // The board outlives whoever follows, so neither sender is dropped.
        tokio::select! {
            _ = self.seen.changed() => {}
            _ = self.broken.changed() => {}
        }
    }

    /// Have the poll look soon.
    pub(crate) fn expect(&self) {
        self.board.expect();
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.board.launches().remove(&self.launch_id);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LAUNCH: Uuid = Uuid::from_u128(1);

    fn job(state: &str) -> Job {
        Job::from_google(&json!({ "name": "n", "state": state })).unwrap()
    }

    #[test]
    fn a_late_answer_does_not_bring_back_what_has_ended() {
        let board = Board::new();
        let mut followed = board.follow(LAUNCH).unwrap();
        assert!(board.apply(LAUNCH, job("JOB_STATE_RUNNING")));
        assert!(board.apply(LAUNCH, job("JOB_STATE_SUCCEEDED")));
        assert!(!board.apply(LAUNCH, job("JOB_STATE_RUNNING")));
        assert!(!board.missing(LAUNCH));
        assert_eq!(followed.look().0.job, Some(job("JOB_STATE_SUCCEEDED")));
    }

    #[test]
    fn only_what_has_not_ended_is_looked_at() {
        let board = Board::new();
        let one = board.follow(LAUNCH).unwrap();
        assert!(board.open_jobs().is_empty());
        one.introduce(job("JOB_STATE_PENDING"));
        assert_eq!(board.open_jobs(), HashMap::from([(LAUNCH, "n".to_owned())]));
        board.missing(LAUNCH);
        assert!(board.open_jobs().is_empty());
    }

    #[test]
    fn a_launch_is_followed_once_and_forgotten_with_its_follower() {
        let board = Board::new();
        let followed = board.follow(LAUNCH);
        assert!(followed.is_some() && board.follow(LAUNCH).is_none());
        drop(followed);
        assert!(board.launches().is_empty());
        assert!(!board.apply(LAUNCH, job("JOB_STATE_RUNNING")));
    }

    #[test]
    fn that_google_is_away_is_told_once() {
        let board = Board::new();
        let mut followed = board.follow(LAUNCH).unwrap();
        board.broke(Some("away".to_owned()));
        assert_eq!(followed.look().1.as_deref(), Some("away"));
        board.broke(Some("away".to_owned()));
        assert!(!followed.broken.has_changed().unwrap());
        board.broke(None);
        assert_eq!(followed.look().1, None);
    }
}
