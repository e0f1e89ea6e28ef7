//! The board: what the poller has told of every launch that is followed. The poller writes, whoever follows a launch reads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::api::TaskId;
use super::seen::{Seen, TaskSeen};

/// The board. Clones are the same board.
#[derive(Clone, Debug, Default)]
pub(super) struct Board(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    launches: Mutex<HashMap<Uuid, Entry>>,
    /// Why AWS does not answer; `None` while it does.
    away: watch::Sender<Option<String>>,
    /// Notified when there is something to look at.
    begun: Notify,
    /// Notified when there is a reason to look now.
    hurried: Notify,
}

#[derive(Debug)]
struct Entry {
    task: TaskId,
    seen: watch::Sender<Seen>,
    /// Somebody waits for its end.
    is_urgent: bool,
}

/// A launch that is followed: the poller looks at it for as long as this lives.
#[derive(Debug)]
pub(super) struct Followed {
    launch_id: Uuid,
    board: Board,
    seen: watch::Receiver<Seen>,
    away: watch::Receiver<Option<String>>,
}

impl Board {
    /// From now on, the launch's task is looked at.
    pub(super) fn follow(&self, launch_id: Uuid, task: TaskId, first: Option<TaskSeen>) -> Followed {
        let (sender, seen) = watch::channel(Seen { task: first, missed: 0 });
        self.launches().insert(launch_id, Entry { task, seen: sender, is_urgent: false });
        self.0.begun.notify_one();
        Followed { launch_id, board: self.clone(), seen, away: self.0.away.subscribe() }
    }

    /// Whether a launch is followed.
    pub(super) fn follows(&self, launch_id: Uuid) -> bool {
        self.launches().contains_key(&launch_id)
    }

    /// The launches whose tasks are to be looked at: those that have not stopped yet.
    pub(super) fn to_look_at(&self) -> Vec<(Uuid, TaskId)> {
        let launches = self.launches();
        let is_over = |entry: &Entry| entry.seen.borrow().task.as_ref().is_some_and(TaskSeen::is_stopped);
        let open = launches.iter().filter(|(_, entry)| !is_over(entry));
        open.map(|(&launch_id, entry)| (launch_id, entry.task.clone())).collect()
    }

    /// Whether somebody waits for an end.
    pub(super) fn is_urgent(&self) -> bool {
        self.launches().values().any(|entry| entry.is_urgent)
    }

    /// Waits until there is something to look at.
    pub(super) async fn begun(&self) {
        self.0.begun.notified().await;
    }

    /// Waits for a reason to look now.
    pub(super) async fn hurried(&self) {
        self.0.hurried.notified().await;
    }

    /// ECS tells this of a launch's task; `None`: it does not know it.
    pub(super) fn tell(&self, launch_id: Uuid, task: Option<TaskSeen>) {
        let Some(entry) = self.launches().get(&launch_id).map(|entry| entry.seen.clone()) else { return };
        entry.send_if_modified(|seen| {
            let now = match task {
                Some(task) => Seen { task: Some(task), missed: 0 },
                None => Seen { task: seen.task.clone(), missed: seen.missed.saturating_add(1) },
            };
            let is_news = *seen != now;
            *seen = now;
            is_news
        });
    }

    /// AWS does not answer, and why; or it does.
    pub(super) fn away(&self, why: Option<String>) {
        self.0.away.send_if_modified(|away| std::mem::replace(away, why.clone()) != why);
    }

    fn launches(&self) -> MutexGuard<'_, HashMap<Uuid, Entry>> {
        // What is on the board is true whoever has panicked.
        self.0.launches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Followed {
    pub(super) fn launch_id(&self) -> Uuid {
        self.launch_id
    }

    /// What is known now, and why there may be more recent news.
    pub(super) fn look(&mut self) -> (Seen, Option<String>) {
        (self.seen.borrow_and_update().clone(), self.away.borrow_and_update().clone())
    }

    /// Waits for news.
    pub(super) async fn changed(&mut self) {
        let ended = tokio::select! {
            changed = self.seen.changed() => changed.is_err(),
            changed = self.away.changed() => changed.is_err(),
        };
        if ended {
            // Nobody looks any more: the launcher is about to go.
            std::future::pending::<()>().await;
        }
    }

    /// Somebody waits for its end: it is looked at now and more often.
    pub(super) fn hurry(&self) {
        if let Some(entry) = self.board.launches().get_mut(&self.launch_id) {
            entry.is_urgent = true;
        }
        self.board.0.hurried.notify_one();
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.board.launches().remove(&self.launch_id);
    }
}
