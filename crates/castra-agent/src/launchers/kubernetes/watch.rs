//! The shared watches: one each on the namespace's jobs, pods and events, however many launches there are. Each lists
//! what there is, then is told of every change; when it breaks, it begins again, for as long as it takes.

use std::fmt::Debug;
use std::time::Duration;

use castra_render::kubernetes::LAUNCH_ID_LABEL;
use futures::TryStreamExt;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::runtime::watcher::{self, watcher};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::api::error_words;
use super::board::{Board, Listing, Summarised, Watched};

const FIRST_DELAY: Duration = Duration::from_millis(200);
const MAX_DELAY: Duration = Duration::from_secs(10);

/// Watches a namespace for the board until the answer is dropped.
pub(crate) fn watch(client: &Client, namespace: &str, board: &Board) -> JoinSet<()> {
    let ours = watcher::Config::default().labels(LAUNCH_ID_LABEL);
    let jobs = Api::<Job>::namespaced(client.clone(), namespace);
    let pods = Api::<Pod>::namespaced(client.clone(), namespace);
    // Events have no labels to select by.
    let events = Api::<Event>::namespaced(client.clone(), namespace);
    let mut watches = JoinSet::new();
    watches.spawn(keep(Watched::Jobs, jobs, ours.clone(), board.clone()));
    watches.spawn(keep(Watched::Pods, pods, ours, board.clone()));
    watches.spawn(keep(Watched::Events, events, watcher::Config::default(), board.clone()));
    watches
}

async fn keep<K>(watched: Watched, api: Api<K>, config: watcher::Config, board: Board)
where
    K: Summarised + Resource + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let mut delay = FIRST_DELAY;
    loop {
        let mut stream = std::pin::pin!(watcher(api.clone(), config.clone()));
        let mut listing = Listing::default();
        let why = loop {
            match stream.try_next().await {
                Ok(Some(event)) => {
                    if matches!(event, watcher::Event::InitDone) {
                        board.works(watched);
                        delay = FIRST_DELAY;
                    }
                    board.take(event, &mut listing);
                }
                // The server does not keep what happened for ever: list again.
                Err(watcher::Error::WatchError(status)) if status.code == 410 => {}
                Ok(None) => break "the watch was closed".to_owned(),
                Err(error) => break watch_words(&error),
            }
        };
        tracing::debug!(?watched, why, "a watch of the Kubernetes API broke; beginning again");
        board.broke(watched, why);
        sleep(delay).await;
        delay = (delay * 2).min(MAX_DELAY);
    }
}

fn watch_words(error: &watcher::Error) -> String {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => error_words(error),
        watcher::Error::WatchError(status) => status.message.clone(),
        watcher::Error::NoResourceVersion => error.to_string(),
    }
}
