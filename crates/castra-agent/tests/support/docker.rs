//! A real Docker engine for tests, if one answers: launchers for it, shell scripts as flow runs in containers, and an end
//! to everything that a test has made there.

use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use bollard::models::{ContainerInspectResponse, ContainerSummary, ContainerSummaryStateEnum};
use bollard::query_parameters::{InspectContainerOptions, ListContainersOptionsBuilder};
use castra_agent::launchers::docker::{ConnectError, DockerLauncher};
use castra_core::claim::Claim;
use castra_render::docker::DockerConfig;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Folder, claim};

/// An image with a shell; `tests/images/base.sh` builds it.
pub(crate) const IMAGE: &str = "castra-test/base:1";

/// The engine, seen from one test.
pub(crate) struct Docker {
    pub(crate) folder: Folder,
    pub(crate) engine: bollard::Docker,
    launches: Mutex<Vec<Uuid>>,
}

impl Docker {
    /// The engine that `DOCKER_HOST` or the default socket leads to; `None`, and a word about it, if there is none.
    pub(crate) async fn find() -> Option<Self> {
        let folder = Folder::new();
        if let Err(error) = DockerLauncher::connect(&folder.agent(), config()).await {
            let ConnectError::Away { .. } = error else { panic!("{error}") };
            println!("LEFT OUT: {error}");
            return None;
        }
        let engine = bollard::Docker::connect_with_defaults().unwrap().negotiate_version().await.unwrap();
        if engine.inspect_image(IMAGE).await.is_err() {
            println!("LEFT OUT: the engine does not have the image {IMAGE}; tests/images/base.sh builds it");
            return None;
        }
        Some(Self { folder, engine, launches: Mutex::new(Vec::new()) })
    }

    pub(crate) async fn launcher(&self) -> DockerLauncher {
        self.launcher_with(config()).await
    }

    pub(crate) async fn launcher_with(&self, config: DockerConfig) -> DockerLauncher {
        DockerLauncher::connect(&self.folder.agent(), config).await.unwrap()
    }

    /// A claim on a run that executes a shell script in a container; `$PIPE` names the folder's pipe.
    pub(crate) fn script(&self, script: &str) -> Claim {
        self.script_with(script, json!({}))
    }

    /// The same with more in its run config, e.g. `host_config`.
    pub(crate) fn script_with(&self, script: &str, more: Value) -> Claim {
        let storage = json!({
            "type": "Executable", "path": "/bin/sh", "arguments": ["-c", script, "flow"], "flow": "f",
        });
        let folder = self.folder.path().to_str().unwrap();
        let mut run = json!({
            "type": "DockerRun", "labels": [], "image": IMAGE, "env": { "PIPE": self.folder.pipe() },
            // The first process of a container is deaf to signals that it does not handle; with `init` it is another one.
            "host_config": { "init": true, "binds": [format!("{folder}:{folder}")] },
        });
        merge(&mut run, more);
        self.mine(claim(storage, run))
    }

    /// Removes what becomes of this claim when the test ends.
    pub(crate) fn mine(&self, claim: Claim) -> Claim {
        self.launches.lock().unwrap().push(claim.launch_id);
        claim
    }

    /// The containers of a launch, in any state.
    pub(crate) async fn containers(&self, launch_id: Uuid) -> Vec<ContainerSummary> {
        let filters = [("label", vec![format!("castra.dev/launch-id={launch_id}")])].into();
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        self.engine.list_containers(Some(options)).await.unwrap()
    }

    /// Whether anything of a launch runs.
    pub(crate) async fn runs(&self, launch_id: Uuid) -> bool {
        let running = Some(ContainerSummaryStateEnum::RUNNING);
        self.containers(launch_id).await.iter().any(|container| container.state == running)
    }

    /// What the engine knows of the container of a handle.
    pub(crate) async fn inspect(&self, handle: &Value) -> ContainerInspectResponse {
        let id = handle["container_id"].as_str().unwrap();
        self.engine.inspect_container(id, None::<InspectContainerOptions>).await.unwrap()
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        for launch_id in self.launches.get_mut().unwrap() {
            let filter = format!("label=castra.dev/launch-id={launch_id}");
            let left = docker(&["ps", "--all", "--quiet", "--filter", &filter]);
            for id in left.lines() {
                docker(&["rm", "--force", "--volumes", id]);
            }
        }
    }
}

/// A launcher's options: images are there already, and what is stopped gets a short grace.
pub(crate) fn config() -> DockerConfig {
    DockerConfig { pull: false, stop_grace: Duration::from_millis(500), ..DockerConfig::default() }
}

/// Runs a `docker` command and answers with what it printed.
pub(crate) fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (name, value) in more {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}
