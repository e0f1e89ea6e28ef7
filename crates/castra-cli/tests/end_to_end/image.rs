//! Castra's own image: the `Dockerfile` of the repository, with the binary of these tests in it.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::engine::{self, ImageName, castra_image, docker};
use crate::support::eventually;

/// A container that ends with this value.
struct Container(String);

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "--force", "--volumes", &self.0]);
    }
}

#[tokio::test]
async fn the_image_is_castra_and_does_not_run_as_root() {
    if !engine::answers() {
        return;
    }
    let name = ImageName::new("castra");
    let image = castra_image(&name);
    let version = docker(&["run", "--rm", &image, "--version"]).unwrap();
    assert_eq!(version, format!("castra {}", env!("CARGO_PKG_VERSION")));
    assert_eq!(docker(&["run", "--rm", "--entrypoint", "id", &image, "-u"]).unwrap(), "65532");
}

#[tokio::test]
async fn a_server_in_the_image_is_healthy_and_stops_when_told() {
    if !engine::answers() {
        return;
    }
    let name = ImageName::new("castra");
    let image = castra_image(&name);
    let id = docker(&["run", "--detach", "--publish", "127.0.0.1::4200", &image, "server", "start"]).unwrap();
    let container = Container(id);
    let address = docker(&["port", &container.0, "4200"]).unwrap();
    let health = eventually("the server is healthy", async || {
        let answer =
            Command::new("curl").args(["-sf", &format!("http://{address}/health")]).output().unwrap();
        match answer.status.success() {
            true => Ok(String::from_utf8(answer.stdout).unwrap()),
            false => Err(json!(docker(&["logs", &container.0]))),
        }
    })
    .await;
    assert!(health.contains("ok"), "{health}");

    docker(&["stop", "--time", "20", &container.0]).unwrap();
    let state: Value =
        serde_json::from_str(&docker(&["inspect", "--format", "{{json .State}}", &container.0]).unwrap())
            .unwrap();
    assert_eq!(state["ExitCode"], 0, "{state}");
}
