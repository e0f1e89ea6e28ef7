//! The last lines that a pod has printed.

use uuid::Uuid;

use super::api::{Namespace, error_words, until_answered};
use super::seen::{ContainerState, Seen};
use crate::launchers::last_lines::last_lines;

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

/// Blots out whatever has the form of the launch's credential: an adopted launch's own is known to nobody here.
fn without_credential(text: &str, launch_id: Uuid) -> String {
    let sign = format!("castra_{launch_id}_");
    let mut parts = text.split(&sign);
    let mut clear = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clear.push('…');
        clear.push_str(
            part.trim_start_matches(|char: char| char.is_ascii_alphanumeric() || "-_".contains(char)),
        );
    }
    clear
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_launchs_credential_is_blotted_out() {
        let (own, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let text = format!("key castra_{own}_s3-cr_et, castra_{own}_x and castra_{other}_y");
        assert_eq!(without_credential(&text, own), format!("key …, … and castra_{other}_y"));
    }
}
