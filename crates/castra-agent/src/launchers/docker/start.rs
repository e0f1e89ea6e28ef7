//! Start: volumes, the container, its networks, its process. Either it starts or nothing of it is left.

use std::collections::HashMap;

use bollard::models::{
    ContainerInspectResponse, ContainerSummaryStateEnum, EndpointSettings, NetworkConnectRequest,
    VolumeCreateRequest,
};
use bollard::query_parameters::StartContainerOptions;
use castra_core::cause::{Cause, PullFailure};
use castra_render::docker::{ContainerSpec, DockerSpec, LAUNCH_ID_LABEL};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::launchers::LaunchError;
use crate::launchers::docker::engine::{Engine, Trouble, until_answered};

/// The container was to be removed at its end (`AutoRemove`): Castra does that once the end was reported.
const AUTO_REMOVE_LABEL: &str = "castra.dev/auto-remove";

/// A container that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Container {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// Why a container was not started.
enum Failure {
    /// The engine went away in between: what it still did is not known.
    Lost(String),
    /// Known, and nothing of it is left.
    Known(LaunchError),
}

/// Starts the container of a launch.
pub(crate) async fn start(
    engine: &Engine,
    launch_id: Uuid,
    spec: &DockerSpec,
) -> Result<Container, LaunchError> {
    make_volumes(engine, &spec.volumes).await?;
    match try_start(engine, launch_id, spec).await {
        Ok(container) => Ok(container),
        Err(Failure::Known(error)) => Err(error),
        Err(Failure::Lost(reason)) => settle(engine, launch_id, &reason).await,
    }
}

/// Named volumes are created unless they exist (prefect 1.4.1 `DockerAgent.deploy_flow`).
async fn make_volumes(engine: &Engine, names: &[String]) -> Result<(), LaunchError> {
    for name in names {
        make_volume(engine, name).await.map_err(|trouble| match trouble {
            Trouble::Away(_) => LaunchError::NotLaunched(trouble.to_string()),
            Trouble::Answered { message, .. } => {
                LaunchError::Refused(format!("its volume `{name}`: {message}"))
            }
        })?;
    }
    Ok(())
}

async fn make_volume(engine: &Engine, name: &str) -> Result<(), Trouble> {
    match engine.docker().inspect_volume(name).await.map_err(Trouble::from) {
        Err(trouble) if trouble.is_absent() => {
            let volume = VolumeCreateRequest {
                name: Some(name.to_owned()),
                driver: Some("local".to_owned()),
                labels: Some([("prefect_created".to_owned(), "true".to_owned())].into()),
                ..VolumeCreateRequest::default()
            };
            engine.docker().create_volume(volume).await?;
            Ok(())
        }
        Err(trouble) => Err(trouble),
        Ok(_) => Ok(()),
    }
}

async fn try_start(engine: &Engine, launch_id: Uuid, spec: &DockerSpec) -> Result<Container, Failure> {
    let create = as_sent(&spec.create).map_err(Failure::Known)?;
    let container = create_under_free_name(engine, launch_id, &create, spec.pull.is_some()).await?;
    match connect_and_start(engine, &container.id, &spec.connect).await {
        Ok(()) => Ok(container),
        Err(Trouble::Away(reason)) => Err(Failure::Lost(reason)),
        Err(Trouble::Answered { message, .. }) => {
            remove(engine, &container.id).await;
            Err(Failure::Known(LaunchError::Failed(Cause::NotStarted { reason: message })))
        }
    }
}

/// The container as it is sent: as rendered, but that `AutoRemove` becomes a label. The engine would remove the container
/// the moment it ends; Castra does once its end was reported.
fn as_sent(spec: &ContainerSpec) -> Result<ContainerSpec, LaunchError> {
    let mut spec = spec.clone();
    let host_config = &spec.body["HostConfig"];
    if host_config["AutoRemove"] == json!(true) {
        let restarts = host_config["RestartPolicy"]["Name"].as_str().unwrap_or_default();
        if !matches!(restarts, "" | "no") {
            // The engine would say so if it were asked for both.
            return Err(LaunchError::Refused(
                "can't create 'AutoRemove' container with restart policy: set `auto_remove` to false in the host_config, or leave `restart_policy` out".to_owned(),
            ));
        }
        spec.body["HostConfig"]["AutoRemove"] = json!(false);
        match &mut spec.body["Labels"] {
            Value::Object(labels) => {
                labels.insert(AUTO_REMOVE_LABEL.to_owned(), json!("true"));
            }
            labels => *labels = json!({ AUTO_REMOVE_LABEL: "true" }),
        }
    }
    Ok(spec)
}

