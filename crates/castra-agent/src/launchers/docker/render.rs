//! Render: a run and the agent's options become one container. Pure; equal to what prefect 1.4.1's
//! `DockerAgent.deploy_flow` sends for Prefect flows, with labels under `castra.dev/` added to find it again by.

use serde_json::Value;

/// Exactly what the engine is asked for, in its own words.
#[derive(Clone, PartialEq)]
pub struct DockerSpec {
    /// The image to pull first, if one is.
    pub pull: Option<String>,
    /// Named volumes that are created unless they exist.
    pub volumes: Vec<String>,
    /// The container.
    pub create: ContainerSpec,
    /// Networks that the container joins after it was created.
    pub connect: Vec<String>,
}

/// What `POST /containers/create` is given.
#[derive(Clone, PartialEq)]
pub struct ContainerSpec {
    /// The name; one that is taken gets `-1`, `-2`, … appended.
    pub name: String,
    /// The body, as docker-py writes it (Docker Engine API 1.41 `ContainerCreate`).
    pub body: Value,
}
