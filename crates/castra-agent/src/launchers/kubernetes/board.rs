//! The board: what the shared watches have told of every launch that is followed, in summaries. Watches write, whoever
//! follows a launch reads; objects of launches that nobody here follows are dropped at once.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::runtime::watcher;
use tokio::sync::watch;
use uuid::Uuid;

use super::seen::{JobSeen, PodSeen, Seen, launch_of};

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Watched {
    Jobs,
    Pods,
    Events,
}

/// The board. Clones are the same board.
#[derive(Clone, Debug)]
pub(crate) struct Board(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    launches: Mutex<HashMap<Uuid, watch::Sender<Seen>>>,
    /// The watches that are broken, and why.
    broken: watch::Sender<HashMap<Watched, String>>,
}

/// A launch that is followed: the board keeps what is told of it for as long as this lives.
#[derive(Debug)]
pub(crate) struct Followed {
    launch_id: Uuid,
    board: Board,
    seen: watch::Receiver<Seen>,
    broken: watch::Receiver<HashMap<Watched, String>>,
}

/// What a listing has named so far. Of what was known before it began and it does not name, the end was missed.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    known: HashSet<String>,
    named: HashSet<String>,
}

/// An object that the board keeps a summary of.
pub(crate) trait Summarised {
    /// Puts it on the board as it is now.
    fn apply(&self, board: &Board);
    /// Puts it on the board unless it is there: an answer may come after the watch has told what happened since, even
    /// that it was deleted.
    fn introduce(&self, board: &Board) {
        if self.uid().is_none_or(|uid| !Self::known(board).contains(uid)) {
            self.apply(board);
        }
    }
    /// It was deleted; this is its last state.
    fn deleted(&self, board: &Board);
    /// Its uid.
    fn uid(&self) -> Option<&str>;
    /// The uids of all such objects on the board.
    fn known(board: &Board) -> HashSet<String>;
    /// The object of this uid is not there any more.
    fn missing(board: &Board, uid: &str);
}

impl Board {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { launches: Mutex::default(), broken: watch::Sender::default() }))
    }

    /// From now on, what is told of a launch is kept.
    pub(crate) fn follow(&self, launch_id: Uuid) -> Followed {
        let seen = self.launches().entry(launch_id).or_default().subscribe();
        Followed { launch_id, board: self.clone(), seen, broken: self.0.broken.subscribe() }
    }

    /// Takes what a watch says.
    pub(crate) fn take<K: Summarised>(&self, event: watcher::Event<K>, listing: &mut Listing) {
        match event {
            watcher::Event::Init => *listing = Listing { known: K::known(self), named: HashSet::new() },
            watcher::Event::InitApply(object) => {
                listing.named.extend(object.uid().map(str::to_owned));
                object.apply(self);
            }
            watcher::Event::Apply(object) => object.apply(self),
            watcher::Event::Delete(object) => object.deleted(self),
            watcher::Event::InitDone => {
                let Listing { known, named } = std::mem::take(listing);
                known.difference(&named).for_each(|uid| K::missing(self, uid));
            }
        }
    }

    /// A watch broke, and why.
    pub(crate) fn broke(&self, watched: Watched, why: String) {
        self.0.broken.send_if_modified(|broken| broken.insert(watched, why.clone()) != Some(why));
    }

    /// A watch works.
    pub(crate) fn works(&self, watched: Watched) {
        self.0.broken.send_if_modified(|broken| broken.remove(&watched).is_some());
    }

    fn launches(&self) -> MutexGuard<'_, HashMap<Uuid, watch::Sender<Seen>>> {
        // What is on the board is true whoever has panicked.
        self.0.launches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, launch_id: Uuid, change: impl FnOnce(&mut Seen)) {
        if let Some(launch) = self.launches().get(&launch_id) {
            launch.send_if_modified(|seen| {
                let before = seen.clone();
                change(seen);
                *seen != before
            });
        }
    }

    /// Changes the launch of which this holds.
    fn change_where(&self, is_it: impl Fn(&Seen) -> bool, change: impl FnOnce(&mut Seen)) {
        let launches = self.launches();
        if let Some(launch) = launches.values().find(|launch| is_it(&launch.borrow())) {
            launch.send_modify(change);
        }
    }

    fn uids(&self, of: impl Fn(&Seen) -> Vec<String>) -> HashSet<String> {
        self.launches().values().flat_map(|launch| of(&launch.borrow())).collect()
    }
}

