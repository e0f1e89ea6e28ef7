//! Pull: brings an image to the engine, says how far it is, and why it failed.

use std::collections::BTreeMap;
use std::time::Duration;

use bollard::auth::DockerCredentials;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptionsBuilder;
use castra_core::cause::Cause;
use castra_docker::Reference;
use futures::StreamExt;
use tokio::time::Instant;

use crate::launchers::docker::cause::pull_failure;
use crate::launchers::docker::engine::{Engine, Trouble};
use crate::launchers::{LaunchError, News};

/// How often progress is told.
const TELL: Duration = Duration::from_secs(2);
/// How long a registry may take to say anything: until then, the engine says nothing either.
const PATIENCE: Duration = Duration::from_secs(600);

/// Pulls an image. May be dropped at any await: the engine then gives up the pull.
pub(crate) async fn pull(engine: &Engine, image: &str, news: &News) -> Result<(), LaunchError> {
    news.say(format!("pulling {image}"));
    let reference = Reference::new(image);
    let credentials = credentials(engine, reference).await;
    let options =
        CreateImageOptionsBuilder::new().from_image(reference.repository).tag(reference.tag).build();
    let docker = engine.docker().clone().with_timeout(PATIENCE);
    let mut answers = docker.create_image(Some(options), None, credentials);
    let mut progress = Progress::default();
    let mut told = Instant::now();
    while let Some(answer) = answers.next().await {
        progress.take(&answer.map_err(|error| failed(image, error.into()))?);
        if told.elapsed() >= TELL {
            told = Instant::now();
            news.say(format!("pulling {image}: {}", progress.words()));
        }
    }
    Ok(())
}

/// The user's credentials for the image's registry. Without any, the registry decides.
async fn credentials(engine: &Engine, reference: Reference<'_>) -> Option<DockerCredentials> {
    let directory = engine.config_directory().map(std::path::Path::to_path_buf);
    let registry = reference.registry().to_owned();
    // A helper may ask a keyring or the network.
    let found = tokio::task::spawn_blocking({
        let registry = registry.clone();
        move || castra_docker::credentials(directory.as_deref(), &registry)
    });
    match found.await {
        Ok(Ok(credentials)) => credentials,
        Ok(Err(reason)) => {
            tracing::warn!(registry, reason, "pulling without credentials");
            None
        }
        Err(_) => None,
    }
}

fn failed(image: &str, trouble: Trouble) -> LaunchError {
    match trouble {
        Trouble::Away(reason) => LaunchError::NotLaunched(format!(
            "the Docker engine went away while it pulled `{image}`: {reason}"
        )),
        Trouble::Answered { message, .. } => LaunchError::Failed(Cause::ImageNotPulled {
            image: image.to_owned(),
            failure: pull_failure(&message),
            reason: message,
        }),
    }
}

/// How far a pull is.
#[derive(Debug, Default)]
struct Progress {
    layers: BTreeMap<String, Layer>,
}

#[derive(Debug, Default)]
struct Layer {
    is_done: bool,
    current: u64,
    total: u64,
}

impl Progress {
    /// Takes one line of the engine's answer. Lines that are not about a layer are of no interest.
    fn take(&mut self, line: &CreateImageInfo) {
        let (Some(id), Some(status)) = (&line.id, &line.status) else { return };
        if !is_about_a_layer(status) {
            return;
        }
        let layer = self.layers.entry(id.clone()).or_default();
        let detail = line.progress_detail.as_ref();
        let number = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
        match status.as_str() {
            "Downloading" => {
                layer.current = number(detail.and_then(|detail| detail.current)).unwrap_or(layer.current);
                layer.total = number(detail.and_then(|detail| detail.total)).unwrap_or(layer.total);
            }
            "Verifying Checksum" | "Download complete" => layer.current = layer.total,
            "Pull complete" | "Already exists" => layer.is_done = true,
            _ => {}
        }
    }

    fn words(&self) -> String {
        let done = self.layers.values().filter(|layer| layer.is_done).count();
        let layers = format!("{done} of {} layers", self.layers.len());
        let sum = |bytes: fn(&Layer) -> u64| self.layers.values().map(bytes).sum::<u64>() / 1_000_000;
        match (sum(|layer| layer.current), sum(|layer| layer.total)) {
            (_, 0) => layers,
            (current, total) => format!("{layers}, {current} of {total} MB"),
        }
    }
}

fn is_about_a_layer(status: &str) -> bool {
    matches!(
        status,
        "Pulling fs layer"
            | "Waiting"
            | "Downloading"
            | "Verifying Checksum"
            | "Download complete"
            | "Extracting"
            | "Pull complete"
            | "Already exists"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn after(lines: &[(&str, &str, u64, u64)]) -> String {
        let mut progress = Progress::default();
        for (id, status, current, total) in lines {
            let detail = json!({ "current": current, "total": total });
            let line = json!({ "id": id, "status": status, "progressDetail": detail });
            progress.take(&serde_json::from_value(line).unwrap());
        }
        progress.words()
    }

    #[test]
    fn progress_counts_layers_and_what_is_downloaded_of_them() {
        const MB: u64 = 1_000_000;
        let begin = [
            ("latest", "Pulling from team/flow", 0, 0),
            ("a", "Pulling fs layer", 0, 0),
            ("b", "Already exists", 0, 0),
        ];
        assert_eq!(after(&begin), "1 of 2 layers");
        let middle = [&begin[..], &[("a", "Downloading", 3 * MB, 8 * MB)]].concat();
        assert_eq!(after(&middle), "1 of 2 layers, 3 of 8 MB");
        let end = [&middle[..], &[("a", "Download complete", 0, 0), ("a", "Pull complete", 0, 0)]].concat();
        assert_eq!(after(&end), "2 of 2 layers, 8 of 8 MB");
    }
}