/// Creates the container under its name, or with `-1`, `-2`, … after it (prefect 1.4.1 `DockerAgent.deploy_flow`).
async fn create_under_free_name(
    engine: &Engine,
    launch_id: Uuid,
    spec: &ContainerSpec,
    was_pulled: bool,
) -> Result<Container, Failure> {
    let mut name = spec.name.clone();
    for index in 1_u64.. {
        let trouble = match engine.create(&name, spec).await {
            Ok(id) => return Ok(Container { id, name }),
            Err(trouble) => trouble,
        };
        if !trouble.is_conflict() || !trouble.to_string().contains("container name") {
            return Err(why_not_created(spec, trouble, was_pulled));
        }
        match engine.inspect(&name).await {
            Ok(Some(holder)) if launch_id_of(&holder) == Some(launch_id) => {
                let error = LaunchError::NotLaunched("it is launched already".to_owned());
                return Err(Failure::Known(error));
            }
            Err(Trouble::Away(reason)) => return Err(Failure::Lost(reason)),
            _ => name = format!("{}-{index}", spec.name),
        }
    }
    Err(Failure::Known(LaunchError::NotLaunched("every name is taken".to_owned())))
}

fn launch_id_of(container: &ContainerInspectResponse) -> Option<Uuid> {
    container.config.as_ref()?.labels.as_ref()?.get(LAUNCH_ID_LABEL)?.parse().ok()
}

fn why_not_created(spec: &ContainerSpec, trouble: Trouble, was_pulled: bool) -> Failure {
    let (status, message) = match trouble {
        Trouble::Away(reason) => return Failure::Lost(reason),
        Trouble::Answered { status, message } => (status, message),
    };
    Failure::Known(match status {
        404 if message.to_lowercase().contains("no such image") => {
            let failure = if was_pulled { PullFailure::NotFound } else { PullFailure::NotPresent };
            let image = spec.body["Image"].as_str().unwrap_or_default().to_owned();
            LaunchError::Failed(Cause::ImageNotPulled { image, failure, reason: message })
        }
        400 => LaunchError::Refused(message),
        _ => LaunchError::Failed(Cause::NotStarted { reason: message }),
    })
}

async fn connect_and_start(engine: &Engine, id: &str, networks: &[String]) -> Result<(), Trouble> {
    for network in networks {
        let request = NetworkConnectRequest {
            container: id.to_owned(),
            endpoint_config: Some(EndpointSettings::default()),
        };
        engine.docker().connect_network(network, request).await?;
    }
    Ok(engine.docker().start_container(id, None::<StartContainerOptions>).await?)
}

/// The engine went away while it was asked: once it is back, what it did is looked at. A container that runs was launched;
/// one that does not is removed.
async fn settle(engine: &Engine, launch_id: Uuid, reason: &str) -> Result<Container, LaunchError> {
    let left = until_answered("see what became of a launch", || engine.containers(Some(launch_id))).await;
    let left = left.map_err(|trouble| LaunchError::NotLaunched(trouble.to_string()))?;
    for summary in left {
        let Some(id) = summary.id else { continue };
        match summary.state {
            Some(ContainerSummaryStateEnum::CREATED) => remove(engine, &id).await,
            _ => return Ok(Container { id, name: name_of(summary.names.as_deref()) }),
        }
    }
    Err(LaunchError::NotLaunched(format!("the Docker engine went away while it was asked: {reason}")))
}

/// The name of a container, as lists tell it: with a slash before it.
pub(crate) fn name_of(names: Option<&[String]>) -> String {
    let name = names.and_then(|names| names.first()).map(String::as_str).unwrap_or_default();
    name.trim_start_matches('/').to_owned()
}

/// Removes a container, however long the engine is away. What it refuses to remove is logged.
pub(crate) async fn remove(engine: &Engine, id: &str) {
    if let Err(trouble) = until_answered("remove a container", || engine.remove(id)).await {
        tracing::warn!(container = id, %trouble, "cannot remove a container");
    }
}

/// Whether a container is Castra's to remove once its end was reported.
pub(crate) fn is_to_remove(labels: Option<&HashMap<String, String>>) -> bool {
    labels.is_some_and(|labels| labels.get(AUTO_REMOVE_LABEL).is_some_and(|value| value == "true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(host_config: Value, labels: Value) -> Result<Value, LaunchError> {
        let body = json!({ "Image": "i", "HostConfig": host_config, "Labels": labels });
        as_sent(&ContainerSpec { name: "n".to_owned(), body }).map(|spec| spec.body)
    }

    #[test]
    fn auto_remove_becomes_a_label_and_nothing_else_is_touched() {
        let host_config = json!({ "AutoRemove": true, "CPURealtimePeriod": 1000, "LxcConf": null });
        let body = sent(host_config, json!({ "a": "b" })).unwrap();
        insta::assert_json_snapshot!(body, @r#"
        {
          "Image": "i",
          "HostConfig": {
            "AutoRemove": false,
            "CPURealtimePeriod": 1000,
            "LxcConf": null
          },
          "Labels": {
            "a": "b",
            "castra.dev/auto-remove": "true"
          }
        }
        "#);
        let kept = json!({ "AutoRemove": false, "RestartPolicy": { "Name": "always" } });
        assert_eq!(sent(kept.clone(), json!({})).unwrap()["HostConfig"], kept);
    }

    #[test]
    fn what_is_to_be_removed_and_started_again_is_refused_as_the_engine_does() {
        let host_config = json!({ "AutoRemove": true, "RestartPolicy": { "Name": "always" } });
        let words = sent(host_config, json!({})).unwrap_err().to_string();
        insta::assert_snapshot!(words, @"can't create 'AutoRemove' container with restart policy: set `auto_remove` to false in the host_config, or leave `restart_policy` out");
    }
}
