//! The last lines that a pod has printed.

use uuid::Uuid;

use super::api::{Namespace, error_words, until_answered};
use super::seen::{ContainerState, Seen};
use crate::launchers::last_lines::{last_lines, without_credential};

/// The last lines of the flow run's container, oldest first, without the launch's credential. None if the container
/// never ran or nobody can read it any more.
pub(crate) async fn last_lines_of(namespace: &Namespace, seen: &Seen, launch_id: Uuid) -> Vec<String> {
    let has_run =
        |state: &ContainerState| matches!(state, ContainerState::Running | ContainerState::Terminated(_));
    let pod = seen.pods.iter().rev().find(|pod| !pod.is_gone && has_run(&pod.flow.state));
    let Some(pod) = pod else { return Vec::new() };
    let read =
        until_answered("read the last lines of a pod", || namespace.tail(&pod.name, &pod.flow.name)).await;
    match read {
        Ok(text) => {
            last_lines(without_credential(&String::from_utf8_lossy(&text), launch_id).as_bytes(), None)
        }
        Err(error) => {
            tracing::debug!(pod = pod.name, error = error_words(&error), "a pod's output cannot be read");
            Vec::new()
        }
    }
}
