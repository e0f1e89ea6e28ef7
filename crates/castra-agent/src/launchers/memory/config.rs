//! The target in memory itself: it outlives the launchers that use it, as a machine outlives its agents.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use castra_core::cause::Cause;
use tokio::sync::watch;
use uuid::Uuid;

use crate::launchers::memory::render::{Behaviour, MemorySpec};

/// The end of a launch, once it has one.
pub(crate) type End = watch::Sender<Option<Cause>>;

/// A target in memory. Clones are the same target.
#[derive(Clone, Debug, Default)]
pub struct Target {
    launches: Arc<Mutex<HashMap<Uuid, Arc<OnTarget>>>>,
}

/// One launch on the target.
#[derive(Debug)]
pub(crate) struct OnTarget {
    pub(crate) behaviour: Behaviour,
    pub(crate) end: End,
}

impl Target {
    /// The launches that run, in no order.
    pub fn running(&self) -> Vec<Uuid> {
        let launches = self.launches();
        launches.iter().filter(|(_, launch)| launch.end.borrow().is_none()).map(|(&id, _)| id).collect()
    }

    /// Ends a launch from outside.
    pub fn end(&self, launch_id: Uuid, cause: Cause) {
        if let Some(launch) = self.find(launch_id) {
            launch.end.send_replace(Some(cause));
        }
    }

    /// Puts a launch on the target; `None` if it is there already.
    pub(crate) fn put(&self, launch_id: Uuid, spec: MemorySpec) -> Option<Arc<OnTarget>> {
        let end = match &spec.behaviour {
            Behaviour::Exits(code) => Some(Cause::Exited { code: *code }),
            Behaviour::IsKilled(signal) => Some(Cause::Signaled { signal: signal.clone() }),
            Behaviour::Runs | Behaviour::IgnoresTerm => None,
        };
        let launch = Arc::new(OnTarget { behaviour: spec.behaviour, end: watch::Sender::new(end) });
        let mut launches = self.launches();
        if launches.contains_key(&launch_id) {
            return None;
        }
        launches.insert(launch_id, Arc::clone(&launch));
        Some(launch)
    }

    pub(crate) fn find(&self, launch_id: Uuid) -> Option<Arc<OnTarget>> {
        self.launches().get(&launch_id).cloned()
    }

    fn launches(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<OnTarget>>> {
        // Nothing panics while it holds the lock; should it, the map is whole all the same.
        self.launches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