impl Summarised for Job {
    fn apply(&self, board: &Board) {
        if let Some(launch_id) = launch_of(&self.metadata) {
            board.change(launch_id, |seen| seen.job = Some(JobSeen::from(self)));
        }
    }

    fn deleted(&self, board: &Board) {
        if let Some(launch_id) = launch_of(&self.metadata) {
            let gone = JobSeen { is_gone: true, ..JobSeen::from(self) };
            board.change(launch_id, |seen| seen.job = Some(gone));
        }
    }

    fn uid(&self) -> Option<&str> {
        self.metadata.uid.as_deref()
    }

    fn known(board: &Board) -> HashSet<String> {
        board.uids(|seen| seen.job.iter().map(|job| job.uid.clone()).collect())
    }

    fn missing(board: &Board, uid: &str) {
        board.change_where(
            |seen| seen.job.as_ref().is_some_and(|job| job.uid == uid),
            |seen| seen.job.iter_mut().for_each(|job| job.is_gone = true),
        );
    }
}

impl Summarised for Pod {
    fn apply(&self, board: &Board) {
        if let Some(launch_id) = launch_of(&self.metadata) {
            board.change(launch_id, |seen| seen.pod(self).update(self));
        }
    }

    fn deleted(&self, board: &Board) {
        if let Some(launch_id) = launch_of(&self.metadata) {
            board.change(launch_id, |seen| {
                let pod = seen.pod(self);
                pod.update(self);
                pod.is_gone = true;
            });
        }
    }

    fn uid(&self) -> Option<&str> {
        self.metadata.uid.as_deref()
    }

    fn known(board: &Board) -> HashSet<String> {
        // One that only an event has named has no container yet.
        let is_known = |pod: &&PodSeen| !pod.flow.name.is_empty();
        board.uids(|seen| seen.pods.iter().filter(is_known).map(|pod| pod.uid.clone()).collect())
    }

    fn missing(board: &Board, uid: &str) {
        board.change_where(
            |seen| seen.pods.iter().any(|pod| pod.uid == uid),
            |seen| seen.pods.iter_mut().filter(|pod| pod.uid == uid).for_each(|pod| pod.is_gone = true),
        );
    }
}

/// Events have no labels: they belong to the launch whose job or pod they are about, and are kept only as what they told.
impl Summarised for Event {
    fn apply(&self, board: &Board) {
        let about = &self.involved_object;
        let name = about.name.as_deref().unwrap_or_default();
        match about.kind.as_deref() {
            Some("Job") if self.reason.as_deref() == Some("FailedCreate") => {
                let is_it =
                    |seen: &Seen| seen.job.as_ref().is_some_and(|job| Some(&job.uid) == about.uid.as_ref());
                board.change_where(is_it, |seen| seen.pod_refused = self.message.clone());
            }
            Some("Pod") => {
                let Some(uid) = &about.uid else { return };
                // An event may be told before its pod is.
                let is_it = |seen: &Seen| {
                    seen.pods.iter().any(|pod| pod.uid == *uid)
                        || seen.job.as_ref().is_some_and(|job| is_pod_of(name, &job.name))
                };
                board.change_where(is_it, |seen| seen.pod_of(uid, name).take_event(self));
            }
            _ => {}
        }
    }

    fn deleted(&self, _: &Board) {}

    fn uid(&self) -> Option<&str> {
        None
    }

    fn known(_: &Board) -> HashSet<String> {
        HashSet::new()
    }

    fn missing(_: &Board, _: &str) {}
}

/// The job controller names pods after their job, with a random suffix.
fn is_pod_of(pod: &str, job: &str) -> bool {
    pod.strip_prefix(job)
        .is_some_and(|rest| rest.strip_prefix('-').is_some_and(|suffix| !suffix.contains('-')))
}

