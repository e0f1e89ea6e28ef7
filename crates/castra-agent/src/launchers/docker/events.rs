//! Events: one stream of the engine's events for all containers of the agent. It wakes those who watch a launch when
//! something has become of its container, and knows whether the engine answers.
//!
//! No end is missed: before the stream is opened, the engine is asked what time it has; the stream begins at that time,
//! and everybody who watches is woken, so that what happened earlier is seen by looking.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use castra_render::docker::LAUNCH_ID_LABEL;
use futures::StreamExt;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;
use uuid::Uuid;

use crate::launchers::docker::engine::{Engine, Trouble, wait_after};

/// How long the stream may be silent before the engine is asked whether it is still there. A connection that was cut
/// without a word would otherwise look like one on which nothing happens.
const SILENCE: Duration = Duration::from_secs(30);

/// Why the engine does not answer; `None` while it does.
pub(crate) type Away = watch::Receiver<Option<String>>;

/// The events of all containers that Castra launched.
#[derive(Debug, Default)]
pub(crate) struct Events {
    watchers: Mutex<HashMap<Uuid, Arc<Notify>>>,
    away: watch::Sender<Option<String>>,
}

impl Events {
    /// What is notified when something has become of the launch's container.
    pub(crate) fn of(&self, launch_id: Uuid) -> Arc<Notify> {
        Arc::clone(self.watchers().entry(launch_id).or_default())
    }

    /// The launch is watched no more.
    pub(crate) fn forget(&self, launch_id: Uuid) {
        self.watchers().remove(&launch_id);
    }

    /// Whether the engine answers.
    pub(crate) fn away(&self) -> Away {
        self.away.subscribe()
    }

    /// Follows the engine's events for ever.
    pub(crate) async fn follow(self: Arc<Self>, engine: Engine) {
        let mut failures = 0;
        loop {
            let lost = match now(&engine).await {
                Ok(since) => {
                    if self.away.send_replace(None).is_some() {
                        tracing::info!("the Docker engine answers again");
                    }
                    self.wake_all();
                    failures = 0;
                    self.read(&engine, since).await
                }
                Err(trouble) => trouble,
            };
            failures += 1;
            let (Trouble::Away(reason) | Trouble::Answered { message: reason, .. }) = lost;
            // The first failure is only a stream that ended.
            if failures > 1 {
                self.away.send_if_modified(|away| away.replace(reason.clone()).is_none());
            }
            wait_after(failures, &reason, "follow its events").await;
        }
    }

    /// Reads events until the stream ends, and answers with why it did.
    async fn read(&self, engine: &Engine, since: Timestamp) -> Trouble {
        let filters = [
            ("type", vec!["container"]),
            ("event", vec!["die", "destroy"]),
            ("label", vec![LAUNCH_ID_LABEL]),
        ];
        let filters = filters.map(|(name, values)| (name, values)).into_iter().collect();
        let since = format!("{}.{:09}", since.as_second(), since.subsec_nanosecond());
        let options = EventsOptionsBuilder::new().since(&since).filters(&filters).build();
        let mut events = engine.docker().events(Some(options));
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(event)) => self.take(&event),
                    Some(Err(error)) => return error.into(),
                    None => return Trouble::Away("its stream of events ended".to_owned()),
                },
                () = sleep(SILENCE) => {
                    if let Err(error) = engine.docker().ping().await {
                        return error.into();
                    }
                }
            }
        }
    }

    fn take(&self, event: &EventMessage) {
        let attributes = event.actor.as_ref().and_then(|actor| actor.attributes.as_ref());
        let launch_id = attributes.and_then(|attributes| attributes.get(LAUNCH_ID_LABEL)?.parse().ok());
        if let Some(watcher) = launch_id.and_then(|launch_id: Uuid| self.watchers().get(&launch_id).cloned())
        {
            watcher.notify_one();
        }
    }

    fn wake_all(&self) {
        self.watchers().values().for_each(|watcher| watcher.notify_one());
    }

    fn watchers(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Notify>>> {
        // Nothing panics while it holds the lock; should it, the map is whole all the same.
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What time the engine has.
async fn now(engine: &Engine) -> Result<Timestamp, Trouble> {
    let time = engine.docker().info().await?.system_time.unwrap_or_default();
    time.parse().map_err(|error| Trouble::Answered {
        status: 500,
        message: format!("the engine's time `{time}` cannot be read: {error}"),
    })
}