impl Seen {
    fn pod(&mut self, pod: &Pod) -> &mut PodSeen {
        let uid = pod.metadata.uid.as_deref().unwrap_or_default();
        self.pod_of(uid, pod.metadata.name.as_deref().unwrap_or_default())
    }

    fn pod_of(&mut self, uid: &str, name: &str) -> &mut PodSeen {
        let index = self.pods.iter().position(|pod| pod.uid == uid).unwrap_or_else(|| {
            self.pods.push(PodSeen { uid: uid.to_owned(), name: name.to_owned(), ..PodSeen::default() });
            self.pods.len() - 1
        });
        &mut self.pods[index]
    }
}

impl Followed {
    pub(crate) fn launch_id(&self) -> Uuid {
        self.launch_id
    }

    /// What is known now, and why the cluster cannot be watched if it cannot. Later changes are [`Self::changed`].
    pub(crate) fn look(&mut self) -> (Seen, Option<String>) {
        let broken = self.broken.borrow_and_update().values().next().cloned();
        (self.seen.borrow_and_update().clone(), broken)
    }

    /// Waits for something that was not looked at.
    pub(crate) async fn changed(&mut self) {
        // The board outlives whoever follows, so neither sender is dropped.
        tokio::select! {
            _ = self.seen.changed() => {}
            _ = self.broken.changed() => {}
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let mut launches = self.board.launches();
        // This one is among the receivers still.
        if launches.get(&self.launch_id).is_some_and(|launch| launch.receiver_count() <= 1) {
            launches.remove(&self.launch_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LAUNCH: Uuid = Uuid::from_u128(1);

    fn pod(uid: &str) -> Pod {
        let labels = json!({ "castra.dev/launch-id": LAUNCH });
        let metadata = json!({ "name": uid, "uid": uid, "labels": labels });
        let spec = json!({ "containers": [{ "name": "flow" }] });
        serde_json::from_value(json!({ "metadata": metadata, "spec": spec })).unwrap()
    }

    fn pods(followed: &mut Followed) -> Vec<(String, bool)> {
        followed.look().0.pods.into_iter().map(|pod| (pod.uid, pod.is_gone)).collect()
    }

    #[test]
    fn a_late_answer_does_not_bring_back_what_was_deleted() {
        let board = Board::new();
        let mut followed = board.follow(LAUNCH);
        pod("one").apply(&board);
        pod("one").deleted(&board);
        pod("one").introduce(&board);
        pod("two").introduce(&board);
        assert_eq!(pods(&mut followed), [("one".to_owned(), true), ("two".to_owned(), false)]);
    }

    #[test]
    fn a_pod_that_only_an_event_has_named_is_still_to_be_introduced() {
        let board = Board::new();
        let mut followed = board.follow(LAUNCH);
        pod("one").apply(&board);
        board.change(LAUNCH, |seen| seen.pods[0].flow.name.clear());
        pod("one").introduce(&board);
        assert_eq!(followed.look().0.pods[0].flow.name, "flow");
    }

    #[test]
    fn what_a_new_listing_does_not_name_is_gone_unless_it_is_newer() {
        let board = Board::new();
        let mut followed = board.follow(LAUNCH);
        let mut listing = Listing::default();
        pod("lost").apply(&board);
        board.take(watcher::Event::<Pod>::Init, &mut listing);
        pod("newer").introduce(&board);
        board.take(watcher::Event::InitApply(pod("named")), &mut listing);
        board.take(watcher::Event::<Pod>::InitDone, &mut listing);
        let gone = |uid: &str, is_gone| (uid.to_owned(), is_gone);
        assert_eq!(pods(&mut followed), [gone("lost", true), gone("newer", false), gone("named", false)]);
    }

    #[test]
    fn what_nobody_follows_is_not_kept() {
        let board = Board::new();
        pod("one").apply(&board);
        drop(board.follow(LAUNCH));
        assert!(board.launches().is_empty());
    }
}
